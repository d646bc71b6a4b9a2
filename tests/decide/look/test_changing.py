"""Looks that change: keys at the right frames, slow but at cuts, and every frame between two keys healthy.

Tests: decide/look/changing.py
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from making.media import media
from making.pictures import wall
from making.shots import shot
from otiograde.color.cubic import Cubic
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.decide.look.changing import (
    PACE,
    ChangingLook,
    LookKey,
    difference,
    media_frame,
    shot_seconds,
    smoothed,
    with_changing_look,
)
from otiograde.decide.look.recovered import Recovered
from otiograde.record.course import Course, Key
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot

COLORS = wall(1)[:96, :144].reshape(-1, 3).astype(np.float64)
FILM = media("film.mov", frames=400)
GRADE = Grade("a", "one")


def cubic(red: float, bend: float = 0.0) -> Cubic:
    coefficients = np.zeros((20, 3))
    coefficients[0, 0], coefficients[12] = red, bend
    return Cubic(coefficients.tolist())


def key(seconds: float, red: float) -> LookKey:
    return LookKey(seconds, cubic(red))


def changing(*runs: tuple[float, tuple[LookKey, ...]]) -> ChangingLook:
    grades = tuple(one.grade for _, keys in runs for one in keys)
    return ChangingLook(runs, Recovered(grades[0], grades, 7.0, names=("ramp.mp4",)))


#: From 0 to 0.04 in two seconds; then a cut, and 0.06 from there on.
RAMP = changing((0.0, (key(0.0, 0.0), key(1.0, 0.02), key(2.0, 0.04))), (3.0, (key(3.0, 0.06),)))


def seen(start: int = 100, count: int = 96, **fields: Any) -> Shot:
    return shot("a", FILM, (start, count), **fields)


def reds(grade: Grade) -> list[float]:
    """How much red the whole grade adds to a mid gray at each key."""
    gray = np.array([[0.5, 0.5, 0.5]])
    return [round(float(transform(gray)[0, 0]) - 0.5, 3) for _, transform in grade.keyed]


def test_keys_are_at_the_times_of_the_clip_and_a_cut_is_two_frames() -> None:
    grade = with_changing_look(GRADE, seen(), RAMP, Fraction(0), COLORS)
    assert grade.course is not None
    assert [frame for frame, _ in grade.keyed] == [100, 124, 148, 171, 172, 195]
    assert reds(grade) == [0.0, 0.02, 0.04, 0.04, 0.06, 0.06]
    assert grade.course.kind == "look"
    assert grade.course.reference == 148
    assert reds(replace(grade, course=Course((Key(148, Identity()),)), key_looks=())) == [0.04]
    assert grade.bare.course is None
    assert grade.bare.is_identity
    assert grade.steadied.is_identity


def test_a_later_shot_of_the_scene_goes_on_where_the_first_ended() -> None:
    grade = with_changing_look(GRADE, seen(count=24), RAMP, Fraction(1), COLORS)
    assert [frame for frame, _ in grade.keyed] == [100, 123]
    assert reds(grade) == [0.02, pytest.approx(0.039, abs=1e-3)]
    after = with_changing_look(GRADE, seen(count=24), RAMP, Fraction(50), COLORS)
    assert after.course is None
    assert not after.is_identity


@pytest.mark.parametrize(("speed", "frames"), [(2, (100, 148, 194)), (-1, (100, 123, 147)), (0, ())])
def test_retimed_and_reversed_shots_have_their_media_frames(speed: int, frames: tuple[int, ...]) -> None:
    count = 96 if speed == 2 else 48 if speed else 1
    use = shot("a", FILM, (100, count), count=48, speed=Fraction(speed))
    grade = with_changing_look(GRADE, use, RAMP, Fraction(0), COLORS)
    assert tuple(frame for frame, _ in grade.keyed) == frames
    if speed == -1:
        assert reds(grade) == sorted(reds(grade), reverse=True)
    assert not isinstance(grade.look, Identity)


@given(st.integers(0, 95), st.sampled_from([Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-2), Fraction(25, 24)]))
def test_times_and_media_frames_are_inverse(offset: int, speed: Fraction) -> None:
    use = seen(speed=speed)
    assert media_frame(use, shot_seconds(use, 100 + offset)) == 100 + offset


def test_a_still_has_the_look_of_its_middle() -> None:
    still = shot("a", media("a.png", kind="still"), count=48)
    grade = with_changing_look(GRADE, still, RAMP, Fraction(0), COLORS)
    assert grade.course is None
    assert float(grade.look(np.full((1, 3), 0.5))[0, 0]) == pytest.approx(0.52, abs=1e-3)


def test_a_shot_with_a_course_keeps_its_keys() -> None:
    own = Course((Key(100, cubic(0.1)), Key(148, cubic(0.0))), reference=148)
    grade = with_changing_look(replace(GRADE, course=own), seen(), RAMP, Fraction(0), COLORS)
    assert grade.course == own
    assert reds(grade) == [pytest.approx(0.1, abs=2e-3), 0.04]
    assert grade.bare.course == own
    flicker = Course((Key(100, Identity()), Key(195, cubic(0.1))), (0.5,) * 96, kind="flicker")
    steady = with_changing_look(replace(GRADE, course=flicker), seen(), RAMP, Fraction(0), COLORS)
    assert not steady.key_looks
    assert not isinstance(steady.look, Identity)


def test_the_look_changes_slowly_between_cuts() -> None:
    keys = smoothed([key(0.0, 0.0), key(1.0, 0.2), key(2.0, 0.2), key(3.0, 0.2)])
    grades = [np.array(one.grade.coefficients) for one in keys]
    steps = [difference(a, b) for a, b in pairwise(grades)]
    assert max(steps) <= PACE * 1.1
    assert min(steps) > 0.5


def test_one_wrong_key_is_passed_over() -> None:
    keys = smoothed([key(float(n), 0.3 if n == 2 else 0.01) for n in range(5)])
    assert {one.grade for one in keys} == {cubic(0.01)}
    assert smoothed([key(1.0, 0.1)]) == (key(1.0, 0.1),)


@given(st.floats(0, 1), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_any_mixture_of_two_healthy_luts_is_healthy(share: float, a: float, b: float, c: float, d: float) -> None:
    look = changing((0.0, (LookKey(0.0, cubic(a, c)), LookKey(1.0, cubic(b, d)))))
    luts: list[NDArray[np.float32]] = [Lut3D.bake(look.at(seconds, COLORS), 33).lattice for seconds in (0.0, 1.0)]
    health = Lut3D((luts[0] + np.float32(share) * (luts[1] - luts[0])).astype(np.float32)).health(COLORS)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6
    assert health.newly_clipped <= 0.0081


def test_it_says_where_it_comes_from() -> None:
    assert RAMP.words == "grade of ramp.mp4 over time, recovered at 4 of its frames (±7 ΔE00)"
