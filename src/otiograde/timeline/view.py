"""The part of an item that the edit shows, and when it shows it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from otiograde.record.clock import Span, nearest
from otiograde.record.shot import FrameRange


@dataclass(frozen=True, slots=True)
class View:
    """Part of an item, played over part of the edit. All times are exact seconds."""

    #: Start of the visible part, in the time of the item.
    start: Fraction
    #: Length of the visible part, in the time of the item.
    length: Fraction
    #: When the edit shows it.
    at: Fraction
    #: How long the edit shows it.
    lasts: Fraction
    #: Product of all speeds down to the item: negative plays backwards, 0 holds the first frame.
    speed: Fraction = Fraction(1)

    def part(self, start: Fraction, end: Fraction) -> View | None:
        """Return the visible part of ``[start, end)``, in the time of the item; None if nothing is visible."""
        low, high = max(start, self.start), min(end, self.start + self.length)
        if high <= low:
            return None
        ratio = self.lasts / self.length
        before = self.start + self.length - high if self.speed < 0 else low - self.start
        return View(low, high - low, self.at + before * ratio, (high - low) * ratio, self.speed)

    def child(self, position: Fraction, trimmed: Span, speed: Fraction) -> View | None:
        """Return the view of a child that begins at ``position``, has the range ``trimmed`` and runs at ``speed``.

        A child of length d at speed k shows d·|k| of its time from ``trimmed.start`` on. Played backwards it shows the
        same part from the last frame to the first: the range decides the media, the speed the direction.
        Returns None if nothing of the child is visible.
        """
        visible = self.part(position, position + trimmed.length)
        if visible is None:
            return None
        if speed == 0:
            return View(trimmed.start, 1 / trimmed.rate, visible.at, visible.lasts, Fraction(0))
        before = position + trimmed.length - (visible.start + visible.length) if speed < 0 else visible.start - position
        pace = abs(speed)
        return View(trimmed.start + before * pace, visible.length * pace, visible.at, visible.lasts, self.speed * speed)

    def record(self, rate: Fraction) -> FrameRange:
        """Return the frames of the edit that it covers; what adjoins in time adjoins in frames."""
        start = nearest(self.at * rate)
        return FrameRange(start, nearest((self.at + self.lasts) * rate) - start, rate)
