"""histogram against np.bincount and OpenCV."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels
from otiograde.color.histogram import histogram


def codes(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(8).integers(0, 256, (*shape, 3), dtype=np.uint8)


def twin(rgb: NDArray[np.uint8], bits: int) -> NDArray[Any]:
    r, g, b = (rgb.reshape(-1, 3).astype(np.intp) >> (8 - bits)).T
    return np.bincount((r << 2 * bits) + (g << bits) + b, minlength=1 << 3 * bits).reshape((1 << bits,) * 3)


@settings(deadline=None, max_examples=40)
@given(count=st.integers(0, 700), bits=st.integers(1, 6))
def test_twin(count: int, bits: int) -> None:
    assert np.array_equal(histogram(codes(count), bits), twin(codes(count), bits))


def test_all_bits() -> None:
    assert np.array_equal(histogram(codes(1000), 8), twin(codes(1000), 8))


def test_rows_of_a_frame() -> None:
    frame = codes(40, 50)
    for part in (frame, frame[3:20, 5:30], frame[::-2], frame[:, ::3], frame.swapaxes(0, 1), frame[:0]):
        assert np.array_equal(histogram(part), twin(part, 5))


def test_opencv() -> None:
    cv2 = pytest.importorskip("cv2")
    frame = codes(100, 100)
    assert np.array_equal(histogram(frame), cv2.calcHist([frame], [0, 1, 2], None, [32] * 3, [0, 256] * 3))


def test_out() -> None:
    out = np.full((32, 32, 32), 7, np.uint64)
    assert histogram(codes(100), out=out) is out
    assert out.sum() == 100


def test_refused() -> None:
    for bad, error, message in (
        ({"rgb": codes(4).astype(np.uint16)}, TypeError, "rgb needs uint8"),
        ({"rgb": codes(4)[:, :2]}, ValueError, "rgb needs a last axis of 3"),
        ({"bits": 0}, ValueError, "bits must be 1 to 8"),
        ({"bits": 9}, ValueError, "bits must be 1 to 8"),
        ({"out": np.zeros((32, 32, 32))}, ValueError, "out must be uint64"),
    ):
        with pytest.raises(error, match=f"^{message}"):
            histogram(**{"rgb": codes(4), **bad})
    with pytest.raises(ValueError, match=r"^counts must have shape"):
        _kernels.histogram(codes(4), np.zeros((1, 32, 32, 32), np.uint32), 5)
    with pytest.raises(ValueError, match=r"^bits must be 1 to 8"):
        _kernels.histogram(codes(4), np.zeros((2, 32, 32, 32), np.uint32), 9)
