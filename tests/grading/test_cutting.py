"""A finished movie is taken apart into its shots where that is asked for, and graded shot by shot."""

from __future__ import annotations

from pathlib import Path

import pytest

from making.wall_movie import FIRSTS, wall_movie
from otiograde.errors import MediaError
from otiograde.grading.cutting import cut_movie
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.means.means import Means
from otiograde.media.frames import iter_thumbnails
from otiograde.media.probe import probe
from otiograde.timeline import Reading


@pytest.fixture(scope="module")
def movie(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wall_movie(ffmpeg, tmp_path_factory.mktemp("movie") / "walls.mp4")


def firsts(movie: Path, reading: Reading = Reading()) -> tuple[int, ...]:
    return tuple(shot.source.start for shot in read(movie, reading).shots)


def test_one_movie_is_taken_apart(movie: Path) -> None:
    edit = read(movie)
    assert tuple(shot.source.start for shot in edit.shots) == FIRSTS
    assert edit.notes[0] == "walls.mp4: 2 cuts (--cuts off keeps it whole)"


def test_cuts_off_keeps_it_whole(movie: Path) -> None:
    assert firsts(movie, Reading(cuts="off")) == (0,)


def test_a_short_file_is_a_clip_unless_cuts_are_always_wanted(ffmpeg: Path, tmp_path: Path) -> None:
    short = wall_movie(ffmpeg, tmp_path / "short.mp4", "-frames:v", "100")
    assert firsts(short) == (0,)
    assert firsts(short, Reading(cuts="always")) == FIRSTS[:2]


def test_several_files_are_clips(movie: Path, ffmpeg: Path, tmp_path: Path) -> None:
    other = wall_movie(ffmpeg, tmp_path / "other.mp4")
    assert len(read([movie, other]).shots) == 2


def test_a_damaged_end_loses_no_cut_before_it(ffmpeg: Path, tmp_path: Path) -> None:
    whole = wall_movie(ffmpeg, tmp_path / "whole.mkv")
    damaged = tmp_path / "damaged.mkv"
    data = whole.read_bytes()
    damaged.write_bytes(data[: len(data) * 5 // 6])
    assert firsts(damaged, Reading(cuts="always"))[:2] == FIRSTS[:2]


def test_a_damaged_middle_is_one_place_without_pictures(ffmpeg: Path, tmp_path: Path) -> None:
    """Frames that are lost keep their numbers, so that later cuts are where they were."""
    damaged = wall_movie(ffmpeg, tmp_path / "damaged.mkv", "-g", "12")
    data = bytearray(damaged.read_bytes())
    middle = len(data) // 5
    data[middle : middle + 400] = bytes(400)
    damaged.write_bytes(data)
    media = probe(damaged)
    thumbnails = list(iter_thumbnails(media, (54, 96)))
    assert len(thumbnails) == media.frames
    assert set(FIRSTS) <= set(firsts(damaged))


@pytest.mark.parametrize("content", [b"", b"notes", bytes(5000)])
def test_a_file_that_cannot_be_read_is_a_skip(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(content)
    edit = read(tmp_path / "no.mp4")
    assert not edit.shots
    assert [skip.what for skip in edit.skips] == ["unreadable media"]


def test_progress_is_told_to_the_end(movie: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    cut_movie(movie, means=Means(progress=lambda *step: steps.append(step)))
    assert steps[-1] == ("cuts", 180, 180)


def test_what_is_no_movie(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("notes")
    with pytest.raises(MediaError, match="is a text file, not media"):
        cut_movie(tmp_path / "notes.mp4")


def test_shots_of_a_movie_are_matched(movie: Path) -> None:
    """The first and the last shot show one wall in two grades."""
    record = grade_timeline(movie)
    scene = record.scene(record.grades[0].scene)
    assert scene.shots == ("walls_01", "walls_03")
    [link] = [link for link in record.evidence if {link.a, link.b} == set(scene.shots) and link.matches]
    assert link.before > 4
    assert link.after < 1
