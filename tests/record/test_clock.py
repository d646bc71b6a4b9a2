"""Exact rates and times from OTIO's floats."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from making.otio import lasting, time
from otiograde.record.clock import BadTime, exact_rate, nearest, nominal, seconds, span


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (24, Fraction(24)),
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (23.976023976023978, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (29.97002997, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (14.985, Fraction(15000, 1001)),
        (12.5, Fraction(25, 2)),
        (25.000000001, Fraction(25)),
        (48000, Fraction(48000)),
    ],
)
def test_a_rate_is_what_is_meant(written: float, meant: Fraction) -> None:
    assert exact_rate(written) == meant


@pytest.mark.parametrize("rate", [0, -24, math.nan, math.inf, 1e9, None, "24"])
def test_a_rate_that_is_none(rate: object) -> None:
    with pytest.raises(BadTime):
        exact_rate(rate)


@given(st.sampled_from([24, 25, 30, 48, 50, 60, 120]), st.booleans())
@settings(deadline=None)
def test_whole_and_broken_rates_stay_apart(whole: int, broken: bool) -> None:
    rate = Fraction(whole * 1000, 1001) if broken else Fraction(whole)
    assert exact_rate(float(rate)) == rate
    assert exact_rate(round(float(rate), 2)) == rate
    assert nominal(rate) == whole


@given(st.integers(-(10**9), 10**9), st.sampled_from([24, 25, 29.97, 59.94]))
@settings(deadline=None)
def test_whole_frames_stay_whole(value: int, rate: float) -> None:
    exact, at = seconds(time(value, rate))
    assert exact * at == value


@pytest.mark.parametrize(
    ("start", "length", "why"),
    [
        (0, 0, "zero"),
        (0, -5, "negative"),
        (0, math.nan, "nan"),
        (math.nan, 5, "nan"),
        (0, math.inf, "inf"),
        (0, 1e30, "1e"),
    ],
)
def test_a_range_that_is_none(start: float, length: float, why: str) -> None:
    with pytest.raises(BadTime, match=why):
        span(lasting(start, length))


def test_halves_go_up() -> None:
    assert [nearest(Fraction(n, 2)) for n in (-1, 1, 3, 5)] == [0, 1, 2, 3]
