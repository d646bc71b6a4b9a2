"""lut_apply against its float64 twin, OpenColorIO, and everything an array can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels

TWINS = (reference.trilinear, reference.tetrahedral)
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
#: The largest error that is allowed, in codes (float32: in values).
LIMIT = {np.uint8: 0.51, np.uint16: 0.52, np.float32: 5e-7}
TYPES = pytest.mark.parametrize("kind", WHITE)
BOTH = pytest.mark.parametrize("interpolation", [0, 1])


def lattice(size: int) -> NDArray[np.float32]:
    """A look without any symmetry between the channels; the pad holds what must never be read."""
    r, g, b = np.meshgrid(*[np.linspace(0, 1, size)] * 3, indexing="ij")
    look = np.stack([0.9 * r**1.2 + 0.05 * g, 0.8 * g**0.8 + 0.1 * b, 0.7 * b**1.1 + 0.2 * r * g, 0 * r + 9], -1)
    return np.ascontiguousarray(look.transpose(2, 1, 0, 3), np.float32)


def colors(kind: type, count: int, seed: int = 1) -> NDArray[Any]:
    values = np.random.default_rng(seed).random((count, 3))
    return (values * WHITE[kind]).round().astype(kind) if kind is not np.float32 else values.astype(kind)


def applied(src: NDArray[Any], nodes: NDArray[np.float32], interpolation: int = 1, **domain: Any) -> NDArray[Any]:
    out = np.empty_like(src)
    _kernels.lut_apply(src, out, nodes, interpolation, **domain)
    return out


@TYPES
@BOTH
@pytest.mark.parametrize("size", [2, 3, 17, 33, 64, 65])
def test_twin(kind: type, interpolation: int, size: int) -> None:
    src, nodes = colors(kind, 40_001), lattice(size)
    src[:8] = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)]) * WHITE[kind]  # the corners of the cube
    src[8:300] = src[8:300, :1]  # the neutral axis: fractions that are equal
    src[300:500, 1] = src[300:500, 0]
    src[500:700, 2] = src[500:700, 1]
    exact = TWINS[interpolation](src / WHITE[kind], nodes[..., :3]) * WHITE[kind]
    assert np.abs(applied(src, nodes, interpolation) - exact).max() <= LIMIT[kind]


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("size", [2, 17, 129, 255, 256])
def test_uint16_on_a_rough_lattice(interpolation: int, size: int) -> None:
    """Positions of uint16 are exact, so nodes may be as far apart as they like. Every code occurs, and every tie."""
    nodes = np.random.default_rng(size).random((size, size, size, 4), np.float32)
    every = np.arange(65536, dtype=np.uint16)
    src = np.stack([every, every[::-1], np.random.default_rng(1).permutation(every)], -1)
    src[:4096, 1], src[4096:8192, 2] = src[:4096, 0], src[4096:8192, 1]
    exact = TWINS[interpolation](src / 65535, nodes[..., :3]) * 65535
    assert np.abs(applied(src, nodes, interpolation) - exact).max() <= LIMIT[np.uint16]


@TYPES
@BOTH
def test_every_tail(kind: type, interpolation: int) -> None:
    """Images of 1 to 129 colors, at two alignments: the same bytes as in a larger one, and none beside them."""
    src, nodes = colors(kind, 200), lattice(9)
    reference.check_tails(src, nodes, interpolation)


@BOTH
def test_order_of_nodes(interpolation: int) -> None:
    """Row i of a .cube file's body, red fastest, is what the i-th node's color becomes."""
    body = np.random.default_rng(2).random((5**3, 4)).astype(np.float32)
    index = np.arange(5**3)
    nodes = np.stack([index % 5, index // 5 % 5, index // 25], -1) / np.float32(4)
    out = applied(nodes.astype(np.float32), body.reshape(5, 5, 5, 4), interpolation)
    assert np.array_equal(out, body[:, :3])


@BOTH
def test_largest_lattice(interpolation: int) -> None:
    nodes = np.zeros((256, 256, 256, 4), np.float32)
    nodes[255, 255, 255] = 0.25
    out = applied(np.float32([[1, 1, 1], [0.5, 0.5, 0.5], [2, 2, 2]]), nodes, interpolation)
    assert out.tolist() == [[0.25] * 3, [0] * 3, [0.25] * 3]


@BOTH
def test_domain(interpolation: int) -> None:
    low, high = (-1.0, 0.0, 0.25), (3.0, 0.5, 0.75)
    src, nodes = colors(np.float32, 10_000) * np.float32(5) - np.float32(1.5), lattice(17)
    exact = TWINS[interpolation](src, nodes[..., :3], low, high)
    assert np.abs(applied(src, nodes, interpolation, low=low, high=high) - exact).max() <= 1e-6
    codes = colors(np.uint8, 10_000)
    exact = TWINS[interpolation](codes / 255, nodes[..., :3], low, high) * 255
    assert np.abs(applied(codes, nodes, interpolation, low=low, high=high) - exact).max() <= 0.51


@BOTH
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 2.0), (0.25, 0.5)])
def test_numbers_that_are_none(interpolation: int, low: float, high: float) -> None:
    """NaN is 0 (brought into the domain), an infinity the domain's end; so are numbers too large for arithmetic."""
    zero = min(max(0.0, low), high)
    strange = np.float32([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, -0.0])
    plain = np.float32([zero, high, low, high, low, zero, zero])
    pick = np.stack(np.meshgrid(*[np.arange(7)] * 3), -1).reshape(-1, 3)
    domain = {"low": (low,) * 3, "high": (high,) * 3}
    out = applied(strange[pick], lattice(9), interpolation, **domain)
    assert np.abs(out - applied(plain[pick], lattice(9), interpolation, **domain)).max() <= 1e-6


