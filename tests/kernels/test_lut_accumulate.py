"""lut_accumulate against its float64 twin, and as the transpose of trilinear interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels


def pairs(count: int, seed: int = 3) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return rng.random((count, 3)).astype(np.float32), rng.normal(0, 1, (count, 3)).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 400), size=st.integers(2, 12))
def test_twin(count: int, size: int) -> None:
    colors, values = pairs(count)
    sums = np.zeros((size, size, size, 4))
    _kernels.lut_accumulate(colors, values, sums)
    assert np.allclose(sums, reference.accumulate(colors, values, size), rtol=0, atol=2e-5)
    assert np.isclose(sums[..., 3].sum(), count, rtol=1e-12)


def test_exact_where_the_cell_is_exact() -> None:
    """With 2^k + 1 nodes, coordinates in a cell are exact: only the order of the sums differs."""
    colors, values = pairs(50_000)
    sums = np.zeros((33, 33, 33, 4))
    _kernels.lut_accumulate(colors, values, sums)
    assert np.abs(sums - reference.accumulate(colors, values, 33)).max() < 1e-12


def test_transpose_of_interpolation() -> None:
    """<accumulate(colors, values), lattice> = <values, trilinear(colors, lattice)>."""
    colors, values = pairs(5000)
    nodes = np.random.default_rng(4).random((17, 17, 17, 3))
    sums = np.zeros((17, 17, 17, 4))
    _kernels.lut_accumulate(colors, values, sums)
    there = (sums[..., :3] * nodes).sum()
    back = (values * reference.trilinear(colors, nodes)).sum()
    assert np.isclose(there, back, rtol=1e-9)


def test_adds_to_what_is_there() -> None:
    colors, values = pairs(1000)
    whole, parts = np.zeros((2, 9, 9, 9, 4))
    _kernels.lut_accumulate(colors, values, whole)
    for part in np.array_split(np.arange(1000), 7):
        _kernels.lut_accumulate(colors[part], values[part], parts)
    assert np.allclose(whole, parts, rtol=0, atol=1e-12)


def test_strange_colors_go_to_the_faces() -> None:
    strange = np.float32([[np.nan, np.inf, -np.inf], [-5, 7, 3e38]])
    sums = np.zeros((3, 3, 3, 4))
    _kernels.lut_accumulate(strange, np.ones((2, 3), np.float32), sums)
    assert sums[0, 2, 0].tolist() == [1, 1, 1, 1]
    assert sums[2, 2, 0].tolist() == [1, 1, 1, 1]
    assert sums.sum() == 8


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"colors": np.zeros((4, 3))}, TypeError, "colors must be an array of float32"),
        ({"values": np.zeros((5, 3), np.float32)}, ValueError, r"values must have shape \(4, 3\)"),
        ({"sums": np.zeros((3, 3, 3, 4), np.float32)}, TypeError, "sums must be an array of float64"),
        ({"sums": np.zeros((3, 3, 3, 3))}, ValueError, "sums must have shape"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, Any], error: type[Exception], message: str) -> None:
    four = np.zeros((4, 3), np.float32)
    with pytest.raises(error, match=f"^{message}"):
        _kernels.lut_accumulate(**{"colors": four, "values": four, "sums": np.zeros((3, 3, 3, 4)), **change})
