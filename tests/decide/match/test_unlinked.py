"""Parts of a scene that no surface joins: brought together by how far their colors go, as far as that proves itself."""

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
from otiograde.survey.sample import make_sample

WARM, COLD = {"exposure": 0.25, "warmth": 0.08}, {"exposure": -0.25, "warmth": -0.05}


def apart(world: Any, looks: Any, grades: list[Grade]) -> float:
    """Mean ΔE00 between two shots' results on the colors of the wall."""
    pixels = world.picture.reshape(-1, 3)[::7]
    out = [srgb_to_lab(np.clip(g.transform(own(pixels)), 0, 1)) for g, own in zip(grades, looks, strict=True)]
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
    samples = {name: world.shot(name, own, 20 * k) for k, (name, own) in enumerate(looks.items())}
    link = world.link("a", "b", looks["a"], looks["b"])
    grades = solve(samples, [link])
    assert isinstance(grades[0].balance, Chain)
    assert apart(world, [looks["a"], looks["b"]], grades[:2]) < 1
    held = solve(samples, [link], locked=("c",))
    assert held[2].balance == Identity()
    assert held[2].reasons[0].text == "locked: keeps its own grade"
    assert apart(world, [looks["b"], looks["c"]], held[1:]) < apart(world, [looks["b"], looks["c"]], grades[1:]) + 1


def solve_boldly(samples: Any, boldness: float, links: Any = ()) -> list[Grade]:
    return Joint(boldness=boldness).solve(Scene("s", tuple(samples)), samples, list(links), Anchor())


class TestBoldness:
    @pytest.fixture
    def samples(self, world: Any, look: Any) -> Any:
        return {"a": world.shot("a", look(**WARM), 0), "b": world.shot("b", look(**COLD), 64)}

    def test_nothing_is_moved_that_nothing_proves(self, samples: Any) -> None:
        grades = solve_boldly(samples, 0)
        assert [grade.balance for grade in grades] == [Identity(), Identity()]
        assert all(grade.confidence == "none" for grade in grades)
        assert all(any(reason.kind == "bolder" for reason in grade.reasons) for grade in grades)

    def test_the_usual_is_to_the_byte_what_no_boldness_is(self, samples: Any) -> None:
        assert solve_boldly(samples, 0.5) == solve(samples)
        assert not any(reason.kind == "unproven" for grade in solve(samples) for reason in grade.reasons)

    def test_what_no_likeness_confirms_is_moved_at_full_size_and_called_unproven(self, world: Any) -> None:
        draw = np.random.default_rng(2)
        red = np.clip(draw.normal((0.7, 0.3, 0.2), 0.12, (1, 72, 96, 3)), 0.02, 0.98).astype(np.float32)
        samples = {"a": world.shot("a"), "b": make_sample("b", red, (0,), Sampling())}
        usual, bold = solve_boldly(samples, 0.5), solve_boldly(samples, 1)
        assert not any(reason.kind == "unproven" for grade in usual for reason in grade.reasons)
        assert not any(isinstance(grade.balance, Identity) for grade in bold)
        for grade in bold:
            assert grade.confidence == "none"
            (doubt,) = [reason for reason in grade.reasons if reason.kind == "unproven"]
            assert "100% of the correction is applied" in doubt.text

    def test_the_preview_is_what_full_size_does(self, samples: Any) -> None:
        def moved(grade: Grade) -> float:
            colors = samples[grade.shot].colors(1000).astype(np.float64)
            return float(delta_e00(*(srgb_to_lab(c) for c in (colors, np.clip(grade.transform(colors), 0, 1)))).mean())

        for none, full in zip(solve_boldly(samples, 0), solve_boldly(samples, 1), strict=True):
            (preview,) = [reason.text for reason in none.reasons if reason.kind == "bolder"]
            assert abs(float(preview.split("ΔE00 ")[1].split(",")[0]) - moved(full)) < 0.3
            assert not any(reason.kind == "bolder" for reason in full.reasons)
