"""Fit an ASC CDL to a transform, measure how close it comes, and make the residual LUT for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cdl import Cdl
from otiograde.color.difference import delta_e00
from otiograde.color.guard import Guarded
from otiograde.color.luma import LUMA
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Chain, Colors, Identity, Mix, Transform

#: A CDL whose mean CIEDE2000 from the grade is above this cannot stand for it: the end of the band "slight".
LIMIT = 2.0

#: CDL and residual LUT together match the grade to within this for 99 % of the colors, in code values in [0, 1].
PAIR_LIMIT = 2e-3

#: The most nodes a side of a residual LUT (its text is 7 MB), and the least slope or saturation that is inverted.
LARGEST, LEAST = 65, 1e-3

#: The likely colors are a lattice of ``NODES`` a side. The weight of a color falls with its distance from gray as a
#: Gaussian of the span of R'G'B', ``SPREAD`` wide: large spans are rare in pictures. Colors outside the box of the
#: shot's colors weigh ``OUTSIDE`` of that.
NODES, SPREAD, OUTSIDE = 8, 0.35, 0.02

#: A pair is measured on colors whose R'G'B' span at most this.
FARTHEST = 0.6

#: Slope, offset, power and saturation of the identity, and the lowest and highest value of each.
NEUTRAL = np.array([1, 1, 1, 0, 0, 0, 1, 1, 1, 1.0])
FREE = np.array([0.05] * 3 + [-1.0] * 3 + [0.2] * 3 + [0.0]), np.array([8.0] * 3 + [1.0] * 3 + [5.0] * 3 + [4.0])

#: The limits of a CDL that loses no color, with white and black in place of slope and offset: nothing clips, and a
#: lattice can invert every power.
CONTAINED = np.array([0.6] * 3 + [0.0] * 3 + [0.6] * 3 + [0.5]), np.array([1.0] * 3 + [0.35] * 3 + [1.7] * 3 + [1.0])

#: The fit ends after this many rounds, or when a round lowers the cost by less than this share.
ROUNDS, SETTLED = 60, 1e-6


@dataclass(frozen=True, slots=True)
class CdlFit:
    """A CDL fitted to a transform, with differences in CIEDE2000 over a shot's likely colors.

    Code values are read as sRGB, HDR too.
    """

    cdl: Cdl
    #: The mean difference between CDL and transform.
    mean: float
    #: The difference that 95 % of the weight lies within.
    p95: float
    #: The mean difference that the transform itself makes.
    moved: float

    @property
    def good(self) -> bool:
        """Whether the CDL is close enough to stand for the transform."""
        return self.mean <= LIMIT

    @property
    def share(self) -> float:
        """The share of the transform's mean CIEDE2000 that the CDL makes, 0 to 1 (1 where nothing moves)."""
        return 1.0 if self.moved < 1e-3 else float(np.clip(1 - self.mean / self.moved, 0, 1))


@dataclass(frozen=True, slots=True)
class CdlPair:
    """A CDL, then a LUT, that together are a grade."""

    #: The fitted CDL. Where the best one loses colors by clipping, the best one that loses none.
    fit: CdlFit
    #: The LUT to apply after the CDL.
    residual: Lut3D
    #: The distance from the grade that 99 % of the colors lie within, in code values.
    p99: float
    #: The largest distance from the grade, in code values.
    error: float


def fit_cdl(transform: Transform) -> CdlFit:
    """Fit a CDL to a transform by least squares over a shot's likely colors.

    The box of a ``Guarded`` transform bounds the likely colors. The result depends on the transform alone. Method:
    Levenberg-Marquardt on code values (D. W. Marquardt, 1963).
    """
    return _fit(transform, contained=False)


