"""The joint histogram of an image's codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from otiograde import _kernels
from otiograde.color.rows import in_rows


def histogram(rgb: NDArray[np.uint8], bits: int = 5, *, out: NDArray[np.uint64] | None = None) -> NDArray[np.uint64]:
    """Count uint8 colors ``(..., 3)`` in ``2^bits`` equal bins a channel, 1 to 8 bits.

    The counts are uint64, indexed [r, g, b]. ``out`` receives them and is returned. There may be at most 2^32 - 1
    colors. Raises ``TypeError`` for another type, and ``ValueError`` for another shape or number of bits.

    >>> histogram(np.array([[0, 0, 0], [255, 128, 0]], np.uint8), bits=1).nonzero()
    (array([0, 1]), array([0, 1]), array([0, 0]))
    """
    array: NDArray[Any] = np.asarray(rgb)
    if array.dtype != np.uint8:
        raise TypeError(f"rgb needs uint8, not {array.dtype}")
    if array.ndim == 0 or array.shape[-1] != 3:
        raise ValueError(f"rgb needs a last axis of 3, not shape {array.shape}")
    if not 1 <= bits <= 8:
        raise ValueError(f"bits must be 1 to 8, not {bits}")
    if out is not None and (out.shape != (1 << bits,) * 3 or out.dtype != np.uint64):
        raise ValueError(f"out must be uint64 {(1 << bits,) * 3}, not {out.dtype} {out.shape}")
    counts = np.zeros((2, *(1 << bits,) * 3), np.uint32)
    (rows,) = in_rows(array)
    _kernels.histogram(rows, counts, bits)
    total: NDArray[np.uint64] = np.add(counts[0], counts[1], out=out, dtype=np.uint64)
    return total
