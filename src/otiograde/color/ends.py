"""The ends of many values: the largest ones, and quantiles near both ends, without ordering what lies between."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Every so many values are looked at to guess where the end begins.
_EVERY = 16


def largest(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Return the ``count`` largest of the values ``(n,)``, which are at least so many, in ascending order.

    >>> largest(np.array([3.0, 1.0, 2.0, 3.0]), 3)
    array([2., 3., 3.])
    """
    sparse = values[::_EVERY]
    guessed = count // _EVERY + 4 * math.isqrt(count // _EVERY) + 4  # of a fair draw, hardly ever too few
    if guessed < len(sparse):
        least = np.partition(sparse, len(sparse) - guessed)[len(sparse) - guessed]
        few = values[values >= least]
        if len(few) >= count:
            values = few
    return np.sort(np.partition(values, len(values) - count)[len(values) - count :])


def end_quantiles(values: NDArray[Any], share: float) -> tuple[np.float64, np.float64]:
    """Return the quantiles ``share`` and ``1 - share`` of the values, interpolated linearly, as ``np.quantile`` does.

    >>> end_quantiles(np.arange(101.0), 0.01)
    (np.float64(1.0), np.float64(99.0))
    """
    values = values.ravel()
    low, high = share * (len(values) - 1), (1 - share) * (len(values) - 1)
    below = -largest(-values, min(math.floor(low) + 2, len(values)))
    above = largest(values, len(values) - math.floor(high))
    return _between(below[1::-1], low), _between(above[:2], high)


def _between(pair: NDArray[Any], at: float) -> np.float64:
    """Return the value at ``at`` between two neighbors, the first of which has this number, rounded down."""
    first, second, share = pair[0], pair[-1], at - math.floor(at)
    step = np.float64(second - first)
    return np.float64(second - step * (1 - share) if share >= 0.5 else first + step * share)
