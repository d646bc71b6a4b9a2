"""Layers: the cut as a row of stretches; each stretch shows one stack of shots and dissolves throughout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from otiograde.movie.cut import Cut, Dissolve, ItemPath, neighbors_of, pace_of
from otiograde.record.edit import Pattern
from otiograde.record.shot import FrameRange, Shot

#: Frames. FFmpeg keeps the frames of a reversed shot in memory, so its stretches are no longer than this.
LONGEST_REVERSE = 48


@dataclass(frozen=True, slots=True)
class ShotLayer:
    """A shot, shown from one of its frames on."""

    shot: Shot
    #: The first frame shown, counted from the shot's record start; negative in the handle before it.
    first: int


@dataclass(frozen=True, slots=True)
class DissolveLayer:
    """A dissolve from the layers ``a`` to ``b``, shown from one of its frames on.

    In frame k, ``b`` has the share k / ``length``.
    """

    #: The first frame shown, counted from the dissolve's start.
    first: int
    #: Frames of the whole dissolve.
    length: int
    a: Layers
    b: Layers


Layer: TypeAlias = "ShotLayer | DissolveLayer | Pattern"
Layers: TypeAlias = "tuple[Layer, ...]"

_Picture: TypeAlias = "Shot | Pattern"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive frames of the edit that show the same stack of layers."""

    #: The first frame of the edit.
    start: int
    #: The number of frames.
    count: int
    #: The bottom layer first; black if there is none.
    layers: Layers

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.start + self.count


def flatten(cut: Cut) -> tuple[Stretch, ...]:
    """Divide a cut into stretches, from its first frame to its last."""
    edit = cut.edit
    pictures: list[_Picture] = [shot for shot in edit.shots if shot.record.count > 0]
    pictures += edit.patterns
    ranges = [(picture.record.start, picture.record.end) for picture in pictures]
    ranges += [(dissolve.start, dissolve.end) for dissolve in cut.dissolves]
    edges = sorted({0, cut.length, *(min(max(edge, 0), cut.length) for pair in ranges for edge in pair)})
    stretches: list[Stretch] = []
    for (start, stop), visible, dissolves in _between_edges(edges, pictures, cut.dissolves):
        layers = _Moment(visible, dissolves, start).layers(())
        last = stretches[-1] if stretches else None
        if last and _advanced(last.layers, last.count) == layers:
            stretches[-1] = replace(last, count=stop - last.start)
        else:
            stretches.append(Stretch(start, stop - start, layers))
    return tuple(part for stretch in stretches for part in _parts(stretch))


def cut_out(stretches: Iterable[Stretch], start: int, end: int) -> tuple[Stretch, ...]:
    """Return the parts of stretches within the frames [start, end). They keep their positions in the edit."""
    parts = []
    for stretch in stretches:
        first, stop = max(stretch.start, start), min(stretch.end, end)
        if first < stop:
            parts.append(Stretch(first, stop - first, _advanced(stretch.layers, first - stretch.start)))
    return tuple(parts)


def shots_in(layers: Layers) -> Iterator[Shot]:
    """Yield the shots that layers show."""
    yield from (layer.shot for layer in layers_of_shots(layers))


def layers_of_shots(layers: Layers) -> Iterator[ShotLayer]:
    """Yield the layers of single shots, those in dissolves too."""
    for layer in layers:
        if isinstance(layer, ShotLayer):
            yield layer
        elif isinstance(layer, DissolveLayer):
            yield from layers_of_shots(layer.a)
            yield from layers_of_shots(layer.b)


def has_alpha(shot: Shot) -> bool:
    """Whether the pictures of a shot may be transparent."""
    return shot.media.pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya", "pal8"))


def _between_edges(
    edges: Sequence[int], pictures: Sequence[_Picture], dissolves: Sequence[Dissolve]
) -> Iterator[tuple[tuple[int, int], list[_Picture], list[Dissolve]]]:
    """Yield each range between edges with the pictures and dissolves in it.

    A dissolve shows its two shots outside their record ranges, too.
    """
    waiting = sorted(pictures, key=lambda picture: picture.record.start, reverse=True)
    visible: list[_Picture] = []
    by_path = {picture.where: picture for picture in pictures}
    for start, stop in pairwise(edges):
        while waiting and waiting[-1].record.start <= start:
            visible.append(waiting.pop())
        visible = [picture for picture in visible if picture.record.end > start]
        current = [dissolve for dissolve in dissolves if dissolve.start <= start < dissolve.end]
        sides = [by_path[path] for dissolve in current for path in neighbors_of(dissolve.where) if path in by_path]
        yield (start, stop), [*visible, *(picture for picture in sides if picture not in visible)], current


