"""The blur is SciPy's Gaussian filter."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from otiograde.color.blur import blurred


@pytest.mark.parametrize(
    ("shape", "sigma", "beyond", "mode", "truncate"),
    [((12, 36, 36), 1.0, "symmetric", "reflect", 3), ((4, 12, 12), 0.8, "edge", "nearest", 4)],
)
def test_is_the_filter_of_scipy(
    shape: tuple[int, ...], sigma: float, beyond: Literal["edge", "symmetric"], mode: str, truncate: int
) -> None:
    histogram = np.random.default_rng(0).random(shape)
    wanted = gaussian_filter(histogram, sigma, mode=mode, truncate=truncate)
    np.testing.assert_allclose(blurred(histogram, sigma, 3, beyond), wanted, atol=1e-14)
