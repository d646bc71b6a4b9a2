"""Color spaces: XYZ, CIELAB, Oklab, HSV and ICtCp, to and from RGB.

Colors are ``(..., 3)``. float32 stays float32, everything else becomes float64. Nothing is clipped. Each pair of
functions is a pair of inverses below 0 and above 1, too: roots and powers are odd, and linear toes continue.

The matrix from BT.709 (sRGB) primaries to XYZ is derived from their chromaticities and D65 = (0.3127, 0.3290) without
intermediate rounding; IEC 61966-2-1 prints it with four digits. White is the sum of its columns, so R = G = B is
exactly neutral: a* = b* = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde import _kernels
from otiograde.color.encodings import D65, PRIMARIES, WHITES
from otiograde.color.rows import run_kernel
from otiograde.color.transfer import PQ_PEAK, pq_encode, srgb_decode, srgb_encode
from otiograde.color.transform import Colors, as_colors
from otiograde.errors import EncodingError

Matrix: TypeAlias = NDArray[np.float64]

#: The space a transform works in: code values as they are, or CIELAB or Oklab of code values read as sRGB.
Space: TypeAlias = Literal["rgb", "lab", "oklab"]

#: CIE 15:2018, 8.2.1: d, where the cube root meets its linear toe. Below t = d^3, f(t) = t / (3 d^2) + 4/29.
DELTA = 6 / 29

#: Björn Ottosson, "A perceptual color space for image processing" (2020), matrices of the 2021-01-25 revision.
_OKLAB_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

#: Bradford's cone responses (ICC.1:2010, annex E).
_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

#: BT.2100-2, table 7.
_ICTCP_LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
_ICTCP = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096


@cache
def rgb_to_xyz_matrix(primaries: str = "bt709") -> Matrix:
    """Return the matrix ``(3, 3)`` from linear RGB of these primaries, at their white, to XYZ with Y = 1 for white.

    The matrix is read-only. Source: SMPTE RP 177:1993, 3.3. Raises ``EncodingError`` for unknown primaries.
    """
    if primaries not in PRIMARIES:
        raise EncodingError(f"unknown primaries {primaries!r}: use one of {', '.join(PRIMARIES)}")
    columns = np.array([_xyz(*xy) for xy in PRIMARIES[primaries]]).T
    matrix: Matrix = columns * np.linalg.solve(columns, _xyz(*WHITES.get(primaries, D65)))
    matrix.setflags(write=False)
    return matrix


@cache
def primaries_matrix(source: str, target: str) -> Matrix:
    """Return the matrix ``(3, 3)`` from linear RGB of ``source`` primaries to that of ``target``, white to white.

    The matrix is read-only. Whites that differ are adapted by Bradford's matrix (ICC.1:2010, annex E). Raises
    ``EncodingError`` for unknown primaries.
    """
    first, second = rgb_to_xyz_matrix(source), rgb_to_xyz_matrix(target)
    gains = (_CONES @ second.sum(axis=1)) / (_CONES @ first.sum(axis=1))
    adapted = np.linalg.inv(_CONES) @ np.diag(gains) @ _CONES
    matrix: Matrix = np.linalg.inv(second) @ adapted @ first
    matrix.setflags(write=False)
    return matrix


def _xyz(x: float, y: float) -> Matrix:
    return np.array([x / y, 1, (1 - x - y) / y])


#: XYZ of D65 white with Y = 1: (0.95046, 1, 1.08906).
WHITE = _xyz(*D65)


def linear_to_xyz(rgb: ArrayLike, primaries: str = "bt709") -> Colors:
    """Convert linear RGB ``(..., 3)`` of these primaries to XYZ, Y = 1 for white. Raises ``EncodingError``."""
    return _multiply(as_colors(rgb), rgb_to_xyz_matrix(primaries))


def xyz_to_linear(xyz: ArrayLike, primaries: str = "bt709") -> Colors:
    """Convert XYZ ``(..., 3)``, Y = 1 for white, to linear RGB of these primaries. Raises ``EncodingError``."""
    return _multiply(as_colors(xyz), np.linalg.inv(rgb_to_xyz_matrix(primaries)))


def xyz_to_lab(xyz: ArrayLike, white: ArrayLike = WHITE) -> Colors:
    """Convert XYZ ``(..., 3)`` relative to ``white`` to L* in [0, 100], a*, b*.

    CIE 15:2018, 8.2.1 (ISO/CIE 11664-4).
    """
    colors = as_colors(xyz)
    ratio = colors / np.asarray(white, colors.dtype)
    root = np.where(ratio > DELTA**3, np.cbrt(ratio), ratio / (3 * DELTA**2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_xyz(lab: ArrayLike, white: ArrayLike = WHITE) -> Colors:
    """Convert L*, a*, b* ``(..., 3)`` to XYZ relative to ``white``. CIE 15:2018, annex C (ISO/CIE 11664-4)."""
    colors = as_colors(lab)
    y = (colors[..., 0] + 16) / 116
    root = np.stack([y + colors[..., 1] / 500, y, y - colors[..., 2] / 200], axis=-1)
    ratio = np.where(root > DELTA, root**3, (root - 4 / 29) * (3 * DELTA**2))
    return np.asarray(ratio * np.asarray(white, colors.dtype))


def srgb_to_lab(rgb: ArrayLike, *, out: Colors | None = None) -> Colors:
    """Convert sRGB code values ``(..., 3)``, uint8 or floats in [0, 1], to L*, a*, b* (D65).

    uint8 and float32 give float32: the kernel, within 1e-4 of the float64 path on [0, 1], where NaN counts as 0.
    Everything else gives float64. ``out`` receives the result and is returned. Raises ``ValueError`` for another shape.
    """
    array = np.asarray(rgb)
    if array.dtype in (np.uint8, np.float32):
        return _kernel_result(_kernels.srgb_to_lab, array, out)
    return _stored(out, xyz_to_lab(linear_to_xyz(srgb_decode(as_colors(array)))))


def lab_to_srgb(lab: ArrayLike, *, out: Colors | None = None) -> Colors:
    """Convert L*, a*, b* ``(..., 3)`` (D65) to sRGB, unclipped. Types and ``out`` are as in ``srgb_to_lab``."""
    array = np.asarray(lab)
    if array.dtype == np.float32:
        return _kernel_result(_kernels.lab_to_srgb, array, out)
    return _stored(out, srgb_encode(xyz_to_linear(lab_to_xyz(as_colors(array)))))


def srgb_to_oklab(rgb: ArrayLike) -> Colors:
    """Convert sRGB code values ``(..., 3)`` in [0, 1] to Oklab: L in [0, 1], a, b."""
    return _multiply(np.cbrt(_multiply(srgb_decode(as_colors(rgb)), _OKLAB_LMS)), _OKLAB)


def oklab_to_srgb(oklab: ArrayLike) -> Colors:
    """Convert Oklab ``(..., 3)`` to sRGB code values, unclipped: the inverse of ``srgb_to_oklab``."""
    roots = _multiply(as_colors(oklab), np.linalg.inv(_OKLAB))
    return srgb_encode(_multiply(roots**3, np.linalg.inv(_OKLAB_LMS)))


def light_to_ictcp(light: ArrayLike) -> Colors:
    """Convert display light ``(..., 3)`` in cd/m2, BT.2020 primaries, to I, Ct, Cp (PQ). BT.2100-2, table 7."""
    return _multiply(pq_encode(_multiply(as_colors(light), _ICTCP_LMS) / PQ_PEAK), _ICTCP)


def to_space(rgb: ArrayLike, space: Space) -> Colors:
    """Convert code values ``(..., 3)`` to float64 in ``space``. Raises ``ValueError`` for an unknown space."""
    colors = as_colors(rgb).astype(np.float64, copy=False)
    return _conversions(space)[0](colors)


def from_space(values: ArrayLike, space: Space) -> Colors:
    """Convert colors ``(..., 3)`` in ``space`` to code values: the inverse of ``to_space``. Raises ``ValueError``."""
    return _conversions(space)[1](as_colors(values))


def _conversions(space: Space) -> tuple[Conversion, Conversion]:
    if space not in _SPACES:
        raise ValueError(f"unknown space {space!r}: use one of {', '.join(_SPACES)}")
    return _SPACES[space]


def _multiply(colors: Colors, matrix: NDArray[Any]) -> Colors:
    return np.asarray(colors @ matrix.T.astype(colors.dtype))


def _stored(out: Colors | None, values: Colors) -> Colors:
    if out is None:
        return values
    _check_out(out, values.shape, values.dtype)
    out[...] = values
    return out


def _kernel_result(kernel: Callable[[Any, Any], None], colors: NDArray[Any], out: Colors | None) -> Colors:
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(f"colors need a last axis of 3, not shape {colors.shape}")
    if out is not None:
        _check_out(out, colors.shape, np.dtype(np.float32))
    result = np.empty(colors.shape, np.float32) if out is None else out
    run_kernel(kernel, colors, result)
    return result


def _check_out(out: Colors, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if out.shape != shape or out.dtype != dtype:
        raise ValueError(f"out needs {dtype} {shape}, not {out.dtype} {out.shape}")


Conversion: TypeAlias = Callable[[Colors], Colors]

_SPACES: Mapping[str, tuple[Conversion, Conversion]] = MappingProxyType(
    {
        "rgb": (np.asarray, np.asarray),
        "lab": (srgb_to_lab, lab_to_srgb),
        "oklab": (srgb_to_oklab, oklab_to_srgb),
    }
)
