"""Palettes: a grade changes them less than another place does."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.palette import BINS, palette


def picture(seed: int, materials: int = 6) -> np.ndarray:
    """Patches of a few materials in light from shade to highlight ``(90, 160, 3)``."""
    draw = np.random.default_rng(seed)
    colors = draw.uniform(0.1, 0.9, (materials, 3))
    patches = np.repeat(np.repeat(draw.integers(0, materials, (9, 16)), 10, 0), 10, 1)
    return np.clip(colors[patches] * draw.uniform(0.6, 1.1, (90, 160, 1)), 0.02, 0.98).astype(np.float32)


def graded(frame: np.ndarray) -> np.ndarray:
    return (0.05 + 0.75 * frame**1.15 * np.array([1.0, 0.92, 0.75])).astype(np.float32)


def counted(*frames: np.ndarray) -> np.ndarray:
    return palette(frames, np.ones((1, *frames[0].shape[:2]), bool))


def test_length_is_one() -> None:
    assert counted(picture(1)).shape == (np.prod(BINS),)
    assert np.linalg.norm(counted(picture(1), picture(2))) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_a_grade_changes_it_less_than_another_place_does(seed: int) -> None:
    here = counted(picture(seed))
    assert here @ counted(graded(picture(seed))) > max(here @ counted(picture(seed + k)) for k in (10, 20, 30))


def test_gain_of_a_channel_changes_nothing() -> None:
    frame = picture(3)
    assert counted(frame) @ counted(frame * np.array([0.9, 0.8, 0.7], np.float32)) > 0.98


def test_bars_are_ignored() -> None:
    frame, usable = np.zeros((120, 160, 3), np.float32), np.zeros((1, 120, 160), bool)
    frame[15:105], usable[:, 15:105] = picture(1), True
    np.testing.assert_allclose(palette([frame], usable), counted(picture(1)), atol=1e-6)


def test_without_a_picture_it_is_zero_and_one_color_is_no_trouble() -> None:
    assert not palette([np.zeros((4, 6, 3), np.float32)], np.zeros((1, 4, 6), bool)).any()
    assert np.isfinite(counted(np.full((9, 16, 3), 0.4, np.float32))).all()
