"""Make clips of the events of a CMX 3600 list: media, the range that is shown, its speed, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from otiograde.record.clock import nominal
from otiograde.timeline import schemas
from otiograde.timeline.edl import Line, code_of
from otiograde.timeline.edl_rate import Count
from otiograde.timeline.edl_remarks import BLACK, COLORS, Motion, Remarks
from otiograde.timeline.reading import Notes
from otiograde.timeline.schemas import Object

#: An image sequence in an address: ``shot.[1001-1024].exr``.
SEQUENCE = re.compile(r"(?P<base>.*?)(?P<prefix>[^/\\]*)\[(?P<first>\d{1,9})-\d{1,9}\](?P<suffix>\.\w{1,8})")

#: Reels without a meaning of their own: unknown sources, and pictures that are generated.
UNNAMED = frozenset({"AX", "BARS", *BLACK})

#: Speeds of a picture that is held, and of one that is not retimed.
STILL, NORMAL = Fraction(0), Fraction(1)

#: End of the name of a clip that is held, as Avid writes it.
HELD = " FF"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Record frames of an event, from its first frame on."""

    #: Frames before the part that is made a clip.
    lead: int
    #: Frames of the event.
    length: int


@dataclass(frozen=True, slots=True)
class ClipMaker:
    """Makes clips of sources."""

    count: Count
    notes: Notes

    def clip(self, line: Line, remarks: Remarks, stretch: Stretch, *, enabled: bool = True) -> Object:
        """Make a clip of the source of an event."""
        speed = self.speed(line, remarks, stretch.length)
        reference = self._reference(line, remarks)
        metadata: dict[str, Any] = {}
        if cmx := dict(self._metadata(line, remarks)):
            metadata["cmx_3600"] = cmx
        if remarks.cdl:
            metadata["cdl"] = remarks.cdl
        clip = schemas.clip(
            name_of(line, remarks),
            reference,
            self._range(line, speed, stretch),
            effects=[] if speed == 1 else [schemas.speed_effect(speed)],
            enabled=enabled,
            metadata=metadata,
        )
        if remarks.locators:
            clip["markers"] = list(self._markers(line, remarks, speed))
        return clip

    def speed(self, line: Line, remarks: Remarks, length: int) -> Fraction:
        """Return the speed of a source that is shown for ``length`` record frames.

        A motion effect (M2) states the source's frames a second, rounded. Where the source's length is stated too and
        fits the rounded speed, it is the more exact of the two. Resolve states the record length there.
        """
        motion = remarks.motion
        if remarks.freeze or (motion is not None and motion.speed == 0):
            return STILL
        if motion is None or length < 1:
            return NORMAL
        first, last = self.count.source(line)
        if remarks.speed is not None and _fits(motion, remarks.speed, self.count.rate):
            return remarks.speed
        stated = Fraction(abs(last - first), length) * self.count.rate / self.count.source_rate(line)
        sign = 1 if motion.speed > 0 else -1
        return sign * _pace(motion, stated, Fraction(1, 2 * length), self.count.rate)

    def _range(self, line: Line, speed: Fraction, stretch: Stretch) -> Object:
        """Return the range of the media that is shown, without its first ``stretch.lead`` record frames.

        Played backwards, a range is shown from its last frame on. A list may write its source out before its in then.
        """
        rate = self.count.source_rate(line)
        first, last = self.count.source(line)
        if speed == 1 and not stretch.lead and rate is self.count.rate:
            return schemas.time_range(first, stretch.length, rate)
        frames = rate / self.count.rate
        start = Fraction(first)
        if speed > 0:
            start += stretch.lead * frames * speed
        elif speed < 0 and last < first:
            start += stretch.length * frames * speed
        return schemas.time_range(start, (stretch.length - stretch.lead) * frames, rate)

    def _reference(self, line: Line, remarks: Remarks) -> Object:
        """Return the reference to the media of a source."""
        reel = line.reel.upper()
        if reel in BLACK or reel == "BARS":
            return schemas.generator("black" if reel in BLACK else "SMPTEBars")
        if match := SEQUENCE.fullmatch(remarks.media):
            first, last = self.count.source(line)  # the list states the numbers of the images in this range
            available = schemas.time_range(first, max(last - first, 1), self.count.source_rate(line))
            affixes = match["prefix"], match["suffix"]
            return schemas.sequence(match["base"], affixes, match["first"], self.count.rate, available)
        if remarks.media:
            return schemas.external(remarks.media, None, _base(remarks.file))
        return schemas.missing(_base(remarks.file))

    def _metadata(self, line: Line, remarks: Remarks) -> Iterator[tuple[str, Any]]:
        """Yield what only a list says of a clip."""
        if remarks.comments:
            yield "comments", list(remarks.comments)
        if line.reel.upper() not in UNNAMED:
            yield "reel", line.reel
        if remarks.scene:
            yield "scene", remarks.scene
        if line.reel.upper() not in BLACK:
            yield "drop_frame", self.count.drops(line, line.source_in)

    def _markers(self, line: Line, remarks: Remarks, speed: Fraction) -> Iterator[Object]:
        """Yield the markers of an event, at the media frame that is shown at their record timecodes."""
        rate = self.count.source_rate(line)
        begin = self.count.record(line)[0]
        for locator in remarks.locators:
            code = replace(code_of(locator.code), marked=line.record_in.marked)
            at = self.count.record_frame(code) - begin
            frame = self.count.source(line)[0] + max(at, 0) * max(speed, STILL) * rate / self.count.rate
            metadata = {"cmx_3600": {"color": locator.color}} if locator.color else {}
            color = locator.color if locator.color in COLORS else "RED"
            yield schemas.marker(locator.name, schemas.time_range(frame, 0, rate), metadata, color=color)


