"""Steady: the identity, its inverse, what its numbers do, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.color.lut import Lut3D
from otiograde.color.steady import NUMBERS, SPREAD, Steady, effects

COLORS = np.random.default_rng(3).random((500, 3))
numbers = st.lists(st.floats(-1.5, 1.5), min_size=NUMBERS, max_size=NUMBERS).map(lambda sizes: np.array(sizes) * SPREAD)


def test_zero_changes_nothing() -> None:
    assert np.array_equal(Steady()(COLORS), COLORS)
    assert np.array_equal(Steady.of(np.zeros(NUMBERS)).numbers, np.zeros(NUMBERS))


@given(numbers)
def test_the_inverse_takes_it_back(values: np.ndarray) -> None:
    there = Steady.of(values)
    np.testing.assert_allclose(there.inverse(there(COLORS)), COLORS, atol=1e-3)
    assert there.inverse.inverse == there


@given(numbers)
def test_small_changes_are_the_sum_of_what_the_numbers_do(values: np.ndarray) -> None:
    moved = Steady.of(values / 100)(COLORS) - COLORS
    np.testing.assert_allclose(moved, effects(COLORS) @ (values / 100), atol=2e-4)


def test_numbers_have_their_places() -> None:
    steady = Steady((0.1, 0.2, 0.3), (0.01, 0.02, 0.03), (0.4, 0.5, 0.6), 0.7)
    assert steady.numbers.tolist() == [0.1, 0.2, 0.3, 0.01, 0.02, 0.03, 0.4, 0.5, 0.6, 0.7]
    assert Steady.of(steady.numbers) == steady


def test_red_and_blue_have_their_numbers() -> None:
    red, green, blue = Steady(offset=(0.0, 0.1, 0.0))(np.full(3, 0.5))
    assert (red, green, blue) == pytest.approx((0.6, 0.5, 0.5))
    assert Steady(offset=(0.0, 0.0, 0.1))(np.full(3, 0.5)) == pytest.approx((0.5, 0.5, 0.6))


def test_the_curve_and_saturation_leave_black_white_and_grays() -> None:
    ends = np.array([[0.0, 0, 0], [1, 1, 1]])
    np.testing.assert_allclose(Steady(curve=(0.4, 0.1, -0.1))(ends), ends, atol=1e-9)
    grays = np.linspace(0, 1, 9)[:, None].repeat(3, 1)
    np.testing.assert_allclose(Steady(saturation=0.3)(grays), grays, atol=1e-6)


def test_precision_shape_and_input_are_kept() -> None:
    colors = COLORS[:6].reshape(2, 3, 3).astype(np.float32)
    before = colors.copy()
    changed = Steady(gain=(0.2, 0.0, 0.0))(colors)
    assert (changed.dtype, changed.shape) == (np.float32, (2, 3, 3))
    assert np.array_equal(colors, before)


def test_a_lut_holds_it() -> None:
    steady = Steady((-0.1, 0.02, 0.0), (0.03, 0.0, 0.0), (0.1, 0.0, 0.0), 0.15)
    colors = 0.15 + 0.7 * COLORS  # none is clipped
    np.testing.assert_allclose(Lut3D.bake(steady, 33)(colors), steady(colors), atol=1e-3)


@pytest.mark.parametrize(
    "values", [np.zeros(NUMBERS - 1), np.zeros(NUMBERS + 1), np.full(NUMBERS, np.nan), np.full(NUMBERS, np.inf)]
)
def test_other_numbers_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="needs"):
        Steady.of(values)
