"""The joint histogram at its door: what it counts, and what it refuses (tests/kernels has the kernel itself)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from otiograde.color.histogram import histogram


def test_counts_lie_at_their_colors() -> None:
    counts = histogram(np.array([[0, 0, 0], [255, 128, 0], [255, 129, 1]], np.uint8), bits=1)
    assert counts.sum() == 3
    assert (counts[0, 0, 0], counts[1, 1, 0]) == (1, 2)


def test_out_takes_the_counts_and_is_returned() -> None:
    out = np.full((4, 4, 4), 7, np.uint64)
    assert histogram(np.zeros((5, 3), np.uint8), bits=2, out=out) is out
    assert (out[0, 0, 0], out.sum()) == (5, 5)


@pytest.mark.parametrize(
    ("rgb", "words", "error"),
    [
        (np.zeros((2, 3)), {}, TypeError),
        (np.zeros((2, 4), np.uint8), {}, ValueError),
        (np.uint8(3), {}, ValueError),
        (np.zeros((2, 3), np.uint8), {"bits": 0}, ValueError),
        (np.zeros((2, 3), np.uint8), {"bits": 9}, ValueError),
        (np.zeros((2, 3), np.uint8), {"bits": 2, "out": np.zeros((4, 4, 4), np.int64)}, ValueError),
    ],
)
def test_what_cannot_be_counted(rgb: Any, words: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        histogram(rgb, **words)
