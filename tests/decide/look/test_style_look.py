"""The style look: near the recovered grade, within its limit, and harmless; the network is a stand-in.

Tests: decide/look/style.py
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from making.pictures import wall
from otiograde.color.affine import Affine
from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.look import StyleLook, recovered_look
from otiograde.decide.look.style import FARTHEST, FRAMES, limited, scene_frames
from otiograde.record.grade import Grade
from otiograde.record.settings import Sampling
from otiograde.survey.sample import make_sample

STILL = np.clip(wall(4)[:90, :120] * [0.9, 0.7, 0.45], 0, 1).astype(np.float32)
FRAME = wall(1)[:96, :144].astype(np.float32)
COLORS = FRAME.reshape(-1, 3).astype(np.float64)
START = recovered_look([STILL], names=["film.jpg"])


def reds(amount: float) -> NDArray[np.float64]:
    """A cubic that adds red."""
    coefficients = np.zeros((20, 3))
    coefficients[0, 0] = amount
    return coefficients


def look(amount: float = 0.03, **fields: Any) -> StyleLook:
    """A style look whose network adds red to the start."""

    def fit(frames: Sequence[Any], stills: Sequence[Any], start: NDArray[np.float64]) -> NDArray[np.float64]:
        assert [frame.shape for frame in frames] == [FRAME.shape]
        assert [still.shape for still in stills] == [STILL.shape]
        return start + reds(amount)

    return StyleLook((STILL,), START, fit, **fields)


def moved(transform: Any) -> float:
    after = np.clip(transform(COLORS), 0, 1)
    return float(delta_e00(srgb_to_lab(COLORS), srgb_to_lab(after)).mean())


@pytest.mark.parametrize("amount", [0.0, 0.03, 0.3, -0.9])
def test_luts_are_healthy_and_the_limit_holds(amount: float) -> None:
    transform = look(amount).of_frames([FRAME], COLORS)
    health = Lut3D.bake(transform, 33).health(COLORS)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6
    assert health.newly_clipped <= 0.005
    assert moved(transform) <= FARTHEST + 0.5


def test_a_small_move_is_whole_and_a_large_one_is_shared() -> None:
    np.testing.assert_array_equal(limited(reds(0.01), COLORS), reds(0.01))
    part = limited(reds(0.5), COLORS)
    assert 0 < part[0, 0] < 0.2
    assert moved(Cubic(part.tolist())) <= FARTHEST
    assert not limited(reds(50.0), COLORS).any()


def test_strength_is_the_share_of_the_way() -> None:
    whole, half = (look(strength=strength).of_frames([FRAME], COLORS)(COLORS) for strength in (1.0, 0.5))
    np.testing.assert_allclose(half, (COLORS + whole) / 2, atol=1e-9)
    assert look(strength=0.0).of_frames([FRAME], COLORS) == Identity()


@pytest.mark.parametrize("colors", [COLORS[:0], COLORS[:20], np.full((4000, 3), 0.4)])
def test_a_scene_that_cannot_be_measured_is_left_alone(colors: NDArray[Any]) -> None:
    assert look().of_frames([FRAME], colors) == Identity()


def test_without_frames_it_is_the_recovered_grade() -> None:
    assert look()(COLORS) == START(COLORS)


def test_a_monochrome_still_gives_its_tone_and_no_more() -> None:
    gray = np.repeat(STILL.mean(2, keepdims=True), 3, 2)
    start = recovered_look([gray])
    assert start.gray
    assert replace(look(), start=start).of_frames([FRAME], COLORS) == start(COLORS)


def test_it_says_where_it_comes_from() -> None:
    assert look().words == "style of film.jpg: the scene resembles it, content included"
    assert replace(look(), start=replace(START, names=("a.png", "b.png"))).words.startswith(
        "style of a.png and 1 more:"
    )


def test_frames_of_a_scene_are_balanced_even_and_without_bars() -> None:
    frames = np.repeat(FRAME[None], 4, 0)
    frames[:, :12] = frames[:, -12:] = 0.0
    samples = {name: make_sample(name, frames, range(4), Sampling()) for name in "abc"}
    darker = Affine(((0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5)), (0.0, 0.0, 0.0))
    grades = [Grade("a", "one"), Grade("b", "one", balance=darker), Grade("c", "one")]
    chosen = scene_frames(samples, grades)
    assert len(chosen) == FRAMES
    assert {frame.shape[1:] for frame in chosen} == {FRAME.shape[1:]}
    assert all(frame.shape[0] <= 72 and frame.dtype == np.float32 for frame in chosen)
    means = [float(frame.mean()) for frame in chosen]
    assert means[2] == pytest.approx(means[0] / 2, rel=0.02)
    assert len(scene_frames({"a": make_sample("a", frames[:1], (0,), Sampling())}, grades[:1])) == 1
