"""What two clouds of colors have in common, and where the common parts differ: statistics that content misleads less.

Histograms of two clouds overlap in their common mass. Each color weighs by how much of its bin is common (unbalanced
transport: what only one picture shows is left out), and the weighted clouds are compared by their projections (sliced
transport: Pitié, Kokaram, Dahyot 2007; Bonneel et al. 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Luma and two opponent axes of encoded R'G'B', the chroma ones stretched, and the bins of their histogram.
OPPONENT = np.array([[0.2126, 0.7152, 0.0722], [-0.56, -0.24, 0.8], [0.8, -0.72, -0.08]])
LOW, HIGH, BINS = np.array([0.0, -0.9, -0.9]), np.array([1.0, 0.9, 0.9]), (12, 36, 36)

#: 13 unit vectors of a space of three dimensions (its axes, the diagonals of their planes and of their cube), the same
#: as directions to project colors on, and the bins of equal mass.
_DIAGONALS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)]
_DIAGONALS += [(1, 1, 1), (1, 1, -1), (1, -1, 1), (1, -1, -1)]
AXES: Array = np.array([np.array(axis) / np.linalg.norm(axis) for axis in _DIAGONALS])
DIRECTIONS: Array = AXES @ OPPONENT
LEVELS = 16

#: A color that the other cloud lacks keeps this weight, so that clouds far apart still find each other.
LEAST = 0.08


class Common(NamedTuple):
    """``share`` in [0, 1] of the mass is common; the weights ``(n,)`` say how much of each color is."""

    first: Array
    second: Array
    share: float


def common_mass(first: Array, second: Array, kinds: tuple[NDArray[np.intp], NDArray[np.intp]], blur: float) -> Common:
    """Compare two clouds of colors ``(n, 3)``, those of one kind (0, 1, 2 ...) with each other only.

    ``blur``: the deviation, in bins, that histograms are smoothed with.
    """
    count = 1 + int(max(kinds[0].max(initial=0), kinds[1].max(initial=0)))
    (at, mine), (there, other) = (_histogram(*side, count, blur) for side in zip((first, second), kinds, strict=True))
    shared = np.minimum(mine, other)
    weights = [np.maximum(shared[index] / (own[index] + 1e-9), LEAST) for index, own in ((at, mine), (there, other))]
    return Common(weights[0], weights[1], float(shared.sum()))


def _histogram(colors: Array, kinds: NDArray[np.intp], count: int, blur: float) -> tuple[NDArray[np.intp], Array]:
    """Each color's bin and the smoothed shares of all bins, flat, one histogram a kind."""
    from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415  (SciPy takes long to import)

    cells = ((colors @ OPPONENT.T - LOW) / (HIGH - LOW) * BINS).astype(np.intp)
    red, green, blue = np.clip(cells, 0, np.array(BINS) - 1).T
    at = np.ravel_multi_index((kinds, red, green, blue), (count, *BINS))
    shares = (np.bincount(at, minlength=count * int(np.prod(BINS))) / len(at)).reshape(count, *BINS)
    for axis in (1, 2, 3):
        shares = gaussian_filter1d(shares, blur, axis, truncate=3)
    return at, shares.ravel()


def projections(colors: Array, weights: Array, linear: Array) -> tuple[Array, Array]:
    """The means of weighted colors ``(n, 3)`` in ``LEVELS`` bins of equal mass along each direction.

    Returns them ``(13 * LEVELS,)``, and how they change with the matrix W ``(k, 3)``, flat, if colors are moved by
    ``linear @ W`` (``linear`` ``(n, k)``): ``(13 * LEVELS, 3 k)``.
    """
    along = colors @ DIRECTIONS.T
    order = np.argsort(along, axis=0, kind="stable")
    mass = weights[order]
    total = np.cumsum(mass, axis=0)
    level = np.minimum((total - mass / 2) / total[-1] * LEVELS, LEVELS - 1e-9).astype(np.intp)
    averages = np.zeros((len(DIRECTIONS), LEVELS, len(colors)))
    averages[np.arange(len(DIRECTIONS))[None], level, order] = mass
    averages /= averages.sum(2, keepdims=True) + 1e-9
    means = np.einsum("dln,nd->dl", averages, along).ravel()
    moved = averages.reshape(-1, len(colors)) @ linear
    change = moved[:, :, None] * np.repeat(DIRECTIONS, LEVELS, axis=0)[:, None, :]
    return means, change.reshape(len(means), -1)
