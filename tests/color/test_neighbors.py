"""Mutual nearest neighbors against their definitions in NumPy: the same to the bit, whatever the codes.

Tests: color/neighbors.py
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels
from otiograde.color.neighbors import Posed, mutual_nearest, mutual_nearest_posed

RATIO = 0.85


def roots(count: int, seed: int, top: int = 255) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, top + 1, (count, 128), dtype=np.uint8)


def twin(a: NDArray[np.uint8], b: NDArray[np.uint8], ratio: float) -> tuple[NDArray[Any], NDArray[Any]]:
    first, second = a.astype(np.int64), b.astype(np.int64)
    products, rows = first @ second.T, np.arange(len(a))
    distances = (first**2).sum(1)[:, None] + (second**2).sum(1) - 2 * products
    best, back = products.argmax(1), products.argmax(0)
    near = distances[rows, best]
    products[rows, best] = -1
    far = distances[rows, products.argmax(1)]
    clear = (near.astype(np.float32) < np.float32(ratio**2) * far.astype(np.float32)) & (back[best] == rows)
    return np.flatnonzero(clear), best[clear]


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(2, 40), columns=st.integers(2, 40), top=st.sampled_from([0, 1, 60, 255]), seed=st.integers(0, 9)
)
def test_twin(rows: int, columns: int, top: int, seed: int) -> None:
    """Few different codes give many equal products; the largest codes give the largest sums."""
    a, b = roots(rows, seed, top), roots(columns, seed + 1, top)
    shared = min(rows, columns) // 2
    b[:shared] = a[:shared][::-1]
    found, wanted = mutual_nearest(a, b, RATIO), twin(a, b, RATIO)
    assert all(np.array_equal(one, two) for one, two in zip(found, wanted, strict=True))


def test_many() -> None:
    a, b = roots(700, 1, 90), roots(431, 2, 90)
    b[:300] = np.clip(a[400:] + np.random.default_rng(3).normal(0, 9, (300, 128)), 0, 255).astype(np.uint8)
    first, second = mutual_nearest(a, b, RATIO)
    assert len(first) > 280
    assert np.array_equal(first, second + 400)
    assert all(np.array_equal(one, two) for one, two in zip((first, second), twin(a, b, RATIO), strict=True))


def test_slices_are_taken() -> None:
    a, b = roots(40, 4), roots(40, 5)
    for part in (a[:20], a[::2], a[::-1]):
        found = mutual_nearest(part, b[::-1], 2.0)
        assert all(np.array_equal(one, two) for one, two in zip(found, twin(part, b[::-1], 2.0), strict=True))
        assert len(found[0])


def test_a_single_place_of_a_pose_is_a_match() -> None:
    """With none to be told apart from, it passes; and directions go round."""
    root, size = roots(3, 6), np.array([2, 2, 2], np.float32)
    a = Posed(root, size, np.array([359, 120, 240], np.float32))
    b = Posed(root[::-1], size, np.array([241, 119, 1], np.float32))
    for change, within, wanted in (
        ((0.0, 0.0), (0.5, 5.0), [0, 1, 2]),
        ((0.0, 0.0), (0.5, 1.5), [1, 2]),
        ((0.0, -2.0), (0.5, 1.5), [0, 2]),
        ((0.0, 360.0), (0.5, 5.0), [0, 1, 2]),
        ((0.6, 0.0), (0.5, 5.0), []),
    ):
        first, second = mutual_nearest_posed(a, b, change, within, 0.9)
        assert first.tolist() == wanted, (change, within)
        assert second.tolist() == [2 - row for row in wanted]


def test_fewer_than_two_have_no_neighbors() -> None:
    one, many = roots(1, 7), roots(9, 8)
    pose = np.ones(9, np.float32)
    for a, b in ((one, many), (many, one), (one[:0], many), (one, one)):
        posed = (Posed(root, pose[: len(root)], pose[: len(root)]) for root in (a, b))
        found = (*mutual_nearest(a, b, RATIO), *mutual_nearest_posed(*posed, (0, 0), (1, 1), RATIO))
        assert [len(part) for part in found] == [0, 0, 0, 0]


def test_wrong_arrays_are_refused() -> None:
    a, b, within = roots(5, 1), roots(6, 2), np.ones(2, np.int32)
    tiles, out = np.zeros(16 * 128, np.int16), np.zeros(3 * 5 + 2 * 16, np.int32)
    pose_a, pose_b, posed = (np.zeros(count, np.int32) for count in (10, 12, 33))
    for arguments, message in (
        ((a[:1], b, tiles, out), "a must have shape (n, 128)"),
        ((a, b[0], tiles, out), "b must have shape"),
        ((a[:, :64], b, tiles, out), "a must have shape"),
        ((a, b, tiles[:-1], out), "tiles must have shape (2048,)"),
        ((a, b, tiles, out[:-1]), "out must have shape (47,)"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            _kernels.nearest(*arguments)
    for others, message in (
        ((a, pose_b, b, pose_b, within, posed), "pose_a must have shape (10,)"),
        ((a, pose_a, b, pose_a, within, posed), "pose_b must have shape (12,)"),
        ((a, pose_a, b, pose_b, within[:1], posed), "within must have shape (2,)"),
        ((a, pose_a, b, pose_b, within, out), "out must have shape (33,)"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            _kernels.nearest_posed(*others)
    with pytest.raises(TypeError, match="a must be an array of uint8"):
        _kernels.nearest(a.astype(np.float32), b, tiles, out)  # type: ignore[arg-type]
