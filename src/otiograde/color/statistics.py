"""Statistics of a cloud of colors, and maps from one cloud to another that need no pairs of colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.affine import Affine
from otiograde.color.curves import Curves
from otiograde.color.spaces import Space, srgb_to_lab, to_space
from otiograde.color.transform import as_colors

#: A cloud is gray if 95 % of its colors have less Lab chroma than this (codecs leave that much).
GRAY = 2.0

#: A cloud is flat, a single color, if the root of its total Lab variance is below this.
FLAT = 1.0

#: The fewest colors that can be compared.
FEWEST = 300

#: The levels that quantiles are sampled at. The last half percent at either end is noise and clipping.
LEVELS = np.linspace(0.005, 0.995, 100)

#: The range of the ratio of two spreads. A ratio outside comes from content, not from a grade.
LIMITS = (0.4, 2.5)

#: The number of knots of a quantile curve, and the standard deviation of the smoothing, in knots.
KNOTS = 17
SMOOTHING = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Statistics of a cloud of colors in one space."""

    #: For CIELAB and Oklab, code values are read as sRGB.
    space: Space
    #: ``(3,)``.
    mean: NDArray[np.float64]
    #: ``(3,)``, the standard deviation of each channel.
    std: NDArray[np.float64]
    #: ``(3, 3)``.
    covariance: NDArray[np.float64]
    #: ``(3, 100)``, each channel's quantiles at ``LEVELS``.
    quantiles: NDArray[np.float64]
    #: The mean L*, in any space.
    lightness: float
    #: Whether the cloud has no chroma.
    gray: bool
    #: Whether the cloud is a single color.
    flat: bool


def statistics(colors: ArrayLike, space: Space) -> Statistics:
    """Measure a cloud of at least one color ``(n, 3)``, code values in [0, 1]."""
    rgb = as_colors(np.asarray(colors, np.float64)).reshape(-1, 3)
    lab = srgb_to_lab(rgb)
    cloud = lab if space == "lab" else to_space(rgb, space)
    return Statistics(
        space=space,
        mean=cloud.mean(0),
        std=cloud.std(0),
        covariance=np.cov(cloud, rowvar=False, bias=True),
        quantiles=np.quantile(cloud, LEVELS, axis=0).T.astype(np.float64),
        lightness=float(lab[:, 0].mean()),
        gray=bool(np.quantile(np.hypot(lab[:, 1], lab[:, 2]), 0.95) < GRAY),
        flat=bool(np.sqrt(lab.var(0).sum()) < FLAT),
    )


def are_comparable(colors: ArrayLike) -> bool:
    """Whether a match can be judged on colors ``(n, 3)``: at least ``FEWEST``, neither gray nor flat."""
    if len(np.asarray(colors)) < FEWEST:
        return False
    cloud = statistics(colors, "rgb")
    return not cloud.gray and not cloud.flat


def mean_statistics(clouds: Sequence[Statistics]) -> Statistics:
    """Average the statistics of clouds in one space; the chroma of gray clouds is ignored unless all are gray.

    Quantile functions are averaged, not histograms. The mean of two narrow, distant histograms has two peaks. The mean
    of their quantile functions is one narrow peak in between: the Wasserstein barycenter in one dimension.
    """
    colored = [cloud for cloud in clouds if not cloud.gray] or list(clouds)
    mean = np.mean([cloud.mean for cloud in colored], axis=0)
    std = np.mean([cloud.std for cloud in colored], axis=0)
    quantiles = np.mean([cloud.quantiles for cloud in colored], axis=0)
    mean[0] = np.mean([cloud.mean[0] for cloud in clouds])
    std[0] = np.mean([cloud.std[0] for cloud in clouds])
    quantiles[0] = np.mean([cloud.quantiles[0] for cloud in clouds], axis=0)
    covariance = np.mean([cloud.covariance for cloud in colored], axis=0)
    # The mean covariance keeps its correlations and takes the mean spreads, so every method has the same target.
    scale = std / np.maximum(np.sqrt(np.diag(covariance)), 1e-12)
    return replace(
        clouds[0],
        mean=mean,
        std=std,
        covariance=covariance * np.outer(scale, scale),
        quantiles=quantiles,
        lightness=float(np.mean([cloud.lightness for cloud in clouds])),
        gray=all(cloud.gray for cloud in clouds),
        flat=all(cloud.flat for cloud in clouds),
    )


