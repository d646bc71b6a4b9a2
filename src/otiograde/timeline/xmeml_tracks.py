"""Tracks of FCP7 XML: when each item begins and ends.

An item beside a transition states -1 for the side on which the transition lies. Its in point then is that of the
transition's first frame, its out point that of the last. The cut is where the transition's alignment puts it. Some
programs state the first and last frame instead of -1, so that the two items overlap.

Source: Apple, "Final Cut Pro XML Interchange Format", "Transitions".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from otiograde.timeline.reading import Notes
from otiograde.timeline.xmeml_clips import Elements, Spot, shown_name
from otiograde.timeline.xmeml_values import number, rate_of, text

#: The items of a track.
TAGS = frozenset({"clipitem", "generatoritem", "transitionitem"})

#: Transition.
TRANSITION = "transitionitem"

#: Premiere Pro's ticks in a second.
TICKS = 254_016_000_000

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Placed:
    """An item of a track and its place; of a transition, ``start`` and ``end`` are its cut."""

    element: Element
    spot: Spot

    @property
    def start(self) -> Fraction:
        """First frame, in frames of the sequence."""
        return self.spot.start

    @property
    def end(self) -> Fraction:
        """Frame after the last one."""
        return self.spot.end


def lay_out(track: Element, rate: Fraction, elements: Elements, notes: Notes) -> list[Placed]:
    """Place the items of a track in the order of time; of two that overlap, the later one is seen."""
    items = [elements.resolve(item) or item for item in track if item.tag in TAGS]
    placed: list[Placed] = []
    position = ZERO
    for index, item in enumerate(items):
        if item.tag == TRANSITION:
            spot = _transition_spot(items, index, rate)
        else:
            spot = _spot(items, index, rate, position)
            position = spot.end
        placed.append(Placed(item, spot))
    placed.sort(key=lambda entry: entry.start)
    return _without_overlaps(placed, notes)


def _without_overlaps(placed: list[Placed], notes: Notes) -> list[Placed]:
    """End each item where the next one begins, and note the items that lose frames."""
    following: Fraction | None = None
    for index in range(len(placed) - 1, -1, -1):
        entry = placed[index]
        if entry.element.tag == TRANSITION:
            continue
        if following is not None and entry.end > following:
            lost = entry.end - following
            notes.add("overlaps the next item of its track, and ends where that begins", shown_name(entry.element))
            spot = replace(entry.spot, end=following, tail=entry.spot.tail + lost)
            placed[index] = Placed(entry.element, spot)
        following = entry.start
    return placed


def _spot(items: Sequence[Element], index: int, rate: Fraction, position: Fraction) -> Spot:
    """Return the place of a clip; ``position`` is the end of the item before."""
    item = items[index]
    before, after = _neighbor(items, index - 1), _neighbor(items, index + 1)
    start, end = _frame(item, "start"), _frame(item, "end")
    head = tail = ZERO
    if before is not None:
        first = _frame(before, "start") if start is None else start
        start = _cut(items, index - 1) if start is None else max(start, _cut(items, index - 1))
        head = start - (start if first is None else first)
    if after is not None:
        last = _frame(after, "end") if end is None else end
        end = _cut(items, index + 1) if end is None else min(end, _cut(items, index + 1))
        tail = (end if last is None else last) - end
    length = _length(item, rate)
    if start is None:
        start = position if end is None else max(end - length, ZERO)
    if end is None:
        end = start + length
    return Spot(start, max(end, start), max(head, ZERO), max(tail, ZERO), rate)


def _length(item: Element, rate: Fraction) -> Fraction:
    """Return the length of a clip by its in and out points, else by its duration, in frames of the sequence."""
    first, out = _frame(item, "in") or ZERO, _frame(item, "out")
    frames = out - first if out is not None else _frame(item, "duration") or ZERO
    return max(frames * rate / (rate_of(item, rate) or rate), ZERO)


def _neighbor(items: Sequence[Element], index: int) -> Element | None:
    """Return the transition at an index, or None."""
    return items[index] if 0 <= index < len(items) and items[index].tag == TRANSITION else None


def _frame(element: Element, path: str) -> Fraction | None:
    """Return a frame number; None for -1, which means that there is none."""
    value = number(element, path)
    return value if value is not None and value >= 0 else None


def _cut(items: Sequence[Element], index: int) -> Fraction:
    """Return the frame at which a transition's neighbors meet: what they state, else by its alignment.

    One over a cut has it in the middle, unless Premiere Pro states where it is, in ticks from the first frame.
    """
    item = items[index]
    start = _frame(item, "start") or ZERO
    end = max(_frame(item, "end") or start, start)
    sides = ((index - 1, "end"), (index + 1, "start"))
    clips = [(items[at], side) for at, side in sides if 0 <= at < len(items) and items[at].tag != TRANSITION]
    stated = {frame for clip, side in clips if (frame := _frame(clip, side)) is not None}
    if len(stated) == 1 and start <= (only := stated.pop()) <= end:
        return only
    alignment = text(item, "alignment").casefold()
    if alignment.startswith("start"):
        return start
    if alignment.startswith("end"):
        return end
    ticks, rate = number(item, "cutPointTicks"), rate_of(item, None)
    stated_cut = start + round(ticks * rate / TICKS) if ticks is not None and rate else None
    return stated_cut if stated_cut is not None and start <= stated_cut <= end else Fraction((start + end) // 2)


def _transition_spot(items: Sequence[Element], index: int, rate: Fraction) -> Spot:
    """Return the place of a transition: its cut, and its frames before and after it."""
    start, end = _frame(items[index], "start") or ZERO, _frame(items[index], "end") or ZERO
    cut = _cut(items, index)
    return Spot(cut, cut, max(cut - start, ZERO), max(end - cut, ZERO), rate)


def is_other_channel(track: Element) -> bool:
    """Tell whether a track is a further channel of the one before it, as Premiere Pro splits a track of sound."""
    return track.get("currentExplodedTrackIndex", "0") != "0" and track.get("totalExplodedTrackCount", "1") != "1"


class Channels:
    """The channels of sound of one sequence. The format has a track for each, and OTIO one for all of a file."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, ...], str] = {}

    def repeated(self, track: Element) -> frozenset[Element]:
        """Return the clips of a track that play the same of a file as a clip before, from another track of the file."""
        return frozenset(item for item in track if item.tag in TAGS and self._is_repeated(item))

    def _is_repeated(self, clip: Element) -> bool:
        """Tell whether a clip was heard before, from another track of its file."""
        file = clip.find("file")
        media = clip.find("sequence") if file is None else file
        name = "" if media is None else media.get("id") or text(media, "pathurl")
        key = (name, *(text(clip, field) for field in ("start", "end", "in", "out", "enabled")))
        channel = text(clip, "sourcetrack/trackindex")
        return bool(name) and self._heard.setdefault(key, channel) != channel
