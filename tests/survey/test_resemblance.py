"""Shots that share no surface: corrected by what they resemble each other in, and only as far as that proves itself.

Tests: survey/link.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Chain, Identity
from otiograde.decide.match.joint import Joint
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Sampling
from otiograde.survey.links.regions import common, picture_of
from otiograde.survey.resemblance import KINDS, cloud
from otiograde.survey.sample import make_sample

WARM, COLD = {"exposure": 0.25, "warmth": 0.08}, {"exposure": -0.25, "warmth": -0.05}


def apart(world: Any, looks: Any, grades: list[Grade]) -> float:
    """Mean ΔE00 between two shots' results on the colors of the wall."""
    pixels = world.picture.reshape(-1, 3)[::7]
    out = [srgb_to_lab(np.clip(g.transform(cast(pixels)), 0, 1)) for g, cast in zip(grades, looks, strict=True)]
    return float(delta_e00(*out).mean())


def solve(samples: Any, links: Any = (), **changes: Any) -> list[Grade]:
    return Joint().solve(Scene("s", tuple(samples), **changes), samples, list(links), Anchor())


def test_like_shots_come_together_without_a_link(world: Any, look: Any) -> None:
    looks = look(**WARM), look(**COLD)
    samples = {"a": world.shot("a", looks[0], 0), "b": world.shot("b", looks[1], 64)}
    before = apart(world, looks, [Grade("a", "s"), Grade("b", "s")])
    grades = solve(samples)
    assert apart(world, looks, grades) < 0.6 * before
    assert {grade.confidence for grade in grades} == {"low"}
    assert "no surface proves it" in grades[0].reasons[0].text
    assert "looks like b (" in grades[0].reasons[0].text


def test_like_shots_that_match_are_left_alone(world: Any) -> None:
    grades = solve({"a": world.shot("a", left=0), "b": world.shot("b", left=64)})
    assert [grade.balance for grade in grades] == [Identity(), Identity()]
    assert all(grade.reasons[-1].text.endswith("which is not enough to correct by") for grade in grades)


def test_what_looks_like_nothing_else_is_left_alone(world: Any) -> None:
    draw = np.random.default_rng(2)
    red = np.clip(draw.normal((0.7, 0.1, 0.1), 0.03, (1, 72, 96, 3)), 0.02, 0.98).astype(np.float32)
    grades = solve({"a": world.shot("a"), "b": make_sample("b", red, (0,), Sampling())})
    assert [grade.balance for grade in grades] == [Identity(), Identity()]


@pytest.mark.slow
def test_linked_shots_move_as_one_and_locked_ones_not(world: Any, look: Any) -> None:
    looks = {"a": look(**WARM), "b": look(warmth=0.1, contrast=0.9), "c": look(**COLD)}
    samples = {name: world.shot(name, cast, 20 * k) for k, (name, cast) in enumerate(looks.items())}
    link = world.link("a", "b", looks["a"], looks["b"])
    grades = solve(samples, [link])
    assert isinstance(grades[0].balance, Chain)
    assert apart(world, [looks["a"], looks["b"]], grades[:2]) < 1
    held = solve(samples, [link], locked=("c",))
    assert held[2].balance == Identity()
    assert held[2].reasons[0].text == "locked: keeps its own grade"
    assert apart(world, [looks["b"], looks["c"]], held[1:]) < apart(world, [looks["b"], looks["c"]], grades[1:]) + 1


def test_clouds_know_how_rough_the_picture_is(world: Any) -> None:
    drawn = cloud(world.shot("a"))
    assert sorted(set(drawn.kinds.tolist())) == list(range(KINDS))
    assert np.bincount(drawn.kinds).max() - np.bincount(drawn.kinds).min() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("gray", [True, False])
def test_only_pictures_that_tell_something_are_compared(world: Any, gray: bool) -> None:
    first = picture_of(world.shot("a"))
    frame = world.window().mean(-1, keepdims=True).repeat(3, -1) if gray else np.full((72, 96, 3), 0.4)
    second = picture_of(make_sample("b", frame[None].astype(np.float32), (0,), Sampling()))
    assert common(first, first) == pytest.approx(1, abs=1e-3)
    assert common(first, second) is None
