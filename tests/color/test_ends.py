"""The ends of many values against sorting and np.quantile: the same to the bit.

Tests: color/ends.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.ends import end_quantiles, largest

DRAWS: dict[str, Callable[[int], NDArray[Any]]] = {
    "float32": lambda count: np.random.default_rng(1).random(count, np.float32),
    "few different": lambda count: np.random.default_rng(2).integers(0, 4, count).astype(np.float64),
    "ascending": lambda count: np.sort(np.random.default_rng(3).normal(size=count)),
    # Every sixteenth value is looked at first: here it tells the wrong end.
    "misleading": lambda count: np.where(np.arange(count) % 16 == 0, 1.0, 0.0),
    "the other way": lambda count: np.where(np.arange(count) % 16 == 0, 0.0, np.arange(count, dtype=np.float64)),
    "equal": np.zeros,
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("count", [1, 2, 3, 17, 150, 5000, 40_000])
def test_ends(name: str, count: int) -> None:
    values = DRAWS[name](count)
    for wanted in {1, count // 1000 + 1, count // 3 + 1, count}:
        assert np.array_equal(largest(values, wanted), np.sort(values)[count - wanted :])
    low, high = end_quantiles(values, 0.01)
    wanted_low, wanted_high = np.quantile(values, [0.01, 0.99])
    assert (low, high) == (wanted_low, wanted_high)
    assert type(low) is type(wanted_low)


def test_a_picture() -> None:
    picture = np.random.default_rng(4).random((270, 480), np.float32)
    assert end_quantiles(picture, 0.01) == tuple(np.quantile(picture, [0.01, 0.99]))
