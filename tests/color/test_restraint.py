"""Restraint: every fitted transform becomes a healthy LUT, and a healthy one stays as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.affine import Affine
from otiograde.color.lut import Lut3D
from otiograde.color.restraint import restrained, rolled_off
from otiograde.color.transform import Identity

COLORS = np.random.default_rng(0).uniform(0.1, 0.9, (2000, 3))


def lab_map(scale: float, lightness: float, a: float, b: float) -> Affine:
    """A change of lightness about L* 50 and of color."""
    return Affine(np.diag([scale, 1.2, 1.2]).tolist(), (50 * (1 - scale) + lightness, a, b), "lab")


def test_identity_stays() -> None:
    np.testing.assert_allclose(restrained(Affine(), COLORS)(COLORS), COLORS, atol=1e-9)


def test_healthy_transform_comes_out_whole_where_the_colors_are() -> None:
    gentle = Affine(np.diag([1.05, 0.98, 0.95]).tolist(), (0.01, 0.0, 0.02))
    np.testing.assert_allclose(restrained(gentle, COLORS)(COLORS), gentle(COLORS), atol=1e-9)


@pytest.mark.slow
@given(st.floats(0.5, 2.0), st.floats(-25, 25), st.floats(-15, 15), st.floats(-15, 15))
@settings(deadline=None, max_examples=25)
def test_law_healthy_lut(scale: float, lightness: float, a: float, b: float) -> None:
    health = Lut3D.bake(restrained(lab_map(scale, lightness, a, b), COLORS), 33).health(COLORS)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6
    assert health.newly_clipped <= 0.005


def test_inverting_transform_leaves_something_harmless() -> None:
    inverting = Affine((-np.eye(3)).tolist(), (1.0, 1.0, 1.0))
    assert restrained(inverting, COLORS) == Identity()


def test_brightening_is_rolled_off_rather_than_given_up() -> None:
    brighter = Affine((1.4 * np.eye(3)).tolist())
    moved = restrained(brighter, COLORS)(COLORS)
    assert ((moved > 1 - 1e-6).any(-1)).mean() < 0.005
    dark = COLORS.max(1) < 0.5
    np.testing.assert_allclose(moved[dark], brighter(COLORS)[dark], atol=1e-6)


def test_roll_off_is_monotone_and_straight_in_between() -> None:
    curves = rolled_off(1.6 * COLORS - 0.3)
    assert curves is not None
    ramp = np.linspace(-0.14, 1.14, 500)[:, None].repeat(3, 1)
    bent = curves(ramp)
    assert np.diff(bent[:, 0]).min() > 0
    middle = (ramp[:, 0] > 0.15) & (ramp[:, 0] < 0.75)
    np.testing.assert_allclose(bent[middle], ramp[middle], atol=1e-12)
    assert bent.min() > 0
    assert bent.max() < 1


def test_nothing_to_roll_off() -> None:
    assert rolled_off(COLORS) is None


def test_no_colors() -> None:
    with pytest.raises(ValueError, match="colors"):
        restrained(Affine(), np.zeros((0, 3)))
