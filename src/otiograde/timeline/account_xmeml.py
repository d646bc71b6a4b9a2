"""Take the account of FCP7 XML (``xmeml``, versions 1 to 5), as Final Cut Pro 7, Premiere Pro and Resolve write it.

Items of a track state the frames of the sequence in which they are seen (``start``, ``end``) and the frames of their
media (``in``, ``out``). A -1 stands beside a transition, whose alignment says where the cut is. Source: Apple, "Final
Cut Pro XML Interchange Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, zip_longest
from xml.etree.ElementTree import Element

from otiograde.record.clock import NTSC, BadTime, exact_rate
from otiograde.timeline.accounts import MOST_DEPTH, ONE, ZERO, Account, NoAccount, Part, account_of, labels, row

_YES, _NO = ("TRUE", "1", "YES"), ("FALSE", "0", "NO")
_ITEMS = ("clipitem", "generatoritem")
_STILLS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".bmp", ".tga", ".psd", ".gif")

#: A number that is converted: ``1e999999999`` would count for hours.
_NUMBER = re.compile(r"[-+]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})(/\d{1,20}|[eE][-+]?\d{1,2})?")

#: Largest number that is believed.
_LARGEST = 10**14

#: Premiere Pro's ticks in a second.
_TICKS = 254_016_000_000


def accounts(root: Element) -> list[Account]:
    """Take the account of each sequence that is not inside a clip, in the document's order. Raises ``NoAccount``."""
    document = _Document(root)
    sequences = [element for element in _outer(root) if element.tag == "sequence"]
    if sequences:
        return [document.account(sequence) for sequence in sequences if len(sequence)]
    clips = [
        clip
        for clip in (*root.iterfind("clip"), *root.iterfind(".//children/clip"))
        if clip.find("media") is None or clip.find("media/video") is not None
    ]
    if not clips:
        raise NoAccount("it states no sequence")
    parts = row(document.clip(clip, f"clip {number}") for number, clip in enumerate(clips, 1))
    return [account_of("", [Part("V1", ZERO, sum((part.lasts for part in parts), ZERO), parts=parts)])]


def _outer(element: Element) -> Iterator[Element]:
    """Yield the sequences that no clip holds, without recursion."""
    todo = [element]
    while todo:
        found = todo.pop()
        if found.tag == "sequence":
            yield found
        elif found.tag not in _ITEMS:
            todo.extend(reversed(found))


def _text(element: Element | None, path: str) -> str:
    """Return the text at a path; empty if there is none."""
    return ((element.findtext(path) if element is not None else None) or "").strip()


def _number(element: Element | None, path: str) -> Fraction | None:
    """Return the number at a path; None if there is none that can be used."""
    digits = _text(element, path)
    with suppress(ValueError, ZeroDivisionError):
        value = Fraction(digits) if _NUMBER.fullmatch(digits) else None
        return value if value is not None and abs(value) <= _LARGEST else None
    return None


def _frame(element: Element | None, path: str) -> Fraction | None:
    """Return the frame at a path; None for -1."""
    value = _number(element, path)
    return value if value is not None and value >= 0 else None


def _rate(element: Element | None) -> Fraction | None:
    """Return the frames a second that an element states."""
    base = _number(element, "rate/timebase")
    if not base or base <= 0 or base > 1000:
        return None
    if base.denominator != 1:  # 29.97 instead of 30 and ntsc
        with suppress(BadTime):
            return exact_rate(float(base))
    return base * NTSC if _text(element, "rate/ntsc").upper() in _YES and base % 25 else base


def _rate_of(sequence: Element) -> Fraction | None:
    """Return the rate of a sequence: its own, else that of its timecode, its pictures or its first clip."""
    paths = ("timecode", "media/video/format/samplecharacteristics", "media/video/track/clipitem")
    return next(filter(None, (_rate(sequence), *(_rate(sequence.find(path)) for path in paths))), None)


def _is_off(element: Element) -> bool:
    """Tell whether an element is disabled."""
    return _text(element, "enabled").upper() in _NO


@dataclass(frozen=True, slots=True)
class _Place:
    """When an item of a track is seen, and how much of it lies in the transitions beside it. Frames."""

    start: Fraction
    end: Fraction
    head: Fraction = ZERO
    tail: Fraction = ZERO

    def until(self, frame: Fraction) -> _Place:
        """Return the place up to a frame at the latest."""
        return self if frame >= self.end else replace(self, end=frame, tail=self.tail + self.end - frame)