def mean_and_spread(
    source: Statistics, target: Statistics, *, lightness_only: bool = False, limits: tuple[float, float] = LIMITS
) -> Affine:
    """Map a cloud to another's mean and standard deviation per channel.

    The ratios of standard deviations are clamped to ``limits``. Source: Reinhard, Ashikhmin, Gooch, Shirley, "Color
    Transfer between Images", IEEE CG&A 21(5), 2001, equations 10 and 11.
    """
    return _affine(source, target, np.diag(_ratio(source.std, target.std, limits)), lightness_only)


def optimal_linear(
    source: Statistics, target: Statistics, *, lightness_only: bool = False, limits: tuple[float, float] = LIMITS
) -> Affine:
    """Map a cloud to another's mean and covariance by the linear map that moves its colors least.

    The eigenvalues of the map are clamped to ``limits``. Source: Pitié, Kokaram, "The Linear Monge-Kantorovitch Linear
    Colour Mapping for Example-Based Colour Transfer", CVMP 2007, equation 11.
    """
    if lightness_only:
        return mean_and_spread(source, target, lightness_only=True, limits=limits)
    root = _power(_regular(source), 0.5)
    inverse = np.linalg.inv(root)
    matrix = inverse @ _power(root @ _regular(target) @ root, 0.5) @ inverse
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return _affine(source, target, (vectors * np.clip(values, *limits)) @ vectors.T, lightness_only=False)


def quantile_curves(
    source: Statistics, target: Statistics, *, lightness_only: bool = False, limits: tuple[float, float] = LIMITS
) -> Curves:
    """Map each channel of a cloud to another's distribution by a smoothed, monotone map between their quantiles.

    The slopes are clamped to ``limits``; the mean displacement stays that of the quantiles. Source: Gonzalez, Woods,
    Digital Image Processing, 3.3.2 (histogram specification).
    """
    curves = [_curve(*channel, limits) for channel in zip(source.quantiles, target.quantiles, strict=True)]
    x, y = (np.stack(side) for side in zip(*curves, strict=True))
    if lightness_only:
        y[1:] = x[1:]
    return Curves(x.tolist(), y.tolist(), source.space)


def _affine(source: Statistics, target: Statistics, matrix: NDArray[np.float64], lightness_only: bool) -> Affine:
    offset = target.mean - matrix @ source.mean
    if lightness_only:
        matrix = np.diag([matrix[0, 0], 1.0, 1.0])
        offset = np.array([target.mean[0] - matrix[0, 0] * source.mean[0], 0.0, 0.0])
    return Affine(matrix.tolist(), offset.tolist(), source.space)


def _ratio(
    source: NDArray[np.float64], target: NDArray[np.float64], limits: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the ratio of the target's spread to the source's ``(3,)``: 1 where neither has any."""
    least = 1e-3 * max(float(source[0]), float(target[0]), 1e-9)
    return np.clip((target + least) / (source + least), *limits)


def _regular(cloud: Statistics) -> NDArray[np.float64]:
    """Return the covariance plus a little spread in every direction, so a thin cloud can be inverted."""
    return cloud.covariance + np.eye(3) * max(1e-5 * float(np.trace(cloud.covariance)), 1e-12)


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0) ** exponent) @ vectors.T)


def _curve(
    source: NDArray[np.float64], target: NDArray[np.float64], limits: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return knots ``x``, ``y`` of the smoothed map from one quantile function to another."""
    # A ramp added to both makes them strictly increasing. A flat channel then gets slope 1 and a shift.
    ramp = (LEVELS - 0.5) * max(1e-3 * float(np.ptp(source)), 1e-6)
    source, target = source + ramp, target + ramp
    x = np.linspace(source[0], source[-1], KNOTS)
    displacement = _smooth(np.interp(x, source, target - source))
    slopes = np.clip(1.0 + np.diff(displacement) / np.diff(x), *limits)
    y = np.concatenate([[0.0], np.cumsum(slopes * np.diff(x))])
    return x, y + float(np.mean(target - np.interp(source, x, y)))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blur evenly spaced values with a Gaussian that leaves a straight line unchanged."""
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * (reach / SMOOTHING) ** 2)
    padded = np.pad(values, 6, mode="reflect", reflect_type="odd")
    blurred: NDArray[np.float64] = np.convolve(padded, kernel / kernel.sum(), "valid")
    return blurred
