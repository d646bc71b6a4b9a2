from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.affine import Affine
from otiograde.color.cubic import EXPONENTS, Cubic
from otiograde.color.guard import Guarded, guarded, keeps_grays_rising
from otiograde.color.transform import Colors, Identity

COLORS = np.random.default_rng(7).uniform(0.2, 0.8, (3000, 3))
MILD = Cubic(np.random.default_rng(8).normal(0, 0.01, (20, 3)).tolist())
LUMA = np.array([0.2126, 0.7152, 0.0722])


def curve(first: float = 0, second: float = 0, third: float = 0) -> Cubic:
    """A cubic that adds the same polynomial of each channel to that channel."""
    weights = np.zeros((20, 3))
    for channel in range(3):
        for power, value in ((1, first), (2, second), (3, third)):
            exponents = tuple(power if axis == channel else 0 for axis in range(3))
            weights[EXPONENTS.index(exponents), channel] = value
    return Cubic(weights.tolist())


def test_inside_nothing_changes() -> None:
    guard = guarded(MILD, COLORS)
    assert guard.amount == 1
    assert np.abs(guard(COLORS) - MILD(COLORS)).max() < 1e-14


def test_box() -> None:
    """The colors' range without the outermost 0.2 % at either end, padded by 0.03."""
    outliers = np.concatenate([COLORS, [[0, 0, 0], [1, 1, 1]]])
    guard = guarded(MILD, outliers)
    assert guard.low == pytest.approx(np.quantile(outliers, 0.002, axis=0) - 0.03)
    assert guard.high == pytest.approx(np.quantile(outliers, 0.998, axis=0) + 0.03)
    assert min(guard.low) > 0.16
    assert max(guard.high) < 0.84


@settings(deadline=None)
@given(st.tuples(*[st.floats(-2, 3)] * 3))
def test_constant_displacement_outside(rgb: tuple[float, float, float]) -> None:
    guard = Guarded(MILD, (0.2, 0.2, 0.2), (0.8, 0.7, 0.8), Affine(), 1.0)
    nearest = np.clip(rgb, guard.low, guard.high)
    assert guard(np.array(rgb)) - np.array(rgb) == pytest.approx(MILD(nearest) - nearest, abs=1e-12)


def test_amount() -> None:
    box = ((0.0,) * 3, (1.0,) * 3)
    fallback = Affine(offset=(0.1, 0, 0))
    whole, none = Guarded(MILD, *box, fallback, 1.0)(COLORS), Guarded(MILD, *box, fallback, 0.0)(COLORS)
    assert np.array_equal(none, fallback(COLORS))
    assert Guarded(MILD, *box, fallback, 0.25)(COLORS) == pytest.approx(0.25 * whole + 0.75 * none)


def test_grays_that_fall_are_blended_towards_the_affine_part() -> None:
    """A cubic that folds mid-grays over: as much is kept as keeps them rising, and the affine part is not lost."""
    fold = curve(first=1.8, second=-6, third=4)  # slope -0.2 at 0.5
    assert not keeps_grays_rising(fold)
    guard = guarded(fold, COLORS)
    assert 0 < guard.amount < 1
    assert keeps_grays_rising(guard)
    assert not keeps_grays_rising(Guarded(fold, guard.low, guard.high, guard.fallback, guard.amount + 0.1))
    # The fallback is the least-squares affine approximation, drawn a little towards the identity.
    design = np.column_stack([COLORS, np.ones(len(COLORS))])
    best, *_ = np.linalg.lstsq(design, fold(COLORS), rcond=None)
    missed = [np.square(colors - fold(COLORS)).mean() for colors in (design @ best, guard.fallback(COLORS), COLORS)]
    assert missed[0] <= missed[1] < 0.2 * missed[2]


def test_where_even_the_affine_part_inverts_grays_nothing_is_done() -> None:
    negative = curve(first=-1.9)
    guard = guarded(negative, COLORS)
    assert guard == Guarded(negative, guard.low, guard.high, Affine(), 0.0)
    assert np.array_equal(guard(COLORS), COLORS)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([0.01, 0.1, 0.5, 2.0]), count=st.sampled_from([1, 2, 50]))
def test_grays_always_rise(seed: int, size: float, count: int) -> None:
    random = np.random.default_rng(seed)
    guard = guarded(Cubic(random.normal(0, size, (20, 3)).tolist()), random.random((count, 3)))
    steps = np.diff(guard(np.linspace(0, 1, 33)[:, None].repeat(3, axis=1)), axis=0)
    assert (steps @ LUMA).min() >= 0.15 / 32
    assert steps.min() >= -1e-4


def test_any_transform_can_be_guarded() -> None:
    assert guarded(Identity(), COLORS.astype(np.float32)).amount == 1

    def invert(rgb: Colors) -> Colors:
        return 1 - rgb

    assert guarded(invert, COLORS.reshape(30, 100, 3)).amount == 0


def test_no_colors() -> None:
    with pytest.raises(ValueError, match="needs colors"):
        guarded(MILD, np.empty((0, 3)))
