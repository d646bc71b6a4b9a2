"""The laws that every matcher keeps, whatever its mathematics, and what the classical ones do.

Tests: decide/match/__init__.py, decide/match/histogram.py, decide/match/monge_kantorovich.py,
decide/match/profile.py, decide/match/reinhard.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from making.cases import case
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.match import MATCHERS, Matcher, matcher
from otiograde.decide.verify import settle
from otiograde.errors import MatchError
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Sampling
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample, make_sample

CLASSICAL = ("reinhard", "histogram", "monge_kantorovich")
KINDS = ("balanced", "average", "first", "brightest", "hero")


@pytest.fixture(params=sorted(MATCHERS))
def any_matcher(request: pytest.FixtureRequest) -> Matcher:
    return matcher(request.param)


@pytest.fixture(params=CLASSICAL)
def classical(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def solve(
    how: Matcher,
    samples: Sequence[Sample],
    links: Sequence[Link] = (),
    kind: str = "balanced",
    **scene: Any,
) -> dict[str, Grade]:
    shots = tuple(sample.shot for sample in samples)
    grades = how.solve(Scene("scene", shots, **scene), {sample.shot: sample for sample in samples}, links, Anchor(kind))
    assert tuple(grade.shot for grade in grades) == shots
    assert all(grade.scene == "scene" for grade in grades)
    assert all(grade.reasons for grade in grades), "every decision has its reason"
    return {grade.shot: grade for grade in grades}


def moved(grade: Grade, sample: Sample) -> float:
    colors = sample.colors(2000).astype(np.float64)
    return float(delta_e00(srgb_to_lab(colors), srgb_to_lab(np.clip(grade.transform(colors), 0, 1))).max())


def flat(name: str, color: tuple[float, float, float]) -> Sample:
    frames = np.broadcast_to(np.float32(color), (2, 40, 60, 3))
    return make_sample(name, frames, (0, 1), Sampling())


def gray(sample: Sample) -> Sample:
    luma = sample.frames @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return Sample.of(sample.shot, np.repeat(luma[..., None], 3, axis=-1), sample.usable, sample.at)


def chroma(colors: NDArray[Any]) -> NDArray[Any]:
    lab = srgb_to_lab(colors)
    return np.hypot(lab[..., 1], lab[..., 2])


def extremes(world: Any, look: Any) -> tuple[list[Sample], list[Link]]:
    """Three shots as far apart as grades get, and their links."""
    looks = {"a": look(0.7, 0.1, 1.3, 1.4), "b": look(-0.7, -0.1, 0.8, 0.6), "c": look()}
    shots = [world.shot(name, cast) for name, cast in looks.items()]
    return shots, [world.link(a, b, looks[a], looks[b]) for a, b in ("ab", "bc", "ac")]


def healthy(grade: Grade, sample: Sample) -> bool:
    health = grade.lut(33).health(sample.colors(3000))
    return health.second_difference <= 0.06 and health.neutral_step >= -1e-6 and health.newly_clipped <= 0.005


class TestLaws:
    """One row a law, one column a matcher."""

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", KINDS)
    def test_identical_shots_stay_as_they_are(self, any_matcher, kind, world, look) -> None:
        same = look(0.3, 0.05, 1.1, 0.9)
        shots = [world.shot(name, same) for name in "abc"]
        links = [world.link("a", "b", same, same), world.link("b", "c", same, same)]
        grades = solve(any_matcher, shots, links, kind)
        assert all(moved(grades[shot.shot], shot) < 0.1 for shot in shots)

    @pytest.mark.slow
    def test_order_does_not_matter(self, any_matcher, world, look) -> None:
        looks = {"a": look(0.3), "b": look(-0.2, 0.08), "c": look(0, -0.05, 1.15, 0.8)}
        shots = [world.shot(name, cast, 10 * k) for k, (name, cast) in enumerate(looks.items())]
        links = [world.link("a", "b", looks["a"], looks["b"]), world.link("b", "c", looks["b"], looks["c"])]
        forward = solve(any_matcher, shots, links)
        backward = solve(any_matcher, shots[::-1], links[::-1])
        colors = world.window()
        for name in looks:
            np.testing.assert_allclose(
                forward[name].transform(colors), backward[name].transform(colors), rtol=0, atol=1e-6
            )

    @pytest.mark.parametrize("kind", KINDS)
    def test_same_input_same_answer(self, any_matcher, kind, world, look) -> None:
        shots = [world.shot("a", look(0.3)), world.shot("b", look(-0.2, 0.08), 30)]
        links = [world.link("a", "b", look(0.3), look(-0.2, 0.08))]
        assert solve(any_matcher, shots, links, kind) == solve(any_matcher, shots, links, kind)

    @pytest.mark.parametrize("kind", KINDS)
    def test_hero_and_locked_shots_are_untouched(self, any_matcher, kind, world, look) -> None:
        looks = {"a": look(0.4), "b": look(-0.3, 0.1), "c": look(0, -0.1), "d": look(0.2, 0.1)}
        shots = [world.shot(name, cast) for name, cast in looks.items()]
        links = [world.link("a", other, looks["a"], looks[other]) for other in "bcd"]
        grades = solve(any_matcher, shots, links, kind, hero="b", locked=("c",))
        assert grades["b"].transform == Identity()
        assert grades["c"].transform == Identity()

    @pytest.mark.parametrize("kind", ["first", "brightest", "hero"])
    def test_anchor_shot_is_untouched(self, any_matcher, kind, world, look) -> None:
        looks = {"a": look(-0.4), "b": look(0.3, 0.1), "c": look(0, -0.1)}
        shots = [world.shot(name, cast) for name, cast in looks.items()]
        links = [world.link("a", other, looks["a"], looks[other]) for other in "bc"]
        grades = solve(any_matcher, shots, links, kind)
        untouched = {name for name, grade in grades.items() if grade.transform == Identity()}
        expected = {"first": {"a"}, "brightest": {"b"}}
        assert len(untouched) == 1
        assert untouched == expected.get(kind, untouched)

    def test_strength_nothing_is_identity(self, any_matcher, world, look) -> None:
        shots = [world.shot("a", look(0.3)), world.shot("b", look(-0.3))]
        grades = solve(any_matcher, shots, [world.link("a", "b", look(0.3), look(-0.3))])
        assert all(replace(grade, strength=0.0).transform == Identity() for grade in grades.values())

    @pytest.mark.parametrize("kind", KINDS)
    def test_gray_material_gets_no_color(self, any_matcher, kind, world, look) -> None:
        shots = [gray(world.shot("a", look(0.3))), world.shot("b", look(-0.3, 0.1))]
        grades = solve(any_matcher, shots, kind=kind)
        ramp = np.linspace(0, 1, 33)[:, None].repeat(3, 1)
        assert chroma(np.clip(grades["a"].transform(ramp), 0, 1)).max() < 0.5

    @pytest.mark.parametrize("color", [(0, 0, 0), (1, 1, 1), (0.4, 0.5, 0.2)])
    def test_shot_of_one_color_is_left_alone(self, any_matcher, color, world, look) -> None:
        shots = [flat("a", color), world.shot("b", look(-0.3, 0.1)), world.shot("c", look(0.3))]
        grades = solve(any_matcher, shots, [world.link("b", "c", look(-0.3, 0.1), look(0.3))])
        assert grades["a"].transform == Identity()
        assert grades["a"].confidence == "none" or grades["a"].balance == Identity()

    def test_scene_without_any_usable_shot(self, any_matcher) -> None:
        shots = [flat("a", (0, 0, 0)), flat("b", (1, 1, 1))]
        assert all(grade.transform == Identity() for grade in solve(any_matcher, shots).values())

    def test_scene_of_one_shot(self, any_matcher, world, look) -> None:
        assert solve(any_matcher, [world.shot("a", look(0.5, 0.1))])["a"].transform == Identity()

    def test_luts_are_healthy_once_settled(self, any_matcher, world, look) -> None:
        shots, links = extremes(world, look)
        scene, samples = Scene("scene", tuple("abc")), {shot.shot: shot for shot in shots}
        grades = settle(case([scene], list(solve(any_matcher, shots, links).values()), samples, links, 33))
        for grade in grades:
            assert healthy(grade, samples[grade.shot])

    @pytest.mark.parametrize("kind", ["balanced", "first"])
    def test_shots_of_the_same_things_come_together(self, any_matcher, kind, world, look) -> None:
        looks = {"a": look(0.4, 0.08), "b": look(-0.4, -0.08, 1.1)}
        shots = {name: world.shot(name, cast) for name, cast in looks.items()}
        links = [world.link("a", "b", looks["a"], looks["b"])]
        grades = solve(any_matcher, list(shots.values()), links, kind)
        a, b = (shots[name].frames[0].astype(np.float64) for name in "ab")
        before = delta_e00(srgb_to_lab(a), srgb_to_lab(b)).mean()
        after = delta_e00(
            srgb_to_lab(np.clip(grades["a"].transform(a), 0, 1)), srgb_to_lab(np.clip(grades["b"].transform(b), 0, 1))
        ).mean()
        assert after < 0.35 * before


class TestClassical:
    def test_luts_are_healthy_as_solved(self, classical, world, look) -> None:
        shots, _ = extremes(world, look)
        grades = solve(matcher(classical), shots)
        assert all(healthy(grades[shot.shot], shot) for shot in shots)

    def test_strength_is_the_share_of_the_grade(self, classical, world, look) -> None:
        shots = [world.shot("a", look(0.3)), world.shot("b", look(-0.3))]
        grades = solve(matcher(classical, strength=0.4), shots).values()
        assert {(grade.share, grade.strength) for grade in grades} == {(0.4, 1)}

    def test_confidence_is_never_more_than_low(self, classical, world, look) -> None:
        shots = [world.shot("a", look(0.3)), world.shot("b", look(-0.3))]
        assert {grade.confidence for grade in solve(matcher(classical), shots).values()} == {"low"}

    def test_already_matching_shots_say_so(self, classical, world) -> None:
        grades = solve(matcher(classical), [world.shot("a"), world.shot("b")])
        assert all(grade.balance == Identity() for grade in grades.values())
        assert all("already matches" in grade.reasons[0].text for grade in grades.values())

    def test_average_is_the_mean_of_the_statistics(self, classical, world, look) -> None:
        """Three shots, one brighter: the target lies a third of the way up, not at the odd one nor at the others."""
        shots = [world.shot("a"), world.shot("b"), world.shot("c", look(0.6))]
        grades = solve(matcher(classical), shots)
        means = {
            shot.shot: srgb_to_lab(np.clip(grades[shot.shot].transform(shot.colors(4000).astype(float)), 0, 1)).mean(0)
            for shot in shots
        }
        lightness = [srgb_to_lab(shot.colors(4000).astype(float)).mean(0)[0] for shot in shots]
        assert all(abs(mean[0] - np.mean(lightness)) < 1.0 for mean in means.values())

    def test_hero_draws_the_others(self, classical, world, look) -> None:
        hero, other = world.shot("a", look(0.3, 0.1)), world.shot("b", look(-0.3, -0.1))
        grade = solve(matcher(classical), [hero, other], hero="a")["b"]
        goal, got = (
            srgb_to_lab(colors).mean((0, 1, 2))
            for colors in (hero.frames.astype(float), np.clip(grade.transform(other.frames.astype(float)), 0, 1))
        )
        assert np.abs(goal - got).max() < 1.0

    def test_gray_shot_is_matched_in_lightness(self, classical, world, look) -> None:
        dark, other = gray(world.shot("a", look(-0.6))), world.shot("b", look(0.2))
        grade = solve(matcher(classical), [dark, other], kind="first", hero="b")["a"]
        goal, got = (
            srgb_to_lab(colors.reshape(-1, 3)).mean(0)[0]
            for colors in (other.frames.astype(float), np.clip(grade.transform(dark.frames.astype(float)), 0, 1))
        )
        assert abs(goal - got) < 1.5
        assert any("lightness only" in reason.text for reason in grade.reasons)

    def test_few_usable_pixels_are_said(self, classical, world) -> None:
        frames = np.ones((1, 20, 20, 3), np.float32)
        frames[0, :5, :5] = 0.5
        grades = solve(matcher(classical), [make_sample("a", frames, (0,), Sampling()), world.shot("b")])
        assert "25 usable colors of the 300 it takes" in grades["a"].reasons[0].text


class TestTable:
    def test_unknown_name_lists_the_names(self) -> None:
        with pytest.raises(MatchError, match="unknown matcher 'magic': use one of joint, reinhard"):
            matcher("magic")

    def test_unknown_field(self) -> None:
        with pytest.raises(MatchError, match="no field speed: it has strength"):
            matcher("reinhard", speed=11)
