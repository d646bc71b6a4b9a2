"""Layers: the cut as a row of stretches, each showing one stack of takes and fades from its first frame to its last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from otiograde.movie.cut import Cut, Dissolve, sides_of
from otiograde.record.edit import Pattern
from otiograde.record.shot import Shot

#: A reversed take holds its frames in memory: its stretches are no longer than this.
LONGEST_REVERSE = 48


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


def flatten(cut: Cut) -> tuple[Stretch, ...]:
    """Give the stretches of a cut, from its first frame to its last."""
    edit = cut.edit
    shots: list[_Seen] = [shot for shot in edit.shots if shot.record.count > 0]
    shots += edit.patterns
    ranges = [*((seen.record.start, seen.record.end) for seen in shots), *((d.start, d.end) for d in cut.dissolves)]
    edges = sorted({0, cut.length, *(min(max(edge, 0), cut.length) for pair in ranges for edge in pair)})
    stretches: list[Stretch] = []
    for (start, stop), seen, fading in _swept(edges, shots, cut.dissolves):
        layers = _Moment(shots=seen, dissolves=fading, at=start).layers(())
        last = stretches[-1] if stretches else None
        if last and _later(last.layers, last.count) == layers:
            stretches[-1] = replace(last, count=stop - last.start)
        else:
            stretches.append(Stretch(start, stop - start, layers))
    return tuple(piece for stretch in stretches for piece in _pieces(stretch))


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


def _swept(
    edges: Sequence[int], shots: Sequence[_Seen], dissolves: Sequence[Dissolve]
) -> Iterator[tuple[tuple[int, int], list[_Seen], list[Dissolve]]]:
    """Give each stretch between edges with what may be seen in it: fades need their shots beyond their own ranges."""
    waiting = sorted(shots, key=lambda shot: shot.record.start, reverse=True)
    held: list[_Seen] = []
    by_where = {shot.where: shot for shot in shots}
    for start, stop in pairwise(edges):
        while waiting and waiting[-1].record.start <= start:
            held.append(waiting.pop())
        held = [shot for shot in held if shot.record.end > start]
        fading = [each for each in dissolves if each.start <= start < each.end]
        sides = [by_where[where] for each in fading for where in sides_of(each.where) if where in by_where]
        yield (start, stop), [*held, *(shot for shot in sides if shot not in held)], fading


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is seen at one frame of the edit, until the next edge."""

    shots: list[_Seen]
    dissolves: list[Dissolve]
    at: int

    def layers(self, under: tuple[int, ...]) -> Layers:
        """The stack under a place in the tree, down to the first layer that hides all others."""
        inside = [dissolve for dissolve in self.dissolves if _is_under(dissolve.where, under)]
        outer = [dissolve for dissolve in inside if not any(self._in_side(dissolve.where, other) for other in inside)]
        found: list[tuple[tuple[int, ...], Layer]] = [
            (shot.where, self._layer(shot))
            for shot in self.shots
            if _is_under(shot.where, under) and not any(self._in_side(shot.where, dissolve) for dissolve in outer)
        ]
        for dissolve in outer:
            a, b = (self._side(where) for where in sides_of(dissolve.where))
            found.append((dissolve.where, Fade(self.at - dissolve.start, dissolve.length, a, b)))
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
    def _in_side(where: tuple[int, ...], dissolve: Dissolve) -> bool:
        return where != dissolve.where and any(_is_under(where, side) for side in sides_of(dissolve.where))


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
