"""The commands as a user runs them: what they print, where, with which exit code, and what they leave behind.

Tests: cli/__init__.py, cli/compare.py, cli/grade.py, cli/inspect.py, cli/lut.py, cli/run.py, cli/console.py,
cli/summary.py, cli/verify.py
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from making.waiting import PATIENCE, until
from otiograde.cli import COMMANDS, grade
from otiograde.color.cdl import Cdl
from otiograde.color.encodings import encoding
from otiograde.color.lut import Lut3D
from otiograde.decide.match import MATCHERS
from otiograde.folder.reading import changed_files, read_cube, read_record
from otiograde.folder.writing import write_cube, write_folder
from otiograde.media.frames import read_still, write_still
from otiograde.media.writing import write_video
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline, format_record

CASTS = {"clip 1": (1.0, 1.0, 1.0), "clip 2": (1.15, 1.0, 0.85), "clip 10": (0.85, 0.95, 1.1)}

#: In this process, and without the report, where a test is about something else.
QUICK = ("--jobs", "1", "--no-report")


def picture(shift: int = 0, size: tuple[int, int] = (192, 120)) -> NDArray[np.float32]:
    """A picture with detail everywhere, in [.05, .75]."""
    import cv2

    noise = np.random.default_rng(3).random((size[1], size[0] + 40, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((1.5, 4), (5, 10), (20, 30)))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.ascontiguousarray((0.05 + 0.7 * soft)[:, shift : shift + size[0]], np.float32)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for number, (name, gain) in enumerate(CASTS.items()):
        frames = [picture(2 * number + at) * np.array(gain, np.float32) for at in range(6)]
        write_video(folder / f"{name}.mp4", frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=12)
    return folder


@pytest.mark.slow
def test_grades_a_folder_of_clips(run, clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "out put"
    result = run(clips, "-o", out, "--jobs", "1")
    assert result.code in (0, 3), result.err
    assert "reading    3 shots" in result.err
    assert result.out == ""
    said = [line[2:12].strip() for line in result.err.splitlines() if not line.startswith("            ")]
    assert said[0] == "reading"
    assert said[-1] == "wrote"
    assert [word for word in said if word.startswith("scene")] == ["scene 1"]
    assert "worst cuts" in said
    assert {"look at", "failed"} & {*said}
    assert "matches with" not in result.err
    full = run(clips, "-o", out, "--jobs", "1", "--verbose").err.splitlines()
    assert [line.split()[0] for line in full if "matches with" in line] == ["clip_1", "clip_2", "clip_10"]
    assert [line for line in full if "matches with" not in line] == result.err.splitlines()
    luts = sorted(path.name for path in (out / "luts").iterdir())
    assert luts == ["clip_1.cube", "clip_10.cube", "clip_2.cube"]
    for name in ("graded.otio", "render.sh", "render.bat", "graded.json"):
        assert (out / name).stat().st_size > 0
    again = run(clips, "-o", out, "--jobs", "1", "--json")
    assert [shot["id"] for shot in json.loads(again.out)["edit"]["shots"]] == ["clip_1", "clip_2", "clip_10"]


@pytest.mark.slow
def test_same_bytes_whatever_the_jobs(run, clips: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        assert run(clips, "-o", tmp_path / jobs / "out", "-j", jobs, "--no-cache", "-q").err == ""
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert len(files) >= 7
    for name in files:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.slow
def test_the_report_comes_along_or_later(run, clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "report.html" in run(clips, "-o", out, "--jobs", "1").err
    page = (out / "report.html").read_bytes()
    assert len(list((out / "pictures").glob("*/*.jpg"))) >= 6
    assert not changed_files(out, read_record(out))
    assert "report.html" not in run(clips, "-o", out, "--jobs", "1", "--no-report").err
    assert not (out / "report.html").exists()
    assert not (out / "pictures").exists()
    assert run("export", out, "report").code == 0  # the media are still there: the pictures are drawn from them
    assert (out / "report.html").read_bytes() == page
    (clips / "clip 1.mp4").rename(clips / "away")
    assert run("export", out, "report").code == 0
    (clips / "away").rename(clips / "clip 1.mp4")
    assert (out / "report.html").read_bytes() == page
    assert (out / "contact_sheet.png").stat().st_size > 10_000


@pytest.mark.slow
def test_locked_and_hero_shots_keep_their_colors(run, clips: Path, tmp_path: Path) -> None:
    run(clips, "-o", tmp_path / "a", "--lock", "clip_2", *QUICK)
    assert read_cube(tmp_path / "a" / "luts" / "clip_2.cube").is_identity
    run(clips, "-o", tmp_path / "b", "--hero", "clip_1", "--anchor", "hero", *QUICK)
    assert read_cube(tmp_path / "b" / "luts" / "clip_1.cube").is_identity
    assert run(clips, "-o", tmp_path / "c", "--lock", "clip_7").code == 1


def test_the_commands_names_of_matchers() -> None:
    assert grade.MATCHERS is MATCHERS


@pytest.mark.slow
@pytest.mark.parametrize("matcher", [name for name in grade.MATCHERS if name != "joint"])
def test_every_matcher_runs(run, clips: Path, tmp_path: Path, matcher: str) -> None:
    assert run(clips, "-o", tmp_path / "out", "--matcher", matcher, "--anchor", "first", *QUICK).code in (0, 3)


@pytest.mark.slow
def test_looks(run, clips: Path, tmp_path: Path) -> None:
    write_cube(tmp_path / "look.cube", Lut3D.bake(Cdl((0.8, 0.9, 1.0), (0.0,) * 3, (1.0,) * 3, 1.0), 17))
    write_still(tmp_path / "look.png", picture() ** 1.3)
    (tmp_path / "look.toml").write_text("l_mean=40\nl_std=18\na_mean=2\na_std=9\nb_mean=14\nb_std=9\n")
    for look in (*(tmp_path / f"look.{kind}" for kind in ("cube", "png", "toml")), "lab:40,18/2,9/14,9"):
        result = run(clips, "-o", tmp_path / "out", "--look", look, "--look-strength", "0.5", *QUICK)
        assert result.code in (0, 3), result.err
        assert not read_cube(tmp_path / "out" / "luts" / "clip_1.cube").is_identity


def test_looks_that_are_none(run, clips: Path, tmp_path: Path) -> None:
    (tmp_path / "look.toml").write_text("l_mean=40\n")
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")
    for look, code, words in (
        ("lab:40,18", 2, "write lab:L_MEAN,L_STD/A_MEAN,A_STD/B_MEAN,B_STD"),
        ("lab:40,90/0,9/0,9", 2, "give one from 1 to 49.0"),
        (tmp_path / "look.toml", 1, "look.toml: l_std, a_mean, a_std, b_mean, b_std missing"),
        (tmp_path / "other.toml", 1, "no text in UTF-8"),
        (tmp_path / "none.toml", 2, "does not exist"),
    ):
        result = run(clips, "-o", tmp_path / "out", "--look", look, *QUICK)
        assert result.code == code
        assert words in " ".join(result.err.split())
        assert not (tmp_path / "out").exists()
    twice = ("--look", "lab:40,18/2,9/14,9") * 2
    assert "is a look alone" in run(clips, "-o", tmp_path / "out", *twice, *QUICK).err


@pytest.mark.slow
def test_verify_notices_a_changed_lut(run, clips: Path, tmp_path: Path) -> None:
    code = run(clips, "-o", tmp_path / "out", *QUICK).code
    assert run("verify", tmp_path / "out", "--jobs", "1").code == code
    cube = tmp_path / "out" / "luts" / "clip_1.cube"
    cube.write_text(cube.read_text("ascii").replace("0.0", "0.1", 1), "ascii")
    result = run("verify", tmp_path / "out", "--json", "--jobs", "1")
    assert result.code == 3
    assert list(json.loads(result.out)["changed"]) == ["luts/clip_1.cube"]


@pytest.mark.parametrize("command", ["grade", "inspect"])
@pytest.mark.parametrize("file", ["", "graded.json"])
def test_an_output_in_the_place_of_an_edit(run, tmp_path: Path, command: str, file: str) -> None:
    """One line says what to do, and nothing is written."""
    record = GradedTimeline(Edit("film", {}, Fraction(24), (), ()), (), (), ())
    write_folder(tmp_path / "film.graded", {"graded.json": format_record(record).encode()})
    result = run(command, tmp_path / "film.graded" / file)
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)
    assert f"`otiograde review {tmp_path / 'film.graded'}`" in result.err
    assert f"`otiograde EDIT -o {tmp_path / 'film.graded'} --shots SHOT`" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["film.graded"]


def test_a_dissolve_is_counted_and_not_skipped(run, clips: Path, tmp_path: Path) -> None:
    edit = json.loads(edit_of(("one", str(clips / "clip 1.mp4")), ("two", str(clips / "clip 2.mp4"))))
    half = {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 1.0}
    for kind in ("SMPTE_Dissolve", "SMPTE_Wipe"):
        fade = {"OTIO_SCHEMA": "Transition.1", "name": "", "transition_type": kind, "in_offset": half}
        clip_a, *_, clip_b = edit["tracks"]["children"][0]["children"]
        edit["tracks"]["children"][0]["children"] = [clip_a, {**fade, "out_offset": half, "metadata": {}}, clip_b]
        (tmp_path / f"{kind}.otio").write_text(json.dumps(edit), "utf-8")
    dissolve, wipe = (run("inspect", tmp_path / f"{kind}.otio").out for kind in ("SMPTE_Dissolve", "SMPTE_Wipe"))
    assert "24 frames a second, 1 dissolve\n" in dissolve
    assert "  dissolve 4+2, over the cut at 5\n" in dissolve
    assert "1 other transition (rendered as dissolves)\n" in wipe
    assert "  SMPTE_Wipe (rendered as a dissolve) 4+2, over the cut at 5\n" in wipe
    assert "skipped" not in dissolve + wipe


def test_skips_of_one_reason_share_a_line(run, tmp_path: Path) -> None:
    clips = [(name, f"media-{number}.mp4") for number, name in enumerate("abcdefghijkl")]
    (tmp_path / "edit.otio").write_text(edit_of(*clips, ("a", clips[0][1])), "utf-8")
    lines = run(tmp_path / "edit.otio").err.splitlines()
    skipped = [line for line in lines if line.startswith("  skipped")]
    assert len(skipped) == 8
    assert skipped[0].startswith("  skipped    missing media 'a' (2 times): ")
    assert lines[9] == "             and 4 more; `otiograde inspect` lists them"
    assert len([line for line in run(tmp_path / "edit.otio", "-v").err.splitlines() if "skipped  " in line]) == 12


def test_inspect(run, clips: Path) -> None:
    result = run("inspect", clips)
    assert result.code == 0
    assert "3 shots" in result.out
    assert "bt709" in result.out
    assert json.loads(run("inspect", clips, "--json").out)["shots"][2]["media"]["width"] == 192


def test_compare(run, clips: Path, tmp_path: Path) -> None:
    same = run("compare", clips / "clip 1.mp4", clips / "clip 1.mp4", "--json")
    assert json.loads(same.out)["mean"] == 0
    result = run("compare", clips / "clip 1.mp4", clips / "clip 2.mp4")
    assert "frame by frame" in result.out
    (tmp_path / "no.mp4").write_bytes(b"")
    assert run("compare", clips / "clip 1.mp4", tmp_path / "no.mp4").code == 1


@pytest.mark.slow
def test_lut_commands(run, clips: Path, tmp_path: Path) -> None:
    cdl = Cdl((0.9, 0.8, 1.0), (0.02, 0.0, 0.0), (1.0, 1.1, 1.0), 0.9)
    cube = tmp_path / "look.cube"
    write_cube(cube, Lut3D.bake(cdl, 33))
    write_still(tmp_path / "in.png", picture(), bits=16)
    assert run("lut", "apply", cube, tmp_path / "in.png", tmp_path / "out.png").code == 0
    np.testing.assert_allclose(read_still(tmp_path / "out.png"), cdl(read_still(tmp_path / "in.png")), atol=2e-3)
    assert run("lut", "apply", cube, tmp_path / "in.png", tmp_path / "out.png").code == 1  # it is there
    assert run("lut", "apply", cube, clips / "clip 1.mp4", tmp_path / "out.mp4").code == 0
    compared = json.loads(run("compare", clips / "clip 1.mp4", tmp_path / "out.mp4", "--json").out)
    assert compared["frames"] == 6
    assert compared["mean"] > 2
    assert run("lut", "convert", cube, tmp_path / "small.cube", "--size", "17").code == 0
    assert json.loads(run("lut", "info", tmp_path / "small.cube", "--json").out)["size"] == 17
    video = tmp_path / "video.cube"
    video.write_text("LUT_IN_VIDEO_RANGE\nLUT_OUT_VIDEO_RANGE\n" + (tmp_path / "small.cube").read_text())
    assert [note.partition(":")[0] for note in json.loads(run("lut", "info", video, "--json").out)["notes"]] == [
        "LUT_IN_VIDEO_RANGE",
        "LUT_OUT_VIDEO_RANGE",
    ]
    assert "converted to full range" in run("lut", "info", video).out
    assert "video.cube: LUT_IN_VIDEO_RANGE: its input" in run("lut", "convert", video, tmp_path / "full.cube").err
    assert "LUT_IN" not in run("lut", "info", tmp_path / "full.cube").out
    assert run("lut", "from-stills", tmp_path / "in.png", tmp_path / "out.png", tmp_path / "built.cube").code == 0
    built = read_cube(tmp_path / "built.cube")
    np.testing.assert_allclose(built(picture()), cdl(picture()), atol=0.02)


BAD_EDITS = {
    "not json.otio": b"this is not JSON",
    "not otio.otio": b'{"a": 1}',
    "empty.otio": b"",
    "marker3.otio": b'{"OTIO_SCHEMA": "Marker.3", "name": "m"}',
    "noise.otio": bytes(range(256)),
    "unknown.xyz": b"?",
    "broken.edl": b"TITLE: x\n001 AX V C 00:00:zz:00 00:00:01:00 00:00:00:00 00:00:01:00\n",
    "broken.fcpxml": b"<fcpxml><nothing",
    "broken.aaf": b"not an aaf",
    "broken.otioz": b"PK\x03\x04 broken",
}


@pytest.mark.parametrize("name", sorted(BAD_EDITS))
def test_bad_edits_get_one_clear_line(run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD_EDITS[name])
    for command in ("grade", "inspect"):
        result = run(command, tmp_path / name)
        assert result.code == 1
        assert result.err.startswith("otiograde: ")
        assert result.err.count("\n") == 1
        assert name in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def edit_of(*clips: tuple[str, str]) -> str:
    """An edit of clips (name, URL) of five frames each."""
    span = {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0},
        "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 5.0},
    }
    track_children = []
    for name, url in clips:
        media = {"OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": "", "target_url": url}
        clip = {"OTIO_SCHEMA": "Clip.2", "name": name, "source_range": span, "metadata": {}, "enabled": True}
        references = {"media_references": {"DEFAULT_MEDIA": media}, "active_media_reference_key": "DEFAULT_MEDIA"}
        track_children.append({**clip, **references, "effects": [], "markers": []})
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": track_children, "metadata": {}}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track], "metadata": {}}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "edit", "tracks": stack, "metadata": {}})


def test_bad_media_is_a_named_skip(run, clips: Path, tmp_path: Path) -> None:
    good = (clips / "clip 1.mp4").read_bytes()
    (tmp_path / "good.mp4").write_bytes(good)
    bad = {"zero.mp4": b"", "text.mp4": b"hello, I am a text\n" * 50, "cut.mp4": good[: len(good) // 3]}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    names = ["good.mp4", *bad, "missing.mp4"]
    (tmp_path / "edit.otio").write_text(edit_of(*((Path(name).stem, name) for name in names)), "utf-8")
    result = run(tmp_path / "edit.otio", "--jobs", "1")
    assert result.code in (0, 3), result.err
    assert [path.name for path in (tmp_path / "edit.graded" / "luts").iterdir()] == ["good.cube"]
    for name in [*bad, "missing.mp4"]:
        assert name in result.err, result.err
    assert run(tmp_path / "edit.otio", "--strict").code == 1
    (tmp_path / "good.mp4").unlink()
    assert run(tmp_path / "edit.otio", "-o", tmp_path / "other").code == 1
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_strangers_folder_is_never_touched(run, clips: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "holiday.jpg").write_bytes(b"x")
    result = run(clips, "-o", tmp_path / "mine", "--jobs", "1")
    assert result.code == 1
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["holiday.jpg"]
    assert run(clips, "-o", tmp_path / "mine", "--force", "--jobs", "1").code in (0, 3)
    assert (tmp_path / "mine" / "holiday.jpg").read_bytes() == b"x"


def is_gone(group: int) -> bool:
    """Whether every process of a group has ended."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupt_leaves_nothing(clips: Path, tmp_path: Path) -> None:
    """Ctrl-C at several moments: exit 130 (or done before), no half-written folder, no process left."""
    for wait in (0, 0.1, 0.4, 0.8, 1.6):
        out = tmp_path / f"out{wait}"
        words = [sys.executable, "-m", "otiograde", str(clips), "-o", str(out), "-j", "2", "--no-cache"]
        process = subprocess.Popen(words, stderr=subprocess.PIPE, start_new_session=True)
        assert process.stderr is not None
        assert b"reading" in process.stderr.readline()
        time.sleep(wait)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode in (130, -signal.SIGINT, 0, 3), err.decode()
        if process.returncode == 130:
            assert not out.exists()
        elif out.exists():  # it was done, or Python was on its way out: then the folder is whole
            assert not changed_files(out, read_record(out))
        assert not [path for path in tmp_path.iterdir() if path != out and path.name.startswith(f".out{wait}")]
        assert not list(tmp_path.glob("*.part*"))
        until(lambda group=process.pid: is_gone(group))  # no worker outlives the interrupted run


def test_usage_errors_are_2(run) -> None:
    assert run("--nothing").code == 2
    assert run("grade").code == 2
    assert run("lut", "convert").code == 2
    assert run("demo", "--seed", "x").code == 2


@pytest.mark.parametrize("command", [(), *[(name,) for name in COMMANDS], ("lut", "apply"), ("lut", "from-stills")])
def test_help(run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.code == 0
    assert "Usage: otiograde" in result.out


def test_version(run) -> None:
    import otiograde

    assert run("--version").out == f"otiograde {otiograde.__version__}\n"
