"""The prior of grades, and the robust fit that leans on it."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.cubic import Cubic
from otiograde.color.prior import grade_prior, inner, robust_fit, weighted_median

COLORS = np.random.default_rng(1).uniform(0.1, 0.8, (1500, 3))
ONES = np.ones(len(COLORS))


def test_the_prior_is_a_precision_that_nobody_can_change() -> None:
    precision = grade_prior()
    assert precision.shape == (60, 60)
    np.testing.assert_allclose(precision, precision.T)
    assert np.linalg.eigvalsh(precision).min() > 0
    with pytest.raises(ValueError, match="read-only"):
        precision[0, 0] = 1


def test_a_grade_is_found_and_outliers_are_not_believed() -> None:
    draw = np.random.default_rng(2)
    after = COLORS * (0.9, 1.0, 1.1) + (0.02, 0.0, -0.01)
    wrong = draw.random(len(COLORS)) < 0.25
    after[wrong] = draw.uniform(0, 1, (int(wrong.sum()), 3))
    fit = robust_fit(COLORS, after, ONES)
    cubic = Cubic(tuple(map(tuple, fit.coefficients.tolist())))
    right = ~wrong
    assert np.abs(cubic(COLORS[right]) - after[right]).mean() < 0.01
    assert fit.weights[right].mean() > 0.8
    assert fit.weights[wrong].mean() < 0.1
    assert 0 <= fit.mad < 0.01


def test_the_same_colors_ask_for_nothing() -> None:
    fit = robust_fit(COLORS, COLORS, ONES)
    np.testing.assert_allclose(fit.coefficients, 0, atol=1e-12)
    assert fit.mad == 0


@pytest.mark.parametrize("count", [0, 1, 255, 256, 1000])
def test_inner_is_the_product(count: int) -> None:
    draw = np.random.default_rng(count)
    left, right = draw.random((count, 4)), draw.random((count, 2))
    np.testing.assert_allclose(inner(left, right), left.T @ right)


def test_half_the_weight_lies_below_the_weighted_median() -> None:
    values = np.array([5.0, 1.0, 3.0])
    assert weighted_median(values, np.ones(3)) == 3
    assert weighted_median(values, np.array([10.0, 1.0, 1.0])) == 5
    assert weighted_median(values, np.array([1.0, 10.0, 1.0])) == 1
