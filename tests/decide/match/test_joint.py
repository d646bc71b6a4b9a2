"""The joint matcher: agreement, no common move, no harm, and words for all of it.

Tests: decide/match/hero.py
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.guard import Guarded
from otiograde.color.prior import grade_prior, robust_fit
from otiograde.color.solver import Edge, solve
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.match.joint import Joint
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Sampling
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample, make_sample

LOOKS = {
    "a": {"exposure": 0.3, "warmth": 0.06},
    "b": {"exposure": -0.2, "contrast": 1.1, "saturation": 0.85},
    "c": {"warmth": -0.08, "contrast": 0.92},
}


def apart(grades: list[Grade], colors: dict[str, NDArray[np.float64]]) -> float:
    """Mean ΔE00 between the shots' results on colors of which each shot has its own version."""
    out = [srgb_to_lab(np.clip(grade.transform(colors[grade.shot]), 0, 1)) for grade in grades]
    return float(np.mean([delta_e00(x, y).mean() for k, x in enumerate(out) for y in out[:k]]))


class Case:
    """Three shots of one wall, linked each with the next."""

    def __init__(self, world: Any, look: Any, looks: dict[str, dict[str, float]] = LOOKS) -> None:
        self.looks = {name: look(**fields) for name, fields in looks.items()}
        self.samples: dict[str, Sample] = {
            name: world.shot(name, cast, 20 * k) for k, (name, cast) in enumerate(self.looks.items())
        }
        names = list(looks)
        self.links: list[Link] = [world.link(a, b, self.looks[a], self.looks[b]) for a, b in pairwise(names)]
        self.scene = Scene("s", tuple(names))
        pixels = world.picture.reshape(-1, 3)[::7]
        self.colors = {name: cast(pixels) for name, cast in self.looks.items()}

    def solve(self, anchor: Anchor = Anchor(), joint: Joint = Joint(), **changes: Any) -> list[Grade]:
        return joint.solve(replace(self.scene, **changes), self.samples, self.links, anchor)


@pytest.fixture
def case(world: Any, look: Any) -> Case:
    return Case(world, look)


@pytest.mark.slow
def test_shots_come_to_agree(case: Case) -> None:
    before = apart([Grade(name, "s") for name in case.scene.shots], case.colors)
    grades = case.solve()
    assert before > 5
    assert apart(grades, case.colors) < 1
    assert [grade.shot for grade in grades] == ["a", "b", "c"]
    assert all(isinstance(grade.balance, Guarded) for grade in grades)
    assert {grade.confidence for grade in grades} == {"high"}
    assert "200 matches with b, ΔE00" in " ".join(reason.text for reason in grades[0].reasons)


@pytest.mark.parametrize("kind", ["first", "brightest", "hero"])
def test_an_anchor_keeps_its_grade_and_the_others_come_to_it(case: Case, kind: Any) -> None:
    grades = case.solve(Anchor(kind))
    kept = [grade for grade in grades if isinstance(grade.balance, Identity)]
    assert len(kept) == 1
    assert apart(grades, case.colors) < 1
    if kind == "brightest":
        assert kept[0].shot == "a"
    if kind == "hero":
        assert kept[0].reasons[0].text.startswith("picked as hero: mean L*")


def test_locked_shots_and_the_named_hero_keep_their_grade(case: Case) -> None:
    grades = case.solve(hero="b", locked=("c",))
    assert [isinstance(grade.balance, Identity) for grade in grades] == [False, True, True]
    assert grades[1].reasons[0].text == "hero: the scene keeps its grade"
    assert grades[2].reasons[0].text == "locked: keeps its own grade"


def test_what_matches_is_left_alone(world: Any, look: Any) -> None:
    same = Case(world, look, {name: {"exposure": 0.1} for name in "abc"})
    for link in same.links:
        noise = np.random.default_rng(3).normal(0, 0.02, link.colors_a.shape)
        same.links[same.links.index(link)] = replace(link, colors_a=np.clip(link.colors_a + noise, 0, 1), mad=0.02)
    grades = same.solve()
    assert all(grade.balance == Identity() for grade in grades)
    assert all(grade.reasons[0].text.startswith("left alone: already matches") for grade in grades)


def test_the_common_move_is_nothing(world: Any, look: Any) -> None:
    """Noise in both shots of a pair makes plain least squares shrink contrast; the sum of the corrections is zero."""
    same = Case(world, look, {name: {} for name in "abc"})
    draw = np.random.default_rng(5)
    edges = [
        Edge(a, b, x + draw.normal(0, 0.03, x.shape), x + draw.normal(0, 0.03, x.shape), np.ones(len(x)), 400.0, 0.02)
        for a, b, x in ((0, 1, same.links[0].colors_a), (1, 2, same.links[1].colors_a))
    ]
    solution = solve(3, edges, frozenset(), 8)
    assert np.abs(solution.coefficients.sum(0)).max() < 1e-9
    pools = [same.samples[name].colors(2000).astype(float) for name in "abc"]
    after = [Cubic(cubic.tolist())(pool) for cubic, pool in zip(solution.coefficients, pools, strict=True)]
    before, moved = np.concatenate(pools), np.concatenate(after)
    assert delta_e00(srgb_to_lab(before).mean(0), srgb_to_lab(np.clip(moved, 0, 1)).mean(0)) < 0.2
    assert moved.std(0) / before.std(0) == pytest.approx(1, abs=0.01)


