"""The look of given Lab statistics: a scene's colors get this mean and this spread."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.statistics import FLAT, GRAY, LEVELS, Statistics, mean_and_spread, statistics
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.look.look import FEWEST, Look, measurable, safe
from otiograde.decide.look.still import LIMITS
from otiograde.errors import MatchError


def lab_statistics_look(mean: ArrayLike, std: ArrayLike, strength: float = 1.0) -> Look:
    """Make the look of a mean and a standard deviation of L*, a*, b*, ``(3,)`` each, at ``strength`` in [0, 1].

    Raises ``MatchError`` for numbers that no picture has.
    """
    target = _given(np.asarray(mean, np.float64), np.asarray(std, np.float64))

    def look(colors: Colors) -> Transform:
        if len(colors) < FEWEST:
            return Identity()
        own = statistics(colors, "lab")
        if not measurable(colors, own):
            return Identity()
        return safe(mean_and_spread(own, target, lightness_only=own.gray, limits=LIMITS), colors, strength)

    return look


def _given(mean: np.ndarray, std: np.ndarray) -> Statistics:
    """Return the statistics of a normal cloud with this mean and these spreads."""
    if mean.shape != (3,) or std.shape != (3,) or not np.isfinite([mean, std]).all():
        raise MatchError("Lab statistics are three means and three standard deviations: L*, a*, b*")
    if not 0 <= mean[0] <= 100 or (std < 0).any():
        raise MatchError(f"no picture has a mean L* of {mean[0]:g} and standard deviations {std.tolist()}")
    normal = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    return Statistics(
        space="lab",
        mean=mean,
        std=std,
        covariance=np.diag(std**2),
        quantiles=mean[:, None] + std[:, None] * normal,
        lightness=float(mean[0]),
        gray=bool(np.hypot(mean[1], mean[2]) + 2 * np.hypot(std[1], std[2]) < GRAY),
        flat=bool(np.linalg.norm(std) < FLAT),
    )
