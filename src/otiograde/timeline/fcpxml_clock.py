"""The times of FCPXML: which time of an item the edit shows when, time maps, and conformed rates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from otiograde.record.clock import NTSC
from otiograde.timeline.limits import xml_seconds

ZERO, ONE = Fraction(0), Fraction(1)

#: Rates as ``srcFrameRate`` and the names of formats write them, in frames a second.
RATES = {
    "23.98": 24 * NTSC, "29.97": 30 * NTSC, "47.95": 48 * NTSC, "59.94": 60 * NTSC, "23.976": 24 * NTSC,
    "24": Fraction(24), "25": Fraction(25), "30": Fraction(30), "48": Fraction(48), "50": Fraction(50),
    "60": Fraction(60), "119.88": 120 * NTSC, "90": Fraction(90), "100": Fraction(100), "120": Fraction(120),
}  # fmt: skip

#: The end of a predefined format's name: ``FFVideoFormat1080p2398``, ``FFVideoFormat720x576i50_16x9``.
_NAMED_RATE = re.compile(r"\d([pi])(\d{2,5})(?:_\d+x\d+)?$")

#: Rates of film and of PAL, which Final Cut plays frame for frame on one another's timelines, and twice their values.
_FILM, _TWICE_FILM = (24 * NTSC, Fraction(24), Fraction(25)), (48 * NTSC, Fraction(48), Fraction(50))


@dataclass(frozen=True, slots=True)
class Pane:
    """A stretch of the edit in which a stretch of an item is seen at one speed. All times are exact seconds."""

    #: When the edit shows it, and how long.
    at: Fraction
    lasts: Fraction
    #: Time of the item at ``at``.
    start: Fraction
    #: Seconds of the item for each second of the edit: negative plays backwards, 0 holds.
    speed: Fraction = ONE

    @property
    def end(self) -> Fraction:
        """The second of the edit after it."""
        return self.at + self.lasts

    def part(self, begin: Fraction, end: Fraction) -> Pane | None:
        """Return what is seen of ``[begin, end)`` in the item's time; None if nothing is."""
        if self.speed == 0:
            return self if begin <= self.start < end else None
        first, last = sorted(self.at + (time - self.start) / self.speed for time in (begin, end))
        first, last = max(first, self.at), min(last, self.end)
        if last <= first:
            return None
        return Pane(first, last - first, self.time_at(first), self.speed)

    def within(self, begin: Fraction, start: Fraction, pace: Fraction) -> Pane:
        """Return the pane of an inner time, which is ``start`` at ``begin`` and runs at ``pace``."""
        return Pane(self.at, self.lasts, start + (self.start - begin) * pace, self.speed * pace)

    def shifted(self, by: Fraction) -> Pane:
        """Return the pane of a time that counts from ``by``."""
        return replace(self, start=self.start - by)

    def time_at(self, moment: Fraction) -> Fraction:
        """Return the item's time at a second of the edit."""
        return self.start + (moment - self.at) * self.speed


def parts(panes: Iterable[Pane], begin: Fraction, end: Fraction) -> list[Pane]:
    """Return what is seen of ``[begin, end)`` in all panes of an item."""
    return [part for pane in panes if (part := pane.part(begin, end))]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a clip's own time that plays its content in one direction."""

    begin: Fraction
    end: Fraction
    #: Time of the content at ``begin``, and its seconds for each second of the clip.
    value: Fraction
    pace: Fraction
    #: Whether the speed changes inside; ``pace`` is the mean.
    ramp: bool = False

    @property
    def last(self) -> Fraction:
        """Time of the content at the end."""
        return self.value + (self.end - self.begin) * self.pace

    def joined(self, other: Stretch) -> Stretch | None:
        """Return this one and the one after it as one at their mean speed; None if their directions differ."""
        if _sign(self.pace) != _sign(other.pace) or self.last != other.value:
            return None
        pace = (other.last - self.value) / (other.end - self.begin)
        ramp = self.ramp or other.ramp or self.pace != other.pace
        return Stretch(self.begin, other.end, self.value, pace, ramp)


def seconds_of(element: Element, key: str) -> Fraction | None:
    """Return a time attribute in seconds; None if there is none. Raises ``TimelineError`` if it is out of range."""
    return xml_seconds(element.get(key) or "")


