"""The overlap of two clouds of colors: the mass of the minimum of their histograms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.blur import blurred
from otiograde.color.luma import LUMA

#: Luma and two stretched opponent axes of encoded R'G'B', as rows; then the range and the bins of each axis.
OPPONENT = np.array([LUMA, [-0.56, -0.24, 0.8], [0.8, -0.72, -0.08]])
LOW, HIGH, BINS = np.array([0.0, -0.9, -0.9]), np.array([1.0, 0.9, 0.9]), (12, 36, 36)

#: The standard deviation of the Gaussian that smooths the histograms, and where it ends, in bins.
BLUR, RADIUS = 1.0, 3


def common_mass(first: Float64, second: Float64, kinds: tuple[NDArray[np.intp], NDArray[np.intp]]) -> float:
    """Return the overlap, in [0, 1], of two clouds of colors ``(n, 3)``.

    ``kinds`` holds the kind (0, 1, 2, ...) of each color ``(n,)``, for both clouds. Only colors of one kind overlap.
    """
    count = 1 + int(max(kinds[0].max(initial=0), kinds[1].max(initial=0)))
    shares, others = (_histogram(*cloud, count) for cloud in zip((first, second), kinds, strict=True))
    return float(np.minimum(shares, others).sum())


def _histogram(colors: Float64, kinds: NDArray[np.intp], count: int) -> Float64:
    """Return the smoothed share of each bin ``(count, *BINS)``, one histogram for each kind."""
    cells = ((colors @ OPPONENT.T - LOW) / (HIGH - LOW) * BINS).astype(np.intp)
    luma, chroma1, chroma2 = np.clip(cells, 0, np.array(BINS) - 1).T
    bins = np.ravel_multi_index((kinds, luma, chroma1, chroma2), (count, *BINS))
    shares = (np.bincount(bins, minlength=count * int(np.prod(BINS))) / len(bins)).reshape(count, *BINS)
    return np.stack([blurred(share, BLUR, RADIUS, "symmetric") for share in shares])
