"""The reference of the scopes that the report's page counts in the browser, and where their graticules lie.

Levels and codes are those of 8 bits, full range. Y', Cb and Cr are those of ITU-R BT.709-6, items 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA

Counts = NDArray[np.int64]

LEVELS = 256

#: What B' - Y' and R' - Y' are divided by to become Cb and Cr (item 3.3).
CHROMA = np.array([1.8556, 1.5748])

#: The colors of 75 % bars (SMPTE RP 219, EBU Tech 3325), as R'G'B'.
BARS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "R": (0.75, 0.0, 0.0),
        "Mg": (0.75, 0.0, 0.75),
        "B": (0.0, 0.0, 0.75),
        "Cy": (0.0, 0.75, 0.75),
        "G": (0.0, 0.75, 0.0),
        "Yl": (0.75, 0.75, 0.0),
    }
)

#: Skin of every tone lies near this line, in degrees from the axis of Cb: the I axis of NTSC, as vectorscopes draw it.
SKIN = 123.0


def waveform(codes: NDArray[np.uint8], columns: int) -> Counts:
    """Count the levels of Y' in each of ``columns`` columns of a picture ``(h, w, 3)``: ``(256, columns)``."""
    return _columns(np.floor(codes @ LUMA + 0.5).astype(np.intp), columns)


def vectorscope(codes: NDArray[np.uint8]) -> Counts:
    """Count Cb and Cr: ``(256, 256)``, Cb from left to right, Cr from bottom to top, gray at row 127, column 128."""
    cb, cr = np.moveaxis(chroma(codes.astype(np.float64)), -1, 0)
    row, column = 255 - np.floor(cr + 128).astype(np.intp), np.floor(cb + 128).astype(np.intp)
    return np.bincount((row * LEVELS + column).ravel(), minlength=LEVELS**2).reshape(LEVELS, LEVELS)


def histogram(codes: NDArray[np.uint8]) -> Counts:
    """Count the codes of R', G' and B': ``(3, 256)``."""
    return np.stack([np.bincount(codes[..., channel].ravel(), minlength=LEVELS) for channel in range(3)])


def chroma(rgb: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Give Cb and Cr ``(..., 2)`` of R'G'B' ``(..., 3)``, in the units of R'G'B': -1/2 to 1/2 where white is 1."""
    luma = rgb @ LUMA
    return np.asarray(np.stack([rgb[..., 2] - luma, rgb[..., 0] - luma], axis=-1) / CHROMA, np.float64)


def _columns(levels: NDArray[np.intp], columns: int) -> Counts:
    width = levels.shape[1]
    place = levels * columns + np.arange(width) * columns // width
    return np.bincount(place.ravel(), minlength=LEVELS * columns).reshape(LEVELS, columns)
