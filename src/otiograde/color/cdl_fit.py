"""The ASC CDL nearest to a transform, how far it is from it, and the residual LUT that takes it the rest of the way."""

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

#: A fit whose mean CIEDE2000 is above this is not the grade any more: the end of the band "slight".
LIMIT = 2.0

#: The pair of CDL and residual LUT is the grade to within this for 99 % of the colors, in code values of [0, 1].
PAIR_LIMIT = 2e-3

#: A residual is no finer than this, whose text is 7 MB. A slope or saturation below the second is not undone.
LARGEST, LEAST = 65, 1e-3

#: Colors are counted on a lattice of so many nodes a side, little where they are far from gray (the larger the span of
#: R'G'B', the rarer in pictures), and next to nothing outside the box of the shot's own colors.
NODES, SPREAD, OUTSIDE = 8, 0.35, 0.02

#: A pair is measured on colors whose R'G'B' span no more than this.
FARTHEST = 0.6

#: Slope, offset, power and saturation that change nothing, and how far they may go.
NEUTRAL = np.array([1, 1, 1, 0, 0, 0, 1, 1, 1, 1.0])
FREE = np.array([0.05] * 3 + [-1.0] * 3 + [0.2] * 3 + [0.0]), np.array([8.0] * 3 + [1.0] * 3 + [5.0] * 3 + [4.0])

#: The same for a CDL that loses nothing, with white and black in place of slope and offset: no color clips, and no
#: power is too steep to be undone by a lattice.
CONTAINED = np.array([0.6] * 3 + [0.0] * 3 + [0.6] * 3 + [0.5]), np.array([1.0] * 3 + [0.35] * 3 + [1.7] * 3 + [1.0])

#: The fit ends after so many rounds, or where one betters it by less than this share.
ROUNDS, SETTLED = 60, 1e-6


@dataclass(frozen=True, slots=True)
class CdlFit:
    """A CDL fitted to a transform: ``mean`` and ``p95`` are CIEDE2000 between the two over a shot's likely colors.

    ``moved`` is the mean CIEDE2000 by which the transform itself moves them. Code values are read as sRGB, HDR too.
    """

    cdl: Cdl
    mean: float
    p95: float
    moved: float

    @property
    def good(self) -> bool:
        """Whether the CDL may stand for the transform."""
        return self.mean <= LIMIT

    @property
    def share(self) -> float:
        """How much of the transform's mean CIEDE2000 the CDL carries, 0 to 1 (1 where nothing moves)."""
        return 1.0 if self.moved < 1e-3 else float(np.clip(1 - self.mean / self.moved, 0, 1))


@dataclass(frozen=True, slots=True)
class CdlPair:
    """A CDL, then a LUT, that together are a grade.

    ``error`` is their largest distance from it in code values, ``p99`` what 99 % of the colors lie within.
    The CDL is that of ``fit`` unless it loses colors (it clips); then it is the best one that loses none.
    """

    fit: CdlFit
    residual: Lut3D
    p99: float
    error: float


def fit_cdl(transform: Transform) -> CdlFit:
    """Fit a CDL to a transform by least squares over a shot's likely colors; always the same for the same transform.

    The box of a ``Guarded`` transform says which colors are likely. Levenberg-Marquardt on code values (D. W.
    Marquardt, 1963).
    """
    return _fit(transform, contained=False)


def fit_pair(transform: Transform, size: int) -> CdlPair:
    """Split a transform into a CDL and a residual LUT that together are the transform.

    99 % of the shot's likely colors end within ``PAIR_LIMIT`` of it, and all of them within that, or as close as its
    own LUT of ``size`` nodes brings them. The residual has ``size`` nodes a side, or about twice as many where that is
    not close enough; nodes that no color reaches may lie outside [0, 1]. As little as necessary is taken from the CDL:
    at worst it is the identity, and the residual the whole.
    """
    colors = _probes(transform)
    wanted = _clipped(transform, colors)
    limit = max(PAIR_LIMIT, float(np.abs(Lut3D.bake(transform, size)(colors) - wanted).max()))
    pairs = []
    for fit in _candidates(transform):
        for nodes in (size, max(size, min(2 * size - 1, LARGEST))):
            residual = Lut3D(_Rest(fit.cdl, transform)(Lut3D.identity(nodes).lattice.astype(np.float64)))
            away = np.abs(residual(fit.cdl(colors)) - wanted).max(-1)
            pairs.append(CdlPair(fit, residual, float(np.quantile(away, 0.99)), float(away.max())))
            if pairs[-1].error <= PAIR_LIMIT:
                return pairs[-1]
        if pairs[-1].p99 <= PAIR_LIMIT and pairs[-1].error <= limit:
            return pairs[-1]
    return min(pairs, key=lambda pair: pair.error)


def _candidates(transform: Transform) -> Iterator[CdlFit]:
    """The best CDL, the best that loses nothing, ever less of it, and the identity."""
    yield _fit(transform, contained=False)
    contained = _fit(transform, contained=True)
    yield contained
    colors, weights = likely_colors(transform)
    wanted = _clipped(transform, colors)
    for part in (0.75, 0.5, 0.25, 0.0):
        yield _judged(_rounded(NEUTRAL + part * (_numbers(contained.cdl) - NEUTRAL)), colors, wanted, weights)


