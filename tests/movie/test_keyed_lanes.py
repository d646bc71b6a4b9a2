"""Shots whose grade changes, in clips with one LUT each: together they show what the movie shows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from making.keyed import CURVES, course_at, flicker
from making.media import media
from making.shots import edit, shot
from otiograde.color.cdl import Cdl
from otiograde.color.transform import Identity
from otiograde.movie.cut import Cut
from otiograde.movie.keyed_lanes import FEW, keyed_frames, pieces, split
from otiograde.movie.lanes import Lane, PlacedShot, lanes
from otiograde.record.course import Course, Key
from otiograde.record.edit import Join
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot

RATE = Fraction(24)
COLORS = np.random.default_rng(3).uniform(0.1, 0.9, (50, 3))


def placed(course: Course, *, speed: Fraction | int = 1, count: int = 60, at: int = 100) -> tuple[Shot, PlacedShot]:
    made = shot("a", media(Path("/nowhere/a.mov"), frames=200), (17, count), at=at, count=count)
    made = replace(made, speed=Fraction(speed))
    (lane,) = lanes(Cut.of(edit(made)), [Grade("a", "s", course=course)])
    return made, lane.shots[0]


def seen(clips: list[PlacedShot], grade: Grade, frame: int) -> np.ndarray:
    """The colors at a frame of the edit, as a program that dissolves clips shows them."""
    for old, new in pairwise(clips):
        over = old.dissolve_out
        if over.length and over.start <= frame < over.end:
            share = (frame - over.start) / over.length
            return (1 - share) * graded(old, grade) + share * graded(new, grade)
    (clip,) = (clip for clip in clips if clip.start <= frame < clip.end)
    return graded(clip, grade)


def graded(clip: PlacedShot, grade: Grade) -> np.ndarray:
    assert clip.key is not None
    index = [key.frame for key in grade.course.keys].index(clip.key) if is_key(grade, clip.key) else None  # type: ignore[union-attr]
    lut = grade.lut_at(clip.key, 9) if index is None else grade.key_lut(index, 9)
    return lut(COLORS)


def is_key(grade: Grade, frame: int) -> bool:
    return any(key == frame for key, _ in grade.keyed)


COURSES = {
    "ramp": course_at(20, 60),
    "keys": course_at(4, 30, 41, 52, 53, 70, 90),
    "step": course_at(30, 31),
    "steps": Course((*course_at(30, 31).keys, Key(50, CURVES[1]), Key(51, CURVES[2]))),
    "before": course_at(3, 9),
    "after": course_at(150, 160),
    "around": course_at(3, 160),
    "one": course_at(30),
}


@pytest.mark.parametrize("name", COURSES)
@pytest.mark.parametrize("speed", [1, -1])
def test_clips_show_what_the_movie_shows(name: str, speed: int) -> None:
    made, whole = placed(COURSES[name], speed=speed)
    clips = pieces(whole, RATE)
    assert clips[0].start == 100
    assert clips[-1].end == 160
    assert all(one.end == other.start < other.end for one, other in pairwise(clips))
    for n in range(60):
        frame = made.source.start + n if speed > 0 else made.source.end - 1 - n
        wanted = whole.grade.lut_at(frame, 9)(COLORS)
        assert np.abs(seen(clips, whole.grade, 100 + n) - wanted).max() < 1e-5, n
    assert keyed_frames([Lane(0, [whole])], RATE) == {"a": {clip.key for clip in clips}}


@pytest.mark.parametrize("speed", [Fraction(2), Fraction(1, 2), Fraction(-5, 4), Fraction(7, 3)])
def test_at_other_speeds_they_are_off_by_less_than_a_frame(speed: Fraction) -> None:
    made, whole = placed(COURSES["keys"], speed=speed, count=40)
    clips = pieces(whole, RATE)
    for n in range(40):
        steps = int(n * abs(speed))
        frame = made.source.start + steps if speed > 0 else made.source.end - 1 - steps
        frame = min(max(frame, 0), 199)
        shown = seen(clips, whole.grade, 100 + n)
        near = [whole.grade.lut_at(frame + k, 9)(COLORS) for k in (-3, -2, -1, 0, 1, 2, 3)]
        assert min(np.abs(shown - other).max() for other in near) < 0.004, n


def test_a_frozen_frame_has_one_lut() -> None:
    _, whole = placed(COURSES["keys"], speed=0)
    (clip,) = pieces(whole, RATE)
    assert clip.key == 17
    assert clip.lut == "luts/keys/a.17.cube"


def test_inside_another_dissolve_the_grade_is_held() -> None:
    of = media(Path("/nowhere/a.mov"), frames=200)
    shots = [
        shot("a", of, (17, 60), at=0, count=60, where=(0, 0)),
        shot("b", of, (100, 30), at=60, count=30, where=(0, 2)),
    ]
    cut = Cut.of(edit(*shots, joins=(Join("SMPTE_Dissolve", (0, 1), 60, 6, 6),)))
    grades = [Grade("a", "s", course=course_at(17, 76)), Grade("b", "s")]
    (lane,) = split(lanes(cut, grades), RATE)
    *_, last, other = lane.shots
    assert [(clip.start, clip.end, clip.key) for clip in lane.shots] == [(0, 26, 17), (26, 60, 70), (60, 90, None)]
    assert last.dissolve_out == other.dissolve_in == cut.dissolves[0]
    assert (last.to_nothing, other.from_nothing) == (False, False)


@pytest.mark.parametrize(
    ("course", "why"),
    [
        (flicker(20, 30), "flicker has no keys"),
        (course_at(*range(20, 20 + 2 * (FEW + 1), 2)), f"{FEW + 1} keys are more than {FEW}"),
    ],
)
def test_what_cannot_be_split_keeps_one_grade_and_says_so(course: Course, why: str) -> None:
    _, whole = placed(replace(course, reference=21))
    (clip,) = pieces(whole, RATE)
    assert clip.key is None
    assert clip.lut == "luts/a.cube"
    assert clip.note == f"the grade changes inside the shot: this is its grade at media frame 21 ({why})"


def test_without_a_course_nothing_is_split() -> None:
    (lane,) = lanes(Cut.of(edit(shot("a", media(Path("/nowhere/a.mov"))))), [Grade("a", "s")])
    assert split([lane], RATE) == [lane]


def test_a_look_that_changes_alone_is_split_too() -> None:
    """What is taken out is the same at all keys, nothing; the looks differ."""
    looks = tuple(Cdl((slope, 1.0, 1.0)) for slope in (0.8, 0.9, 0.7))
    course = Course(tuple(Key(frame, Identity()) for frame in (17, 40, 76)), reference=40, kind="look")
    _, one = placed(course)
    changing = replace(one, grade=replace(one.grade, look=looks[1], key_looks=looks))
    assert [clip.key for clip in pieces(changing, RATE)] == [17, 40, 76]
    same = replace(one, grade=replace(one.grade, look=looks[0], key_looks=looks[:1] * 3))
    assert len(pieces(same, RATE)) == 1
