"""``otiograde render`` as a user runs it: every option, and what it says.

Tests: cli/render.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.movies import FAST, clip, gap, numbered_film, record_of, seen
from otiograde.cli import main
from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.exporters import export_all
from otiograde.folder.reading import read_record
from otiograde.folder.writing import write_folder
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.record.course import Course, Key
from otiograde.record.steps import parse_step

DARKER = Affine(((0.7, 0, 0), (0, 0.7, 0), (0, 0, 0.7)), (0, 0, 0), "rgb")

#: Runs a command, gives its exit code and the lines on stderr; and stdout.
Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: object) -> tuple[int, list[str], str]:
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(stop.value.code or 0), err.splitlines(), out

    return command


@pytest.fixture
def output(tmp_path: Path, ffmpeg: Path) -> Path:
    """The output of an edit of three clips and a gap, of which the second is wide, and fast."""
    one = numbered_film(ffmpeg, tmp_path / "one.mp4", 60)
    wide = ("-vf", "scale=1280:512:flags=neighbor", *FAST)
    two = numbered_film(ffmpeg, tmp_path / "two.mp4", 60, "48", words=wide)
    track = [clip(one, 8, 4), gap(2), clip(two, 20, 16, 48), clip(one, 30, 5)]
    record = record_of(tmp_path, track)
    record = replace(record, grades=tuple(replace(grade, balance=DARKER) for grade in record.grades))
    write_folder(tmp_path / "out", export_all(record, ["luts", "render"]))
    return tmp_path / "out"


def test_the_film_and_its_parts(run: Run, output: Path) -> None:
    words = ("render", output, "--encoder", "ffv1", "--dither", "none")
    code, said, _ = run(*words)
    assert (code, said[-1].split()[0]) == (0, "wrote")
    whole = [8, 9, 10, 11, None, None, *range(20, 36, 2), *range(30, 35)]
    assert seen(output / "film.mkv") == whole
    assert (probe(output / "film.mkv").width, probe(output / "film.mkv").height) == (160, 64)
    assert "4 of 4 segments kept" in run(*words)[1][-1]
    run(*words, "--range", "3:8", "-o", output / "part.mkv")
    assert seen(output / "part.mkv") == whole[3:8]
    run(*words, "--shots", "two", "--shots", "one-2", "-o", output / "some.mkv")
    assert seen(output / "some.mkv") == whole[6:]
    bad_ranges = {"5": "not a range of frames", "a:b": "not a range", "3:99": "within the edit's frames 0:19"}
    for wrong, why in bad_ranges.items():
        code, said, _ = run(*words, "--range", wrong)
        assert code in (1, 2)
        assert why in said[-1]
    assert run(*words, "--shots", "x")[1][-1].endswith("its shots are one, one-2, two")


@pytest.mark.slow
def test_a_proxy_is_small_and_a_movie_of_its_own(run: Run, output: Path) -> None:
    code, _, told = run("render", output, "--proxy", "--shots", "two", "--encoder", "ffv1", "--json")
    assert code == 0
    (done,) = json.loads(told)["rendered"]
    assert Path(done["movie"]).name == "proxy.mkv"
    assert probe(output / "proxy.mkv").width == 160
    for name, width in (("per_shot/two.mkv", 1280),):
        run("render", output, "--per-shot", "--shots", "two", "--encoder", "ffv1", "-q")
        assert probe(output / name).width == width
    run("render", output, "--per-shot", "--shots", "two", "--encoder", "ffv1", "--proxy", "-q")
    assert (probe(output / "per_shot/two.mkv").width, probe(output / "per_shot/two.mkv").height) == (640, 256)


@pytest.mark.slow
def test_one_file_a_shot_at_its_own_rate_with_handles(run: Run, output: Path) -> None:
    code, said, _ = run("render", output, "--per-shot", "--handles", "3", "--encoder", "ffv1")
    assert code == 0
    assert len([line for line in said if line.split()[:1] == ["wrote"]]) == 3
    assert {path.name for path in (output / "per_shot").iterdir()} == {"one.mkv", "one-2.mkv", "two.mkv"}
    assert probe(output / "per_shot/two.mkv").rate == 48
    assert seen(output / "per_shot/two.mkv") == [*range(17, 39)]
    assert seen(output / "per_shot/one.mkv") == [*range(5, 15)]


def test_opacity_and_dither(run: Run, output: Path) -> None:
    levels = {}
    for opacity in (0, 0.5, 1):
        run("render", output, "--opacity", opacity, "--encoder", "ffv1", "-q", "--range", "3:4")
        levels[opacity] = float(next(iter_frames(probe(output / "film.mkv"))).max())
    assert np.allclose([levels[0.5] / levels[0], levels[1] / levels[0]], [0.85, 0.7], atol=0.01)
    assert run("render", output, "--opacity", "1.5")[0] == 2
    films = {}
    for dither in ("none", "ordered", "error_diffusion"):
        run("render", output, "--dither", dither, "--opacity", "0.37", "--encoder", "ffv1", "-q", "--range", "3:4")
        films[dither] = next(iter_frames(probe(output / "film.mkv"))) * 255
        assert list(output.glob(f"render/segments/*.{dither}.mkv"))
        assert np.abs(films[dither] - films["none"]).max() < 2
    assert not np.array_equal(films["none"], films["ordered"])


def test_media_that_changed_is_refused_without_force(run: Run, output: Path) -> None:
    one = output.parent / "one.mp4"
    data = one.read_bytes()
    one.write_bytes(data + b"\0" * 8)
    code, said, _ = run("render", output, "-q")
    assert (code, len(said)) == (1, 1)
    assert "changed since it was graded" in said[0]
    assert "one.mp4" in said[0]
    assert not (output / "film.mp4").exists()
    assert run("render", output, "-q", "--force")[0] == 0
    assert probe(output / "film.mp4").frames == 19
    one.unlink()
    code, said, _ = run("render", output, "-q")
    assert (code, len(said)) == (1, 1)
    assert "not there any more" in said[0]
    code, said, _ = run("render", output, "--force")
    assert code == 1
    assert sum("failed" in line for line in said) == 2


@pytest.mark.slow
def test_proof(run: Run, output: Path, ffmpegs: list[Path]) -> None:
    for program in ffmpegs:
        code, said, _ = run("render", output, "--prove", "--ffmpeg", program)
        assert code == 0
        assert sum(line.split()[0] == "proven" for line in said) == 3


@pytest.mark.slow
def test_an_ffmpeg_that_changes_colors_is_found_out(run: Run, output: Path, ffmpeg: Path) -> None:
    """Brighter by a fiftieth in every graph: the proof fails, and the exit code says so."""
    wrong = output.parent / "wrong"
    wrong.write_text(
        '#!/bin/bash\nwords=()\nfor word; do words+=("${word/lut3d=/lutrgb=r=val*1.02:g=val*1.02:b=val*1.02,lut3d=}"); '
        f'done\nexec "{ffmpeg}" "${{words[@]}}"\n'
    )
    wrong.chmod(0o755)
    code, said, _ = run("render", output, "--prove", "--ffmpeg", wrong)
    assert code == 3
    assert sum(line.split()[0] == "failed" for line in said) == 3
    assert "bt709 from container tags" in said[0]


def test_poor_and_old_ffmpegs(run: Run, output: Path, ffmpeg: Path) -> None:
    poor, old = output.parent / "poor", output.parent / "old"
    poor.write_text(f'#!/bin/sh\ncase "$*" in *-filters*) exit 0 ;; esac\nexec "{ffmpeg}" "$@"\n')
    old.write_text('#!/bin/sh\necho "ffmpeg version 4.4.2 Copyright"\n')
    for program in (poor, old):
        program.chmod(0o755)
    code, said, _ = run("render", output, "--ffmpeg", poor, "--encoder", "ffv1")
    assert code == 0
    assert "has no zscale filter: colors may be one code off" in said[0]
    assert list(output.glob("render/segments/*.swscale.mkv"))
    code, said, _ = run("render", output, "--ffmpeg", old)
    assert (code, len(said)) == (1, 1)
    assert "is FFmpeg 4.4: 5.1 or later is needed" in said[0]
    code, said, _ = run("render", output, "--ffmpeg", "no-such-program")
    assert (code, len(said)) == (1, 1)
    assert "no such program" in said[0]


def test_a_name_that_begins_with_a_dash_stands_after_two(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``otiograde -- "-x name.otio"`` grades; so does an edit that is called as a command is."""
    monkeypatch.chdir(tmp_path)
    for name in ("-x name.otio", "render", "--help"):
        Path(name).write_text("")
        for words in (["--", name], ["--no-cache", "--", name], ["grade", "--", name]):
            code, said, _ = run(*words)
            assert code == 1, said
            assert said[-1].startswith(f"otiograde: {name}: ")
    assert run("--", "-no-such.otio")[1][-1].startswith("otiograde: -no-such.otio")
    assert run("--help", "--", "x")[0] == 0


