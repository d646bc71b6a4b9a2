"""Scopes: how often each code of a picture occurs. Codes have 8 bits, full range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

LEVELS = 256


def parade(codes: NDArray[np.uint8], columns: int) -> Counts:
    """Count the codes of R', G' and B' in each of ``columns`` columns: ``(3, 256, columns)``."""
    return np.stack([_count_by_column(codes[..., channel].astype(np.intp), columns) for channel in range(3)])


def _count_by_column(levels: NDArray[np.intp], columns: int) -> Counts:
    width = levels.shape[1]
    cells = levels * columns + np.arange(width) * columns // width
    return np.bincount(cells.ravel(), minlength=LEVELS * columns).reshape(LEVELS, columns)
