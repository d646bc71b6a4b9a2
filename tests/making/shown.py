"""What an edit shows in each of its frames, worked out from its plan: media frames, dissolves, bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from otiograde.movie.cut import Cut, pace_of
from otiograde.movie.layers import DissolveLayer, Layer, ShotLayer, flatten
from otiograde.record.edit import Edit
from otiograde.record.shot import Shot

#: One frame: its layers from the lowest one seen to the top. Each is (file, media frame), (share, old, new) or "bars".
Picture = tuple[Any, ...]

BLACK: Picture = ()


def pictures(edit: Edit) -> list[Picture]:
    """What each frame of an edit shows."""
    shown: list[Picture] = []
    for stretch in flatten(Cut.of(edit)):
        assert stretch.start == len(shown)
        shown += [_stack(stretch.layers, number) for number in range(stretch.count)]
    return shown


def over(rows: Iterable[Sequence[Picture]], length: int) -> list[Picture]:
    """What lists of single tracks show together, the lowest first: their uppermost opaque frame and what lies above."""
    rows = list(rows)
    shown = []
    for number in range(length):
        stack = [layer for row in rows if number < len(row) for layer in row[number]]
        opaque = [place for place, layer in enumerate(stack) if _hides(layer)]
        shown.append(tuple(stack[opaque[-1] if opaque else 0 :]))
    return shown


def media_frame(shot: Shot, number: int) -> int:
    """The media frame that a shot shows in a frame of the edit, counted from its first; it may lie in a handle."""
    if shot.media.kind == "still":
        return 0
    step = math.floor(number * pace_of(shot, shot.record.rate))
    frame = shot.source.end - 1 - step if shot.speed < 0 else shot.source.start + step
    return min(max(frame, 0), shot.media.frames - 1)


def _stack(layers: Iterable[Layer], number: int) -> Picture:
    return tuple(one for layer in layers if (one := _layer(layer, number)) != BLACK)


def _layer(layer: Layer, number: int) -> Any:
    if isinstance(layer, ShotLayer):
        return (layer.shot.media.path.name, media_frame(layer.shot, layer.first + number))
    if isinstance(layer, DissolveLayer):
        share = Fraction(layer.first + number, layer.length)
        old, new = _stack(layer.a, number), _stack(layer.b, number)
        return (share, old, new) if share else (old[-1] if old else BLACK)
    return "bars" if layer.kind == "bars" else BLACK


def _hides(layer: Any) -> bool:
    """Whether a layer is no dissolve from or to nothing. Media here have no alpha."""
    return not (isinstance(layer, tuple) and isinstance(layer[0], Fraction) and BLACK in layer[1:])


def differing(wanted: Sequence[Picture], got: Sequence[Picture]) -> list[tuple[int, Picture, Picture]]:
    """The frames that differ; one edit may be longer by frames of black."""
    length = max(len(wanted), len(got))
    pairs = zip(*([*row, *[BLACK] * (length - len(row))] for row in (wanted, got)), strict=True)
    return [(number, one, other) for number, (one, other) in enumerate(pairs) if one != other]
