"""Layers: the edit as a row of stretches, each showing one stack of takes and fades from its first frame to its last.

Everything is counted in frames of the edit, from record ranges that were rounded once from the edit's own time: no
length is ever added up, so nothing can drift.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from otiograde.record.edit import Edit, Join, Pattern
from otiograde.record.shot import Shot

#: A reversed take holds its frames in memory: its stretches are no longer than this.
LONGEST_REVERSE = 48

DISSOLVES = frozenset({"SMPTE_Dissolve", "dissolve"})


@dataclass(frozen=True, slots=True)
class Take:
    """A shot from the record frame ``at`` of its own on (negative: its handle before the cut)."""

    shot: Shot
    at: int


@dataclass(frozen=True, slots=True)
class Fade:
    """A dissolve of ``whole`` frames from the layers ``a`` to ``b``, from its frame ``at`` on: b has k / whole."""

    at: int
    whole: int
    a: Layers
    b: Layers


Layer: TypeAlias = "Take | Fade | Pattern"
Layers: TypeAlias = "tuple[Layer, ...]"

_Seen: TypeAlias = "Shot | Pattern"


@dataclass(frozen=True, slots=True)
class Stretch:
    """``count`` frames of the edit from ``start`` on, showing ``layers``, the bottom one first (none: black)."""

    start: int
    count: int
    layers: Layers


@dataclass(frozen=True, slots=True)
class _Span:
    """A join as it is rendered."""

    where: tuple[int, ...]
    start: int
    end: int


def flatten(edit: Edit) -> tuple[tuple[Stretch, ...], list[str]]:
    """Lay the edit out, and say in words what is shown otherwise than it asks."""
    shots: list[_Seen] = [shot for shot in edit.shots if shot.record.count > 0]
    shots += edit.patterns
    spans, notes = _spans(edit)
    end = max([edit.length, *(shot.record.end for shot in shots)], default=0)
    ranges = [*((s.record.start, s.record.end) for s in shots), *((span.start, span.end) for span in spans)]
    edges = sorted({0, end, *(min(max(edge, 0), end) for pair in ranges for edge in pair)})
    stretches: list[Stretch] = []
    for (start, stop), seen, fading in _swept(edges, shots, spans):
        layers = _Moment(shots=seen, spans=fading, at=start, edit=edit).layers(())
        last = stretches[-1] if stretches else None
        if last and _later(last.layers, last.count) == layers:
            stretches[-1] = replace(last, count=stop - last.start)
        else:
            stretches.append(Stretch(start, stop - start, layers))
    return tuple(piece for stretch in stretches for piece in _pieces(stretch)), notes


def cut_out(stretches: Iterable[Stretch], start: int, end: int) -> tuple[Stretch, ...]:
    """Keep the frames ``[start, end)`` of stretches; where they lie in the edit stays."""
    kept = []
    for each in stretches:
        first, last = max(each.start, start), min(each.start + each.count, end)
        if first < last:
            kept.append(Stretch(first, last - first, _later(each.layers, first - each.start)))
    return tuple(kept)


def shots_in(layers: Layers) -> Iterator[Shot]:
    """The shots that layers show."""
    for layer in layers:
        if isinstance(layer, Take):
            yield layer.shot
        elif isinstance(layer, Fade):
            yield from shots_in(layer.a)
            yield from shots_in(layer.b)


def has_alpha(shot: Shot) -> bool:
    """Whether something may shine through a shot's pictures."""
    kind = shot.media.pixel_format
    return kind.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya", "pal8"))


def pace_of(shot: Shot, rate: Fraction) -> Fraction:
    """Media frames for each frame of the edit."""
    return abs(shot.speed) * shot.media.rate / rate


def _swept(
    edges: Sequence[int], shots: Sequence[_Seen], spans: Sequence[_Span]
) -> Iterator[tuple[tuple[int, int], list[_Seen], list[_Span]]]:
    """Give each stretch between edges with what may be seen in it: fades need their shots beyond their own ranges."""
    waiting = sorted(shots, key=lambda shot: shot.record.start, reverse=True)
    held: list[_Seen] = []
    by_where = {shot.where: shot for shot in shots}
    for start, stop in pairwise(edges):
        while waiting and waiting[-1].record.start <= start:
            held.append(waiting.pop())
        held = [shot for shot in held if shot.record.end > start]
        fading = [span for span in spans if span.start <= start < span.end]
        sides = [by_where[where] for span in fading for where in sides_of(span.where) if where in by_where]
        yield (start, stop), [*held, *(shot for shot in sides if shot not in held)], fading


