"""The integer kernel for uint8: exact weights, so that only the rounding of nodes and of the code itself is left."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels
from otiograde.color.lut import Lut3D

TWINS = (reference.trilinear, reference.tetrahedral)
BOTH = pytest.mark.parametrize("interpolation", [0, 1])


@lru_cache(maxsize=1)  # one of 255 nodes a side takes a second to draw, and both interpolations want it
def lattice(size: int, seed: int = 3) -> NDArray[np.float32]:
    """Nodes without any order, the ends of the range among them: the worst that there is."""
    nodes = np.random.default_rng(seed).random((size, size, size, 4), np.float32)
    nodes[..., :3] = (nodes[..., :3] * 1.5 - 0.25).clip(0, 1)
    nodes.setflags(write=False)
    return nodes


def narrow(nodes: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.minimum(np.rint((nodes - 0.5) * 65536), 32767).astype(np.int16)


def applied(src: NDArray[np.uint8], nodes: NDArray[np.int16], interpolation: int) -> NDArray[np.uint8]:
    out = np.empty_like(src)
    _kernels.lut_apply(src, out, nodes, interpolation)
    return out


def codes(count: int) -> NDArray[np.uint8]:
    src = np.random.default_rng(4).integers(0, 256, (count, 3), dtype=np.uint8)
    src[: count // 4] = src[: count // 4, :1]
    src[count // 4 : count // 2, 1] = src[count // 4 : count // 2, 0]
    src[: min(8, count)] = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])[:count] * 255
    return src


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("size", [2, 3, 17, 33, 52, 65, 129, 255])
def test_twin(interpolation: int, size: int) -> None:
    src, nodes = codes(30_000 if size < 100 else 3000), lattice(size)
    exact = TWINS[interpolation](src / 255, nodes[..., :3]) * 255
    # Trilinear weights are rounded, too: seen only between nodes as far apart as these.
    assert np.abs(applied(src, narrow(nodes), interpolation) - exact).max() <= (0.505, 0.53)[interpolation == 0]


@BOTH
@pytest.mark.parametrize("size", [17, 33])
def test_smooth_look(interpolation: int, size: int) -> None:
    nodes = np.zeros((size, size, size, 4), np.float32)
    nodes[..., :3] = Lut3D.identity(size).lattice ** np.float32(1.3)
    src = codes(30_000)
    exact = TWINS[interpolation](src / 255, nodes[..., :3]) * 255
    assert np.abs(applied(src, narrow(nodes), interpolation) - exact).max() <= 0.51


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 16, 33, 64, 255])
def test_identity_keeps_every_code(size: int) -> None:
    codes = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    nodes = narrow(np.concatenate([Lut3D.identity(size).lattice, np.zeros((size,) * 3 + (1,), np.float32)], -1))
    for interpolation in (0, 1):
        assert np.array_equal(applied(codes, nodes, interpolation), codes)


@BOTH
@settings(deadline=None, max_examples=40)
@given(count=st.integers(0, 700), start=st.integers(0, 300), size=st.integers(2, 20))
def test_a_color_does_not_depend_on_its_place(interpolation: int, count: int, start: int, size: int) -> None:
    src, nodes = codes(1001), narrow(lattice(size))
    whole = applied(src, nodes, interpolation)
    room = np.full_like(src, 77)
    _kernels.lut_apply(src[start : start + count], room[start : start + count], nodes, interpolation)
    assert np.array_equal(room[start : start + count], whole[start : start + count])
    assert (room[:start] == 77).all()
    assert (room[start + count :] == 77).all()
    same = src.copy()
    _kernels.lut_apply(same, same, nodes, interpolation)
    assert np.array_equal(same, whole)


@BOTH
def test_every_tail(interpolation: int) -> None:
    src, nodes = codes(200), narrow(lattice(9))
    reference.check_tails(src, nodes, interpolation)


def test_lut_chooses_it_where_it_fits() -> None:
    unit = Lut3D(lattice(5)[..., :3])
    assert unit._codes is not None
    for other in (
        Lut3D(unit.lattice * 1.01),
        Lut3D(unit.lattice - 0.01),
        Lut3D(unit.lattice, [[0, 0, 0], [1, 1, 2]]),
    ):
        assert other._codes is None
        assert other.apply(codes(10)).dtype == np.uint8


def test_refused() -> None:
    nodes = narrow(lattice(3))
    with pytest.raises(ValueError, match=r"^lattice of int16"):
        _kernels.lut_apply(codes(4), codes(4), nodes, 1, high=(1.0, 1.0, 2.0))
    with pytest.raises(ValueError, match=r"^lattice of int16"):
        _kernels.lut_apply(codes(4), codes(4), np.zeros((256, 256, 256, 4), np.int16), 1)
    with pytest.raises(TypeError, match=r"^lattice must be an array of float32"):
        _kernels.lut_apply(np.zeros((4, 3), np.float32), np.zeros((4, 3), np.float32), nodes, 1)
