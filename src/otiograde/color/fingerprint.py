"""Fingerprint: a histogram of a picture's colors that a cast or a contrast changes little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LUMA = np.array([0.2126, 0.7152, 0.0722])


def fingerprint(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """The fingerprint (512,) of colors (n, 3), of length 1; all zeros for fewer than 16 colors.

    Each channel is stretched between its 2nd and 98th percentiles and its median put to .45 by a power; then 8 x 8 x 8
    opponent bins, counted and rooted, so that the dot product of two is the Bhattacharyya coefficient.
    """
    if len(rgb) < 16:
        return np.zeros(512)
    low, high = np.quantile(rgb, [0.02, 0.98], axis=0)
    level = np.clip((rgb - low) / (high - low + 1e-3), 0, 1)
    level = level ** np.clip(np.log(0.45) / np.log(np.median(level, axis=0) + 0.02), 0.4, 2.5)
    opponent = np.stack([level @ LUMA, level[:, 0] - level[:, 1], level[:, 2] - (level[:, 0] + level[:, 1]) / 2], -1)
    ranges = [(0.0, 1.0), (-0.6, 0.6), (-0.6, 0.6)]
    counts = np.histogramdd(np.clip(opponent, [0, -0.6, -0.6], [1, 0.6, 0.6]), bins=8, range=ranges)[0].ravel()
    return np.asarray(np.sqrt(counts / counts.sum()))
