"""A course: where a frame lies between its keys, what is refused, and how a record holds it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from making.records import WARM
from making.small_record import small_record
from making.waiting import slowness
from otiograde.color.cdl import Cdl
from otiograde.color.transform import Chain, Identity, Mix
from otiograde.errors import RecordError
from otiograde.record.codec import decode, encode
from otiograde.record.course import MOST_KEYS, MOST_WEIGHTS, Course, Key
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline, format_record, parse_record

DARK, LIGHT = Cdl((0.8, 0.8, 0.8)), Cdl((1.2, 1.1, 1.0))
RAMP = Course((Key(4, Identity()), Key(16, DARK), Key(17, LIGHT)), reference=4, words="darker by 0.3 stops")
FLICKER = Course((Key(10, DARK), Key(13, LIGHT)), (0.0, 0.25, 1.0, 0.5), reference=10, kind="flicker")


def with_course(course: Course | None) -> GradedTimeline:
    record = small_record()
    return replace(record, grades=tuple(replace(grade, course=course) for grade in record.grades))


class TestAt:
    def test_between_two_keys_the_share_rises_evenly(self) -> None:
        places = [RAMP.at(frame) for frame in (4, 7, 10, 15, 16, 17)]
        assert places == [(0, 0.0), (0, 0.25), (0, 0.5), (0, 11 / 12), (1, 0.0), (2, 0.0)]

    @pytest.mark.parametrize(
        ("frame", "place"), [(-(10**6), (0, 0.0)), (0, (0, 0.0)), (18, (2, 0.0)), (10**9, (2, 0.0))]
    )
    def test_outside_the_keys_the_nearest_holds(self, frame: int, place: tuple[int, float]) -> None:
        assert RAMP.at(frame) == place

    def test_a_weight_counts_for_its_frame(self) -> None:
        assert [FLICKER.at(frame)[1] for frame in (0, 10, 11, 12, 13, 99)] == [0.0, 0.0, 0.25, 1.0, 0.5, 0.5]
        assert {FLICKER.at(frame)[0] for frame in range(20)} == {0}

    def test_one_key_holds_for_every_frame(self) -> None:
        assert {Course((Key(7, DARK),)).at(frame) for frame in range(20)} == {(0, 0.0)}

    def test_many_keys_are_searched_quickly(self) -> None:
        course = Course(tuple(Key(3 * number, DARK) for number in range(MOST_KEYS)))
        begun = time.process_time()
        places = [course.at(frame) for frame in range(3 * MOST_KEYS)]
        assert time.process_time() - begun < 1
        values = [left + share for left, share in places]
        assert all(one <= other for one, other in pairwise(values))


@pytest.mark.parametrize(
    ("keys", "weights", "message"),
    [
        ((), (), "from 1 to"),
        (((5, DARK), (5, LIGHT)), (), "rise"),
        (((5, DARK), (4, LIGHT)), (), "rise"),
        (((5, DARK),), (0.5,), "two keys"),
        (((1, DARK), (2, DARK), (3, DARK)), (0.5,), "two keys"),
        (((1, DARK), (2, DARK)), (0.5, 1.5), "from 0 to 1"),
        (((1, DARK), (2, DARK)), (-0.1,), "from 0 to 1"),
        (((1, DARK), (2, DARK)), (float("nan"),), "from 0 to 1"),
    ],
)
def test_what_is_no_course_is_refused(keys: Any, weights: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Course(tuple(Key(*key) for key in keys), weights)


class TestGrade:
    def test_the_course_comes_first_and_the_reference_has_the_grade_itself(self) -> None:
        grade = Grade("a", "s", WARM, look=LIGHT, share=0.5, trim=DARK, course=RAMP)
        rest = (Mix(WARM, 0.5), LIGHT, DARK)
        assert grade.transform == Chain(rest)
        assert grade.keyed == ((4, Chain(rest)), (16, Chain((DARK, *rest))), (17, Chain((LIGHT, *rest))))
        assert grade.bare.course == RAMP

    def test_steadied_is_the_course_alone(self) -> None:
        steadied = Grade("a", "s", WARM, look=LIGHT, trim=DARK, course=RAMP).steadied
        assert steadied.transform == Identity()
        assert steadied.keyed == ((4, Identity()), (16, DARK), (17, LIGHT))

    def test_without_a_course_nothing_is_keyed(self) -> None:
        assert Grade("a", "s", WARM).keyed == ()
        with pytest.raises(IndexError):
            Grade("a", "s", WARM).key_lut(0, 5)

    def test_a_key_has_a_lut_that_is_baked_once(self) -> None:
        grade = Grade("a", "s", WARM, course=RAMP)
        lut = grade.key_lut(1, 5)
        assert lut is grade.key_lut(1, 5)
        assert lut.title == "a at frame 16"
        colors = np.full((1, 3), 0.5)
        np.testing.assert_allclose(lut(colors), WARM(DARK(colors)), atol=1e-6)


class TestRecord:
    @pytest.mark.parametrize("course", [RAMP, FLICKER, Course((Key(0, WARM),))])
    def test_a_course_survives_its_text(self, course: Course) -> None:
        assert decode(Course, json.loads(json.dumps(encode(course)))) == course
        record = with_course(course)
        text = format_record(record)
        again = parse_record(text)
        assert again.grades == record.grades
        assert format_record(again) == text

    def test_a_record_without_a_course_says_nothing_of_it(self) -> None:
        text = format_record(small_record())
        assert "course" not in text
        assert parse_record(text).grades[0].course is None
        assert text == format_record(with_course(None))


def damaged(way: str, value: Any) -> str:
    """The text of a record whose first course has ``value`` at ``way``."""
    values = json.loads(format_record(with_course(FLICKER)))
    *steps, last = way.split(".")
    item = values["grades"][0]
    for step in steps:
        item = item[int(step)] if isinstance(item, list) else item[step]
    item[int(last) if isinstance(item, list) else last] = value
    return json.dumps(values)


CDL = encode(DARK)
NESTED: Any = {"type": "Identity"}
for _ in range(60):
    NESTED = {"type": "Mix", "transform": NESTED, "strength": 0.5}


@pytest.mark.parametrize(
    ("way", "value", "message"),
    [
        ("course", [], "grades"),
        ("course", {}, "keys"),
        ("course.keys", [], "from 1 to"),
        ("course.keys", [{"frame": n, "transform": {"type": "Identity"}} for n in range(MOST_KEYS + 1)], "from 1 to"),
        ("course.keys.1.frame", 3, "rise"),
        ("course.keys.0.frame", -1, "no media has"),
        ("course.keys.1.frame", 10**14, "no media has"),
        ("course.keys.1.frame", 10**400, "beyond 10"),
        ("course.keys.1.frame", 1.5, "whole number"),
        ("course.keys.1.transform", {"type": "Popen"}, "Popen"),
        ("course.keys.1.transform", {**CDL, "slope": [1e300] * 3}, "no grade has"),
        ("course.keys.1.transform", {**CDL, "slope": [None] * 3}, "number"),
        ("course.keys.1.transform", NESTED, "nested too deeply"),
        ("course.weights", [0.5, None], "from 0 to 1"),
        ("course.weights", [2], "from 0 to 1"),
        ("course.weights", [0.5] * (MOST_WEIGHTS + 1), "at most"),
        ("course.weights", "x", "not a list"),
        ("course.reference", -1, "no media has"),
        ("course.reference", 10**18, "beyond 10"),
        ("course.kind", "wobble", "is none of"),
        ("course.words", 3, "not a text"),
        ("course.more", 3, "no field"),
    ],
)
def test_a_damaged_course_is_refused_in_one_line(way: str, value: Any, message: str) -> None:
    text = damaged(way, value)
    begun = time.process_time()
    with pytest.raises(RecordError, match="this record is damaged: ") as caught:
        parse_record(text)
    assert time.process_time() - begun < 10 * slowness()
    assert message in str(caught.value)
    assert "grades[0].course" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
