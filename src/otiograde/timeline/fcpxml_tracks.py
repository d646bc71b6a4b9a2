"""Lay the parts of an FCPXML story out on tracks: layers, whole frames, and transitions at their cuts."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otiograde.record.clock import nearest
from otiograde.timeline import schemas
from otiograde.timeline.fcpxml_clock import ZERO
from otiograde.timeline.fcpxml_parts import Asset, Fade, Layer, Outline, Part
from otiograde.timeline.reading import Notes, one_line
from otiograde.timeline.schemas import Object, rational_time

#: Final Cut's names of a dissolve, in lower case.
DISSOLVES = frozenset({"cross dissolve", "dissolve", "video dissolve", "cross fade", "crossfade", "fade"})

#: Kinds of parts that make a track of pictures; gaps alone make none.
_SEEN = frozenset({"picture", "generator", "missing", "disabled"})

#: Farther from a frame of the edit than this, in frames, a cut lies between frames.
_OFF_GRID = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Framed:
    """A part, and the frames ``[start, end)`` of the edit that it takes; sound may begin between frames."""

    part: Part
    start: Fraction
    end: Fraction


@dataclass(slots=True)
class Row:
    """The items of a track in order, which do not overlap."""

    items: list[Framed] = field(default_factory=list)
    #: Transitions by the frame of their cut.
    fades: dict[Fraction, Object] = field(default_factory=dict)

    def children(self, rate: Fraction) -> Iterator[Object]:
        """Yield the items, with gaps before them and transitions at their cuts."""
        at = ZERO
        for item in self.items:
            if item.start > at:
                yield from self._fade(at)
                yield schemas.gap(item.start - at, rate)
            yield from self._fade(item.start)
            yield _item_of(item, rate)
            at = item.end
        yield from self._fade(at)

    def _fade(self, frame: Fraction) -> Iterator[Object]:
        """Yield the transition at a frame, once."""
        if frame in self.fades:
            yield self.fades.pop(frame)


def tracks_of(outline: Outline, rate: Fraction, notes: Notes) -> list[Object]:
    """Return the tracks of pictures, the lowest first, and then those of sound."""
    depth = max((len(layer) for layer in _layers(outline)), default=1)
    layers: dict[tuple[bool, Layer], list[Part]] = {}
    for part in outline.parts:
        layers.setdefault((part.kind == "sound", _padded(part.layer, depth)), []).append(part)
    fades: dict[tuple[bool, Layer], list[Fade]] = {}
    for fade in outline.fades:
        fades.setdefault((fade.sound, _padded(fade.layer, depth)), []).append(fade)
    seen = {key for key in layers if not key[0] and any(part.kind in _SEEN for part in layers[key])}
    ground = (False, (0,) * depth)
    if seen and ground in layers:
        seen.add(ground)
    rows = {key: _rows(_framed(layers[key], rate, notes)) for key in sorted(layers) if key[0] or key in seen}
    below = sum(len(rows[key]) for key in seen if key < ground)
    counts, tracks = {False: -below, True: 0}, []
    for key in sorted(rows, key=_order):
        _fit(fades.get(key, ()), rows[key], rate, notes)
        for row in rows[key]:
            counts[key[0]] += 1
            name = f"{'A' if key[0] else 'V'}{counts[key[0]]}"
            tracks.append(schemas.track(name, "Audio" if key[0] else "Video", list(row.children(rate))))
    for key in fades.keys() - rows.keys():
        for fade in fades[key] if not key[0] else ():
            notes.add("a transition of the FCPXML joins no pictures, and is left out", one_line(fade.name, 60))
    return tracks


def _order(key: tuple[bool, Layer]) -> tuple[bool, tuple[tuple[int, int], ...]]:
    """Return the key to sort layers: pictures from bottom to top, and then sounds from the storyline outwards."""
    sound, layer = key
    return sound, tuple((abs(lane) if sound else 0, lane) for lane in layer)


def _layers(outline: Outline) -> Iterator[Layer]:
    yield from (part.layer for part in outline.parts)
    yield from (fade.layer for fade in outline.fades)


def _padded(layer: Layer, depth: int) -> Layer:
    """Return a layer with a lane of 0 in all deeper timelines."""
    return (*layer, *(0,) * (depth - len(layer)))


def _framed(parts: Iterable[Part], rate: Fraction, notes: Notes) -> list[Framed]:
    """Return parts with their frames, pictures rounded to whole ones."""
    framed = []
    for part in parts:
        start, end = part.pane.at * rate, part.pane.end * rate
        if part.kind != "sound":
            frames = Fraction(nearest(start)), Fraction(nearest(end))
            if abs(start - frames[0]) > _OFF_GRID or abs(end - frames[1]) > _OFF_GRID:
                notes.add("cut between frames in the FCPXML, moved to the nearest frame", one_line(part.name, 60))
            start, end = frames
        framed.append(Framed(part, start, end))
    return framed


def _rows(items: Sequence[Framed]) -> list[Row]:
    """Spread items over as few rows as they need without overlap. A gap gives way to what lies over it."""
    order = sorted(range(len(items)), key=lambda number: (items[number].start, items[number].end, number))
    rows = [Row()]
    free: list[tuple[Fraction, int]] = [(ZERO, 0)]
    gaps = []
    for number in order:
        item = items[number]
        if item.part.kind == "gap":
            gaps.append(item)
            continue
        if free[0][0] <= item.start:
            row = heapq.heappop(free)[1]
        else:
            row = len(rows)
            rows.append(Row())
        rows[row].items.append(item)
        heapq.heappush(free, (item.end, row))
    first = rows[0].items
    starts, ends = [item.start for item in first], [item.end for item in first]
    fitting = [gap for gap in gaps if bisect_left(starts, gap.end) == _bisect_ends(ends, gap.start)]
    rows[0].items = _without_overlap(sorted([*first, *fitting], key=lambda item: (item.start, item.end)))
    return rows


def _bisect_ends(ends: Sequence[Fraction], start: Fraction) -> int:
    """Return how many items end at ``start`` or before."""
    number = bisect_left(ends, start)
    while number < len(ends) and ends[number] == start:
        number += 1
    return number


def _without_overlap(items: Iterable[Framed]) -> list[Framed]:
    """Leave out gaps that overlap the item before them, and those that are empty."""
    fitted: list[Framed] = []
    for item in items:
        if item.part.kind != "gap" or (item.end > item.start and (not fitted or fitted[-1].end <= item.start)):
            fitted.append(item)
    return fitted


def _fit(fades: Iterable[Fade], rows: Sequence[Row], rate: Fraction, notes: Notes) -> None:
    """Put each transition at the cut that is nearest to its middle, in the first row that has one inside it."""
    cuts = [sorted({frame for item in row.items for frame in (item.start, item.end)}) for row in rows]
    for fade in fades:
        start, end = fade.pane.at * rate, fade.pane.end * rate
        if not fade.sound:
            start, end = Fraction(nearest(start)), Fraction(nearest(end))
        for row, frames in zip(rows, cuts, strict=True):
            cut = _nearest_cut(frames, start, end)
            if cut is not None and cut not in row.fades:
                kind = "SMPTE_Dissolve" if fade.sound or fade.name.casefold() in DISSOLVES else "Custom_Transition"
                row.fades[cut] = schemas.transition(kind, cut - start, end - cut, rate, one_line(fade.name, 60))
                if kind == "Custom_Transition":
                    notes.add("a transition of the FCPXML is no dissolve, and is read as one", one_line(fade.name, 60))
                break
        else:
            if not fade.sound:
                notes.add("a transition of the FCPXML lies at no cut, and is left out", one_line(fade.name, 60))


def _nearest_cut(frames: Sequence[Fraction], start: Fraction, end: Fraction) -> Fraction | None:
    """Return the frame in ``[start, end]`` that is nearest to its middle; None if there is none."""
    at = bisect_left(frames, (start + end) / 2)
    near = [frame for frame in frames[max(at - 1, 0) : at + 1] if start <= frame <= end]
    return min(near, key=lambda frame: abs(2 * frame - start - end), default=None)


def _item_of(item: Framed, rate: Fraction) -> Object:
    """Make a part into an item of a track."""
    part, count = item.part, item.end - item.start
    name = one_line(part.name, 300)
    if part.kind == "gap":
        made = schemas.gap(count, rate, name)
    else:
        speed = part.pane.speed
        effects = [] if speed == 1 or part.asset is None else [schemas.speed_effect(speed)]
        first, media_rate = _first_time(part, count / rate), (part.asset.rate if part.asset else None) or rate
        source = _range(first, media_rate, count, rate)
        made = schemas.clip(
            name, _reference(part, first, rate), source, effects=effects, enabled=part.kind != "disabled"
        )
        named = dict(part.asset.encoding) if part.asset else {}
        if part.scene or named:
            made["metadata"] = {"fcpxml": named | ({"scene": part.scene} if part.scene else {})}
    made["markers"] = [mark.otio(begin, rate) for mark, begin in part.marks]
    return made


def _first_time(part: Part, lasts: Fraction) -> Fraction:
    """Return the lowest time of the medium that a part shows in ``lasts`` seconds of the edit."""
    pane, rate = part.pane, part.asset.rate if part.asset else None
    if pane.speed == 0 and rate:
        return (pane.start * rate // 1) / rate  # the frame that is held
    return pane.start if pane.speed >= 0 else pane.start + pane.speed * lasts


def _range(start: Fraction, media_rate: Fraction, count: Fraction, rate: Fraction) -> Object:
    """Make a source range: its start in frames of the medium, or of the edit if only those are whole."""
    whole = next((clock for clock in (media_rate, rate) if (start * clock).denominator == 1), media_rate)
    return schemas.time_range(0, count, rate) | {"start_time": rational_time(start * whole, whole)}


def _reference(part: Part, first: Fraction, rate: Fraction) -> Object:
    """Make the media reference of a part, whose lowest time is ``first``."""
    asset = part.asset
    if part.kind == "generator":
        return schemas.generator(one_line(part.effect, 60), name=one_line(part.name, 300))
    if asset is None:
        return schemas.missing(one_line(part.name, 300))
    available = _available(asset, first + abs(part.pane.speed) * part.pane.lasts, rate)
    return schemas.external(asset.url, available, asset.name) if asset.url else schemas.missing(asset.name, available)


def _available(asset: Asset, used: Fraction, rate: Fraction) -> Object | None:
    """Return the range of an asset; one that states no duration reaches at least as far as it is ``used``."""
    length = used - asset.start if asset.duration is None else asset.duration
    if length <= 0:
        return None
    clock = asset.rate or rate
    return schemas.time_range(asset.start * clock, length * clock, clock)
