"""Lay out colors for a kernel as rows without gaps, as views where possible, and run kernels on them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde import _kernels

Array: TypeAlias = NDArray[Any]


def in_rows(*arrays: Array) -> tuple[Array, ...]:
    """Lay out arrays ``(..., 3)`` of one shape as ``(rows, N, 3)``, and arrays ``(...)`` as ``(rows, N)``.

    The result is a view of a contiguous array (one row), or of a part of a frame (gaps between rows); else a copy.
    """
    axes = arrays[0].ndim - 1
    whole = all(array.flags.c_contiguous for array in arrays)
    if not whole and axes == 2 and all(array.flags.aligned and array[0].flags.c_contiguous for array in arrays):
        return arrays
    return tuple(np.require(array, None, ["C", "A"]).reshape(1, -1, *array.shape[axes:]) for array in arrays)


def kernel_levels() -> tuple[str, tuple[str, ...]]:
    """Return the CPU level whose kernels run, and all levels of this CPU, the lowest first."""
    return _kernels.cpu_level(), _kernels.cpu_levels()


def run_kernel(kernel: Callable[[Array, Array], None], colors: Array, out: Array, threads: int = 1) -> None:
    """Run a kernel from ``colors`` to ``out``, both ``(..., 3)``; they may be the same array, or overlap."""
    is_direct = _same_memory(colors, out) or not np.may_share_memory(colors, out)
    source, target = in_rows(colors, out if is_direct else np.empty(out.shape, out.dtype))
    axis = 1 if len(source) == 1 else 0
    if threads == 1:
        kernel(source, target)
    else:
        bounds = np.linspace(0, source.shape[axis], threads + 1).astype(int).tolist()
        parts = [(slice(None),) * axis + (slice(*bound),) for bound in pairwise(bounds)]
        with ThreadPoolExecutor(threads - 1) as pool:
            futures = [pool.submit(kernel, source[part], target[part]) for part in parts[1:]]
            kernel(source[parts[0]], target[parts[0]])
            for future in futures:
                future.result()
    if not np.may_share_memory(target, out):
        out[...] = target.reshape(out.shape)


def _same_memory(one: Array, other: Array) -> bool:
    return (one.ctypes.data, one.strides, one.dtype) == (other.ctypes.data, other.strides, other.dtype)
