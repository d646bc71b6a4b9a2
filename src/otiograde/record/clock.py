"""Clock: OpenTimelineIO's float times as exact seconds, and exact seconds as whole frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

NTSC = Fraction(1000, 1001)
NTSC_CLOSE = 2e-4  # 23.98 is written for 23.976 (1.6e-4 away); 24 itself is 1e-3 away
FASTEST = 1_000_000
LONGEST = 1e12


class BadTime(ValueError):  # noqa: N818  (a reason to skip, not an error)
    """A time that cannot be used. The message says why; the caller adds where."""


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` seconds from second ``start`` on, counted at ``rate`` frames a second."""

    start: Fraction
    length: Fraction
    rate: Fraction

    @property
    def end(self) -> Fraction:
        """The second after the last one."""
        return self.start + self.length


def exact_rate(rate: object) -> Fraction:
    """Return the exact rate that a float stands for: 29.97 is 30000/1001. Raises ``BadTime``."""
    if not isinstance(rate, int | float):
        raise BadTime(f"a rate of {rate}")
    return _exact(float(rate))


@lru_cache(maxsize=256)
def _exact(rate: float) -> Fraction:
    if not 0 < rate <= FASTEST:
        raise BadTime(f"a rate of {rate:g}")
    whole = round(rate)
    if abs(rate - whole) <= 1e-6 * rate and whole:
        return Fraction(whole)
    broken = round(rate * 1.001) * NTSC
    if broken and abs(rate - broken) <= NTSC_CLOSE * rate:
        return broken
    return max(Fraction(rate).limit_denominator(1001), Fraction(1, 1001))


def nominal(rate: Fraction) -> int:
    """Return the frames that a second of timecode counts: 30 for 30000/1001. At least 1."""
    return max(1, nearest(rate))


def nearest(value: Fraction | int) -> int:
    """Round to the nearest whole number, halves up. ``round`` goes to even, which can move two cuts to one frame."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def seconds(time: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """Return the exact seconds of a ``RationalTime``, and its rate. Raises ``BadTime``."""
    value, rate = time.get("value"), exact_rate(time.get("rate"))
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise BadTime(f"a time of {value}")
    if abs(value) > LONGEST:
        raise BadTime(f"a time of {value:g} frames")
    if value == round(value):
        return Fraction(round(value) * rate.denominator, rate.numerator), rate
    return Fraction(value).limit_denominator(1_000_000) / rate, rate


def span(time_range: dict[str, Any]) -> Span:
    """Return the exact seconds of a ``TimeRange``. Raises ``BadTime`` for NaN, infinite, negative and empty ranges."""
    length, length_rate = seconds(time_range["duration"])
    if length < 0:
        raise BadTime("a negative duration")
    if length == 0:
        raise BadTime("a duration of zero")
    start = time_range["start_time"]
    if start.get("value") == 0:  # OTIO's default start is 0 at rate 1
        return Span(Fraction(0), length, length_rate)
    at, rate = seconds(start)
    return Span(at, length, rate)
