"""Hot loops of color, compiled from ext/. Only ``otiograde.color`` calls them.

Colors are ``(N, 3)`` without gaps, or ``(rows, N, 3)`` with gaps between rows only. Lattices are C-contiguous, and all
arrays are aligned. ``out`` (or ``sums``, ``counts``) receives the result; an ``out`` of the input's type may be the
input itself. Each function releases the interpreter lock and is safe to call from several threads. NaN counts as 0, an
infinity as the end of the range; ``delta_e00`` instead passes NaN on. ``TypeError`` and ``ValueError`` name the wrong
argument.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def cpu_level() -> str:
    """Return the level in use: ``baseline``, ``v3`` (AVX2) or ``v4`` (AVX-512). ``OTIOGRADE_CPU`` forces one."""

def cpu_levels() -> tuple[str, ...]:
    """Return the levels that this machine can run, lowest first."""

def lut_apply(
    src: NDArray[Any],
    out: NDArray[Any],
    lattice: NDArray[np.float32] | NDArray[np.int16],
    interpolation: int,
    low: tuple[float, float, float] = ...,
    high: tuple[float, float, float] = ...,
) -> None:
    """Apply a 3-D LUT to colors ``(N, 3)``, uint8, uint16 or float32; ``out`` has the same type and shape.

    ``lattice`` is ``(n, n, n, 4)`` indexed [b, g, r, channel], with n from 2 to 256; the fourth channel is a pad.
    ``interpolation`` 0 is trilinear, 1 tetrahedral. ``low`` and ``high`` are the ends of the domain for r, g, b.
    Integers are full-range codes: they are read as fractions of 255 or 65535, and written rounded half up and clipped.
    For uint8, ``lattice`` may be int16, (value - 1/2) * 2^16; n is then at most 255, and the domain [0, 1].
    """

def lut_accumulate(colors: NDArray[np.float32], values: NDArray[np.float32], sums: NDArray[np.float64]) -> None:
    """Add finite ``values`` ``(N, 3)`` to the eight nodes around each of ``colors`` ``(N, 3)``, by trilinear weights.

    ``sums`` is ``(n, n, n, 4)`` indexed [b, g, r]: weighted values, and the weights in the fourth channel.
    """

def delta_e00(lab1: NDArray[Any], lab2: NDArray[Any], out: NDArray[Any]) -> None:
    """Measure CIEDE2000 ``(N,)`` between L*a*b* ``(N, 3)`` and ``(N, 3)``, all float32 or all float64."""

def srgb_to_lab(rgb: NDArray[Any], out: NDArray[np.float32]) -> None:
    """Convert sRGB ``(N, 3)``, float32 or uint8 codes, to L*a*b* (D65)."""

def lab_to_srgb(lab: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Convert L*a*b* ``(N, 3)`` (D65) to sRGB, unclipped."""

def histogram(rgb: NDArray[np.uint8], counts: NDArray[np.uint32], bits: int) -> None:
    """Count colors in ``2^bits`` bins a channel. ``counts`` ``(2, n, n, n)``, [r, g, b], holds two parts of one sum."""

def nearest(a: NDArray[np.uint8], b: NDArray[np.uint8], tiles: NDArray[np.int16], out: NDArray[np.int32]) -> None:
    """Find the nearest neighbors among two or more descriptors ``(n, 128)`` and ``(m, 128)``, by their products.

    ``out`` ``(3 n + 2 p,)``, p being m rounded up to 16, receives the index of the nearest of each of ``a``, its
    squared distance, that of the second nearest, and the nearest of each of ``b``. The rest of it, and ``tiles``
    ``(128 p,)``, are room to work in.
    """

def nearest_posed(
    a: NDArray[np.uint8],
    pose_a: NDArray[np.int32],
    b: NDArray[np.uint8],
    pose_b: NDArray[np.int32],
    within: NDArray[np.int32],
    out: NDArray[np.int32],
) -> None:
    """Find the nearest neighbors by distance among descriptors whose poses differ by at most ``within`` ``(2,)``.

    A pose is ``(2 n,)``: n sizes, then n directions, which go round. ``out`` ``(3 n + 3 m,)`` is as in ``nearest``. The
    distance of a neighbor that is not there is the largest int32.
    """
