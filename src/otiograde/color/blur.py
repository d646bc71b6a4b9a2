"""Gaussian blur of histograms."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from otiograde.color.arrays import Float64


def blurred(histogram: Float64, sigma: float, radius: int, beyond: Literal["edge", "symmetric"]) -> Float64:
    """Return a histogram of three axes, blurred by a Gaussian of ``sigma`` bins that ends at ``radius`` bins.

    ``beyond`` says what lies beyond the ends: the last bin (``edge``), or the bins mirrored (``symmetric``).
    """
    first, second, third = (_bell(size, sigma, radius, beyond) for size in histogram.shape)
    inner = second @ (histogram @ third.T)  # products of matrices are faster than a filter in so few bins
    return np.asarray((first @ inner.reshape(len(first), -1)).reshape(histogram.shape))


@cache
def _bell(size: int, sigma: float, radius: int, beyond: Literal["edge", "symmetric"]) -> Float64:
    """Return the matrix that blurs ``size`` bins."""
    weights = np.exp(-0.5 / sigma**2 * np.arange(-radius, radius + 1) ** 2)
    source = np.pad(np.arange(size), radius, beyond)
    matrix = np.zeros((size, size))
    for k, weight in enumerate(weights / weights.sum()):
        np.add.at(matrix, (np.arange(size), source[k : k + size]), weight)
    return matrix