def _fits(motion: Motion, speed: Fraction, rate: Fraction) -> bool:
    """Tell whether a motion effect is an exact speed, rounded."""
    return any(abs(speed * base - motion.speed) <= motion.rounding for base in (rate, Fraction(nominal(rate))))


def _pace(motion: Motion, stated: Fraction, half: Fraction, rate: Fraction) -> Fraction:
    """Return the pace of a motion effect: ``stated`` is that of the source's length, give or take ``half``.

    At 23.976, 29.97 and 59.94, programs write a multiple of the rate or of 24, 30 and 60. The value is rounded, often
    to a tenth of a frame, so the simplest number that fits both is taken.
    """
    value, rounding = abs(motion.speed), motion.rounding
    bases = (Fraction(nominal(rate)), rate)
    ranges = [((value - rounding) / base, (value + rounding) / base) for base in bases]
    both = [(max(low, stated - half), min(high, stated + half)) for low, high in ranges]
    both = [(low, high) for low, high in both if low <= high]
    if not both:  # the length of the source is not that of what is shown
        simple = None if rate == bases[0] else _simplest(ranges)
        return value / bases[0] if simple is None else simple
    fitting = [value / base for base in bases if abs(value / base - stated) <= half]
    return _simplest(both) or next(iter(fitting), both[0][0])


def _simplest(ranges: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Return the number of the smallest denominator, at most 10, in one of some ranges; None if there is none."""
    for denominator in range(1, 11):
        for low, high in ranges:
            numerator = -(-low * denominator // 1)
            if numerator <= high * denominator:
                return Fraction(numerator, denominator)
    return None


def name_of(line: Line, remarks: Remarks) -> str:
    """Return the name of a clip: the clip's, else that of its media, its reel, or the event's number."""
    name = remarks.name
    if remarks.freeze and name.endswith(HELD):
        name = name.removesuffix(HELD)
    media = _base(remarks.media) or _base(remarks.file)
    stem = media.rpartition(".")[0] or media
    reel = "" if line.reel.upper() in UNNAMED else line.reel
    return name or stem or reel or line.number


def _base(address: str) -> str:
    """Return the file name of an address."""
    return address.replace("\\", "/").rstrip("/").rpartition("/")[2]
