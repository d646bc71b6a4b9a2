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


def dropped(label: int, base: int) -> int:
    """Return the frame of a drop-frame label that is counted without drops, at ``base`` (30 or 60) frames a second.

    Drop-frame leaves out 2 numbers, 4 at 60, in each minute but every tenth (SMPTE ST 12-1, 5.2.2).

    >>> dropped(3600 * 30, 30)
    107892
    """
    minutes = label // (60 * base)
    return label - base // 15 * (minutes - minutes // 10)


def undropped(frame: int, base: int) -> int:
    """Return the drop-frame label of a frame, counted without drops: the inverse of ``dropped``.

    >>> undropped(107892, 30) == 3600 * 30
    True
    """
    left_out = base // 15
    tens, rest = divmod(frame, 600 * base - 9 * left_out)
    return frame + left_out * (9 * tens + max(0, (rest - left_out) // (60 * base - left_out)))


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
