"""What a cloud of colors is like, and the simple maps that move one cloud onto another (no pairs of colors needed)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.affine import Affine
from otiograde.color.curves import Curves
from otiograde.color.spaces import Space, srgb_to_lab, to_space
from otiograde.color.transform import as_colors

#: A cloud whose Lab chroma stays below this for 95 % of its colors is gray material (codecs leave that much).
GRAY = 2.0

#: A cloud that spreads less than this in Lab (root of the total variance) is one color.
FLAT = 1.0

#: The fewest colors that tell anything.
FEWEST = 300

#: Where the quantile functions are sampled: the last half percent at either end is noise and clipping.
LEVELS = np.linspace(0.005, 0.995, 100)

#: Spreads are never stretched or shrunk beyond these: a larger ratio is a difference of content, not of grade.
LIMITS = (0.4, 2.5)

#: Knots of a quantile curve, and the width of the smoothing over them.
KNOTS = 17
SMOOTHING = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What a cloud of colors is like in ``space`` (in CIELAB and Oklab the code values are read as sRGB).

    ``mean`` and ``std`` ``(3,)``, ``covariance`` ``(3, 3)``, ``quantiles`` ``(3, 100)`` per channel at ``LEVELS``;
    ``lightness`` the mean L* whatever the space; ``gray`` when the cloud has no chroma, ``flat`` when it is one color.
    """

    space: Space
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    covariance: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    lightness: float
    gray: bool
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


def telling(colors: ArrayLike) -> bool:
    """Whether there are colors ``(n, 3)`` to compare: ``FEWEST`` of them or more, and neither gray nor all one."""
    if len(np.asarray(colors)) < FEWEST:
        return False
    own = statistics(colors, "rgb")
    return not own.gray and not own.flat


def mean_statistics(clouds: Sequence[Statistics]) -> Statistics:
    """Average the statistics of clouds of one space; the chroma of gray ones has no say unless all are gray.

    Quantile functions are averaged, not histograms: the mean of two narrow histograms apart has two humps, the mean of
    their quantile functions is a narrow one in between (the Wasserstein barycenter in one dimension).
    """
    colored = [cloud for cloud in clouds if not cloud.gray] or list(clouds)
    mean = np.mean([cloud.mean for cloud in colored], axis=0)
    std = np.mean([cloud.std for cloud in colored], axis=0)
    quantiles = np.mean([cloud.quantiles for cloud in colored], axis=0)
    mean[0] = np.mean([cloud.mean[0] for cloud in clouds])
    std[0] = np.mean([cloud.std[0] for cloud in clouds])
    quantiles[0] = np.mean([cloud.quantiles[0] for cloud in clouds], axis=0)
    covariance = np.mean([cloud.covariance for cloud in colored], axis=0)
    # The mean covariance keeps its correlations and takes the mean spreads, so that every strategy has one target.
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
    """Give a cloud another's mean and standard deviation per channel.

    Source: Reinhard, Ashikhmin, Gooch, Shirley, "Color Transfer between Images", IEEE CG&A 21(5), 2001, equations 10
    and 11. The ratios of the standard deviations are kept within ``limits``.
    """
    return _affine(source, target, np.diag(_ratio(source.std, target.std, limits)), lightness_only)


def optimal_linear(
    source: Statistics, target: Statistics, *, lightness_only: bool = False, limits: tuple[float, float] = LIMITS
) -> Affine:
    """Give a cloud another's mean and covariance by the linear map that moves its colors least.

    Source: Pitié, Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer",
    CVMP 2007, equation 11. The map's eigenvalues are kept within ``limits``.
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
    """Give each channel of a cloud another's distribution: the smoothed, monotone map between their quantiles.

    Source: Gonzalez, Woods, Digital Image Processing, 3.3.2 (histogram specification). The slopes are kept within
    ``limits`` and the mean displacement is that of the quantiles.
    """
    pairs = [_curve(*channel, limits) for channel in zip(source.quantiles, target.quantiles, strict=True)]
    x, y = (np.stack(side) for side in zip(*pairs, strict=True))
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
    """How much wider the target is ``(3,)``: 1 where neither spreads at all."""
    least = 1e-3 * max(float(source[0]), float(target[0]), 1e-9)
    return np.clip((target + least) / (source + least), *limits)


def _regular(cloud: Statistics) -> NDArray[np.float64]:
    """Return the covariance with a little spread in every direction, so that a thin cloud can be inverted."""
    return cloud.covariance + np.eye(3) * max(1e-5 * float(np.trace(cloud.covariance)), 1e-12)


def _power(matrix: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0) ** exponent) @ vectors.T)


def _curve(
    source: NDArray[np.float64], target: NDArray[np.float64], limits: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return knots ``x``, ``y`` of the smoothed map from one quantile function to another."""
    # A ramp under both makes them strictly increasing; a flat channel then gets slope 1 and a shift.
    ramp = (LEVELS - 0.5) * max(1e-3 * float(np.ptp(source)), 1e-6)
    source, target = source + ramp, target + ramp
    x = np.linspace(source[0], source[-1], KNOTS)
    displacement = _smooth(np.interp(x, source, target - source))
    slopes = np.clip(1.0 + np.diff(displacement) / np.diff(x), *limits)
    y = np.concatenate([[0.0], np.cumsum(slopes * np.diff(x))])
    return x, y + float(np.mean(target - np.interp(source, x, y)))


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blur evenly spaced values with a Gaussian; a straight line stays as it is."""
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * (reach / SMOOTHING) ** 2)
    padded = np.pad(values, 6, mode="reflect", reflect_type="odd")
    blurred: NDArray[np.float64] = np.convolve(padded, kernel / kernel.sum(), "valid")
    return blurred
