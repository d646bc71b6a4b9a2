"""Mutual nearest neighbors among descriptors of places: 128 codes of 8 bits each, compared exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde import _kernels
from otiograde.color.arrays import Float32, Indices

#: Numbers of a descriptor, and descriptors that the kernels lay side by side.
DEPTH, _ACROSS = 128, 16
#: Units of a pose in the kernels: of an octave of size, and of a turn.
_OCTAVE, _TURN = 2.0**24, 2.0**32
#: The distance of a descriptor that has no neighbor.
_NONE = np.iinfo(np.int32).max


class Posed(NamedTuple):
    """Descriptors of n places, and their poses."""

    #: uint8 ``(n, 128)``.
    root: NDArray[np.uint8]
    #: ``(n,)``: in pixels.
    size: Float32
    #: ``(n,)``: in degrees.
    angle: Float32


def mutual_nearest(a: NDArray[np.uint8], b: NDArray[np.uint8], ratio: float) -> tuple[Indices, Indices]:
    """Return the indices into ``a`` and ``b``, uint8 ``(n, 128)``, of mutual nearest neighbors.

    The nearest has the largest product: lengths hardly differ. Its distance is less than ``ratio`` times that of the
    second nearest (Lowe 2004). Of equal ones the first counts. Fewer than two descriptors have no neighbors.

    >>> a = np.eye(3, 128, dtype=np.uint8) * 200
    >>> [index.tolist() for index in mutual_nearest(a, a[::-1], 0.8)]
    [[0, 1, 2], [2, 1, 0]]
    """
    if len(a) < 2 or len(b) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    padded = -(-len(b) // _ACROSS) * _ACROSS
    out = np.empty(3 * len(a) + 2 * padded, np.int32)
    _kernels.nearest(_rows(a), _rows(b), np.empty(padded * DEPTH, np.int16), out)
    return _mutual(out, len(a), ratio)


def mutual_nearest_posed(
    a: Posed, b: Posed, change: tuple[float, float], within: tuple[float, float], ratio: float
) -> tuple[Indices, Indices]:
    """Return the indices of mutual nearest neighbors among places whose pose changes from b to a by about ``change``.

    ``change`` and ``within`` are in log2 of size and in degrees. Only such places are compared, also by the ``ratio``
    test of distances.
    """
    if len(a.root) < 2 or len(b.root) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    out = np.empty(3 * (len(a.root) + len(b.root)), np.int32)
    limits = np.array([within[0] * _OCTAVE, within[1] / 360 * _TURN], np.int32)
    _kernels.nearest_posed(_rows(a.root), _pose(a, (0, 0)), _rows(b.root), _pose(b, change), limits, out)
    return _mutual(out, len(a.root), ratio)


def _mutual(out: NDArray[np.int32], count: int, ratio: float) -> tuple[Indices, Indices]:
    """Choose among the neighbors that a kernel found for ``count`` descriptors: nearest, distances, and back again."""
    best, near, far = (out[k * count : (k + 1) * count] for k in range(3))
    # The distances are below 2^24, but for that of no neighbor.
    clear = (near < _NONE) & ((near < np.float32(ratio**2) * far.astype(np.float32)) | (far == _NONE))
    first = np.flatnonzero(clear)
    second = best[first].astype(np.intp)
    both = out[3 * count + second] == first
    return first[both], second[both]


def _pose(places: Posed, change: tuple[float, float]) -> NDArray[np.int32]:
    """Return sizes, then directions, as whole numbers; directions go round as these do."""
    size = (np.log2(places.size).astype(np.float64) + change[0]) * _OCTAVE
    turn = (places.angle.astype(np.float64) + change[1]) % 360 / 360 * _TURN
    return np.concatenate([np.rint(size), np.rint(turn)]).astype(np.int64).astype(np.uint32).view(np.int32)


def _rows(root: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(root)
