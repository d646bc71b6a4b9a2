"""The render scripts: exact colors on every FFmpeg, exact frames, and no name that breaks out of its quotes.

Tests: movie/batch.py, movie/commands.py, movie/shell.py
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.clips import FFMPEGS, Clip, write_sequence, write_still
from making.records import CROSSED, MakeRecord
from making.waiting import PATIENCE, until
from otiograde.exporters import export_all
from otiograde.exporters.render import export
from otiograde.folder.writing import write_folder
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie.batch import harmless
from otiograde.movie.shell import one_line
from otiograde.record.edit import Join, Skip
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange, Media, Shot

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
LOSSLESS = "-c:v libx264 -preset ultrafast -qp 0"

CLIPS = {
    "bt709": Clip(),
    "untagged": Clip(tagged=False),
    "pal": Clip("bt601-625"),
    "ntsc": Clip("bt601-525"),
    "full": Clip("bt709-full"),
    "pq": Clip("pq", "yuv420p10le"),
    "hlg": Clip("hlg", "yuv420p10le"),
    "prores": Clip("bt709", "yuv422p10le", codec=("-c:v", "prores_ks", "-profile:v", "3")),
    "whole": Clip("bt709", "yuv444p"),
}


def suffix(clip: Clip) -> str:
    return "mov" if "prores_ks" in clip.codec else "mp4"


def run(
    folder: Path, ffmpeg: str, *, shell: str = "sh", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    settings = {"DITHER": "none", "ENCODER": LOSSLESS, **environment}
    return subprocess.run(
        [shell, folder / "render.sh"],
        env={**os.environ, "FFMPEG": ffmpeg, **settings},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def rendered(record: GradedTimeline, folder: Path, ffmpeg: str, **environment: str) -> Path:
    write_folder(folder, export_all(record))
    done = run(folder, ffmpeg, **environment)
    assert done.returncode == 0, done.stderr
    return folder


def difference(record: GradedTimeline, shot: Shot, folder: Path) -> float:
    """Mean absolute difference of what was rendered from our own float path, in 8-bit codes; the frames must agree."""
    lut = record.lut(shot.id)
    source = [lut.apply(frame) for frame in iter_frames(shot.media, shot.source.start, shot.source.count)]
    if shot.media.kind == "still":
        source *= shot.record.count
    ours = list(iter_frames(probe(folder / "film.mp4"), shot.record.start, shot.record.count))
    assert len(ours) == len(source)
    return float(np.mean([np.abs(a - b).mean() for a, b in zip(ours, source, strict=True)]) * 255)


def differences(
    media: dict[str, Media], make_record: MakeRecord, folder: Path, ffmpeg: str, **env: str
) -> dict[str, float]:
    """The difference of a film of each media alone."""
    found = {}
    for name, each in media.items():
        record = make_record({name: each})
        found[name] = difference(record, record.edit.shots[0], rendered(record, folder / name, ffmpeg, **env))
    return found


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Media]:
    folder = tmp_path_factory.mktemp("media")
    made = {name: clip.write(folder / f"{name}.{suffix(clip)}") for name, clip in CLIPS.items()}
    return {**made, "still": write_still(folder / "still.png"), "sequence": write_sequence(folder)}


@pytest.mark.slow
def test_every_encoding_renders_as_our_own_float_path(
    each_ffmpeg: str, media: dict[str, Media], make_record: MakeRecord, tmp_path: Path
) -> None:
    off = differences(media, make_record, tmp_path, each_ffmpeg)
    assert max(off.values()) < 0.6, off
    for name, source in media.items():
        made, was = probe(tmp_path / name / "film.mp4"), source.encoding
        assert made.origin == "container tags"
        assert (made.encoding.primaries, made.encoding.transfer) == (was.primaries, was.transfer)
        assert made.encoding == was or was.matrix == "gbr"
        assert made.bits == min(source.bits, 10)
        assert made.rate == source.rate


def test_dithered_it_stays_within_a_code(
    each_ffmpeg: str, media: dict[str, Media], make_record: MakeRecord, tmp_path: Path
) -> None:
    some = {name: media[name] for name in ("bt709", "pq")}
    assert max(differences(some, make_record, tmp_path, each_ffmpeg, DITHER="").values()) < 1.0


@pytest.mark.slow
def test_without_zscale_it_is_still_right_to_a_code(
    each_ffmpeg: str, media: dict[str, Media], make_record: MakeRecord, tmp_path: Path
) -> None:
    poor = tmp_path / "poor-ffmpeg"
    poor.write_text(f'#!/bin/sh\ncase "$*" in *-filters*) exit 0 ;; esac\nexec "{each_ffmpeg}" "$@"\n')
    poor.chmod(0o755)
    off = differences(media, make_record, tmp_path, str(poor))
    assert max(off.values()) < 1.0, off
    assert list((tmp_path / "pq/render/segments").glob("*.swscale.mkv"))


def test_turned_pictures_stand_upright(each_ffmpeg: str, make_record: MakeRecord, tmp_path: Path) -> None:
    """A telephone held upright: the container says how the picture is to be turned."""
    made = Clip(frames=6).write(tmp_path / "lying.mp4")
    path = tmp_path / "upright.mp4"
    command = [FFMPEGS["embedded"], "-v", "error", "-display_rotation", "90", "-i", made.path, "-c", "copy", path]
    subprocess.run(command, check=True)
    source = probe(path)
    assert (source.width, source.height) == (64, 96)
    record = make_record({"a": source}, start=1, count=3)
    folder = rendered(record, tmp_path / "out", each_ffmpeg)
    assert (
        difference(record, record.edit.shots[0], folder) < 1.0
    )  # turned, the chroma samples lie elsewhere than the tag says


SLOW = """\
#!/bin/sh
case "$*" in *-filters*) exit ;; esac
trap 'kill $!; exit 255' INT
for last; do :; done
: > "$last"
sleep 3600 &
wait
"""

TONE = ("-f", "lavfi", "-i", "sine=r=48000:d=9")


@pytest.mark.slow
@pytest.mark.parametrize("container", ["mp4", "mkv", "mov", "ts"])
@pytest.mark.parametrize("sound", [False, True])
def test_frames_are_exact(
    each_ffmpeg: str, container: str, sound: bool, make_record: MakeRecord, tmp_path: Path
) -> None:
    """Open GOPs, B-frames, an odd rate, sound that begins before the picture: each frame is its own, no neighbor."""
    codec = ("-c:v", "libx264", "-qp", "0", "-preset", "veryfast", "-g", "37", "-bf", "3", "-x264-params", "open-gop=1")
    made = Clip(frames=200, rate="24000/1001", codec=codec).write(tmp_path / "made.mp4")
    path = tmp_path / f"long.{container}"
    streams = ("-map", "0:v", "-map", "1:a", "-c:a", "aac", "-shortest") if sound else ("-map", "0:v")
    command = [each_ffmpeg, "-v", "error", "-itsoffset", "0.1", "-i", made.path, *TONE, *streams, "-c:v", "copy", path]
    subprocess.run(command, check=True)
    source = probe(path)
    media = {f"at_{start}": source for start in (0, 3, 60, 111, 112, 147, 148, 190)}
    record = make_record(media, start=0, count=5, lut_size=2)
    shots = [
        replace(shot, source=FrameRange(int(shot.id[3:]), 5, source.rate), record=FrameRange(5 * n, 5, source.rate))
        for n, shot in enumerate(record.edit.shots)
    ]
    record = replace(record, edit=replace(record.edit, shots=tuple(shots), rate=source.rate))
    script = export(record)["render.sh"].decode()
    assert ("-copyts" in script) == (container != "ts")
    folder = rendered(record, tmp_path / "out", each_ffmpeg)
    for shot in shots:
        assert difference(record, shot, folder) < 0.6, shot.id
    assert probe(folder / "film.mp4").frames == 40


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_every_kind(shell: str, make_record: MakeRecord, tmp_path: Path) -> None:
    """Spaces, quotes, $, `, %, line ends, a leading dash, emoji, another working folder: nothing breaks out."""
    names = [
        "a b",
        "it's",
        'say "hi"',
        "$HOME",
        "`touch x`",
        "$(touch x)",
        "50%",
        "%d",
        "-dash",
        "line\nend",
        "🎬",
        "a;b&c|d",
    ]
    names += ["back\\slash", "~", "*", "#x", "!", "wide\u00a0space"]
    one = Clip(frames=3).write(tmp_path / "one.mp4")
    folder = tmp_path / "media $x `y` 'z'"
    folder.mkdir()
    media = {}
    for number, name in enumerate(names):
        path = folder / f"{name}.mp4"
        shutil.copy(one.path, path)
        media[f"shot_{number}"] = replace(one, path=path)
    still = write_still(folder / "still %d [1].png")
    record = make_record({**media, "still": still}, start=1, count=2)
    skips = (Skip("generator", "evil\nEND_OF_LIST\ntouch x\n$(touch x)", "`touch x`\r\n%PATH%", 0, 1, 1),)
    edit = replace(record.edit, skips=skips, name="evil\ntouch x\n")
    grades = tuple(replace(grade, scene="scene\ntouch x") for grade in record.grades)
    out = tmp_path / "out put's"
    write_folder(out, export_all(replace(record, edit=edit, grades=grades)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(out, str(FFMPEGS["embedded"]), shell=shell, cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert probe(out / "film.mp4").frames == 2 * (len(names) + 1)
    assert not list(elsewhere.iterdir())
    assert not (out / "x").exists()
    assert "evil?END_OF_LIST" not in done.stderr  # line ends in names are blanks in the list
    assert "evil END_OF_LIST touch x $(touch x)" in done.stderr


@pytest.mark.ffmpeg
def test_what_is_fresh_is_left_alone(make_record: MakeRecord, tmp_path: Path) -> None:
    ffmpeg = str(FFMPEGS["embedded"])
    source = Clip(frames=8).write(tmp_path / "a.mp4")
    os.utime(source.path, (1, 1))
    record = make_record({"a": source, "b": source}, start=0, count=3)
    folder = rendered(record, tmp_path / "out", ffmpeg)
    again = run(folder, ffmpeg)
    assert again.stderr.split() == ["film.mp4", "is", "up", "to", "date"]
    time.sleep(0.02)
    (folder / "luts/a.cube").touch()
    changed = run(folder, ffmpeg)
    assert changed.returncode == 0
    assert changed.stderr.splitlines() == ["1/2 frames 0 to 2: a", "film.mp4"]
    recoded = run(folder, ffmpeg, ENCODER="-c:v libx264 -preset ultrafast -crf 30")
    assert recoded.stderr.splitlines() == ["film.mp4"]
    forced = run(folder, ffmpeg, FORCE="1")
    assert len(forced.stderr.splitlines()) == 3


@pytest.mark.ffmpeg
def test_failure_is_told_and_leaves_no_half_file(make_record: MakeRecord, tmp_path: Path) -> None:
    ffmpeg = str(FFMPEGS["embedded"])
    good, bad = Clip(frames=4).write(tmp_path / "good.mp4"), Clip(frames=4).write(tmp_path / "bad.mp4")
    record = make_record({"bad": bad, "good": good}, start=0, count=3)
    folder = tmp_path / "out"
    write_folder(folder, export_all(record))
    bad.path.write_bytes(b"no film at all")
    done = run(folder, ffmpeg)
    assert done.returncode == 1
    assert "not rendered:\n  frames 0 to 2: bad" in done.stderr
    assert len(list((folder / "render/segments").iterdir())) == 1
    assert not (folder / "film.mp4").exists()


@pytest.mark.ffmpeg
@pytest.mark.parametrize("shell", SHELLS)
def test_interrupted_it_stops_and_leaves_no_half_file(shell: str, make_record: MakeRecord, tmp_path: Path) -> None:
    source = Clip(frames=4).write(tmp_path / "a.mp4")
    record = make_record({"a": source, "b": source}, start=0, count=3)
    folder = tmp_path / "out"
    write_folder(folder, export_all(record))
    slow = tmp_path / "slow-ffmpeg"  # as FFmpeg: it catches the signal, and leaves with a code of its own
    slow.write_text(SLOW)
    slow.chmod(0o755)
    process = subprocess.Popen(
        [shell, folder / "render.sh", slow], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    until(lambda: list(folder.rglob("*.part")))
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, said
    assert "2/2" not in said
    assert not list(folder.rglob("*.part"))


@pytest.mark.ffmpeg
def test_missing_ffmpeg_is_one_clear_line(make_record: MakeRecord, tmp_path: Path) -> None:
    record = make_record({"a": Clip(frames=3).write(tmp_path / "a.mp4")}, start=0, count=2)
    write_folder(tmp_path / "out", export_all(record))
    done = run(tmp_path / "out", "no-such-ffmpeg")
    assert done.returncode == 1
    assert "no program 'no-such-ffmpeg'" in done.stderr


@pytest.mark.slow
def test_the_film_is_every_shot_in_its_size_rate_and_encoding(
    each_ffmpeg: str, make_record: MakeRecord, tmp_path: Path
) -> None:
    media = {
        "a": Clip(frames=12).write(tmp_path / "a.mp4"),
        "pal": Clip("bt601-625", size=(80, 64), rate="12").write(tmp_path / "pal.mp4"),
        "b": Clip(frames=12).write(tmp_path / "b.mp4"),
        "still": write_still(tmp_path / "s.png", size=(60, 60)),
        "fast": Clip(frames=12, rate="30").write(tmp_path / "fast.mp4"),
        "hdr": Clip("pq", "yuv420p10le").write(tmp_path / "hdr.mp4"),
    }
    record = make_record(media, start=0, count=6)
    shots = [
        replace(shot, source=FrameRange(0, round(6 * shot.media.rate / 24), shot.media.rate))
        for shot in record.edit.shots
    ]
    record = replace(record, edit=replace(record.edit, shots=tuple(shots)))
    folder = rendered(record, tmp_path / "out", each_ffmpeg)
    film = probe(folder / "film.mp4")
    assert (film.width, film.height, film.rate, film.frames) == (96, 64, 24, 36)
    assert film.encoding.name == "bt709"
    assert "cut together as they are coded" not in (folder / "render.sh").read_text()  # PQ is converted
    frames = list(iter_frames(film))
    lut = record.lut("a")
    for number, source_frame, name in ((0, 0, "a"), (5, 5, "a"), (12, 0, "b"), (24, 0, "fast"), (29, 6, "fast")):
        (source,) = iter_frames(media[name], source_frame, 1)
        assert np.abs(frames[number] - lut.apply(source)).mean() * 255 < 0.7, (number, name)
    # PAL frame k shows source frame k // 2 at the same R'G'B' code values, scaled, black at the sides.
    (source,) = iter_frames(media["pal"], 1, 1)
    seen = frames[9][:, 8:88]
    assert np.abs(seen - lut.apply(source)).mean() * 255 < 1.0
    assert frames[9][:, :6].max() < 0.02


@pytest.mark.ffmpeg
def test_what_is_shown_otherwise_is_said(make_record: MakeRecord, tmp_path: Path) -> None:
    source = Clip(frames=10).write(tmp_path / "a.mp4")
    skips = (
        Skip("generator", "bars", "made by a generator (SMPTEBars)", 0, 10, 12),
        Skip("gap", "", "nothing to grade", 0, 40, 4),
    )
    record = make_record({"a": source, "b": source}, skips=skips)
    joins = (Join("Wipe", (0, 1), 5, 2, 2),)
    shots = (record.edit.shots[0], replace(record.edit.shots[1], where=(0, 2)))
    record.edit.otio["tracks"]["children"][0]["children"].insert(1, {"OTIO_SCHEMA": "Transition.1"})
    record = replace(record, edit=replace(record.edit, shots=shots, joins=joins))
    for name in ("render.sh", "render.bat"):
        text = export(record)[name].decode()
        assert "generator bars at frame 10 of V1, 12 long: made by a generator (SMPTEBars), nothing is shown" in text
        assert "gap at frame" not in text
        assert "Wipe at frame 5 is rendered as a dissolve" in text


@pytest.mark.ffmpeg
def test_scripts_depend_on_the_record_alone(make_record: MakeRecord, tmp_path: Path) -> None:
    record = make_record({"a": Clip(frames=3).write(tmp_path / "a.mp4")}, start=0, count=2)
    assert export(record) == export(record)


@pytest.mark.ffmpeg
def test_a_segment_is_named_by_what_is_applied(make_record: MakeRecord, tmp_path: Path) -> None:
    """Half of a balance is half of it, whether the checks or the editor took the rest: a finished segment is found."""
    record = make_record({"a": Clip(frames=3).write(tmp_path / "a.mp4")}, start=0, count=2)
    (grade,) = record.grades
    ways = ({"share": 0.5}, {"strength": 0.5}, {"share": 0.25})
    held, wished, less = (export(replace(record, grades=(replace(grade, **way),))) for way in ways)
    assert held == wished != less


@pytest.mark.ffmpeg
def test_batch_file_has_windows_line_ends_and_doubled_percents(make_record: MakeRecord, tmp_path: Path) -> None:
    media = Clip(frames=3).write(tmp_path / "a.mp4")
    odd = {
        "percent": tmp_path / "50% & more^!.mp4",
        "quote": tmp_path / 'a" & calc & ".mp4',
        "line": tmp_path / "a\ncalc.mp4",
    }
    record = make_record({name: replace(media, path=path) for name, path in odd.items()}, start=0, count=2)
    raw = export(record)["render.bat"]
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    text = raw.decode()
    assert "50%% & more^!.mp4" in text
    assert text.count("cannot be written in a batch file") == 2
    assert not any(line.lstrip().startswith("calc") for line in text.splitlines())
    for line in text.splitlines():
        if not line.startswith(("rem", "echo")):
            assert line.count('"') % 2 == 0, line


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_names_in_comments_stay_on_their_line(name: str) -> None:
    assert len(one_line(name).splitlines()) <= 1
    assert set(harmless(name)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .,:/()+-")


@pytest.mark.ffmpeg
def test_shell_syntax(make_record: MakeRecord, tmp_path: Path) -> None:
    record = make_record({"a": Clip(frames=3).write(tmp_path / "a.mp4")}, start=0, count=2)
    (tmp_path / "render.sh").write_bytes(export(record)["render.sh"])
    for shell in SHELLS:
        subprocess.run([shell, "-n", tmp_path / "render.sh"], check=True)


@pytest.mark.ffmpeg
def test_grade_is_visible_at_all(tmp_path: Path) -> None:
    """The comparison above has power: graded and ungraded differ by far more than its limit."""
    source = Clip(frames=3).write(tmp_path / "a.mp4")
    (frame,) = iter_frames(source, 0, 1)
    assert np.abs(CROSSED(frame) - frame).mean() * 255 > 10
