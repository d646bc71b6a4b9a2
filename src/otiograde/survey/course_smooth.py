"""Smooth a course, but for its steps: Whittaker's smoother with breaks."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from otiograde.color.arrays import Float64


def smoothed(values: Float64, stiffness: float, breaks: Collection[int] = ()) -> Float64:
    """Return ``values`` (n, m) smoothed along n: least squares plus ``stiffness`` times the squared second differences.

    Nothing is smoothed across ``breaks``, the numbers of the first values after a jump. Source: Whittaker, "On a New
    Method of Graduation" (1923). The banded system is solved by its Cholesky factors.
    """
    count = len(values)
    diagonals = np.zeros((3, count))  # of the lower half
    diagonals[0] = 1
    for middle in range(1, count - 1):
        if middle in breaks or middle + 1 in breaks:
            continue
        for one, weight in zip((-1, 0, 1), (1.0, -2.0, 1.0), strict=True):
            for other, more in zip((-1, 0, 1), (1.0, -2.0, 1.0), strict=True):
                if other >= one:
                    diagonals[other - one, middle + one] += stiffness * weight * more
    return _solved(diagonals, values)


def _solved(diagonals: Float64, values: Float64) -> Float64:
    """Solve a system whose matrix is symmetric with two diagonals below its own; ``diagonals[d, i]`` is (i + d, i)."""
    main, near, far = (row.copy() for row in diagonals)
    result = np.array(values, np.float64)
    count = len(result)
    for row in range(count):
        if row > 1:
            near[row - 1] -= far[row - 2] * near[row - 2]
        for back, below in ((1, near), (2, far)):
            if row >= back:
                below[row - back] /= main[row - back]
                main[row] -= below[row - back] ** 2 * main[row - back]
                result[row] -= below[row - back] * result[row - back]
    result /= main[:, None]
    for row in range(count - 2, -1, -1):
        result[row] -= near[row] * result[row + 1]
        if row < count - 2:
            result[row] -= far[row] * result[row + 2]
    return np.asarray(result)
