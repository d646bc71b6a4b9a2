"""Trim: gains keep the luminance of white and move it as their names promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.color.cdl import Cdl
from otiograde.color.luma import LUMA
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.trim import D65, DISPLAY, LIMITS, Trim, white_gains

temperatures, tints = (st.floats(*LIMITS[name]) for name in ("temperature", "tint"))
GRAY = np.array([[0.45, 0.45, 0.45]])


def test_neutral_changes_nothing() -> None:
    assert Trim().cdl == Cdl()
    assert Trim().words == ""


@given(temperatures, tints)
def test_white_keeps_its_luminance_and_stays_a_color(temperature: float, tint: float) -> None:
    gains = white_gains(temperature, tint)
    assert gains @ LUMA == pytest.approx(1, abs=1e-12)
    assert gains.min() > 0.05
    assert gains.max() < 4


@given(temperatures, tints)
def test_the_way_back_is_the_way_there(temperature: float, tint: float) -> None:
    there, back = white_gains(temperature, 0), white_gains(-temperature, 0)
    # Symmetric in mired only about: a locus bends. The signs are exact.
    assert np.all(np.sign(np.round(there - 1, 9))[[0, 2]] == -np.sign(np.round(back - 1, 9))[[0, 2]])
    greens = white_gains(0, tint)[1]
    assert np.sign(round(greens - 1, 9)) == -np.sign(round(tint, 6)) or abs(tint) < 1e-3


def test_exposure_is_stops_of_light() -> None:
    brighter = Trim(exposure=1).cdl(np.array([[0.2, 0.3, 0.4]]))
    np.testing.assert_allclose(brighter**DISPLAY, 2 * np.array([[0.2, 0.3, 0.4]]) ** DISPLAY, rtol=1e-9)


@pytest.mark.parametrize(
    ("trim", "axis", "sign"),
    [
        (Trim(temperature=30), 2, 1),
        (Trim(temperature=-30), 2, -1),
        (Trim(tint=10), 1, 1),
        (Trim(tint=-10), 1, -1),
        (Trim(exposure=-1), 0, -1),
    ],
)
def test_directions_in_lab(trim: Trim, axis: int, sign: int) -> None:
    moved = srgb_to_lab(trim.cdl(GRAY))[0] - srgb_to_lab(GRAY)[0]
    assert sign * moved[axis] > 3
    if axis:
        assert abs(moved[0]) < 1.5


def test_daylight_is_the_published_locus() -> None:
    """D50's chromaticity (.34567, .35850), 5003 K, from the white it makes of D65."""
    from otiograde.color.spaces import linear_to_xyz

    x, y, z = linear_to_xyz(white_gains(1e6 / 5003 - D65, 0))
    assert (x / (x + y + z), y / (x + y + z)) == pytest.approx((0.34567, 0.35850), abs=3e-4)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [99.0, -99.0, math.nan, math.inf])
def test_limits(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Trim(**{name: value})


def test_words() -> None:
    assert Trim(exposure=0.5, tint=-3, saturation=0.9).words == "exposure +0.5, tint -3, saturation +0.9"