def likely_colors(transform: Transform) -> tuple[Float64, Float64]:
    """Give colors ``(n, 3)`` of a shot graded by this transform, and their weights ``(n,)`` that sum to 1."""
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
    """Colors on which a pair is measured: even in the box, not too far from gray, and the grays from end to end."""
    low, high = (np.clip(end, 0, 1) for end in _box(transform))
    even = low + np.random.default_rng(7).random((20_000, 3)) * (high - low)
    return np.concatenate([even[np.ptp(even, axis=1) <= FARTHEST], np.linspace(0, 1, 1000)[:, None].repeat(3, axis=1)])


def _box(transform: Transform) -> tuple[Float64, Float64]:
    """The box of the colors that a transform was fitted on; the whole cube where it does not say."""
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
    found = _solve(colors, wanted, weights, contained=contained)
    cdl = _rounded(found)
    return _judged(cdl, colors, wanted, weights)


def _clipped(transform: Transform, colors: Float64) -> Float64:
    return np.clip(np.asarray(transform(colors), np.float64), 0, 1)


def _judged(cdl: Cdl, colors: Float64, wanted: Float64, weights: Float64) -> CdlFit:
    lab, goal = srgb_to_lab(cdl(colors)), srgb_to_lab(wanted)
    left, moved = delta_e00(lab, goal), delta_e00(srgb_to_lab(colors), goal)
    order = np.argsort(left, kind="stable")
    p95 = left[order][min(int(np.searchsorted(np.cumsum(weights[order]), 0.95)), len(left) - 1)]
    return CdlFit(cdl, float(left @ weights), float(p95), float(moved @ weights))


def _solve(colors: Float64, wanted: Float64, weights: Float64, *, contained: bool) -> Float64:
    """Slope, offset, power and saturation ``(10,)``: Levenberg-Marquardt, steps cut off at the bounds.

    Contained, every color of the cube stays inside the cube: black and white are then sought in place of slope and
    offset.
    """
    bounds = CONTAINED if contained else FREE
    x, damping = np.clip(NEUTRAL, *bounds), 1e-3
    moved, slopes = _moved(x, colors, contained=contained)
    cost = float(weights @ np.square(moved - wanted).sum(-1))
    for _ in range(ROUNDS):
        weighted = slopes * weights[:, None, None]
        normal = np.tensordot(weighted, slopes, ((0, 1), (0, 1)))
        downhill = np.tensordot(weighted, wanted - moved, ((0, 1), (0, 1)))
        scale = np.diag(np.diag(normal) + 1e-6)
        trial = np.clip(x + np.linalg.solve(normal + damping * scale, downhill), *bounds)
        next_moved, next_slopes = _moved(trial, colors, contained=contained)
        next_cost = float(weights @ np.square(next_moved - wanted).sum(-1))
        if next_cost >= cost:
            damping *= 8
        else:
            settled = cost - next_cost < SETTLED * cost
            x, moved, slopes, cost, damping = trial, next_moved, next_slopes, next_cost, damping / 6
            if settled:
                break
        if damping > 1e6:
            break
    return np.concatenate([x[:3] - x[3:6], x[3:]]) if contained else x


def _moved(x: Float64, colors: Float64, *, contained: bool) -> tuple[Float64, Float64]:
    """What a CDL makes of colors ``(n, 3)``, and how that changes with its ten numbers ``(n, 3, 10)``."""
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
    # Channel c of the result follows number j of channel k through the saturation: mixing[c, k].
    slopes[..., :9] = np.einsum("ck,jnk->ncjk", mixing, by_level).reshape(-1, 3, 9)
    slopes[..., 9] = powered - gray
    slopes *= free[..., None]
    return np.clip(full, 0, 1), slopes


def _numbers(cdl: Cdl) -> Float64:
    return np.array([*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation])


def _rounded(numbers: Float64) -> Cdl:
    """The CDL of ten numbers as they are written: with six decimals."""
    red, green, blue = (np.round(numbers[:9].reshape(3, 3).T, 6) + 0.0).tolist()
    slope, offset, power = zip(red, green, blue, strict=True)
    return Cdl(slope, offset, power, round(float(numbers[9]), 6))


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a transform after a CDL: the distance between the two, held constant where the CDL never goes."""

    cdl: Cdl
    transform: Transform

    def __call__(self, rgb: Colors) -> Colors:
        gray = (rgb @ LUMA)[..., None]
        plain = gray + (rgb - gray) / max(self.cdl.saturation, LEAST)
        linear = np.sign(plain) * np.abs(plain) ** (1 / np.array(self.cdl.power)) - np.array(self.cdl.offset)
        before = np.clip(linear / np.maximum(self.cdl.slope, LEAST), 0, 1)
        return np.asarray(rgb + np.clip(self.transform(before), 0, 1) - self.cdl(before))