class _Document:
    """The elements of a document, and how they are counted."""

    def __init__(self, root: Element) -> None:
        self._by_id: dict[tuple[str, str], Element] = {}
        for element in root.iter():
            key = (element.tag, element.get("id", ""))
            if key[1] and len(element) > len(self._by_id.get(key, ())):
                self._by_id[key] = element
        self._tracks: dict[int, tuple[Part, ...]] = {}

    def _whole(self, element: Element | None) -> Element | None:
        """Return an element, or the one with content that has its id."""
        if element is None:
            return None
        if len(element) and (element.tag != "sequence" or element.find("media") is not None):
            return element
        return self._by_id.get((element.tag, element.get("id", "")), element)

    def account(self, sequence: Element) -> Account:
        """Take the account of a sequence."""
        rate = _rate_of(sequence) or Fraction(24)
        return account_of(_text(sequence, "name"), self._pictures(sequence, rate, 0))

    def _pictures(self, sequence: Element, rate: Fraction, depth: int) -> tuple[Part, ...]:
        """Return the video tracks of a sequence, counted once however often it is used."""
        if depth > MOST_DEPTH:
            raise NoAccount(f"its sequences are nested more than {MOST_DEPTH} deep")
        if id(sequence) not in self._tracks:
            self._tracks[id(sequence)] = ()  # a sequence in itself shows nothing there
            tracks = sequence.findall("media/video/track")
            self._tracks[id(sequence)] = tuple(
                self.track(track, rate, depth, f"video track {number}") for number, track in enumerate(tracks, 1)
            )
        return self._tracks[id(sequence)]

    def track(self, track: Element, rate: Fraction, depth: int, place: str) -> Part:
        """Return a track with its items."""
        items = [self._whole(item) or item for item in track if item.tag in (*_ITEMS, "transitionitem")]
        placed, at = [], ZERO
        for number, item in enumerate(items):
            if item.tag != "transitionitem":
                spot = _place(items, number, rate, at)
                at = spot.end
                placed.append((spot, item, number))
        parts = []
        ordered = sorted(placed, key=lambda entry: entry[0].start)
        for (spot, item, number), after in zip_longest(ordered, ordered[1:]):
            seen = spot if after is None else spot.until(after[0].start)  # the later one covers it
            parts.append(self._item(item, seen, rate, depth, f"{place} item {number + 1}"))
        parts += [
            _transition(items, number, rate, place) for number in range(len(items)) if _is_transition(items, number)
        ]
        whole = max((part.at + part.lasts for part in parts if not part.transition), default=ZERO)
        return Part(place, ZERO, whole, enabled=not _is_off(track), parts=tuple(parts))

    def _item(self, item: Element, spot: _Place, rate: Fraction, depth: int, place: str) -> Part:
        """Return a clip, generator or nested sequence."""
        sequence = self._whole(item.find("sequence"))
        if sequence is not None and not len(sequence):  # the document does not contain it
            sequence = None
        file = None if item.tag == "generatoritem" else self._file(item)
        own = _rate(item) or rate
        file_rate = _rate(file) or own
        frames = _number(file, "duration")
        media = frames / file_rate if frames else None
        still = _text(file, "pathurl").casefold().endswith(_STILLS)
        nested = None
        if sequence is not None:
            nested = self._pictures(sequence, _rate_of(sequence) or rate, depth + 1)
            inner = (_number(sequence, "duration") or ZERO) / (_rate_of(sequence) or rate)
            media = inner if inner > 0 else max((track.lasts for track in nested), default=ZERO) or None
        start, speed = _Shown(item, spot, rate, own, media).source(still=still)
        name = _text(item, "name")
        return Part(
            name or _text(file, "name") or item.tag,
            spot.start / rate,
            max(spot.end - spot.start, ZERO) / rate,
            start,
            speed,
            not _is_off(item),
            nested,
            place,
            ZERO,
            own,
            labels(name, _text(file, "name"), _text(file, "pathurl")),
        )

    def clip(self, clip: Element, place: str) -> Part:
        """Return a clip of the browser, from its in point to its out point."""
        rate = _rate(clip) or Fraction(24)
        first, out = _frame(clip, "in") or ZERO, _frame(clip, "out")
        end = out if out is not None and out > first else _number(clip, "duration") or first
        return self._item(clip, _Place(ZERO, max(end - first, ONE)), rate, 0, place)

    def _file(self, item: Element) -> Element | None:
        """Return the file of a clip, else that of its master clip."""
        for holder in (item, self._by_id.get(("clip", _text(item, "masterclipid")))):
            if holder is not None and (file := next(holder.iter("file"), None)) is not None:
                return self._whole(file)
        return None