def fit_pair(transform: Transform, size: int) -> CdlPair:
    """Split a transform into a CDL and a residual LUT that together are the transform.

    99 % of the shot's likely colors end within ``PAIR_LIMIT`` of the transform. The rest end within ``PAIR_LIMIT``, or
    as close as the transform's LUT of ``size`` nodes brings them. The residual has ``size`` nodes a side, or about
    twice as many where that is not close enough. Nodes that no color reaches may lie outside [0, 1]. The CDL is
    weakened only as far as needed: at worst it is the identity, and the residual the whole transform.
    """
    colors = _probes(transform)
    wanted = _clipped(transform, colors)
    limit = max(PAIR_LIMIT, float(np.abs(Lut3D.bake(transform, size)(colors) - wanted).max()))
    pairs = []
    for fit in _candidates(transform):
        for nodes in (size, max(size, min(2 * size - 1, LARGEST))):
            residual = Lut3D(_Residual(fit.cdl, transform)(Lut3D.identity(nodes).lattice.astype(np.float64)))
            error = np.abs(residual(fit.cdl(colors)) - wanted).max(-1)
            pairs.append(CdlPair(fit, residual, float(np.quantile(error, 0.99)), float(error.max())))
            if pairs[-1].error <= PAIR_LIMIT:
                return pairs[-1]
        if pairs[-1].p99 <= PAIR_LIMIT and pairs[-1].error <= limit:
            return pairs[-1]
    return min(pairs, key=lambda pair: pair.error)


def _candidates(transform: Transform) -> Iterator[CdlFit]:
    """Yield the best CDL, the best that loses no color, that one at 75, 50 and 25 % strength, and the identity."""
    yield _fit(transform, contained=False)
    contained = _fit(transform, contained=True)
    yield contained
    colors, weights = likely_colors(transform)
    wanted = _clipped(transform, colors)
    for part in (0.75, 0.5, 0.25, 0.0):
        yield _measured(_rounded(NEUTRAL + part * (_numbers(contained.cdl) - NEUTRAL)), colors, wanted, weights)


def likely_colors(transform: Transform) -> tuple[Float64, Float64]:
    """Return likely colors ``(n, 3)`` of a shot graded by this transform, and weights ``(n,)`` that sum to 1."""
    low, high = _box(transform)
    low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    whole, inner = _lattice(), low + _lattice() * (high - low)
    inside = ((whole >= low) & (whole <= high)).all(-1)
    colors = np.concatenate([inner, whole[~inside]])
    near = np.exp(-((np.ptp(colors, axis=1) / SPREAD) ** 2))
    weights = near * np.concatenate([np.ones(len(inner)), np.full(int((~inside).sum()), OUTSIDE)])
    return colors, weights / weights.sum()


@cache
def _lattice() -> Float64:
    axis = np.linspace(0, 1, NODES)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    nodes.setflags(write=False)
    return nodes


def _probes(transform: Transform) -> Float64:
    """Return the colors that a pair is measured on: a uniform sample of the box near gray, and all grays."""
    low, high = (np.clip(corner, 0, 1) for corner in _box(transform))
    uniform = low + np.random.default_rng(7).random((20_000, 3)) * (high - low)
    grays = np.linspace(0, 1, 1000)[:, None].repeat(3, axis=1)
    return np.concatenate([uniform[np.ptp(uniform, axis=1) <= FARTHEST], grays])


def _box(transform: Transform) -> tuple[Float64, Float64]:
    """Return the low and high corner of the colors that a transform was fitted on; without a guard, of the cube."""
    if isinstance(transform, Guarded):
        return np.array(transform.low), np.array(transform.high)
    if isinstance(transform, Mix):
        return _box(transform.transform)
    if isinstance(transform, Chain) and transform.transforms:
        return _box(transform.transforms[0])
    return np.zeros(3), np.ones(3)


def _fit(transform: Transform, *, contained: bool) -> CdlFit:
    if isinstance(transform, Identity):
        return CdlFit(Cdl(), 0.0, 0.0, 0.0)
    colors, weights = likely_colors(transform)
    wanted = _clipped(transform, colors)
    cdl = _rounded(_solve(colors, wanted, weights, contained=contained))
    return _measured(cdl, colors, wanted, weights)


def _clipped(transform: Transform, colors: Float64) -> Float64:
    return np.clip(np.asarray(transform(colors), np.float64), 0, 1)


def _measured(cdl: Cdl, colors: Float64, wanted: Float64, weights: Float64) -> CdlFit:
    """Measure how far a CDL leaves the colors from where they should go."""
    lab, goal = srgb_to_lab(cdl(colors)), srgb_to_lab(wanted)
    left, moved = delta_e00(lab, goal), delta_e00(srgb_to_lab(colors), goal)
    order = np.argsort(left, kind="stable")
    p95 = left[order][min(int(np.searchsorted(np.cumsum(weights[order]), 0.95)), len(left) - 1)]
    return CdlFit(cdl, float(left @ weights), float(p95), float(moved @ weights))


