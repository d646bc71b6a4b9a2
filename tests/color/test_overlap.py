"""Common mass: it counts what two clouds share, and nothing that one of them has alone."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.overlap import common_mass


def cloud(center: tuple[float, float, float], count: int = 400, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(center, 0.03, (count, 3))


def kinds(*clouds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = (np.zeros(len(colors), np.intp) for colors in clouds)
    return first, second


def test_the_same_cloud_has_all_in_common() -> None:
    colors = cloud((0.4, 0.5, 0.6))
    assert common_mass(colors, colors, kinds(colors, colors)) == pytest.approx(1, abs=1e-6)


def test_what_one_cloud_alone_has_is_not_in_common() -> None:
    wall, sky = cloud((0.5, 0.4, 0.3)), cloud((0.2, 0.4, 0.8), 200, 1)
    both = np.concatenate([wall, sky])
    assert common_mass(both, wall, kinds(both, wall)) == pytest.approx(2 / 3, abs=0.02)


def test_colors_of_another_kind_are_not_in_common() -> None:
    colors = cloud((0.4, 0.5, 0.6))
    other = np.ones(len(colors), np.intp)
    assert common_mass(colors, colors, (np.zeros_like(other), other)) == 0
