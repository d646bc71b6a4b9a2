"""Reach: the farthest colors of a shot in every direction. It is the evidence for shots that share no surface.

The shots of a scene come from one camera and one colorist. Their content differs, and so do the means and spreads of
their colors. But white is equally white in all of them, and black equally black. Where many pixels crowd at the
farthest color, it is a limit of the whole scene: paper, a lamp, clipped sky, deep shadow, the only red coat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.ends import largest
from otiograde.color.statistics import are_comparable
from otiograde.color.transform import Transform
from otiograde.survey.sample import Sample

#: The two directions of 13 axes of encoded R'G'B': the edges of the cube, its face diagonals and its space diagonals.
_AXES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
_AXES += [(1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)]
DIRECTIONS: Float64 = np.array([sign * np.array(axis) / np.linalg.norm(axis) for sign in (1, -1) for axis in _AXES])

#: Share of a shot's pixels that make its farthest color, and the distance behind it that counts as crowding, in code
#: values.
FARTHEST, BEHIND = 0.001, 0.03

#: Chance distance in code values of two shots' farthest colors if at least the share ``CROWD`` of the pixels crowds
#: behind both. With a smaller share it grows in inverse proportion, up to ``MOST``.
CHANCE, CROWD, MOST = 0.03, 0.015, 0.45

#: Degrees of freedom of Student's t: the fewer, the more often distances far above chance occur.
FREEDOM = 3.0

#: Shots before and after a shot in the edit that it is compared with.
COMPARED = 4

#: Pixels of a picture that its reach is measured on, and usable colors that decide whether it is informative.
PIXELS, COLORS = 60_000, 1000


class Reach(NamedTuple):
    """The farthest colors of a shot in the 26 ``DIRECTIONS``."""

    #: ``(26, 3)``: the farthest color in each direction, code values in [0, 1].
    colors: Float64
    #: ``(26,)``: the share of the pixels that crowds behind it.
    crowds: Float64


def reach(pictures: Sequence[tuple[Sample, Transform]]) -> Reach | None:
    """Measure the common reach of some pictures after their transforms, clipped colors included.

    Return None if the pictures are not informative: gray, of one color, or hardly usable.
    """
    usable, pool = (
        np.concatenate([_drawn(*picture, count // len(pictures), clipped=clipped) for picture in pictures])
        for count, clipped in ((COLORS, False), (PIXELS, True))
    )
    if not are_comparable(usable):
        return None
    # Written out: a matrix product may differ in the last bit from one library to another.
    red, green, blue = np.ascontiguousarray(pool.T)
    along = [r * red + g * green + b * blue for r, g, b in DIRECTIONS[: len(_AXES)]]
    ends = [_end(sign * axis, pool) for sign in (1, -1) for axis in along]
    return Reach(np.array([color for color, _ in ends]), np.array([crowd for _, crowd in ends]))


def _end(along: Float64, pool: Float64) -> tuple[Float64, float]:
    """Return the farthest color of the pool along an axis, and the share of the colors that crowds behind it."""
    limit = largest(along, max(1, round(FARTHEST * len(pool))))[0]
    return pool[along >= limit].mean(axis=0), float((along > limit - BEHIND).mean())


def _drawn(sample: Sample, transform: Transform, count: int, *, clipped: bool) -> Float64:
    return np.clip(transform(sample.colors(max(count, 1), clipped=clipped).astype(np.float64)), 0, 1)


def chance(crowds: Float64) -> Float64:
    """Return the chance distance of farthest colors in code values, by the share of the pixels that crowds there."""
    return np.clip(CHANCE * CROWD / np.maximum(crowds, 1e-9), CHANCE, MOST)


class Reaches:
    """Equations on the cubics of some shots: after correction, compared shots reach equally far.

    ``pairs`` are the indices of the compared shots. A shot whose reach is None is compared with none.
    """

    def __init__(self, reaches: Sequence[Reach | None]) -> None:
        measured = {k: reach for k, reach in enumerate(reaches) if reach is not None}
        psi = {k: np.asarray(monomials(reach.colors), np.float64) for k, reach in measured.items()}
        self.pairs = [(i, j) for i in measured for j in measured if i - COMPARED <= j < i]
        counts = np.bincount(np.array(self.pairs, np.intp).ravel(), minlength=len(reaches))
        self._gaps, self._changes, self._chances, self._worth = [], [], [], []
        for a, b in self.pairs:
            self._gaps.append(((measured[a].colors - measured[b].colors) * DIRECTIONS).sum(1))
            both = np.concatenate([psi[a], -psi[b]], axis=1).reshape(len(DIRECTIONS), 2, -1, 1)
            self._changes.append((both * DIRECTIONS[:, None, None, :]).reshape(len(DIRECTIONS), -1))
            self._chances.append(chance(np.minimum(measured[a].crowds, measured[b].crowds)))
            # A shot with many pairs has the same reach in all of them: each pair then counts less.
            self._worth.append(4 / (2 + counts[a] + counts[b]))

    def terms(self, coefficients: Float64, turn: int) -> Iterator[tuple[tuple[int, int], Float64, Float64]]:
        """Yield each pair's part of the normal equations at these cubics ``(n, 20, 3)``.

        A part is the pair's indices, the matrix ``(120, 120)`` and the right-hand side ``(120,)``. Turn 0 is plain
        least squares; later turns are weighted by Student's t.
        """
        for k, pair in enumerate(self.pairs):
            a, b = pair
            shift = self._changes[k] @ np.concatenate([coefficients[a].ravel(), coefficients[b].ravel()])
            off = (self._gaps[k] + shift) / self._chances[k]
            likely = (FREEDOM + 1) / (FREEDOM + off**2) if turn else np.ones(len(off))
            weighted = self._changes[k].T * (likely * self._worth[k] / self._chances[k] ** 2)
            yield pair, weighted @ self._changes[k], -weighted @ self._gaps[k]

    def differ(self) -> Float64:
        """Return the distance of the reaches of each pair ``(n,)``: the root mean square, in units of chance."""
        pairs = zip(self._gaps, self._chances, strict=True)
        return np.array([np.sqrt(np.mean((gaps / chances) ** 2)) for gaps, chances in pairs])
