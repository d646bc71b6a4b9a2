"""Edges: what links tell the solve; what is too faint to correct by alone never moves what matches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from otiograde.color.difference import delta_e00
from otiograde.color.solver import solve
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.match.edges import NOISE, edges_of, faint_edges
from otiograde.decide.match.joint import Joint
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.kinds import KINDS
from otiograde.survey.link import Link


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
    out = [srgb_to_lab(np.clip(g.transform(cast(pixels)), 0, 1)) for g, cast in zip(grades, looks, strict=True)]
    return float(delta_e00(*out).mean())


def test_faint_links_help_reach(world: Any, look: Any) -> None:
    looks = look(exposure=0.45, warmth=0.1), look(exposure=-0.45, warmth=-0.1)
    samples = {"a": world.shot("a", looks[0], 0), "b": world.shot("b", looks[1], 64)}
    scene = Scene("s", ("a", "b"))
    alone = Joint().solve(scene, samples, [], Anchor())
    link = content("a", "b", *pairs(world, *looks))
    together = Joint().solve(scene, samples, [link], Anchor())
    assert apart(world, looks, together) < 0.95 * apart(world, looks, alone)
    assert {grade.confidence for grade in together} == {"low"}


def test_faint_links_alone_move_nothing_that_matches(world: Any, look: Any) -> None:
    plain = look()
    samples = {"a": world.shot("a", left=0), "b": world.shot("b", left=64)}
    x, y = pairs(world, plain, look(warmth=0.06))
    grades = Joint().solve(Scene("s", ("a", "b")), samples, [content("a", "b", x, y)], Anchor())
    assert [grade.balance for grade in grades] == [Identity(), Identity()]


def test_two_parts_share_what_their_things_are_worth(world: Any, look: Any) -> None:
    x, y = pairs(world, look(), look())
    links = [content("a", "b", x, y), content("a", "c", x, y), content("a", "d", x, y)]
    found = faint_edges(links, {"a": 0, "b": 1, "c": 1, "d": 2}, {})
    faint = KINDS["content"].faint
    assert faint is not None
    assert [(edge.a, edge.b, edge.evidence, edge.sigma) for edge in found] == [
        (0, 1, faint.worth / 2, faint.spread),
        (0, 1, faint.worth / 2, faint.spread),
        (0, 2, faint.worth, faint.spread),
    ]
    assert faint_edges(links, dict.fromkeys("abcd", 0), {}) == []
    assert faint_edges(links, {"b": 0, "c": 1}, {}) == []


@pytest.mark.parametrize(
    ("inliers", "mad", "counts"), [(90, 0.025, True), (30, 0.025, False), (90, 0.06, False), (55, 0.045, True)]
)
def test_a_faint_learned_link_counts_by_its_residual(
    world: Any, look: Any, inliers: int, mad: float, counts: bool
) -> None:
    x, y = pairs(world, look(), look(warmth=0.1))
    held = np.arange(len(x)) % 5 == 0
    link = replace(content("a", "b", x, y), kind="learned", inliers=inliers, mad=mad, held_out=held)
    found = faint_edges([link], {"a": 0, "b": 1}, {})
    assert bool(found) == counts
    assert all(len(edge.x) == (~held).sum() and edge.sigma == mad for edge in found)


def test_what_is_beyond_noise_is_light(world: Any, look: Any) -> None:
    x, y = pairs(world, look(), look(warmth=0.1))
    links = [replace(content("a", "b", x, y), kind="surfaces", inliers=100, mad=mad) for mad in (0.008, 0.02, 0.04)]
    sharp, fair, vague = edges_of(links, {"a": 0, "b": 1})
    assert sharp.sigma == NOISE
    assert sharp.light == 0 < fair.light < vague.light
    assert [edge.sigma for edge in (fair, vague)] == [0.02, 0.04]
    assert {edge.evidence for edge in (sharp, fair, vague)} == {400}


def test_light_is_not_mistaken_for_a_grade(world: Any, look: Any) -> None:
    """Where other light may fall, the grade takes the smaller part of what sets two shots apart."""
    x, y = pairs(world, look(exposure=0.2), look(exposure=-0.2))
    link = replace(content("a", "b", x, y), kind="surfaces", inliers=80, mad=0.01)
    place = {"a": 0, "b": 1}
    sharp, vague = (
        solve(2, [edge._replace(light=light) for edge in edges_of([link], place)], frozenset(), 8).coefficients
        for light in (0.0, 0.4)
    )
    assert np.allclose(vague[0], -vague[1])
    assert 0.2 < np.linalg.norm(vague) / np.linalg.norm(sharp) < 0.8
