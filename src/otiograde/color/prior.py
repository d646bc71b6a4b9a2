"""The prior of grades, a Gaussian over the coefficients of a ``Cubic``, and the robust fit that uses it."""

from __future__ import annotations

from functools import cache
from typing import IO, NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.shipped import read_shipped

#: The file of the prior, in this package.
TABLE = "grade_prior.npz"


@cache
def grade_prior() -> Float64:
    """Return the precision ``(60, 60)`` of ``Cubic.coefficients.ravel()`` between two grades of one picture.

    The mean is zero. Half the squared Mahalanobis length of a correction is its negative log-probability, up to a
    constant. ``benchmarks/make_grade_prior.py``, seed 5, made the table from synthetic colors alone. The array is
    read-only. Raises ``ToolNotFoundError`` if the file is missing or damaged.
    """
    precision = read_shipped("otiograde.color", TABLE, _read_precision)
    precision.setflags(write=False)
    return precision


def _read_precision(file: IO[bytes]) -> Float64:
    with np.load(file) as table:
        return np.array(table["precision"], np.float64)


class Fit(NamedTuple):
    """A robust fit of a ``Cubic``."""

    #: ``(20, 3)``, rows in the order of ``EXPONENTS``.
    coefficients: Float64
    #: ``(n,)`` in [0, 1]: 0 for an outlier.
    weights: Float64
    #: The weighted median length of the residuals, in code values.
    mad: float


def robust_fit(before: Float64, after: Float64, weights: Float64, *, evidence: float = 400.0, rounds: int = 14) -> Fit:
    """Find the most probable cubic that takes the colors ``before`` (n, 3) to ``after`` (n, 3), robust to outliers.

    Iteratively reweighted least squares: one plain round, four of L1, then Geman-McClure (1987) whose scale follows the
    residuals. ``evidence`` is the number of independent pairs that the n pairs count for against the prior.
    """
    psi, precision = np.asarray(monomials(before), np.float64), grade_prior()
    count = psi.shape[1]
    coefficients, robust, mad, sigma = np.zeros((count, 3)), np.ones(len(before)), 0.0, 0.04
    for turn in range(rounds):
        length = np.linalg.norm(before + psi @ coefficients - after, axis=1)
        if 0 < turn < 5:
            robust = np.minimum(1, 0.02 / (length + 1e-6))
        elif turn:
            mad = weighted_median(length, weights)
            scale, sigma = np.clip(2 * mad, 0.024, 0.12), float(np.clip(mad, 0.012, 0.06))
            robust = (scale**2 / (scale**2 + length**2)) ** 2
        gain = evidence / len(before) / sigma**2
        weighted = psi * (weights * robust)[:, None]
        normal = np.kron(inner(weighted, psi), np.eye(3)) * gain + precision
        target = inner(weighted, after - before).ravel() * gain
        coefficients = np.asarray(np.linalg.solve(normal, target), np.float64).reshape(count, 3)
    return Fit(coefficients, robust, float(mad))


def inner(left: Float64, right: Float64, rows: int = 256) -> Float64:
    """Return ``left.T @ right``, summed in blocks of rows too small for a library to split over threads.

    The sum is thus the same to the last bit for any number of threads: a worker has one, its parent may have many.
    """
    whole = len(left) - len(left) % rows
    blocks = [matrix[:whole].reshape(-1, rows, matrix.shape[1]) for matrix in (left, right)]
    return np.asarray((blocks[0].transpose(0, 2, 1) @ blocks[1]).sum(0) + left[whole:].T @ right[whole:])


def weighted_median(values: Float64, weights: Float64) -> float:
    """Return the value below which half the weight lies."""
    return weighted_quantile(values, weights, 0.5)


def weighted_quantile(values: Float64, weights: Float64, level: float) -> float:
    """Return the value below which the share ``level`` in [0, 1] of the weight lies."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(total, level * total[-1])), len(values) - 1)])
