"""srgb_to_lab and lab_to_srgb against their float64 twins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
from numpy.typing import NDArray

from otiograde import _kernels

GENERATOR = Path(__file__).resolve().parents[2] / "benchmarks/make_lab_coefficients.py"


def to_lab(rgb: NDArray[Any]) -> NDArray[np.float32]:
    out = np.empty(rgb.shape, np.float32)
    _kernels.srgb_to_lab(rgb, out)
    return out


def to_srgb(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    out = np.empty_like(lab)
    _kernels.lab_to_srgb(lab, out)
    return out


@pytest.fixture
def rgb() -> NDArray[np.float32]:
    """Colors of the cube, its dark corner where line meets power, and its neutral axis."""
    rng = np.random.default_rng(5)
    dark, gray = rng.random((10_000, 3)) * 0.08, np.linspace(0, 1, 10_000)[:, None].repeat(3, 1)
    return np.concatenate([rng.random((50_000, 3)), dark, gray]).astype(np.float32)


def test_twin(rgb: NDArray[np.float32]) -> None:
    lab = reference.srgb_to_lab(rgb)
    assert np.abs(to_lab(rgb) - lab).max() <= 1.5e-4
    assert np.abs(to_srgb(lab.astype(np.float32)) - rgb).max() <= 1e-5


def test_codes() -> None:
    codes = np.random.default_rng(6).integers(0, 256, (20_000, 3), dtype=np.uint8)
    assert np.abs(to_lab(codes) - reference.srgb_to_lab(codes / 255)).max() <= 1.5e-4


def test_beyond_the_cube(rgb: NDArray[np.float32]) -> None:
    wide = rgb * np.float32(3) - np.float32(1)
    exact = reference.srgb_to_lab(wide)
    assert np.abs(to_lab(wide) - exact).max() <= 2e-6 * np.abs(exact).max()
    assert np.abs(to_srgb(exact.astype(np.float32)) - reference.lab_to_srgb(exact.astype(np.float32))).max() <= 1e-4


def test_known_colors() -> None:
    corners = np.float32([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    # colour-science 0.4.7, XYZ_to_Lab(RGB_to_XYZ(…)), matrix derived from the chromaticities.
    published = [
        [0, 0, 0],
        [100, 0, 0],
        [53.2371, 80.0906, 67.2031],
        [87.7351, -86.1818, 83.1866],
        [32.3009, 79.1946, -107.8547],
    ]
    assert np.abs(to_lab(corners) - published).max() < 2e-3


def test_numbers_that_are_none() -> None:
    strange = np.float32([[np.nan, 0.5, 1], [np.inf, -np.inf, 0], [3e38, -3e38, 0]])
    plain = np.float32([[0, 0.5, 1], [65504, -65504, 0], [65504, -65504, 0]])
    for kernel in (to_lab, to_srgb):
        assert np.isfinite(kernel(strange)).all()
        assert np.array_equal(kernel(strange), kernel(plain))


@pytest.mark.parametrize("kernel", [_kernels.srgb_to_lab, _kernels.lab_to_srgb])
def test_place_and_memory(kernel: Any, rgb: NDArray[np.float32]) -> None:
    """A result does not depend on a color's index, and is the same in place, on read-only and on empty input."""
    rgb = rgb[:1000]
    whole = np.empty_like(rgb)
    rgb.setflags(write=False)
    kernel(rgb, whole)
    for start, stop in ((0, 0), (0, 1), (3, 130), (127, 512), (999, 1000)):
        part = np.empty((stop - start, 3), np.float32)
        kernel(rgb[start:stop], part)
        assert np.array_equal(part, whole[start:stop])
    same = rgb.copy()
    kernel(same, same)
    assert np.array_equal(same, whole)


def test_wrong_arguments_are_named() -> None:
    good = np.zeros((4, 3), np.float32)
    for source, out, error, message in (
        (np.zeros((4, 3)), good, TypeError, "^rgb must be an array of uint8 or float32"),
        (good[:, :2].copy(), good, ValueError, "^rgb must have shape"),
        (good, np.zeros((4, 3)), TypeError, "^out must be an array of float32"),
        (good, good[:2], ValueError, "^out must have shape"),
    ):
        with pytest.raises(error, match=message):
            _kernels.srgb_to_lab(source, out)
    with pytest.raises(TypeError, match=r"^lab must be an array of float32"):
        _kernels.lab_to_srgb(np.zeros((4, 3), np.uint8), good)


def test_the_constants_are_those_of_their_generator() -> None:
    checked = subprocess.run([sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
