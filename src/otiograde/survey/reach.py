"""Reach: how far the colors of a shot go in every direction, the evidence of shots that share no surface.

The shots of a scene come from one camera and one hand. What they show differs, and so do the means and spreads of their
colors; but white is as white in one as in the other, black as black, and where many pixels crowd at the farthest color
of a kind, it is one that the scene ends at: paper, a lamp, clipped sky, deep shadow, the one red coat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.statistics import are_comparable
from otiograde.color.transform import Transform
from otiograde.survey.sample import Sample

#: Both ways along 13 axes of encoded R'G'B': its own, the diagonals of its planes and of its cube.
_AXES = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
_AXES += [(1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)]
DIRECTIONS: Float64 = np.array([sign * np.array(axis) / np.linalg.norm(axis) for sign in (1, -1) for axis in _AXES])

#: The part of a shot's pixels that is its farthest color, and how close behind it others crowd, in code values.
FARTHEST, BEHIND = 0.001, 0.03

#: The farthest colors of two shots lie this far apart by chance where so large a part of the pixels crowds behind
#: both, farther as it is less, but no farther than ``MOST``.
CHANCE, CROWD, MOST = 0.03, 0.015, 0.45

#: Degrees of freedom of Student's t: how often they lie much farther apart than that.
FREEDOM = 3.0

#: Each shot is compared with so many before and after it in the edit.
COMPARED = 4

#: The pixels of a picture that its reach is measured on, and the usable colors that tell whether it tells anything.
PIXELS, COLORS = 60_000, 1000


class Reach(NamedTuple):
    """The farthest color in each of ``DIRECTIONS`` (26, 3), and the part of the pixels that crowds behind it (26,)."""

    colors: Float64
    crowds: Float64


def reach(pictures: Sequence[tuple[Sample, Transform]]) -> Reach | None:
    """How far the colors of some pictures go together, each as its transform makes them, clipped ones among them.

    None where they tell nothing: gray pictures, those of one color, and those of which little is usable.
    """
    usable, every = (
        np.concatenate([_drawn(*picture, count // len(pictures), clipped=clipped) for picture in pictures])
        for count, clipped in ((COLORS, False), (PIXELS, True))
    )
    if not are_comparable(usable):
        return None
    # Sums of three products one by one: the same to the last bit whatever a library does with matrices.
    red, green, blue = every.T
    along = np.stack([r * red + g * green + b * blue for r, g, b in DIRECTIONS])
    least = len(every) - max(1, round(FARTHEST * len(every)))
    limits = np.partition(along, least, axis=1)[:, least, None]
    farthest = np.stack([every[far].mean(axis=0) for far in along >= limits])
    return Reach(farthest, (along > limits - BEHIND).mean(axis=1))


def _drawn(sample: Sample, transform: Transform, count: int, *, clipped: bool) -> Float64:
    return np.clip(transform(sample.colors(max(count, 1), clipped=clipped).astype(np.float64)), 0, 1)


def chance(crowds: Float64) -> Float64:
    """How far apart farthest colors lie by chance, in code values, behind which such parts of the pixels crowd."""
    return np.clip(CHANCE * CROWD / np.maximum(crowds, 1e-9), CHANCE, MOST)


class Reaches:
    """What the reaches of some shots say of the cubics on them, pair by pair (indices); None tells nothing."""

    def __init__(self, reaches: Sequence[Reach | None]) -> None:
        known = {k: own for k, own in enumerate(reaches) if own is not None}
        psi = {k: np.asarray(monomials(own.colors), np.float64) for k, own in known.items()}
        self.pairs = [(i, j) for i in known for j in known if i - COMPARED <= j < i]
        company = np.bincount(np.array(self.pairs, np.intp).ravel(), minlength=len(reaches))
        self._gaps, self._changes, self._chances, self._worth = [], [], [], []
        for a, b in self.pairs:
            self._gaps.append(((known[a].colors - known[b].colors) * DIRECTIONS).sum(1))
            both = np.concatenate([psi[a], -psi[b]], axis=1).reshape(len(DIRECTIONS), 2, -1, 1)
            self._changes.append((both * DIRECTIONS[:, None, None, :]).reshape(len(DIRECTIONS), -1))
            self._chances.append(chance(np.minimum(known[a].crowds, known[b].crowds)))
            # A shot with many others is compared as often, by the same reach of its own.
            self._worth.append(4 / (2 + company[a] + company[b]))

    def terms(self, coefficients: Float64, turn: int) -> Iterator[tuple[tuple[int, int], Float64, Float64]]:
        """Each pair's part of the normal equations about these cubics: its shots, matrix (120, 120), right (120,)."""
        for k, pair in enumerate(self.pairs):
            a, b = pair
            moved = self._changes[k] @ np.concatenate([coefficients[a].ravel(), coefficients[b].ravel()])
            off = (self._gaps[k] + moved) / self._chances[k]
            likely = (FREEDOM + 1) / (FREEDOM + off**2) if turn else np.ones(len(off))
            weighted = self._changes[k].T * (likely * self._worth[k] / self._chances[k] ** 2)
            yield pair, weighted @ self._changes[k], -weighted @ self._gaps[k]

    def differ(self) -> Float64:
        """How far the reaches of each pair are apart, in deviations of chance: the root mean square."""
        every = zip(self._gaps, self._chances, strict=True)
        return np.array([np.sqrt(np.mean((gaps / chances) ** 2)) for gaps, chances in every])
