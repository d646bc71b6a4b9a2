"""Even places of a picture, and places that look the same in two pictures."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32
from otiograde.color.luma import LUMA32

#: Difference of neighboring pixels, in code values, above which the color depends on the exact position.
STEEP = 0.03


def solid(usable: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask (uint8) of pixels whose 5 x 5 neighborhood is usable: a blur there includes no clipped color."""
    return np.asarray(cv2.erode(usable.astype(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)


def steepness(colors: Float32) -> Float32:
    """Return the difference of neighboring pixels ``(h, w)`` in code values, in the channel where it is largest."""
    across, down = (np.asarray(cv2.Sobel(colors, cv2.CV_32F, *axis, ksize=3, scale=0.125)) for axis in ((1, 0), (0, 1)))
    squares = np.square(across, out=across)
    squares += np.square(down, out=down)
    # Plane by plane: a maximum over the last axis takes ten times as long.
    largest = reduce(np.maximum, cv2.split(squares))
    return np.sqrt(largest, out=largest)


def even(colors: Float32) -> NDArray[np.bool_]:
    """Return a mask ``(h, w)`` of pixels whose neighbors differ little."""
    return np.asarray(steepness(colors) < STEEP)


def same_texture(a: Float32, b: Float32) -> NDArray[np.bool_]:
    """Return a mask of pixels whose 9 x 9 luma correlates above .75, or has no texture in either picture."""
    alike, spread_a, spread_b = correlation(a, b, 9)
    return np.asarray((alike > 0.75) | ((spread_a < 2e-5) & (spread_b < 1e-4)))


def correlation(a: Float32, b: Float32, window: int) -> tuple[Float32, Float32, Float32]:
    """Return the normalized cross-correlation of two pictures' luma in square windows, and the variance of each."""
    a, b = a @ LUMA32, b @ LUMA32

    def mean(image: Float32) -> Float32:
        return np.asarray(cv2.blur(image, (window, window)), np.float32)

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    common = mean(a * b) - mean_a * mean_b
    alike = common / np.sqrt(np.maximum(spread_a * spread_b, np.float32(1e-10)))
    return np.asarray(alike), np.asarray(spread_a), np.asarray(spread_b)
