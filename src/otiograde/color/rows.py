"""How colors in any memory reach a kernel: as rows without gaps, by views where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


def in_rows(*arrays: Array) -> tuple[Array, ...]:
    """Lay out arrays ``(..., 3)`` of one shape (or ``(...)``, one number a color) as ``(rows, N, 3)``.

    Views of whole arrays (then one row) and of parts of frames, whose rows have gaps between them; else copies.
    """
    axes = arrays[0].ndim - 1
    whole = all(array.flags.c_contiguous for array in arrays)
    if not whole and axes == 2 and all(array.flags.aligned and array[0].flags.c_contiguous for array in arrays):
        return arrays
    return tuple(np.require(array, None, ["C", "A"]).reshape(1, -1, *array.shape[axes:]) for array in arrays)


def through(kernel: Callable[[Array, Array], None], colors: Array, out: Array, threads: int = 1) -> None:
    """Run a kernel from ``colors`` to ``out``, both ``(..., 3)``; they may be the same, or overlap."""
    apart = _same_memory(colors, out) or not np.may_share_memory(colors, out)
    source, target = in_rows(colors, out if apart else np.empty(out.shape, out.dtype))
    axis = 1 if len(source) == 1 else 0
    if threads == 1:
        kernel(source, target)
    else:
        bounds = np.linspace(0, source.shape[axis], threads + 1).astype(int).tolist()
        parts = [(slice(None),) * axis + (slice(*ends),) for ends in pairwise(bounds)]
        with ThreadPoolExecutor(threads - 1) as pool:
            others = [pool.submit(kernel, source[part], target[part]) for part in parts[1:]]
            kernel(source[parts[0]], target[parts[0]])
            for other in others:
                other.result()
    if not np.may_share_memory(target, out):
        out[...] = target.reshape(out.shape)


def _same_memory(one: Array, other: Array) -> bool:
    return (one.ctypes.data, one.strides, one.dtype) == (other.ctypes.data, other.strides, other.dtype)