def _is_transition(items: Sequence[Element], number: int) -> bool:
    """Tell whether there is a transition at an index."""
    return 0 <= number < len(items) and items[number].tag == "transitionitem"


def _cut(items: Sequence[Element], number: int) -> Fraction:
    """Return the frame at which the neighbors of a transition meet."""
    item = items[number]
    start = _frame(item, "start") or ZERO
    end = max(_frame(item, "end") or start, start)
    stated = {
        frame
        for index, side in ((number - 1, "end"), (number + 1, "start"))
        if 0 <= index < len(items) and not _is_transition(items, index)
        if (frame := _frame(items[index], side)) is not None
    }
    if len(stated) == 1 and start <= min(stated) <= end:
        return min(stated)
    alignment = _text(item, "alignment").casefold()
    if alignment.startswith(("start", "end")):
        return start if alignment.startswith("start") else end
    ticks, rate = _number(item, "cutPointTicks"), _rate(item)
    cut = start - 1 if ticks is None or rate is None else start + round(ticks * rate / _TICKS)
    return cut if start <= cut <= end else (start + end) // 2 + ZERO


def _transition(items: Sequence[Element], number: int, rate: Fraction, place: str) -> Part:
    """Return a transition."""
    cut, item = _cut(items, number), items[number]
    start = min(_frame(item, "start") or ZERO, cut)
    lasts = max((_frame(item, "end") or ZERO) - start, ZERO)
    name = _text(item, "effect/name") or "transition"
    shown = f"{place} item {number + 1}"
    return Part(name, cut / rate, lasts / rate, (cut - start) / rate, place=shown, transition=True)


def _place(items: Sequence[Element], number: int, rate: Fraction, at: Fraction) -> _Place:
    """Return the place of a clip; ``at`` is the end of the one before."""
    item = items[number]
    start, end = _frame(item, "start"), _frame(item, "end")
    head = tail = ZERO
    if _is_transition(items, number - 1):
        cut, begin = _cut(items, number - 1), _frame(items[number - 1], "start") if start is None else start
        start = cut if start is None else max(start, cut)
        head = max(start - (start if begin is None else begin), ZERO)
    if _is_transition(items, number + 1):
        cut, last = _cut(items, number + 1), _frame(items[number + 1], "end") if end is None else end
        end = cut if end is None else min(end, cut)
        tail = max((end if last is None else last) - end, ZERO)
    first, out = _frame(item, "in") or ZERO, _frame(item, "out")
    used = (out - first if out is not None else _frame(item, "duration") or ZERO) * rate / (_rate(item) or rate)
    if start is None:
        start = at if end is None else max(end - used, ZERO)
    if end is None:
        end = start + max(used, ZERO)
    return _Place(start, max(end, start), head, tail)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The part of its media that a clip shows."""

    item: Element
    place: _Place
    #: Frames a second of the sequence, and of the clip.
    rate: Fraction
    own: Fraction
    #: Length of the media in seconds; None if the document does not state it.
    media: Fraction | None

    def source(self, *, still: bool) -> tuple[Fraction, Fraction]:
        """Return the first second of the media, counted from its start, and the speed."""
        remap = _remap_of(self.item)
        pace = abs(remap.speed)
        place, first, out = self.place, _frame(self.item, "in") or ZERO, _frame(self.item, "out")
        whole = place.head + place.end - place.start + place.tail
        own = self._counting_rate(first, out, (whole, whole * pace))
        offset = max(_number(self.item, "subclipinfo/startoffset") or ZERO, ZERO) / self.own
        begin, head, lasts = first / own, place.head / self.rate, (place.end - place.start) / self.rate
        if _text(self.item, "stillframe").upper() in _YES and not still:
            held = _number(self.item, "stillframeoffset")
            return offset + (begin if held is None else held / self.own), ZERO
        if still or (remap.speed == 1 and not remap.varies):
            return offset + begin + head, ONE
        beside = ZERO if remap.anchor else offset  # an anchored graph counts from the start of the file
        if remap.varies:
            low, high = (remap.media_frame((begin + head + after) * own) / own for after in (ZERO, lasts))
            return beside + min(low, high), (high - low) / lasts if lasts else ONE
        if remap.speed == 0 and len(remap.graph) > 1:
            return beside + remap.media_frame((begin + head) * own) / own, ZERO
        if remap.speed == 0:
            return offset + begin, ZERO
        offset = offset or remap.anchor / own
        used = None if out is None else (out - first) / own
        seen = whole / self.rate
        counts_media = used is not None and abs(used - seen) > 1 / own and abs(used - seen * pace) <= 1 / own
        if remap.speed > 0:
            return offset + (begin if counts_media else begin * pace) + head * pace, remap.speed
        end = begin + used if counts_media and used is not None else self._end(begin, seen, pace) - begin * pace
        return offset + end - (head + lasts) * pace, remap.speed

    def _end(self, begin: Fraction, seen: Fraction, pace: Fraction) -> Fraction:
        """Return the second at which the media ends: retimed frame 0 of what plays backwards."""
        left, right = (max(_number(self.item, f"subclipinfo/{key}offset") or ZERO, ZERO) for key in ("start", "end"))
        if self.media is not None:
            return max(self.media - (left + right) / self.own, 1 / self.own) if left + right else self.media
        stated = _number(self.item, "duration")
        return stated * pace / self.own if stated and stated > 0 else (begin + seen) * pace

    def _counting_rate(self, first: Fraction, out: Fraction | None, lengths: tuple[Fraction, Fraction]) -> Fraction:
        """Return the rate at which in and out points count: the sequence's if only that fits a length on the track."""
        if self.own == self.rate or out is None or first >= out:
            return self.own
        fits = [
            any(abs(out - first - length * rate / self.rate) <= Fraction(1, 2) for length in lengths)
            for rate in (self.own, self.rate)
        ]
        return self.rate if fits == [False, True] else self.own