def _solve(colors: Float64, wanted: Float64, weights: Float64, *, contained: bool) -> Float64:
    """Find slope, offset, power and saturation ``(10,)`` by Levenberg-Marquardt, with steps clipped to the bounds.

    With ``contained``, every color of the cube stays inside the cube. The unknowns are then white and black in place of
    slope and offset.
    """
    bounds = CONTAINED if contained else FREE
    x, damping = np.clip(NEUTRAL, *bounds), 1e-3
    result, slopes = _result_and_slopes(x, colors, contained=contained)
    cost = float(weights @ np.square(result - wanted).sum(-1))
    for _ in range(ROUNDS):
        weighted = slopes * weights[:, None, None]
        normal = np.tensordot(weighted, slopes, ((0, 1), (0, 1)))
        downhill = np.tensordot(weighted, wanted - result, ((0, 1), (0, 1)))
        scale = np.diag(np.diag(normal) + 1e-6)
        trial = np.clip(x + np.linalg.solve(normal + damping * scale, downhill), *bounds)
        next_result, next_slopes = _result_and_slopes(trial, colors, contained=contained)
        next_cost = float(weights @ np.square(next_result - wanted).sum(-1))
        if next_cost >= cost:
            damping *= 8
        else:
            settled = cost - next_cost < SETTLED * cost
            x, result, slopes, cost, damping = trial, next_result, next_slopes, next_cost, damping / 6
            if settled:
                break
        if damping > 1e6:
            break
    return np.concatenate([x[:3] - x[3:6], x[3:]]) if contained else x


def _result_and_slopes(x: Float64, colors: Float64, *, contained: bool) -> tuple[Float64, Float64]:
    """Return what a CDL makes of colors ``(n, 3)``, and its derivatives by the ten numbers ``(n, 3, 10)``."""
    slope, offset, power, saturation = x[:3], x[3:6], x[6:9], x[9]
    if contained:
        slope = slope - offset
    linear = colors * slope + offset
    level = np.clip(linear, 1e-6, 1)
    powered = level**power
    gray = (powered @ LUMA)[:, None]
    full = gray + saturation * (powered - gray)
    free = (full > 0) & (full < 1)
    steep = powered / level * power * ((linear > 0) & (linear < 1))
    by_level = np.stack([steep * colors, steep * (1 - colors) if contained else steep, powered * np.log(level)])
    mixing = saturation * np.eye(3) + (1 - saturation) * LUMA
    slopes = np.empty((len(colors), 3, 10))
    # Number j of channel k reaches channel c of the result through the saturation: mixing[c, k].
    slopes[..., :9] = np.einsum("ck,jnk->ncjk", mixing, by_level).reshape(-1, 3, 9)
    slopes[..., 9] = powered - gray
    slopes *= free[..., None]
    return np.clip(full, 0, 1), slopes


def _numbers(cdl: Cdl) -> Float64:
    return np.array([*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation])


def _rounded(numbers: Float64) -> Cdl:
    """Return the CDL of ten numbers rounded to six decimals, as a file has them."""
    red, green, blue = (np.round(numbers[:9].reshape(3, 3).T, 6) + 0.0).tolist()
    slope, offset, power = zip(red, green, blue, strict=True)
    return Cdl(slope, offset, power, round(float(numbers[9]), 6))


@dataclass(frozen=True, slots=True)
class _Residual:
    """The transform that follows a CDL to make the whole; constant offset for colors that the CDL never returns."""

    cdl: Cdl
    transform: Transform

    def __call__(self, rgb: Colors) -> Colors:
        gray = (rgb @ LUMA)[..., None]
        plain = gray + (rgb - gray) / max(self.cdl.saturation, LEAST)
        linear = np.sign(plain) * np.abs(plain) ** (1 / np.array(self.cdl.power)) - np.array(self.cdl.offset)
        before = np.clip(linear / np.maximum(self.cdl.slope, LEAST), 0, 1)
        return np.asarray(rgb + np.clip(self.transform(before), 0, 1) - self.cdl(before))
