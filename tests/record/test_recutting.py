"""Shots of a finished movie are split and joined: in the record, in the tree of the edit, and when it is read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from making.clips import encode_numbered
from making.movies import HD
from making.records import WARM, graded
from otiograde.media.probe import probe
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.reason import Reason
from otiograde.record.recutting import found_cuts, join_shots, movies_of, split_shot, splits_of
from otiograde.record.shot import Media, Wishes
from otiograde.timeline import Boundary, Reading, clips_of_movie, edit_of_clips, edit_of_movie, read_edit

BOUNDARIES = [Boundary(10), Boundary(24, 4, 3), Boundary(40, 2, 2)]


@pytest.fixture(scope="module")
def media(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Media:
    file = tmp_path_factory.mktemp("movie") / "film.mkv"
    return replace(probe(encode_numbered(ffmpeg, file, 48, *HD)), audio=True)


@pytest.fixture
def record(media: Media) -> GradedTimeline:
    edit = edit_of_movie(media, BOUNDARIES, Reading())
    return graded(edit, WARM, scenes={"a": ("film_01", "film_03"), "b": ("film_02", "film_04")})


def cut(record: GradedTimeline) -> list[tuple[str, int, int]]:
    return [(shot.id, shot.source.start, shot.source.count) for shot in record.edit.shots]


def check_read_again(record: GradedTimeline, folder: Path) -> None:
    """The edit that an editor opens has the cut of the record, and the record is a valid one."""
    file = folder / "edit.otio"
    file.write_text(json.dumps(record.edit.otio))
    again = read_edit(file, Reading(), probe)
    facts = [
        [(s.id, s.name, s.source, s.record, s.where, s.shared) for s in shots]
        for shots in (again.shots, record.edit.shots)
    ]
    assert facts[0] == facts[1]
    assert again.joins == record.edit.joins
    assert again.length == record.edit.length
    parsed = parse_record(format_record(record))
    assert cut(parsed) == cut(record)
    assert [grade.shot for grade in record.grades] == [shot.id for shot in record.edit.shots]


def test_a_shot_is_split(record: GradedTimeline, tmp_path: Path) -> None:
    new = split_shot(record, "film_03", 31)
    assert cut(new)[2:4] == [("film_03", 24, 7), ("film_03_31", 31, 9)]
    assert [shot.shared for shot in new.edit.shots] == [(0, 0), (0, 4), (3, 0), (0, 2), (2, 0)]
    assert new.scene("a").shots == ("film_01", "film_03", "film_03_31")
    assert new.grade("film_03_31").balance == record.grade("film_03").balance
    check_read_again(new, tmp_path)


def test_a_split_is_undone_by_joining(record: GradedTimeline, tmp_path: Path) -> None:
    split = split_shot(split_shot(record, "film_01", 4), "film_01_4", 8)
    assert cut(split)[:3] == [("film_01", 0, 4), ("film_01_4", 4, 4), ("film_01_4_8", 8, 2)]
    check_read_again(split, tmp_path)
    joined = join_shots(join_shots(split, "film_01_4", "film_01_4_8"), "film_01", "film_01_4")
    assert joined.edit.otio == record.edit.otio
    assert joined.edit.shots == record.edit.shots


@pytest.mark.parametrize("position", range(3))
def test_two_shots_are_joined_with_or_without_a_dissolve(record: GradedTimeline, tmp_path: Path, position: int) -> None:
    first, second = (shot.id for shot in record.edit.shots[position : position + 2])
    new = join_shots(record, first, second)
    assert len(new.edit.shots) == 3
    assert len(new.edit.joins) == 2 - (position > 0)
    check_read_again(new, tmp_path)


def test_all_joined_is_the_whole_movie(record: GradedTimeline, tmp_path: Path) -> None:
    for number in (2, 3, 4):
        record = join_shots(record, "film_01", f"film_{number:02}")
    assert cut(record) == [("film_01", 0, 48)]
    assert [scene.id for scene in record.scenes] == ["a"]
    check_read_again(record, tmp_path)
    assert cut(split_shot(record, "film_01", 24)) == [("film_01", 0, 24), ("film_01_24", 24, 24)]


def test_the_wishes_of_a_shot_go_with_both_parts_but_one_hero_stays(record: GradedTimeline) -> None:
    wishes = Wishes(hero=True, strength=0.5, scene="a")
    shots = tuple(replace(s, wishes=wishes) if s.id == "film_03" else s for s in record.edit.shots)
    new = split_shot(replace(record, edit=replace(record.edit, shots=shots)), "film_03", 30)
    assert new.edit.shot("film_03").wishes == wishes
    assert new.edit.shot("film_03_30").wishes == replace(wishes, hero=False)


@pytest.mark.parametrize(
    ("shot", "frame", "words"),
    [
        ("film_03", 24, "film_03 can be split at frames from 27 to 38, not at 24"),
        ("film_03", 39, "not at 39"),
        ("film_01", 0, "frames from 1 to 9"),
        ("film_09", 3, "film_09 is no shot of a finished movie"),
    ],
)
def test_where_a_shot_cannot_be_split(record: GradedTimeline, shot: str, frame: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        split_shot(record, shot, frame)


def test_what_cannot_be_joined(record: GradedTimeline) -> None:
    for first, second in (("film_01", "film_03"), ("film_04", "film_01"), ("film_01", "film_01")):
        with pytest.raises(ValueError, match="does not follow film_0"):
            join_shots(record, first, second)


def test_the_cuts_of_a_movie_and_their_frames(record: GradedTimeline) -> None:
    cuts = list(found_cuts(record.edit))
    assert [(c.first, c.second, c.frames, c.at, c.mixed) for c in cuts] == [
        ("film_01", "film_02", (9, 10), 10, False),
        ("film_02", "film_03", (19, 27), 24, True),
        ("film_03", "film_04", (37, 42), 40, True),
    ]
    assert [splits_of(shot) for shot in record.edit.shots] == [(1, 9), (11, 20), (27, 38), (42, 47)]


def test_an_edit_with_a_retimed_or_missing_part_is_no_movie(record: GradedTimeline) -> None:
    shots = record.edit.shots
    for other in (shots[1:], shots[:-1], (shots[0], *shots[2:]), (replace(shots[0], speed=shots[0].speed * 2), *shots)):
        assert movies_of(replace(record.edit, shots=other)) == ()


def test_media_of_a_varying_rate_are_joined_and_not_split(record: GradedTimeline) -> None:
    starts = [*(shot.source.start / shot.source.rate for shot in record.edit.shots), 48 / record.edit.rate]
    shots = tuple(replace(shot, seconds=(starts[n], starts[n + 1])) for n, shot in enumerate(record.edit.shots))
    varying = replace(record, edit=replace(record.edit, shots=shots))
    with pytest.raises(ValueError, match="varying rate"):
        split_shot(varying, "film_01", 5)
    assert join_shots(varying, "film_01", "film_02").edit.shots[0].seconds == (0, 1)


@pytest.mark.parametrize("rates", [("24", "25"), ("30000/1001", "24"), ("24", "50")])
def test_movies_of_other_rates_than_the_edit(ffmpeg: Path, tmp_path: Path, rates: tuple[str, str]) -> None:
    """What the edit shows of both parts is what a reader of the corrected edit makes of it."""
    movies = [
        probe(encode_numbered(ffmpeg, tmp_path / f"{name}.mkv", 48, *HD, rate=rate))
        for name, rate in zip("ab", rates, strict=True)
    ]

    def divide(media: Media, notes: object) -> list[dict[str, object]]:
        del notes
        return clips_of_movie(media, [Boundary(16), Boundary(32)])

    edit = edit_of_clips([media.path for media in movies], Reading(), probe, divide=divide)
    record = graded(edit, WARM)
    for shot, frame in (("a_02", 20), ("b_02", 21), ("b_03", 37)):
        record = split_shot(record, shot, frame)
        check_read_again(record, tmp_path)
    check_read_again(join_shots(join_shots(record, "b_01", "b_02"), "a_02_20", "a_03"), tmp_path)


def test_no_reason_names_a_shot_that_is_gone(record: GradedTimeline, tmp_path: Path) -> None:
    named = tuple(Reason("grouped", "joined", shot) for shot in ("film_01", "film_03"))
    scenes = (replace(record.scenes[0], reasons=named), *record.scenes[1:])
    grades = tuple(replace(grade, reasons=(*grade.reasons, *named)) for grade in record.grades)
    new = join_shots(replace(record, scenes=scenes, grades=grades), "film_02", "film_03")
    assert new.scene("a").reasons == named[:1]
    assert {reason.shot for grade in new.grades for reason in grade.reasons} == {"", "film_01"}
    check_read_again(new, tmp_path)
