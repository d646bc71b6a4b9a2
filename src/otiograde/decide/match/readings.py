"""Readings: how the grades of two shots differ, as the network of looks reads it from their colors.

Reach compares the ends of two clouds of colors, a reading the whole of them. What the shots of a scene have in common,
its light and its look, is read alike in all of them and cancels in the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import IO, NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.look_network import read_outputs
from otiograde.color.shipped import read_shipped
from otiograde.color.solver import Compared
from otiograde.color.transform import Transform
from otiograde.survey.reach import Reaches
from otiograde.survey.sample import Sample

#: The file of the weights, in this package. ``benchmarks/make_readings.py`` makes it.
WEIGHTS = "readings.npz"

#: Directions of the prior of grades in which a difference is read: the first, in which grades differ most.
DIRECTIONS = 12

#: Colors of a shot that are read.
COLORS = 2048

#: A reading counts this many times: beside reach it says more than its uncertainty claims.
WORTH = 2.0

#: Deviations of what the network reads from its mean, at most.
FARTHEST = 5.0


class Reading(NamedTuple):
    """What is read of one shot. Only differences of two have a meaning."""

    #: ``(DIRECTIONS,)``: coordinates of what takes the grade out.
    numbers: Float64
    #: ``(DIRECTIONS,)``: the logs of their variances.
    spreads: Float64


def read_grade(pictures: Sequence[tuple[Sample, Transform]]) -> Reading:
    """Read some pictures together after their transforms, clipped colors included.

    Raises ``ToolNotFoundError`` if a file of weights is missing or damaged.
    """
    count = max(COLORS // len(pictures), 1)
    pools = [np.clip(put(sample.colors(count, clipped=True).astype(np.float64)), 0, 1) for sample, put in pictures]
    return head(read_outputs(np.concatenate(pools)).astype(np.float64), _weights())


def head(outputs: Float64, weights: Mapping[str, Float64]) -> Reading:
    """Turn the outputs of the network of looks ``(49,)`` into a reading."""
    whitened = np.clip((outputs - weights["mean"]) / weights["deviation"], -FARTHEST, FARTHEST)
    inner = np.maximum(weights["first_weight"] @ whitened + weights["first_bias"], 0)
    end = weights["last_weight"] @ inner + weights["last_bias"]
    return Reading(end[:DIRECTIONS], end[DIRECTIONS:])


class Readings:
    """Equations on the cubics of some shots: reach, and how the readings of the same pairs differ."""

    def __init__(self, reaches: Reaches, readings: Sequence[Reading]) -> None:
        self._reaches, self._terms = reaches, []
        rows, scale, prior = (_weights()[name] for name in ("rows", "scale", "prior"))
        counts = np.bincount(np.array(reaches.pairs, np.intp).ravel(), minlength=len(readings))
        for a, b in reaches.pairs:
            variance = scale * np.exp(np.logaddexp(readings[a].spreads, readings[b].spreads))
            # The network knows what grades are usual, and so does the solve: what both know must not count twice.
            precision = np.maximum(1 / variance - 1 / prior, 1e-3)
            worth = WORTH * 4 / (2 + counts[a] + counts[b])
            matrix = worth * (rows.T * precision) @ rows
            right = worth * rows.T @ ((readings[a].numbers - readings[b].numbers) / variance)
            self._terms.append((np.block([[matrix, -matrix], [-matrix, matrix]]), np.r_[right, -right]))

    def terms(self, coefficients: Float64, turn: int) -> Iterator[tuple[tuple[int, int], Float64, Float64]]:
        """Yield the parts of the normal equations at these cubics ``(n, 20, 3)``, as ``Reaches.terms`` does."""
        yield from self._reaches.terms(coefficients, turn)
        for pair, (matrix, right) in zip(self._reaches.pairs, self._terms, strict=True):
            yield pair, matrix, right


def with_readings(reaches: Reaches, pictures: Sequence[Sequence[tuple[Sample, Transform]]]) -> Compared:
    """Return reach, with readings beside it if all colors are SDR: the network has seen no others.

    ``pictures`` are those of each shot or part, after their transforms. Raises ``ToolNotFoundError`` if a file of
    weights is missing or damaged.
    """
    if any(sample.encoding is not None for shots in pictures for sample, _ in shots):
        return reaches
    return Readings(reaches, [read_grade(shots) for shots in pictures])


@cache
def _weights() -> Mapping[str, Float64]:
    """Load the weights. Raises ``ToolNotFoundError``."""
    return read_shipped("otiograde.decide.match", WEIGHTS, _read_weights)


def _read_weights(file: IO[bytes]) -> Mapping[str, Float64]:
    layers = ("first_weight", "first_bias", "last_weight", "last_bias")
    with np.load(file) as table:
        names = ("mean", "deviation", *layers, "scale", "prior", "rows")
        return {name: np.asarray(table[name], np.float64) for name in names}
