"""Texture: features of a picture that a grade hardly changes.

They are the local roughness relative to brightness, and the patterns of the smallest details.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32
from otiograde.color.ends import end_quantiles
from otiograde.color.luma import LUMA32

#: The side of the window for roughness, as a share of the picture's width.
WINDOW = 1 / 53

#: The columns of the small picture for patterns. Camera grain and codec noise have little effect at this size.
SMALL = 160

#: The eight neighbors of a pixel, as row and column in a window of 3 x 3.
RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def roughness(frame: Float32) -> Float32:
    """Return the local standard deviation of luma relative to the local mean ``(h, w)`` of a picture ``(h, w, 3)``."""
    luma = frame @ LUMA32
    low, high = end_quantiles(luma, 0.01)
    luma = np.clip((luma - low) / (high - low + 1e-4), 0, 1).astype(np.float32)
    side = max(3, round(WINDOW * luma.shape[1]))
    wide = cv2.GaussianBlur(cv2.blur(luma, (side, side)), (0, 0), side)
    return np.asarray(_deviation(luma, side) / (np.asarray(wide) + 0.05), np.float32)


def patterns(frames: Iterable[Float32], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the frequencies ``(768,)`` of local binary patterns in pictures ``(h, w, 3)``, as a vector of length 1.

    A pattern tells which of a pixel's eight neighbors are brighter: 256 patterns (Ojala, Pietikäinen, Mäenpää 2002).
    They are counted in luma, in red minus green, and in blue minus green. Square roots make the dot product of two
    results a Bhattacharyya coefficient. A tone curve keeps the order of brightness, and a cast shifts the differences
    of a patch almost evenly. Border rows and columns without a ``usable`` ``(F, h, w)`` pixel, a letterbox, are
    ignored. Without any usable pixel the result is zero.
    """
    rows, columns = np.flatnonzero(usable.any(axis=(0, 2))), np.flatnonzero(usable.any(axis=(0, 1)))
    total = np.zeros(3 * 256)
    for frame in frames if rows.size else ():
        inside = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height = max(3, round(SMALL * inside.shape[0] / inside.shape[1]))
        small: Float32 = np.asarray(cv2.resize(inside, (SMALL, height), interpolation=cv2.INTER_AREA))
        red, green, blue = np.moveaxis(small, -1, 0)
        counts = np.concatenate([_count_patterns(plane) for plane in (small @ LUMA32, red - green, blue - green)])
        total += np.sqrt(counts / counts.sum())
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9))


def _count_patterns(plane: Float32) -> NDArray[np.intp]:
    """Count the pixels of a plane ``(h, w)`` with each of the 256 patterns."""
    center = plane[1:-1, 1:-1]
    rows, columns = center.shape
    pattern = np.zeros(center.shape, np.uint8)
    for bit, (row, column) in enumerate(RING):
        pattern |= (plane[row : row + rows, column : column + columns] > center).view(np.uint8) << np.uint8(bit)
    return np.bincount(pattern.ravel(), minlength=256)


def _deviation(luma: Float32, side: int) -> Float32:
    mean = np.asarray(cv2.blur(luma, (side, side)))
    return np.asarray(np.sqrt(np.maximum(np.asarray(cv2.blur(luma * luma, (side, side))) - mean**2, 0)), np.float32)
