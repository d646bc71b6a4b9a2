"""Trim: gains keep the luminance of white and move it as their names promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otiograde.color.cdl import Cdl
from otiograde.color.encodings import ENCODINGS, encoding, encoding_of
from otiograde.color.luma import LUMA
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.trim import D65, DISPLAY, LIMITS, Trim, white_gains
from otiograde.color.views import from_light, to_light

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


#: Light of colors in BT.709, 1 for diffuse white.
LIGHT = np.random.default_rng(4).uniform(0.05, 1.0, (400, 3))
NOT_SDR = sorted(name for name, named in ENCODINGS.items() if named.family != "sdr")


class TestOnLight:
    """On log, PQ and HLG a stop is one of light, and white moves as its light does."""

    @pytest.mark.parametrize("name", NOT_SDR)
    @pytest.mark.parametrize("stops", [-2.0, -0.5, 0.5])
    def test_a_stop_is_a_stop(self, name: str, stops: float) -> None:
        named = ENCODINGS[name]
        codes = from_light(LIGHT, named)
        light = to_light(Trim(exposure=stops).on(named)(codes), named)
        off = np.abs(np.log2(light / LIGHT) - stops)
        assert off.max() < (0.06 if named.transfer == "nlog" else 0.03), name
        assert off.mean() < 0.005

    @pytest.mark.parametrize("name", ["slog3-cine", "logc3", "vlog", "applelog", "pq"])
    def test_white_moves_as_that_of_sdr_does(self, name: str) -> None:
        named = encoding(name)
        trim = Trim(temperature=40, tint=5)
        light = to_light(trim.on(named)(from_light(LIGHT, named)), named)
        assert np.abs(light / (LIGHT * white_gains(40, 5)) - 1).max() < 0.02

    def test_black_stays_black_on_either_scale(self) -> None:
        for name in ("slog3-cine", "slog3-cine-signal", "logc3", "logc3-data"):
            named = encoding(name)
            in_file = encoding_of(named.primaries, named.transfer, "bt709", "legal")
            for tagged in (named, in_file):
                black = from_light(np.zeros((1, 3)), tagged)
                assert np.abs(Trim(exposure=1).on(tagged)(black) - black).max() < 2e-3, tagged

    def test_on_sdr_it_is_the_cdl(self) -> None:
        trim = Trim(exposure=0.4, temperature=-10, saturation=1.1)
        for named in (None, encoding("bt709"), encoding("srgb"), encoding("bt2020")):
            assert trim.on(named) == trim.cdl

    def test_saturation_is_the_cdls(self) -> None:
        colors = np.random.default_rng(1).uniform(0.2, 0.6, (50, 3))
        ours = Trim(saturation=1.5).on(encoding("slog3-cine"))(colors)
        assert np.abs(ours - Cdl(saturation=1.5)(colors)).max() < 1e-9
