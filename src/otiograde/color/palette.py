"""The palette of a picture: how its colors lie to each other, which a grade changes little."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32
from otiograde.color.blur import blurred
from otiograde.color.luma import LUMA32

#: The columns of the small picture that the palette is counted in.
SMALL = 160

#: The quantiles of a channel that are stretched to 0 and 1: white becomes white, and black becomes black.
ENDS = (0.01, 0.99)

#: Bins of luma, of red minus green, and of blue minus green; the two differences reach this many times their mean size.
BINS, WIDEST = (4, 12, 12), 3.0

#: The standard deviation of the Gaussian that smooths the histogram, and where it ends, in bins.
BLUR, RADIUS = 0.8, 3


def palette(frames: Iterable[Float32], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the frequencies ``(576,)`` of colors in pictures ``(h, w, 3)``, as a vector of length 1.

    Channels are stretched first, and the two color differences are divided by their mean size: exposure, white balance,
    contrast and saturation have little effect then. Square roots make the dot product of two results a Bhattacharyya
    coefficient. Border rows and columns without a ``usable`` ``(F, h, w)`` pixel, a letterbox, are ignored. Without any
    usable pixel the result is zero.
    """
    rows, columns = np.flatnonzero(usable.any(axis=(0, 2))), np.flatnonzero(usable.any(axis=(0, 1)))
    small = []
    for frame in frames if rows.size else ():
        inside = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height = max(3, round(SMALL * inside.shape[0] / inside.shape[1]))
        small.append(cv2.resize(inside, (SMALL, height), interpolation=cv2.INTER_AREA).reshape(-1, 3))
    if not small:
        return np.zeros(int(np.prod(BINS)))
    colors: Float32 = np.concatenate(small)
    low, high = np.quantile(colors, ENDS, axis=0)
    colors = np.clip((colors - low) / (high - low + 0.02), 0, 1).astype(np.float32)
    differences = np.stack([colors[:, 0] - colors[:, 1], colors[:, 2] - colors[:, 1]], axis=1)
    differences /= 2 * WIDEST * (float(np.sqrt((differences**2).sum(1).mean())) + 0.03)
    places = np.column_stack([colors @ LUMA32, differences + 0.5]) * BINS
    cells = np.clip(places.astype(np.intp), 0, np.array(BINS) - 1)
    return _smoothed(np.bincount(np.ravel_multi_index(tuple(cells.T), BINS), minlength=int(np.prod(BINS))))


def _smoothed(counts: NDArray[np.intp]) -> NDArray[np.float64]:
    shares = blurred(counts.reshape(BINS) / counts.sum(), BLUR, RADIUS, "edge")
    roots = np.sqrt(np.maximum(shares.ravel(), 0))
    return np.asarray(roots / np.linalg.norm(roots), np.float64)
