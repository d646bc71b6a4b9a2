"""Common mass: what two clouds share counts, what one of them alone has does not."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.cubic import monomials
from otiograde.color.overlap import LEAST, LEVELS, common_mass, projections


def cloud(center: tuple[float, float, float], count: int = 400, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(center, 0.03, (count, 3))


def kinds(*clouds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = (np.zeros(len(each), np.intp) for each in clouds)
    return first, second


def test_the_same_cloud_has_all_in_common() -> None:
    own = cloud((0.4, 0.5, 0.6))
    found = common_mass(own, own, kinds(own, own), 1.0)
    assert found.share == pytest.approx(1, abs=1e-6)
    assert found.first.min() > 0.999


def test_what_one_cloud_alone_has_weighs_least() -> None:
    wall, sky = cloud((0.5, 0.4, 0.3)), cloud((0.2, 0.4, 0.8), 200, 1)
    both = np.concatenate([wall, sky])
    found = common_mass(both, wall, kinds(both, wall), 1.0)
    assert found.share == pytest.approx(2 / 3, abs=0.02)
    assert found.first[400:].max() == LEAST
    assert found.second.mean() < 0.7 < found.first[:400].mean()


def test_colors_of_another_kind_are_not_in_common() -> None:
    own = cloud((0.4, 0.5, 0.6))
    other = np.ones(len(own), np.intp)
    assert common_mass(own, own, (np.zeros_like(other), other), 1.0).share == 0


def test_projections_change_as_they_say() -> None:
    colors = np.random.default_rng(3).uniform(0.2, 0.8, (300, 3))
    weights = np.random.default_rng(4).uniform(0.1, 1, 300)
    psi = np.asarray(monomials(colors))
    means, change = projections(colors, weights, psi)
    assert means.shape == (13 * LEVELS,)
    step = np.zeros((20, 3))
    step[0] = 0.01, 0.02, -0.01  # one color added to all keeps their order
    moved, _ = projections(colors + psi @ step, weights, psi)
    assert moved - means == pytest.approx(change @ step.ravel(), abs=1e-9)