def sides_of(where: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Give the places of a join's two neighbors."""
    return (*where[:-1], where[-1] - 1), (*where[:-1], where[-1] + 1)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is seen at one frame of the edit, until the next edge."""

    shots: list[_Seen]
    spans: list[_Span]
    at: int
    edit: Edit

    def layers(self, under: tuple[int, ...]) -> Layers:
        """The stack under a place in the tree, down to the first layer that hides all others."""
        inside = [span for span in self.spans if _is_under(span.where, under)]
        outer = [span for span in inside if not any(self._in_side(span.where, other) for other in inside)]
        found: list[tuple[tuple[int, ...], Layer]] = [
            (shot.where, self._layer(shot))
            for shot in self.shots
            if _is_under(shot.where, under) and not any(self._in_side(shot.where, span) for span in outer)
        ]
        for span in outer:
            a, b = (self._side(where) for where in sides_of(span.where))
            found.append((span.where, Fade(self.at - span.start, span.end - span.start, a, b)))
        found.sort(key=lambda pair: pair[0])
        stack = [layer for _, layer in found]
        opaque = [number for number, layer in enumerate(stack) if is_opaque(layer)]
        return tuple(stack[opaque[-1] :] if opaque else stack)

    def _side(self, where: tuple[int, ...]) -> Layers:
        alone = [shot for shot in self.shots if shot.where == where]
        return (self._layer(alone[0]),) if alone else self.layers(where)

    def _layer(self, seen: _Seen) -> Layer:
        return seen if isinstance(seen, Pattern) else Take(seen, self.at - seen.record.start)

    @staticmethod
    def _in_side(where: tuple[int, ...], span: _Span) -> bool:
        return where != span.where and any(_is_under(where, side) for side in sides_of(span.where))


def is_opaque(layer: Layer) -> bool:
    """Whether nothing below a layer is seen."""
    if isinstance(layer, Fade):
        return all(any(is_opaque(inner) for inner in side) for side in (layer.a, layer.b))
    return isinstance(layer, Pattern) or not has_alpha(layer.shot)


def _is_under(where: tuple[int, ...], place: tuple[int, ...]) -> bool:
    return where[: len(place)] == place


def _later(layers: Layers, frames: int) -> Layers:
    """The same layers, some frames later."""
    return tuple(_layer_later(layer, frames) for layer in layers)


def _layer_later(layer: Layer, frames: int) -> Layer:
    if isinstance(layer, Fade):
        return replace(layer, at=layer.at + frames, a=_later(layer.a, frames), b=_later(layer.b, frames))
    return layer if isinstance(layer, Pattern) else replace(layer, at=layer.at + frames)


def _pieces(stretch: Stretch) -> Iterator[Stretch]:
    if not any(shot.speed < 0 for shot in shots_in(stretch.layers)):
        yield stretch
        return
    for first in range(0, stretch.count, LONGEST_REVERSE):
        count = min(LONGEST_REVERSE, stretch.count - first)
        yield Stretch(stretch.start + first, count, _later(stretch.layers, first))


def _spans(edit: Edit) -> tuple[list[_Span], list[str]]:
    """The joins of pictures, as long as the handles of their neighbors allow."""
    rooms = _Rooms(edit)
    spans, notes = [], []
    for join in edit.joins:
        if join.sound or join.before + join.after < 1:
            continue
        left, right = sides_of(join.where)
        before, after = (max(side, 0) for side in rooms.fitted(join, left, right))
        if join.kind not in DISSOLVES:
            notes.append(f"{join.kind} at frame {join.cut} is rendered as a dissolve")
        if before + after < join.before + join.after:
            wanted = join.before + join.after
            short = f"{before + after} frames instead of {wanted}" if before + after else "a cut"
            notes.append(f"dissolve at frame {join.cut}: {short}, the media beside it has no longer handles")
        if before + after > 0:
            spans.append(_Span(join.where, join.cut - before, join.cut + after))
    return spans, notes


class _Rooms:
    """How far beyond its cuts each shot's media reaches."""

    def __init__(self, edit: Edit) -> None:
        self._by_where = {shot.where: shot for shot in edit.shots}
        self._holders = {shot.where[:depth] for shot in edit.shots for depth in range(1, len(shot.where))}
        self._rate = edit.rate

    def fitted(self, join: Join, left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, int]:
        """Frames before and after the cut that both neighbors have. What is nested has none beyond its cut."""
        before, after = join.before, join.after
        for where, follows in ((left, True), (right, False)):
            if where in self._holders:
                before, after = (before, 0) if follows else (0, after)
            elif (shot := self._by_where.get(where)) is not None:
                own = shot.record.count
                room = self._room(shot, after=follows)
                before, after = (
                    (min(before, own), min(after, room)) if follows else (min(before, room), min(after, own))
                )
        return before, after

    def _room(self, shot: Shot, *, after: bool) -> int:
        media, source = shot.media, shot.source
        if media.kind == "still" or shot.speed == 0:
            return 1 << 30
        pace = pace_of(shot, self._rate)
        if after:
            media_frames = media.frames - source.start if shot.speed > 0 else source.end
            return math.ceil(media_frames / pace) - shot.record.count
        return math.floor((source.start if shot.speed > 0 else media.frames - source.end) / pace)
