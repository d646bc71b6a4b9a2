"""An edit of a movie: its clips touch, its dissolves share the movie's own frames, and it can be read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

from making.clips import encode_numbered
from making.movies import HD
from otiograde.media.probe import probe
from otiograde.record.shot import Media
from otiograde.timeline import Boundary, Reading, edit_of_movie, read_edit

BOUNDARIES = [Boundary(10), Boundary(24, 4, 3), Boundary(40, 2, 2)]


@pytest.fixture
def movie(ffmpeg: Path, tmp_path: Path) -> Media:
    return probe(encode_numbered(ffmpeg, tmp_path / "a%20b.mkv", 48, *HD))


def test_shots_touch_and_cover_the_movie(movie: Media) -> None:
    edit = edit_of_movie(movie, BOUNDARIES, Reading())
    assert [(shot.source.start, shot.source.count) for shot in edit.shots] == [(0, 10), (10, 14), (24, 16), (40, 8)]
    assert [shot.record.start for shot in edit.shots] == [0, 10, 24, 40]
    assert [shot.name for shot in edit.shots] == [f"a%20b_{number:02}" for number in (1, 2, 3, 4)]
    assert edit.length == 48


def test_frames_of_a_dissolve_are_shared_by_both_shots(movie: Media) -> None:
    edit = edit_of_movie(movie, BOUNDARIES, Reading())
    assert [shot.shared for shot in edit.shots] == [(0, 0), (0, 4), (3, 2), (2, 0)]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == [(24, 4, 3), (40, 2, 2)]


def test_a_dissolve_between_other_frames_shares_none(movie: Media, tmp_path: Path) -> None:
    """Only clips that continue each other in one file have a dissolve in their pictures."""
    tree = edit_of_movie(movie, BOUNDARIES, Reading()).otio
    clips = [item for item in tree["tracks"]["children"][0]["children"] if item["OTIO_SCHEMA"] == "Clip.2"]
    clips[2]["source_range"]["start_time"]["value"] += 1
    file = tmp_path / "edit.otio"
    file.write_text(json.dumps(tree))
    assert [shot.shared for shot in read_edit(file, Reading(), probe).shots] == [(0, 0), (0, 0), (0, 0), (0, 0)]


def test_the_edit_is_read_again_as_it_was(movie: Media, tmp_path: Path) -> None:
    edit = edit_of_movie(movie, BOUNDARIES, Reading(), base=tmp_path)
    file = tmp_path / "movie.otio"
    file.write_text(json.dumps(edit.otio))
    timeline = otio.adapters.read_from_file(str(file))
    assert isinstance(timeline, otio.schema.Timeline)
    assert replace(read_edit(file, Reading(), probe), otio=edit.otio, notes=()) == edit


def test_sound_of_the_movie_is_one_piece(movie: Media) -> None:
    [sound] = edit_of_movie(replace(movie, audio=True), BOUNDARIES, Reading()).sounds
    assert (sound.at, sound.lasts) == (0, 2)


def test_a_movie_without_a_cut_is_one_shot(movie: Media) -> None:
    [shot] = edit_of_movie(movie, [], Reading(), ["no cut"]).shots
    assert (shot.source.start, shot.source.count) == (0, 48)
