"""Statistics of color clouds, and the maps that move one onto another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde.color.spaces import from_space, to_space
from otiograde.color.statistics import (
    LIMITS,
    Statistics,
    mean_and_spread,
    mean_statistics,
    optimal_linear,
    quantile_curves,
    statistics,
)

MAPS = (mean_and_spread, optimal_linear, quantile_curves)
SPACES = ("lab", "oklab")


def cloud(seed: int, count: int = 4000) -> NDArray[Any]:
    """Muted colors well inside the gamut, so that no clipping disturbs the figures."""
    draw = np.random.default_rng(seed)
    mean = [draw.uniform(45, 60), *draw.uniform(-6, 6, 2)]
    mixing = np.diag([10.0, 5.0, 5.0]) + draw.uniform(-1.5, 1.5, (3, 3))
    values = mean + np.clip(draw.normal(size=(count, 3)), -2.5, 2.5) @ mixing.T
    return from_space(values, "lab")


@pytest.mark.parametrize("transport", MAPS)
@pytest.mark.parametrize("space", SPACES)
def test_same_statistics_give_identity(transport, space) -> None:
    colors = cloud(0)
    figures = statistics(colors, space)
    np.testing.assert_allclose(transport(figures, figures)(colors), colors, atol=1e-6)


@pytest.mark.parametrize("transport", MAPS)
@pytest.mark.parametrize("space", SPACES)
def test_mean_is_reached(transport, space) -> None:
    source, target = cloud(1), cloud(2)
    mapped = transport(statistics(source, space), statistics(target, space))(source)
    scale = 1.0 if space == "lab" else 0.01
    np.testing.assert_allclose(to_space(mapped, space).mean(0), to_space(target, space).mean(0), atol=0.3 * scale)


@pytest.mark.parametrize("space", SPACES)
def test_spread_is_reached(space) -> None:
    source, target = cloud(3), cloud(4)
    mapped = mean_and_spread(statistics(source, space), statistics(target, space))(source)
    np.testing.assert_allclose(to_space(mapped, space).std(0), to_space(target, space).std(0), rtol=0.02)


@pytest.mark.parametrize("space", SPACES)
def test_covariance_is_reached(space) -> None:
    source, target = cloud(5), cloud(6)
    mapped = optimal_linear(statistics(source, space), statistics(target, space))(source)
    got, want = (np.cov(to_space(colors, space), rowvar=False) for colors in (mapped, target))
    np.testing.assert_allclose(got, want, atol=0.02 * np.trace(want))


def test_optimal_linear_is_symmetric_and_positive() -> None:
    """What makes it the map that moves colors least: the gradient of a convex function."""
    matrix = np.array(optimal_linear(statistics(cloud(7), "oklab"), statistics(cloud(8), "oklab")).matrix)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    assert np.linalg.eigvalsh(matrix).min() > 0


@given(st.integers(0, 1000), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_law_curves_rise_and_keep_within_the_limits(one: int, other: int) -> None:
    curves = quantile_curves(statistics(cloud(one, count=500), "lab"), statistics(cloud(other, count=500), "lab"))
    slopes = np.diff(curves.y) / np.diff(curves.x)
    assert slopes.min() >= LIMITS[0] - 1e-9
    assert slopes.max() <= LIMITS[1] + 1e-9


def test_curves_reach_the_quartiles() -> None:
    source, target = cloud(9), cloud(10)
    mapped = quantile_curves(statistics(source, "lab"), statistics(target, "lab"))(source)
    levels = (0.1, 0.25, 0.5, 0.75, 0.9)
    got, want = (np.quantile(to_space(colors, "lab"), levels, axis=0) for colors in (mapped, target))
    np.testing.assert_allclose(got, want, atol=0.8)


@pytest.mark.parametrize("transport", MAPS)
def test_lightness_only_keeps_grays_gray(transport) -> None:
    grays = np.random.default_rng(0).uniform(0.2, 0.7, (500, 1)).repeat(3, 1)
    curves = transport(statistics(grays, "lab"), statistics(cloud(11), "lab"), lightness_only=True)
    mapped = to_space(curves(grays), "lab")
    assert np.abs(mapped[:, 1:]).max() < 1e-6
    assert abs(mapped[:, 0].mean() - to_space(cloud(11), "lab")[:, 0].mean()) < 0.5


@pytest.mark.parametrize("transport", MAPS)
def test_one_color_onto_another_is_a_shift_and_divides_by_nothing(transport) -> None:
    a, b = (statistics(np.full((400, 3), level), "lab") for level in (0.3, 0.5))
    moved = transport(a, b)(np.full((1, 3), 0.3))
    np.testing.assert_allclose(moved, 0.5, atol=1e-3)


def test_gray_and_flat_are_told() -> None:
    ramp = np.linspace(0.1, 0.9, 400)[:, None].repeat(3, 1)
    figures = statistics(ramp, "oklab")
    assert figures.gray
    assert not figures.flat
    assert statistics(np.full((400, 3), (0.2, 0.5, 0.3)), "lab").flat
    assert not statistics(cloud(0), "lab").gray


def test_mean_of_statistics() -> None:
    clouds = [statistics(cloud(seed), "lab") for seed in (20, 21, 22)]
    mean = mean_statistics(clouds)
    np.testing.assert_allclose(mean.mean, np.mean([one.mean for one in clouds], axis=0))
    np.testing.assert_allclose(mean.std, np.mean([one.std for one in clouds], axis=0))
    np.testing.assert_allclose(np.sqrt(np.diag(mean.covariance)), mean.std)
    np.testing.assert_allclose(mean.quantiles, np.mean([one.quantiles for one in clouds], axis=0))
    assert np.linalg.eigvalsh(mean.covariance).min() > 0


def test_gray_clouds_have_no_say_in_the_mean_chroma() -> None:
    ramp = statistics(np.linspace(0.1, 0.9, 400)[:, None].repeat(3, 1), "lab")
    colored = statistics(cloud(23), "lab")
    mean = mean_statistics([ramp, colored])
    assert isinstance(mean, Statistics)
    np.testing.assert_array_equal(mean.std[1:], colored.std[1:])
    np.testing.assert_array_equal(mean.mean[1:], colored.mean[1:])
    assert mean.mean[0] == pytest.approx((ramp.mean[0] + colored.mean[0]) / 2)
    assert not mean.gray