@TYPES
def test_values_out_of_range_are_clipped_in_integers_only(kind: type) -> None:
    nodes = lattice(5)
    nodes[..., :3] = nodes[..., :3] * 4 - 1.5
    out = applied(colors(kind, 1000), nodes)
    exact = reference.tetrahedral(colors(kind, 1000) / WHITE[kind], nodes[..., :3]) * WHITE[kind]
    if kind is not np.float32:
        exact = exact.clip(0, WHITE[kind])
    assert np.abs(out - exact).max() <= 4 * LIMIT[kind]


@TYPES
@BOTH
@settings(deadline=None, max_examples=40)
@given(count=st.integers(0, 700), start=st.integers(0, 300), size=st.integers(2, 20))
def test_a_color_does_not_depend_on_its_place(
    kind: type, interpolation: int, count: int, start: int, size: int
) -> None:
    """Any part of an image gives the same bytes as the whole, in place too, and nothing else is written."""
    src, nodes = colors(kind, 1001), lattice(size)
    whole = applied(src, nodes, interpolation)
    room = np.full_like(src, 77)
    _kernels.lut_apply(src[start : start + count], room[start : start + count], nodes, interpolation)
    assert np.array_equal(room[start : start + count], whole[start : start + count])
    assert (room[:start] == 77).all()
    assert (room[start + count :] == 77).all()
    same = src.copy()
    _kernels.lut_apply(same, same, nodes, interpolation)
    assert np.array_equal(same, whole)


