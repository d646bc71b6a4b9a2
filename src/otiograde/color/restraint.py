"""The largest harmless part of a transform: monotone on grays, smooth as a LUT, and almost without clipping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.affine import Affine
from otiograde.color.curves import Curves
from otiograde.color.guard import guarded
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Chain, Colors, Identity, Mix, Transform, as_colors

#: The largest second difference of a LUT of 33 nodes, and the largest share of newly clipped colors. Both are a little
#: below the limits of the later checks, which measure other pixels of the shot.
ROUGHEST, CLIPPED = 0.05, 0.004

#: Where the toe ends and the shoulder begins, and the share of colors at either end that may still clip.
TOE, SHOULDER, OUTLIERS = 0.12, 0.8, 0.001

#: Colors within ``EDGE`` of 0 or 1 are clipped. A rolled-off end stays ``INSIDE`` away from them.
EDGE, INSIDE = 1e-6, 1e-3

#: The number of points of a rolled-off end.
POINTS = 9


def restrained(inner: Transform, colors: ArrayLike) -> Transform:
    """Return the largest part of ``inner``, fitted on ``colors`` ``(n, 3)``, that makes a healthy LUT.

    The transform is guarded, and colors beyond the ends are rolled off rather than clipped. Where the LUT is rough, the
    affine approximation in code values replaces part of it: a straight map in a perceptual space is bent in code
    values, most of all near black. If colors still clip, the strength falls. The result is the identity when nothing is
    left. Raises ``ValueError`` without colors.
    """
    pool = as_colors(colors).astype(np.float64, copy=False).reshape(-1, 3)
    smooth = _smooth_part(inner, pool)
    strength = _unclipped_strength(pool, smooth(pool))
    if strength == 0:
        return Identity()
    return smooth if strength == 1 or isinstance(smooth, Identity) else Mix(smooth, strength)


def rolled_off(moved: Colors) -> Curves | None:
    """Return curves with a toe and a shoulder that bring colors ``(n, 3)`` back into [0, 1]; None if all are inside.

    All channels share one curve, so grays stay gray. Between toe and shoulder it is straight.
    """
    low = float(np.quantile(moved.min(-1), OUTLIERS))
    high = float(np.quantile(moved.max(-1), 1 - OUTLIERS))
    if low >= 0 and high <= 1:
        return None
    toe_x, toe_y = _rolloff(TOE, TOE - min(low, 0.0)) if low < 0 else (np.array([TOE]),) * 2
    top_x, top_y = _rolloff(1 - SHOULDER, max(high, 1.0) - SHOULDER) if high > 1 else (np.array([1 - SHOULDER]),) * 2
    x = np.concatenate([TOE - toe_x[::-1], SHOULDER + top_x])
    y = np.concatenate([TOE - toe_y[::-1], SHOULDER + top_y])
    return Curves((x.tolist(),) * 3, (y.tolist(),) * 3)


def _rolloff(room: float, reach: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of u / (1 + c u): slope 1 at 0, and just inside ``room`` at ``reach``."""
    room = room - INSIDE
    u = np.linspace(0.0, reach, POINTS)
    return u, u / (1 + (reach / room - 1) / reach * u)


def _smooth_part(inner: Transform, pool: Colors) -> Transform:
    """Guard, roll off, and lower the amount until the LUT is smooth."""
    whole = guarded(inner, pool)
    nodes = Lut3D.identity(33).lattice.astype(np.float64)
    full, plain = replace(whole, amount=1.0), whole.fallback
    full_nodes, plain_nodes, full_pool, plain_pool = full(nodes), plain(nodes), full(pool), plain(pool)
    for tenths in range(round(10 * whole.amount), -1, -1):
        share = tenths / 10
        roll = rolled_off(plain_pool + share * (full_pool - plain_pool))
        lattice = plain_nodes + share * (full_nodes - plain_nodes)
        lattice = np.clip(lattice if roll is None else roll(lattice), 0.0, 1.0)
        if Lut3D(lattice.astype(np.float32)).health().second_difference <= ROUGHEST:
            if tenths == 0 and plain == Affine():
                return Identity()
            smooth = replace(whole, amount=share)
            return smooth if roll is None else Chain((smooth, roll))
    return Identity()


def _unclipped_strength(before: Colors, after: Colors) -> float:
    """Return the largest strength, in steps of 0.1, at which almost no color is newly clipped."""
    free = ~_clipped(before)
    for tenths in range(10, 0, -1):
        if (_clipped(before + tenths / 10 * (after - before)) & free).mean() <= CLIPPED:
            return tenths / 10
    return 0.0


def _clipped(colors: Colors) -> NDArray[np.bool_]:
    return np.asarray(((colors <= EDGE) | (colors >= 1 - EDGE)).any(-1))