def test_steady_only_takes_out_what_changes_and_leaves_the_rest(run: Run, output: Path, tmp_path: Path) -> None:
    record = read_record(output)
    lifted = [Cdl((1 - lift,) * 3, (lift,) * 3) for lift in (0.0, 0.3)]
    course = Course((Key(8, lifted[0]), Key(10, lifted[1])), reference=8)
    first = record.edit.shots[0]
    steps = replace(first, wishes=replace(first.wishes, steps=(parse_step("eq=brightness=0.4"),)))
    edit = replace(record.edit, shots=(steps, *record.edit.shots[1:]))
    grades = (replace(record.grades[0], course=course), *record.grades[1:])
    write_folder(output, export_all(replace(record, edit=edit, grades=grades), ["luts", "render"]))
    assert (output / "luts/keys/one.10.cube").is_file()
    words = ("--encoder", "ffv1", "--dither", "none", "--handles", "0")
    code, said, _ = run("render", output, "--per-shot", "--steady-only", *words)
    assert (code, [line.split()[0] for line in said if "wrote" in line]) == (0, ["wrote"] * 3)
    black = [float(frame[:, 150].mean()) for frame in iter_frames(probe(output / "steadied/one.mkv"))]
    (dark,) = iter_frames(probe(tmp_path / "one.mp4"), 8, 1)
    level = float(dark[:, 150].mean())
    assert np.allclose(black, [level + lift * (1 - level) for lift in (0, 0.15, 0.3, 0.3)], atol=0.003)
    (one,) = iter_frames(probe(output / "steadied/two.mkv"), 0, 1)
    (media,) = iter_frames(probe(tmp_path / "two.mp4"), 20, 1)
    assert np.abs(one - media).max() < 0.01
    run("render", output, "--per-shot", *words)
    assert not np.allclose(next(iter_frames(probe(output / "per_shot/two.mkv"))), media, atol=0.1)


def test_steady_only_is_for_files_of_shots(run: Run, output: Path) -> None:
    code, said, _ = run("render", output, "--steady-only")
    assert (code, said[-1]) == (2, "Error: --steady-only is for the files of single shots: add --per-shot")
