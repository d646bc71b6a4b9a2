"""View: which stretch of something's own time is seen, and when in the edit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from otiograde.record.clock import Span, nearest
from otiograde.record.shot import FrameRange


@dataclass(frozen=True, slots=True)
class View:
    """Seconds ``[start, start + length)`` of something's own time, played over ``[at, at + lasts)`` of the edit.

    ``speed`` is the product of all speeds on the way: negative plays the stretch backwards, 0 holds its first frame.
    """

    start: Fraction
    length: Fraction
    at: Fraction
    lasts: Fraction
    speed: Fraction = Fraction(1)

    def part(self, start: Fraction, end: Fraction) -> View | None:
        """What is seen of ``[start, end)``, still in own time; None when nothing is."""
        low, high = max(start, self.start), min(end, self.start + self.length)
        if high <= low:
            return None
        ratio = self.lasts / self.length
        before = self.start + self.length - high if self.speed < 0 else low - self.start
        return View(low, high - low, self.at + before * ratio, (high - low) * ratio, self.speed)

    def child(self, place: Fraction, own: Span, speed: Fraction) -> View | None:
        """What is seen of a child that begins at ``place``, shows ``own`` of itself and runs at ``speed``.

        A child of length d at speed k shows d·|k| of itself from ``own.start`` on. Backwards it shows the same
        stretch from its last frame to its first: the range names the media that is used, the speed the way through.
        """
        seen = self.part(place, place + own.length)
        if seen is None:
            return None
        if speed == 0:
            return View(own.start, 1 / own.rate, seen.at, seen.lasts, Fraction(0))
        before = place + own.length - (seen.start + seen.length) if speed < 0 else seen.start - place
        pace = abs(speed)
        return View(own.start + before * pace, seen.length * pace, seen.at, seen.lasts, self.speed * speed)

    def record(self, rate: Fraction) -> FrameRange:
        """The whole frames of the edit that it covers; neighbors in time stay neighbors in frames."""
        start = nearest(self.at * rate)
        return FrameRange(start, nearest((self.at + self.lasts) * rate) - start, rate)
