"""A finished movie is taken apart into its shots where that is asked for, and graded shot by shot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.clips import ffmpeg_run
from making.pictures import wall
from making.wall_movie import FIRSTS, wall_movie
from otiograde.errors import MediaError, ToolNotFoundError
from otiograde.grading.cutting import cut_movie
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.means.means import Means
from otiograde.media.frames import iter_thumbnails, write_still
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


def test_each_of_several_files_is_taken_apart_if_that_is_asked_for(movie: Path, ffmpeg: Path, tmp_path: Path) -> None:
    """A still, a clip without a cut and a file that cannot be read stay what they are."""
    other = wall_movie(ffmpeg, tmp_path / "other.mp4", "-frames:v", "100")
    plain = wall_movie(ffmpeg, tmp_path / "plain.mp4", "-frames:v", "30")
    (tmp_path / "no.mp4").write_bytes(b"notes")
    write_still(tmp_path / "still.png", np.zeros((54, 96, 3), np.float32))
    edit = read([movie, other, plain, tmp_path / "still.png", tmp_path / "no.mp4"], Reading(cuts="always"))
    shots = [(shot.name, shot.source.start) for shot in edit.shots]
    numbered = [(f"walls_{number:02}", first) for number, first in enumerate(FIRSTS, 1)]
    assert shots == [*numbered, ("other_01", 0), ("other_02", 60), ("plain", 0), ("still", 0)]
    assert [shot.record.start for shot in edit.shots] == [0, 60, 110, 180, 240, 280, 310]
    assert [skip.what for skip in edit.skips] == ["unreadable media"]
    remarks = [f"{name}: {counted}" for name, counted in COUNTED]
    assert list(edit.notes[:3]) == remarks


COUNTED = (
    ("walls.mp4", "2 cuts (--cuts off keeps it whole)"),
    ("other.mp4", "1 cut (--cuts off keeps it whole)"),
    ("plain.mp4", "no cut"),
)


def test_a_movie_of_a_varying_rate_is_cut_by_its_frames(ffmpeg: Path, tmp_path: Path) -> None:
    """Every third frame is gone, and the others keep their times."""
    whole, varying = wall_movie(ffmpeg, tmp_path / "whole.mp4"), tmp_path / "varying.mp4"
    ffmpeg_run(ffmpeg, "-i", whole, "-vf", r"select=mod(n\,3)", "-fps_mode", "vfr", "-c:v", "libx264", varying)
    assert probe(varying).variable_rate
    assert firsts(varying, Reading(cuts="always")) == (0, 40, 73)


def test_sound_alone_is_no_movie(ffmpeg: Path, tmp_path: Path) -> None:
    sound = tmp_path / "sound.mp4"
    ffmpeg_run(ffmpeg, "-f", "lavfi", "-i", "sine=duration=6", "-c:a", "aac", sound)
    assert [skip.what for skip in read(sound, Reading(cuts="always")).skips] == ["unreadable media"]
    with pytest.raises(MediaError, match=r"sound\.mp4: "):
        cut_movie(sound)


@pytest.mark.parametrize("frames", [1, 2, 8])
def test_a_few_frames_are_one_shot(ffmpeg: Path, tmp_path: Path, frames: int) -> None:
    few = wall_movie(ffmpeg, tmp_path / "few.mp4", "-frames:v", str(frames))
    assert firsts(few, Reading(cuts="always")) == (0,)


class NoWeights:
    """A network whose weights for cuts are missing."""

    def transitions(self, frames: object) -> object:
        del frames
        raise ToolNotFoundError("no weights: get them")


class Refusing(NoWeights):
    """A network that is sure that nothing is a cut."""

    def transitions(self, frames: object) -> object:
        del frames
        return np.zeros(100, np.float32)


def test_a_doubtful_cut_without_and_with_a_second_opinion(ffmpeg: Path, tmp_path: Path) -> None:
    """The second half of this movie is a mixture of its first picture and another one."""
    a, b = (np.rint(wall(seed, 108, 260) * 255) for seed in (1, 2))
    pictures = [a[:, k // 2 :][:, :192] for k in range(35)]
    pictures += [(0.45 * a + 0.55 * b)[:, k // 2 :][:, :192] for k in range(35, 70)]
    movie, data = tmp_path / "nearly.mp4", np.rint(np.stack(pictures)).astype(np.uint8).tobytes()
    ffmpeg_run(
        ffmpeg,
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "192x108", "-r", "24", "-i", "-", "-c:v", "libx264"),
        movie,
        data=data,
    )
    without, missing, refused = (
        cut_movie(movie, means=Means(network=network)) for network in (None, NoWeights(), Refusing())
    )
    assert [shot.source.start for shot in without.shots] == [0, 35]
    assert without.notes[0] == "nearly.mp4: 1 cut"
    assert missing.shots == without.shots
    assert missing.notes[0] == f"{without.notes[0]}; no second opinion: no weights: get them"
    assert len(refused.shots) == 1
