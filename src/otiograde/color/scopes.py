"""Scopes: how often each code of a picture occurs. Codes are those of 8 bits, full range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

LEVELS = 256


def parade(codes: NDArray[np.uint8], columns: int) -> Counts:
    """Count the codes of R', G' and B' in each of ``columns`` columns: ``(3, 256, columns)``."""
    return np.stack([_columns(codes[..., channel].astype(np.intp), columns) for channel in range(3)])


def _columns(levels: NDArray[np.intp], columns: int) -> Counts:
    width = levels.shape[1]
    place = levels * columns + np.arange(width) * columns // width
    return np.bincount(place.ravel(), minlength=LEVELS * columns).reshape(LEVELS, columns)
