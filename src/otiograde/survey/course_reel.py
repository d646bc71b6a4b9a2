"""The reel of a shot: all that is measured in its frames to find how its colors change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float32, Float64
from otiograde.color.luma import LUMA32
from otiograde.survey.course_edges import BLACK, WHITE, Edge, edges_of

#: Colors taken from each frame, and those that the palette of a shot has, at most.
TAKEN, PALETTE = 120, 240


class Reel(NamedTuple):
    """What is measured in the frames of a shot."""

    edges: tuple[Edge, ...]
    #: Mean luma of each frame ``(n,)``, and its standard deviation over the picture ``(n,)``.
    light: Float64
    contrast: Float64
    #: Colors ``(m, 3)`` that the shot shows, without clipped ones. Empty where all are clipped.
    palette: Float64


def measure_reel(frames: Iterable[Float32]) -> Reel:
    """Measure the frames ``(h, w, 3)`` of a shot, in code values in [0, 1], one after another."""
    light: list[float] = []
    contrast: list[float] = []
    colors: list[Float32] = []

    def noted() -> Iterator[Float32]:
        for frame in frames:
            luma = np.nan_to_num(frame) @ LUMA32
            light.append(float(luma.mean()))
            contrast.append(float(luma.std()))
            pixels = frame.reshape(-1, 3)
            colors.append(pixels[len(pixels) // (2 * TAKEN) :: max(1, len(pixels) // TAKEN)][:TAKEN])
            yield frame

    edges = tuple(edges_of(noted()))
    return Reel(edges, np.array(light), np.array(contrast), _palette(colors))


def _palette(colors: list[Float32]) -> Float64:
    pool = np.concatenate(colors).astype(np.float64) if colors else np.zeros((0, 3))
    pool = pool[np.isfinite(pool).all(-1) & (pool.min(-1) > BLACK) & (pool.max(-1) < WHITE)]
    count = min(PALETTE, len(pool))
    return np.asarray(pool[np.arange(count) * len(pool) // count] if count else pool)