def test_a_shot_without_evidence_is_left_alone(case: Case) -> None:
    case.links.pop()
    # Gray material looks like nothing: there is no color to compare.
    gray = case.samples["c"].frames.mean(-1, keepdims=True).repeat(3, -1)
    case.samples["c"] = make_sample("c", gray, (0,), Sampling())
    grades = case.solve()
    assert grades[2].balance == Identity()
    assert grades[2].confidence == "none"
    assert grades[2].reasons == (
        Reason("left", "left alone: no surface in common with the rest of the scene was found"),
    )
    case.links.append(replace(case.links[0], a="b", b="c", inliers=7, confidence=0.0))
    assert "linked with b by 7 matches, whose colors are too uncertain" in case.solve()[2].reasons[0].text


@pytest.mark.slow
def test_a_link_carries_as_much_as_its_residual_allows(case: Case) -> None:
    """A weak shot next to a locked one is not pulled as far as a sure one: its pairs see other light."""
    moved = {}
    for mad in (0.01, 0.05):
        case.links = [replace(link, inliers=4, mad=mad, confidence=0.1) for link in case.links]
        grade = case.solve(locked=("a",))[1]
        moved[mad] = np.abs(grade.transform(case.colors["b"]) - case.colors["b"]).mean()
    assert 0 < moved[0.05] < 0.95 * moved[0.01]


@pytest.mark.slow
def test_held_out_pairs_have_no_say(case: Case) -> None:
    plain = case.solve()
    for k, link in enumerate(case.links):
        colors = link.colors_a.copy()
        colors[link.held_out] = 0.9
        case.links[k] = replace(link, colors_a=colors)
    assert case.solve() == plain


def test_a_link_that_contradicts_the_others_is_dropped(case: Case, world: Any, look: Any) -> None:
    case.links.append(world.link("a", "c", case.looks["a"], case.looks["c"]))
    case.links.append(replace(world.link("a", "c", look(), look(exposure=-1.2, warmth=0.4)), inliers=20, mad=0.012))
    grades = case.solve()
    assert apart(grades, case.colors) < 1.5
    assert any("contradicts the others" in reason.text for reason in grades[0].reasons)


def test_nothing_to_go_by(case: Case) -> None:
    alone = Joint().solve(Scene("s", ("a",)), case.samples, [], Anchor())
    assert alone[0].balance == Identity()
    assert alone[0].reasons == (Reason("left", "left alone: the only shot of its scene"),)
    black = np.zeros((0, 1, 1, 3), np.float32), np.zeros((0, 1, 1), bool)
    nothing = Sample.of("b", *black, (), ("every frame is black",))
    dark = Joint().solve(Scene("s", ("a", "b")), {**case.samples, "b": nothing}, case.links, Anchor("hero"))
    assert all(isinstance(grade.balance, Identity) for grade in dark)
    assert dark[1].reasons[-1].text == "left alone: every frame is black"


def test_a_wild_correction_is_not_believed(world: Any, look: Any) -> None:
    wild = Case(world, look, {"a": {"exposure": 1.0}, "b": {"exposure": -2.5}})
    grades = wild.solve(joint=Joint(largest=8))
    assert all(grade.balance == Identity() for grade in grades)
    assert "not believed" in grades[0].reasons[0].text


def test_dense_and_sparse_solves_agree(case: Case) -> None:
    names = {name: k for k, name in enumerate(case.scene.shots)}
    edges = [
        Edge(names[link.a], names[link.b], link.colors_a, link.colors_b, link.weights, 400.0, 0.012)
        for link in case.links
    ]
    for fixed in (frozenset[int](), frozenset({1})):
        dense, sparse = (solve(3, edges, fixed, 8, limit).coefficients for limit in (60, 1))
        assert dense == pytest.approx(sparse, abs=1e-7)


def test_robust_fit_forgets_outliers(world: Any, look: Any) -> None:
    before = world.picture.reshape(-1, 3)[::9]
    after = look(exposure=0.2, warmth=0.05)(before)
    wrong = np.arange(len(before)) % 4 == 0
    spoiled = np.where(wrong[:, None], 0.9 - after, after)
    fit = robust_fit(before, spoiled, np.ones(len(before)))
    assert fit.mad < 0.01
    assert fit.weights[~wrong].mean() > 0.9
    assert np.median(fit.weights[wrong]) < 0.1


def test_the_prior_is_a_precision() -> None:
    precision = grade_prior()
    assert precision.shape == (60, 60)
    assert np.array_equal(precision, precision.T)
    assert np.linalg.eigvalsh(precision).min() > 0
    with pytest.raises(ValueError, match="read-only"):
        precision[0, 0] = 1
