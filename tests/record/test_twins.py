"""Twins: shots that show the same frames with the same wishes are solved once and graded alike."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from making.media import media
from making.shots import shot
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.shot import Wishes
from otiograde.record.steps import parse_step
from otiograde.record.twins import grades_of, twins_of, with_twins

OF = media("one.mov")
A = shot("a", OF, (10, 20))
B = shot("b", OF, (10, 20), at=100)


def test_the_first_of_equals_stands_for_them() -> None:
    other = shot("c", OF, (11, 20), at=200)
    assert twins_of([A, B, other]) == {"a": "a", "b": "a", "c": "c"}
    assert twins_of([B, A]) == {"b": "b", "a": "b"}


def test_what_tells_shots_apart() -> None:
    others = [
        replace(B, wishes=Wishes(strength=0.5)),
        replace(B, speed=Fraction(-1)),
        replace(B, media=replace(OF, digest="other")),
    ]
    for other in others:
        assert twins_of([A, other]) == {"a": "a", "b": "b"}
    assert twins_of([A, replace(B, wishes=Wishes(steps=(parse_step("vignette"),)))]) == {"a": "a", "b": "a"}


def test_scenes_and_grades_are_of_all() -> None:
    twins = {"a": "a", "b": "a", "c": "c"}
    scenes = with_twins([Scene("s", ("a",), locked=("a",)), Scene("t", ("c",))], twins)
    assert [(scene.shots, scene.locked) for scene in scenes] == [(("a", "b"), ("a", "b")), (("c",), ())]
    shots = [A, B, shot("c")]
    grades = grades_of(shots, [Grade("c", "t", share=0.5), Grade("a", "s", share=0.25)], twins)
    assert [(grade.shot, grade.scene, grade.share) for grade in grades] == [
        ("a", "s", 0.25),
        ("b", "s", 0.25),
        ("c", "t", 0.5),
    ]