@dataclass(frozen=True, slots=True)
class _Remap:
    """A Time Remap filter."""

    speed: Fraction = ONE
    #: Retimed frames and the media frames that they show, in order.
    graph: tuple[tuple[Fraction, Fraction], ...] = ()
    #: Whether the speed changes inside the clip.
    varies: bool = False
    #: Media frame at which a retimed subclip starts, in Final Cut Pro's files.
    anchor: Fraction = ZERO

    def media_frame(self, when: Fraction) -> Fraction:
        """Return the media frame of a retimed frame; beyond its ends a graph goes on straight."""
        steps = [(one, other) for one, other in pairwise(self.graph) if other[0] > one[0]]
        if not steps:
            return self.graph[0][1]
        (one, low), (other, high) = next((step for step in steps if when <= step[1][0]), steps[-1])
        return low + (high - low) * (when - one) / (other - one)


def _remap_of(item: Element) -> _Remap:
    """Return the Time Remap of a clip; one that changes nothing without it."""
    for holder in item.iterfind("filter"):
        for effect in holder.iterfind("effect"):
            name = (_text(effect, "effectid") or _text(effect, "name")).casefold().replace(" ", "")
            if name == "timeremap" and not _is_off(holder):
                return _remap(effect)
    return _Remap()


def _remap(effect: Element) -> _Remap:
    """Read a Time Remap."""
    found = {
        (_text(entry, "parameterid") or _text(entry, "name")).casefold(): entry for entry in effect.iter("parameter")
    }
    percent = _number(found.get("speed"), "value")
    speed = ONE if percent is None else percent / 100
    if _text(found.get("reverse"), "value").upper() in _YES:
        speed = -abs(speed)
    graph = found.get("graphdict")
    points = [
        (when, value)
        for keyframe in (graph.iterfind("keyframe") if graph is not None else ())
        if (when := _number(keyframe, "when")) is not None and (value := _number(keyframe, "value")) is not None
    ]
    varies = _text(found.get("variablespeed"), "value").upper() in _YES and len(points) > 1
    return _Remap(speed, tuple(sorted(points)), varies, _number(graph, "keyframe/anchorOffset") or ZERO)
