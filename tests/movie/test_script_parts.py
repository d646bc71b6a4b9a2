"""render.sh part by part, as a farm runs it: the same movie, whatever the order and whoever runs which part.

Tests: movie/media_folders.py, movie/shell.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from making.clips import FFMPEGS, Clip, frame_checksums
from making.records import MakeRecord
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.movie.media_folders import media_folders
from otiograde.movie.plan import Delivery, plan
from otiograde.movie.rendering import Rendering, render_edit
from otiograde.record.graded import GradedTimeline

FFMPEG = str(FFMPEGS["embedded"])


def run(folder: Path, *words: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    command = [shell, folder / "render.sh", *words]
    environment = {**os.environ, "FFMPEG": FFMPEG}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def record(make_record: MakeRecord, tmp_path: Path) -> GradedTimeline:
    """Three shots of two media, one in a folder whose name needs quoting."""
    odd = tmp_path / 'it\'s $(odd) `x` & "more" = * ü'
    odd.mkdir()
    one, two = Clip(frames=6).write(tmp_path / "one.mp4"), Clip(frames=6, size=(80, 64)).write(odd / "two.mp4")
    return make_record({"a": one, "b": two, "c": one}, start=0, count=3, lut_size=3)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("shell", [shell for shell in ("dash", "bash") if shutil.which(shell)])
def test_parts_make_the_movie_of_render(shell: str, record: GradedTimeline, tmp_path: Path) -> None:
    out, whole = tmp_path / "out put's", tmp_path / "whole"
    for folder in (out, whole):
        write_folder(folder, export_all(record))
    count = int(run(out, "--segments", shell=shell).stdout)
    assert count == len({segment.key for segment in plan(record).segments})
    early = run(out, "--join", shell=shell)
    assert early.returncode == 1
    assert f"not rendered yet: {' '.join(map(str, range(1, count + 1)))} (of {count} segments)" in early.stderr
    for number in range(count, 0, -1):
        done = run(out, "--segment", str(number), shell=shell)
        assert done.returncode == 0, done.stderr
        assert not (out / "film.mp4").exists()
    assert len(list((out / "render/segments").iterdir())) == count
    unproved = run(out, "--proof", shell=shell)
    assert unproved.returncode == 1
    assert "there is no film.mp4 yet" in unproved.stderr
    joined = run(out, "--join", shell=shell)
    assert joined.returncode == 0, joined.stderr
    assert run(out, "--join", shell=shell).stderr == "film.mp4 is up to date\n"
    assert run(out, "--proof", shell=shell).stderr == "film.mp4 has all of its 9 frames\n"
    render_edit(record, whole / "film.mp4", Rendering(whole, find_ffmpeg(FFMPEG)), Delivery())
    assert frame_checksums(out / "film.mp4") == frame_checksums(whole / "film.mp4")


@pytest.mark.ffmpeg
def test_media_are_found_in_another_folder(record: GradedTimeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    folders = media_folders(plan(record))
    assert folders == (str(tmp_path),)
    moved = tmp_path.parent / f"{tmp_path.name} moved=$(x)'"
    moved.mkdir()
    for name in ("one.mp4", 'it\'s $(odd) `x` & "more" = * ü'):
        (tmp_path / name).rename(moved / name)
    assert run(out, "--segment", "1").returncode == 1
    for number in range(1, 4):
        done = run(out, "--segment", str(number), "--media", f"1={moved}")
        assert done.returncode == 0, done.stderr
    done = run(out, "--media", f"1={moved}")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "film.mp4\n"  # segments that are there are not rendered again
    shutil.rmtree(moved)


@pytest.mark.ffmpeg
def test_a_movie_that_ends_early_is_no_proof(record: GradedTimeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    assert run(out).returncode == 0
    movie = out / "film.mp4"
    short = [FFMPEG, "-v", "error", "-y", "-i", movie, "-frames:v", "7", "-c", "copy", tmp_path / "short.mp4"]
    subprocess.run(short, check=True)
    shutil.move(tmp_path / "short.mp4", movie)
    done = run(out, "--proof")
    assert done.returncode == 1
    assert "film.mp4 has 7 frames that can be decoded, not 9" in done.stderr


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--segment"], "--segment needs a number"),
        (["--segment", "0"], "0 is not a number from 1"),
        (["--segment", "4"], "--segment 4: there are 3"),
        (["--segment", "1;touch x"], "is not a number from 1"),
        (["--segment", "1=/x"], "--segment 1=/x: there are 3"),
        (["--segment", "99999999999999999999"], "is not a number from 1"),
        (["--media", "2=/x"], "--media 2=/x: there are 1 media folders"),
        (["--media", "1=x"], "give 1=/a/folder"),
        (["--media", "1"], "give 1=/a/folder"),
        (["--segmnt", "1"], "there is no option --segmnt: use --segments"),
    ],
)
def test_wrong_use_is_one_line(words: list[str], said: str, record: GradedTimeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    done = run(out, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (out / "render").exists()


@pytest.mark.ffmpeg
def test_a_part_of_another_machine_is_left_alone(record: GradedTimeline, tmp_path: Path) -> None:
    """On another machine, a process of the same number may write the same segment."""
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    key = plan(record).segments[0].key
    segments = out / "render/segments"
    segments.mkdir(parents=True)
    hosts = ("elsewhere", os.uname().nodename)
    theirs, ours = (segments / f"{key}.error_diffusion.mkv.99999999@{host}.part" for host in hosts)
    for part in (theirs, ours):
        part.touch()
    assert run(out, "--segment", "1").returncode == 0
    assert theirs.exists()
    assert not ours.exists()


@pytest.mark.ffmpeg
def test_many_folders_become_few(make_record: MakeRecord, tmp_path: Path) -> None:
    media = {}
    one = Clip(frames=4).write(tmp_path / "one.mp4")
    for number in range(12):
        folder = tmp_path / f"r{number // 4}" / f"f{number}"
        folder.mkdir(parents=True)
        media[f"s{number}"] = replace(one, path=Path(shutil.copy(one.path, folder / "a.mp4")))
    planned = plan(make_record(media, start=0, count=2, lut_size=2))
    assert len(media_folders(planned, 12)) == 12
    few = media_folders(planned, 3)
    assert few == tuple(str(tmp_path / f"r{number}") for number in range(3))
    assert media_folders(planned, 1) == (str(tmp_path),)