@dataclass(frozen=True, slots=True)
class _Moment:
    """The pictures and dissolves at frame ``frame`` of the edit. They stay the same until the next edge."""

    pictures: list[_Picture]
    dissolves: list[Dissolve]
    frame: int

    def layers(self, under: ItemPath) -> Layers:
        """Return the stack below a path of the tree, from the topmost opaque layer up."""
        inside = [dissolve for dissolve in self.dissolves if _is_under(dissolve.where, under)]
        outer = [dissolve for dissolve in inside if not any(_is_part_of(dissolve.where, other) for other in inside)]
        by_path: list[tuple[ItemPath, Layer]] = [
            (picture.where, self._layer(picture))
            for picture in self.pictures
            if _is_under(picture.where, under) and not any(_is_part_of(picture.where, dissolve) for dissolve in outer)
        ]
        for dissolve in outer:
            a, b = (self._side(path) for path in neighbors_of(dissolve.where))
            by_path.append((dissolve.where, DissolveLayer(self.frame - dissolve.start, dissolve.length, a, b)))
        by_path.sort(key=lambda pair: pair[0])
        stack = [layer for _, layer in by_path]
        opaque = [number for number, layer in enumerate(stack) if is_opaque(layer)]
        return tuple(stack[opaque[-1] :] if opaque else stack)

    def _side(self, path: ItemPath) -> Layers:
        """Return one side of a dissolve: a picture, or the stack of a nest."""
        picture = next((picture for picture in self.pictures if picture.where == path), None)
        return self.layers(path) if picture is None else (self._layer(picture),)

    def _layer(self, picture: _Picture) -> Layer:
        return picture if isinstance(picture, Pattern) else ShotLayer(picture, self.frame - picture.record.start)


def is_opaque(layer: Layer) -> bool:
    """Whether a layer hides everything below it."""
    if isinstance(layer, DissolveLayer):
        return all(any(is_opaque(inner) for inner in side) for side in (layer.a, layer.b))
    return isinstance(layer, Pattern) or not has_alpha(layer.shot)


def _is_under(path: ItemPath, ancestor: ItemPath) -> bool:
    return path[: len(ancestor)] == ancestor


def _is_part_of(path: ItemPath, dissolve: Dissolve) -> bool:
    """Whether an item belongs to one of the two sides of a dissolve."""
    return path != dissolve.where and any(_is_under(path, side) for side in neighbors_of(dissolve.where))


def _advanced(layers: Layers, frames: int) -> Layers:
    """Return the same layers, shown from some frames later on."""
    return tuple(_layer_advanced(layer, frames) for layer in layers)


def _layer_advanced(layer: Layer, frames: int) -> Layer:
    if isinstance(layer, DissolveLayer):
        return replace(layer, first=layer.first + frames, a=_advanced(layer.a, frames), b=_advanced(layer.b, frames))
    return layer if isinstance(layer, Pattern) else replace(layer, first=layer.first + frames)


def _parts(stretch: Stretch) -> Iterator[Stretch]:
    """Divide a stretch with a reversed shot into short ones, as far as the media lasts; after it one frame is held."""
    moving = max((_frames_left(layer) for layer in layers_of_shots(stretch.layers) if layer.shot.speed < 0), default=0)
    if stretch.count - moving <= LONGEST_REVERSE and moving > 0:
        moving = stretch.count
    for first in range(0, moving, LONGEST_REVERSE):
        count = min(LONGEST_REVERSE, moving - first)
        yield Stretch(stretch.start + first, count, _advanced(stretch.layers, first))
    if moving < stretch.count:
        yield Stretch(stretch.start + moving, stretch.count - moving, _held(_advanced(stretch.layers, moving)))


def _frames_left(layer: ShotLayer) -> int:
    """Return for how many frames of the edit a reversed layer shows new media frames; at least 0."""
    shot = layer.shot
    if shot.media.variable_rate and shot.seconds is not None:
        whole = shot.seconds[1] * shot.record.rate / abs(shot.speed)
    else:
        whole = shot.source.end / pace_of(shot, shot.record.rate)
    return max(math.ceil(whole) - layer.first, 0)


def _held(layers: Layers) -> Layers:
    """Return layers whose reversed shots have come to the first frame of their media, which is held."""
    return tuple(_layer_held(layer) for layer in layers)


def _layer_held(layer: Layer) -> Layer:
    if isinstance(layer, DissolveLayer):
        return replace(layer, a=_held(layer.a), b=_held(layer.b))
    if isinstance(layer, Pattern) or layer.shot.speed >= 0:
        return layer
    first = FrameRange(0, 1, layer.shot.source.rate)
    seconds = layer.shot.seconds and (Fraction(0), 1 / layer.shot.media.rate)
    return ShotLayer(replace(layer.shot, source=first, seconds=seconds, speed=Fraction(0)), 0)