def stretches_of(clip: Element, begin: Fraction, end: Fraction) -> list[Stretch]:
    """Return the stretches of a clip's time map that lie in ``[begin, end)`` of its own time.

    Beyond its first and last point, a map goes on at the speed there. Stretches of one direction are joined at their
    mean. The list is empty if the clip has no map of two points or more.
    """
    points = []
    for point in clip.iterfind("timeMap/timept"):
        time, value = seconds_of(point, "time"), seconds_of(point, "value")
        if time is not None and value is not None:
            points.append((time, value))
    points.sort(key=lambda point: point[0])
    lines = [
        Stretch(one[0], other[0], one[1], (other[1] - one[1]) / (other[0] - one[0]))
        for one, other in pairwise(points)
        if other[0] > one[0]
    ]
    if not lines:
        return []
    if begin < (first := lines[0]).begin:
        lines[0] = replace(first, begin=begin, value=first.value + (begin - first.begin) * first.pace)
    if end > lines[-1].end:
        lines[-1] = replace(lines[-1], end=end)
    joined: list[Stretch] = []
    for line in lines:
        low, high = max(line.begin, begin), min(line.end, end)
        if high <= low:
            continue
        visible = replace(line, begin=low, end=high, value=line.value + (low - line.begin) * line.pace)
        if joined and (both := joined[-1].joined(visible)):
            joined[-1] = both
        else:
            joined.append(visible)
    return joined


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def conformed_pace(clip: Element, timeline: Fraction, source: Fraction | None) -> Fraction:
    """Return the seconds of a clip's own time for each second of its timeline, as ``conform-rate`` asks.

    ``timeline`` and ``source`` are rates; the element's ``srcFrameRate`` overrides ``source``. Source: the table at
    ``conform-rate`` in Apple's FCPXML reference. Media of 23.98 on timelines that are none of film is not as the table
    says in Final Cut's documents: its time runs 1001/1000 as fast, and what is connected to it stands there.
    """
    conform = clip.find("conform-rate")
    if conform is None or conform.get("scaleEnabled") == "0":
        return ONE
    rate = RATES.get(conform.get("srcFrameRate", ""), source)
    if rate is None or rate == timeline:
        return ONE
    if rate in _TWICE_FILM and timeline in _FILM[:2]:
        return 2 * timeline / rate
    if rate in _FILM and timeline in _FILM:
        return timeline / rate
    if rate in {24 * NTSC, 48 * NTSC}:
        return 1 / NTSC
    if rate in _FILM and timeline == 50:
        return timeline / 2 / rate
    whole, broken = (Fraction(30), Fraction(60)), (30 * NTSC, 60 * NTSC)
    if rate in broken and timeline in whole:
        return 1 / NTSC
    return NTSC if rate in whole and timeline in broken else ONE


def format_rate(form: Element) -> Fraction | None:
    """Return the rate of a ``format``: of its frame duration, else of its name; None for stills."""
    length = seconds_of(form, "frameDuration")
    if length is not None and length > 0:
        return 1 / length
    match = _NAMED_RATE.search(form.get("name") or "")
    if match is None:
        return None
    scan, digits = match[1], match[2]
    rate = RATES.get(digits) or RATES.get(f"{digits[:-2]}.{digits[-2:]}")
    return rate / 2 if rate and scan == "i" and rate > 30 else rate


@dataclass(frozen=True, slots=True)
class Timing:
    """When an element stands on its timeline, and its own time. All times are exact seconds."""

    position: Fraction
    duration: Fraction
    #: Its own time at ``position``, and the seconds of it for each second of the timeline.
    start: Fraction
    pace: Fraction = ONE

    def position_of(self, time: Fraction) -> Fraction:
        """Return the position on the timeline of a time of the element."""
        return self.position + (time - self.start) / self.pace


def audio_timing(element: Element, timing: Timing) -> Timing:
    """Return the timing of an element's sound: Final Cut can begin and end it apart from the picture."""
    start, duration = seconds_of(element, "audioStart"), seconds_of(element, "audioDuration")
    if start is None and duration is None:
        return timing
    start = timing.start if start is None else start
    return Timing(timing.position_of(start), timing.duration if duration is None else duration, start, timing.pace)