@TYPES
@BOTH
def test_memory_aligned_to_items_only(kind: type, interpolation: int) -> None:
    def shifted(array: NDArray[Any]) -> NDArray[Any]:
        room = np.empty(array.nbytes + 64, np.uint8)
        start = -room.ctypes.data % 64 + array.itemsize
        view = room[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
        view[...] = array
        return view

    src, nodes = colors(kind, 777), lattice(7)
    out = shifted(np.empty_like(src))
    _kernels.lut_apply(shifted(src), out, shifted(nodes), interpolation)
    assert np.array_equal(out, applied(src, nodes, interpolation))


def test_read_only_input() -> None:
    src, nodes = colors(np.float32, 10), lattice(3)
    expected = applied(src, nodes)
    src.setflags(write=False)
    nodes.setflags(write=False)
    assert np.array_equal(applied(src, nodes), expected)


def misaligned(count: int) -> NDArray[np.float32]:
    return np.zeros(12 * count + 1, np.uint8)[1:].view(np.float32).reshape(count, 3)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"src": [[0.0, 0.0, 0.0]]}, TypeError, "src"),
        ({"src": np.zeros((4, 3))}, TypeError, "src must be an array of uint8 or uint16 or float32"),
        ({"src": np.zeros((4, 3), np.float16)}, TypeError, "src"),
        ({"src": np.zeros((4, 3), ">f4")}, TypeError, "src"),
        (
            {"src": np.zeros((4, 4), np.float32)},
            ValueError,
            r"src must have shape \(N, 3\) or .*, not \(4, 4\)",
        ),
        ({"src": np.zeros(12, np.float32)}, ValueError, "src must have shape"),
        ({"src": np.zeros((4, 6), np.float32)[:, ::2]}, ValueError, "src must have rows without gaps"),
        ({"src": np.float32(0)}, ValueError, "src must have shape"),
        ({"src": misaligned(4)}, ValueError, "src must be aligned"),
        ({"out": np.zeros((3, 3), np.float32)}, ValueError, r"out must have shape \(4, 3\)"),
        ({"out": np.zeros((4, 3), np.uint8)}, TypeError, "out must be an array of float32"),
        ({"out": np.broadcast_to(np.float32(0), (4, 3))}, ValueError, "out"),
        ({"lattice": np.zeros((3, 3, 3, 3), np.float32)}, ValueError, r"lattice must have shape \(n, n, n, 4\)"),
        ({"lattice": np.zeros((1, 1, 1, 4), np.float32)}, ValueError, "lattice must have shape"),
        ({"lattice": np.zeros((257, 1, 1, 4), np.float32)}, ValueError, "lattice must have shape"),
        ({"lattice": np.zeros((), np.float32)}, ValueError, "lattice must have shape"),
        ({"lattice": np.zeros((3, 3, 3, 4))}, TypeError, "lattice must be an array of float32"),
        ({"interpolation": 2}, ValueError, "interpolation must be 0"),
        ({"interpolation": -1}, ValueError, "interpolation must be 0"),
        ({"low": (1.0, 0.0, 0.0)}, ValueError, "low must be below high"),
        ({"high": (1.0, float("nan"), 1.0)}, ValueError, "low must be below high"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, Any], error: type[Exception], message: str) -> None:
    good: dict[str, Any] = {
        "src": np.zeros((4, 3), np.float32),
        "out": np.zeros((4, 3), np.float32),
        "lattice": lattice(3),
        "interpolation": 1,
    }
    with pytest.raises(error, match=f"^{message}"):
        _kernels.lut_apply(**{**good, **change})


@pytest.mark.parametrize("size", [2, 17, 33, 65])
@BOTH
def test_opencolorio(size: int, interpolation: int) -> None:
    ocio = pytest.importorskip("PyOpenColorIO")
    nodes, image = lattice(size), colors(np.float32, 20_000)
    table = ocio.Lut3DTransform(size)
    table.setInterpolation(ocio.INTERP_TETRAHEDRAL if interpolation else ocio.INTERP_LINEAR)
    table.setData(nodes[..., :3].transpose(2, 1, 0, 3).ravel())  # OpenColorIO: blue fastest
    theirs = image.copy()
    ocio.Config.CreateRaw().getProcessor(table).getDefaultCPUProcessor().applyRGB(theirs)
    assert np.abs(applied(image, nodes, interpolation) - theirs).max() < 1e-6
