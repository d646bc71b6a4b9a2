"""Colors in any memory as rows: views where that is possible, and the same result from every view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from otiograde.color.rows import in_rows, run_kernel

FRAME = np.random.default_rng(1).random((8, 10, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("array", "shape", "shared"),
    [
        (FRAME, (1, 80, 3), True),
        (FRAME[2:6], (1, 40, 3), True),
        (FRAME[:, 2:7], (8, 5, 3), True),
        (FRAME[:, ::2], (1, 40, 3), False),
        (FRAME[::-1], (8, 10, 3), True),
        (FRAME[..., ::-1], (1, 80, 3), False),
        (FRAME[0, 0], (1, 1, 3), True),
        (FRAME.reshape(2, 4, 10, 3), (1, 80, 3), True),
    ],
    ids=["whole", "rows", "window", "every second", "upside down", "reversed channels", "one color", "frames"],
)
def test_views_where_possible(array: Any, shape: tuple[int, ...], shared: bool) -> None:
    (rows,) = in_rows(array)
    assert rows.shape == shape
    assert np.shares_memory(rows, FRAME) is shared
    np.testing.assert_array_equal(rows.reshape(array.shape), array)


def halve(source: Any, target: Any) -> None:
    """A kernel: rows without gaps in, rows without gaps out."""
    assert source.shape == target.shape
    assert source.ndim == 3
    target[...] = source / 2


@pytest.mark.parametrize("threads", [1, 3])
def test_a_kernel_gets_every_color_once_whatever_the_threads(threads: int) -> None:
    for colors in (FRAME, FRAME[:, 2:7], FRAME[:, ::2]):
        out = np.full(colors.shape, np.nan, np.float32)
        run_kernel(halve, colors, out, threads)
        np.testing.assert_array_equal(out, colors / 2)


def test_in_place_and_overlapping() -> None:
    same = FRAME.copy()
    run_kernel(halve, same, same)
    np.testing.assert_array_equal(same, FRAME / 2)
    shifted = FRAME.copy()
    run_kernel(halve, shifted[:-1], shifted[1:])
    np.testing.assert_array_equal(shifted[1:], FRAME[:-1] / 2)
