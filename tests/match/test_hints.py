"""Hints: what is too faint to correct by alone counts beside resemblance, and never moves what matches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.grade import Grade
from otiograde.link import Link
from otiograde.match.hints import THINGS, beyond_chance, hints
from otiograde.match.joint import Joint
from otiograde.scene import Anchor, Scene

ALONE = {name: Grade(name, "s") for name in "abcd"}


def content(a: str, b: str, x: Any, y: Any) -> Link:
    """Pairs of things that are alike, not the same: their colors differ by chance as well."""
    draw = np.random.default_rng(5)
    colors = np.clip(x + draw.normal(0, 0.06, x.shape), 0.02, 0.98)
    return Link(a, b, colors, y, np.ones(len(x)), np.zeros(len(x), np.bool_), 0, 0.06, 0.0, kind="content")


def pairs(world: Any, first: Any, second: Any) -> tuple[Any, Any]:
    pixels = world.picture.reshape(-1, 3)[::29]
    return first(pixels), second(pixels)


def apart(world: Any, looks: Any, grades: list[Grade]) -> float:
    pixels = world.picture.reshape(-1, 3)[::7]
    out = [srgb_to_lab(np.clip(g.transform(own(pixels)), 0, 1)) for g, own in zip(grades, looks, strict=True)]
    return float(delta_e00(*out).mean())


def test_hints_help_resemblance(world: Any, look: Any) -> None:
    looks = look(exposure=0.45, warmth=0.1), look(exposure=-0.45, warmth=-0.1)
    samples = {"a": world.shot("a", looks[0], 0), "b": world.shot("b", looks[1], 64)}
    scene = Scene("s", ("a", "b"))
    alone = Joint().solve(scene, samples, [], Anchor())
    link = content("a", "b", *pairs(world, *looks))
    together = Joint().solve(scene, samples, [link], Anchor())
    assert apart(world, looks, together) < 0.9 * apart(world, looks, alone)
    assert {grade.confidence for grade in together} == {"low"}


def test_hints_alone_move_nothing_that_matches(world: Any, look: Any) -> None:
    plain = look()
    samples = {"a": world.shot("a", left=0), "b": world.shot("b", left=64)}
    x, y = pairs(world, plain, look(warmth=0.06))
    grades = Joint().solve(Scene("s", ("a", "b")), samples, [content("a", "b", x, y)], Anchor())
    assert [grade.balance for grade in grades] == [Identity(), Identity()]


def test_two_parts_share_what_their_things_are_worth(world: Any, look: Any) -> None:
    x, y = pairs(world, look(), look())
    links = [content("a", "b", x, y), content("a", "c", x, y), content("a", "d", x, y)]
    found = hints(links, [["a"], ["b", "c"], ["d"]], ALONE)
    assert [(edge.a, edge.b, edge.evidence) for edge in found] == [
        (0, 1, THINGS / 2),
        (0, 1, THINGS / 2),
        (0, 2, THINGS),
    ]
    assert hints(links, [["a", "b", "c", "d"]], ALONE) == []
    assert hints(links, [["b"], ["c"]], ALONE) == []


@pytest.mark.parametrize(
    ("inliers", "mad", "counts"), [(90, 0.025, True), (30, 0.025, False), (90, 0.06, False), (55, 0.045, True)]
)
def test_a_faint_learned_link_counts_by_its_residual(
    world: Any, look: Any, inliers: int, mad: float, counts: bool
) -> None:
    x, y = pairs(world, look(), look(warmth=0.1))
    held = np.arange(len(x)) % 5 == 0
    link = replace(content("a", "b", x, y), kind="learned", inliers=inliers, mad=mad, held_out=held)
    found = hints([link], [["a"], ["b"]], ALONE)
    assert bool(found) == counts
    assert all(len(edge.x) == (~held).sum() and edge.sigma == mad for edge in found)


def test_small_corrections_may_be_chance() -> None:
    assert beyond_chance(0) == beyond_chance(1.9) == 0
    assert 0.5 < beyond_chance(3) < beyond_chance(6) < 1
