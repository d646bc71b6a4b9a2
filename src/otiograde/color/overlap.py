"""What two clouds of colors have in common: the mass of the lower of their histograms, color by color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.luma import LUMA

#: Luma and two opponent axes of encoded R'G'B', the chroma ones stretched, and the bins of their histogram.
OPPONENT = np.array([LUMA, [-0.56, -0.24, 0.8], [0.8, -0.72, -0.08]])
LOW, HIGH, BINS = np.array([0.0, -0.9, -0.9]), np.array([1.0, 0.9, 0.9]), (12, 36, 36)

#: The deviation, in bins, that histograms are smoothed with.
BLUR = 1.0


def common_mass(first: Float64, second: Float64, kinds: tuple[NDArray[np.intp], NDArray[np.intp]]) -> float:
    """The share in [0, 1] that two clouds of colors ``(n, 3)`` have in common, those of one kind (0, 1, 2 ...) only."""
    count = 1 + int(max(kinds[0].max(initial=0), kinds[1].max(initial=0)))
    mine, other = (_histogram(*side, count) for side in zip((first, second), kinds, strict=True))
    return float(np.minimum(mine, other).sum())


def _histogram(colors: Float64, kinds: NDArray[np.intp], count: int) -> Float64:
    """The smoothed shares of all bins, one histogram a kind."""
    from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415  (SciPy takes long to import)

    cells = ((colors @ OPPONENT.T - LOW) / (HIGH - LOW) * BINS).astype(np.intp)
    red, green, blue = np.clip(cells, 0, np.array(BINS) - 1).T
    at = np.ravel_multi_index((kinds, red, green, blue), (count, *BINS))
    shares = (np.bincount(at, minlength=count * int(np.prod(BINS))) / len(at)).reshape(count, *BINS)
    for axis in (1, 2, 3):
        shares = gaussian_filter1d(shares, BLUR, axis, truncate=3)
    return np.asarray(shares, np.float64)
