"""Texture: what a picture is like beside its colors, and what a grade changes little.

How rough it is, place by place, relative to how bright; and which patterns its smallest details have.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32
from otiograde.color.luma import LUMA32

#: The side of the window that roughness is measured in, as a share of the picture's width.
WINDOW = 1 / 53

#: Patterns are told in a picture of this many columns: what is left of a camera's grain and of a codec is small there.
SMALL = 160

#: The eight neighbors of a pixel, as row and column of the window of three by three.
RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


def roughness(frame: Float32) -> Float32:
    """The local deviation of luma relative to the local mean, of a picture ``(h, w, 3)``: ``(h, w)``."""
    luma = frame @ LUMA32
    low, high = np.quantile(luma, [0.01, 0.99])
    luma = np.clip((luma - low) / (high - low + 1e-4), 0, 1).astype(np.float32)
    side = max(3, round(WINDOW * luma.shape[1]))
    wide = cv2.GaussianBlur(cv2.blur(luma, (side, side)), (0, 0), side)
    return np.asarray(_deviation(luma, side) / (np.asarray(wide) + 0.05), np.float32)


def patterns(frames: Iterable[Float32], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How often each local binary pattern is seen in pictures ``(h, w, 3)``: ``(768,)``, of length 1, zeros for none.

    There are 256 patterns, which of a pixel's neighbors are brighter (Ojala, Pietikäinen, Mäenpää 2002), of luma and
    of the differences of red and green and of blue and green, rooted so that a dot product is a Bhattacharyya
    coefficient. A curve does not change what is brighter, and what a cast does to the differences is much the same all
    over a patch. Border rows and columns without any ``usable`` ``(F, h, w)`` pixel, a letterbox, take no part.
    """
    rows, columns = np.flatnonzero(usable.any(axis=(0, 2))), np.flatnonzero(usable.any(axis=(0, 1)))
    total = np.zeros(3 * 256)
    for frame in frames if rows.size else ():
        inside = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height = max(3, round(SMALL * inside.shape[0] / inside.shape[1]))
        small: Float32 = np.asarray(cv2.resize(inside, (SMALL, height), interpolation=cv2.INTER_AREA))
        red, green, blue = np.moveaxis(small, -1, 0)
        counts = np.concatenate([_counted(plane) for plane in (small @ LUMA32, red - green, blue - green)])
        total += np.sqrt(counts / counts.sum())
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9))


def _counted(plane: Float32) -> NDArray[np.intp]:
    """How many pixels of a plane ``(h, w)`` have each of the 256 patterns."""
    center = plane[1:-1, 1:-1]
    rows, columns = center.shape
    pattern = np.zeros(center.shape, np.intp)
    for bit, (row, column) in enumerate(RING):
        pattern |= (plane[row : row + rows, column : column + columns] > center).astype(np.intp) << bit
    return np.bincount(pattern.ravel(), minlength=256)


def _deviation(luma: Float32, side: int) -> Float32:
    mean = np.asarray(cv2.blur(luma, (side, side)))
    return np.asarray(np.sqrt(np.maximum(np.asarray(cv2.blur(luma * luma, (side, side))) - mean**2, 0)), np.float32)
