"""Chains: clips that continue each other land on the first of them, whatever each does to the next.

Tests: decide/match/joint.py, decide/match/edges.py
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from making.pictures import Look, World
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.match.edges import NOISE, edges_of
from otiograde.decide.match.joint import Joint
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor
from otiograde.survey.link import Link

WORLD = World(3)
#: Each clip is darker and more saturated than the one before it.
CHAIN = {name: Look(exposure=-0.12 * k, saturation=1.06**k) for k, name in enumerate("abcde")}
OTHERS = {"x": Look(warmth=0.1), "y": Look(warmth=-0.1, exposure=0.2)}


def joins(names: str) -> list[Link]:
    return [replace(WORLD.link(a, b, CHAIN[a], CHAIN[b]), kind="joins") for a, b in pairwise(names)]


def solved(looks: dict[str, Look], links: list[Link], anchor: Anchor = Anchor(), **scene: Any) -> dict[str, Grade]:
    samples = {name: WORLD.shot(name, look) for name, look in looks.items()}
    grades = Joint().solve(Scene("s", tuple(looks), **scene), samples, links, anchor)
    return {grade.shot: grade for grade in grades}


def apart(grades: dict[str, Grade], looks: dict[str, Look], a: str, b: str) -> float:
    pixels = WORLD.picture.reshape(-1, 3)[::7]
    first, second = (np.clip(grades[name].transform(looks[name](pixels)), 0, 1) for name in (a, b))
    return float(delta_e00(srgb_to_lab(first), srgb_to_lab(second)).mean())


def anchored(grades: dict[str, Grade]) -> dict[str, str]:
    return {shot: reason.text for shot, grade in grades.items() for reason in grade.reasons if "chain" in reason.text}


def test_a_chain_lands_on_its_first_clip() -> None:
    grades = solved(CHAIN, joins("abcde"))
    assert grades["a"].balance == Identity()
    assert all(apart(grades, CHAIN, "a", shot) < 0.5 for shot in "bcde")
    assert set(anchored(grades)) == set("abcde")
    assert set(anchored(grades).values()) == {"chain of 5 clips, anchored in a"}
    assert all(grade.confidence == "high" for grade in grades.values())


def test_without_joins_the_scene_stays_in_its_middle() -> None:
    links = [replace(link, kind="surfaces") for link in joins("abcde")]
    grades = solved(CHAIN, links)
    assert grades["a"].balance != Identity()
    assert not anchored(grades)


@pytest.mark.parametrize("named", ["hero", "locked"])
def test_a_named_shot_anchors_the_chain(named: str) -> None:
    wish: dict[str, Any] = {"hero": "c"} if named == "hero" else {"locked": ("c",)}
    grades = solved(CHAIN, joins("abcde"), **wish)
    assert grades["c"].balance == Identity()
    assert all(apart(grades, CHAIN, "c", shot) < 0.5 for shot in "abde")
    assert set(anchored(grades).values()) == {"chain of 5 clips, anchored in c"}


def test_the_anchor_of_the_settings_holds() -> None:
    grades = solved({**OTHERS, **CHAIN}, [*joins("abcde"), WORLD.link("x", "a", OTHERS["x"])], Anchor("first"))
    assert grades["x"].balance == Identity()
    assert grades["a"].balance != Identity()
    looks = {**OTHERS, **CHAIN}
    assert all(apart(grades, looks, "a", shot) < 0.6 for shot in "bcde")


def test_followers_do_not_move_the_rest_of_a_scene() -> None:
    """The clips of a chain count once in a scene that stays where it is: as its first clip."""
    looks = {**OTHERS, **CHAIN}
    others = [WORLD.link("x", "y", OTHERS["x"], OTHERS["y"]), WORLD.link("y", "a", OTHERS["y"])]
    alone = solved({**OTHERS, "a": CHAIN["a"]}, others)
    grades = solved(looks, [*others, *joins("abcde")])
    for shot in "xya":
        pixels = looks[shot](WORLD.picture.reshape(-1, 3)[::7])
        labs = [srgb_to_lab(np.clip(some[shot].transform(pixels), 0, 1)) for some in (alone, grades)]
        assert float(delta_e00(*labs).mean()) < 0.4
    assert all(apart(grades, looks, "a", shot) < 0.6 for shot in "bcde")


def test_two_chains_have_two_anchors() -> None:
    looks = {**CHAIN, **{name.upper(): look for name, look in CHAIN.items()}}
    second = [replace(link, a=link.a.upper(), b=link.b.upper()) for link in joins("abc")]
    grades = solved(looks, [*joins("abc"), *second, WORLD.link("a", "A", CHAIN["a"], CHAIN["a"])])
    texts = anchored(grades)
    assert texts["c"] == "chain of 3 clips, anchored in a"
    assert texts["C"] == "chain of 3 clips, anchored in A"


def test_a_chain_that_matches_is_left_alone() -> None:
    same = dict.fromkeys("abc", Look())
    grades = solved(same, [replace(WORLD.link(a, b), kind="joins") for a, b in pairwise("abc")])
    assert all(grade.balance == Identity() for grade in grades.values())
    assert all(isinstance(grade.reasons[0], Reason) for grade in grades.values())


def test_the_frames_at_a_cut_are_more_exact_than_other_surfaces() -> None:
    link = joins("ab")[0]
    (exact,), (rough,) = (
        edges_of([replace(link, kind=kind, mad=0.002)], {"a": 0, "b": 1}) for kind in ("joins", "surfaces")
    )
    assert exact.sigma < rough.sigma == NOISE
    assert exact.light == rough.light == 0
    assert edges_of([replace(link, mad=0.02)], {"a": 0, "b": 1})[0].light > 0


def test_a_link_at_a_cut_is_worth_more_than_a_match_of_surfaces() -> None:
    link = joins("ab")[0]
    (whole,), (part,) = (
        edges_of([replace(link, kind=kind, inliers=300)], {"a": 0, "b": 1}) for kind in ("joins", "surfaces")
    )
    assert whole.evidence == 1500
    assert part.evidence == 400
