"""The space in which shots of several encodings are matched: ACEScct, the same codes for the same light.

Within one encoding, shots are matched in its own codes, which is as good and exact (``docs/color.md``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.cubic import Cubic, monomials
from otiograde.color.curves import Curves
from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.color.guard import Guarded, guarded
from otiograde.color.transform import Chain, Colors, Transform, as_colors
from otiograde.color.views import from_light, to_light

#: Academy S-2016-001.
WORKING = ENCODINGS["acescct"]

#: Weight of a coefficient of a cubic beside the mean square of its misses, for codes of log, PQ and HLG, and for the
#: codes of SDR as ``_FROM_SDR`` bends them, which follow light so well that little more than a line is needed.
RIDGE, RIDGE_OF_SDR = 1e-3, 1e-2

#: Points of the curves that bend SDR codes.
POINTS = 65

#: Grays between which a contrast is measured.
GRAYS = 9


def to_working(codes: ArrayLike, encoding: Encoding) -> Colors:
    """Convert code values ``(..., 3)`` of an encoding to ACEScct, not clipped."""
    return from_light(to_light(codes, encoding), WORKING)


def from_working(codes: ArrayLike, encoding: Encoding) -> Colors:
    """Convert ACEScct code values ``(..., 3)`` to those of an encoding: the inverse of ``to_working``."""
    return from_light(to_light(codes, WORKING), encoding)


def _sdr_curves() -> tuple[Curves, Curves]:
    """Return the curve from SDR codes, channel by channel, to ACEScct codes of the light that they show, and back.

    Primaries stay as they are. The same points are read both ways, so each curve undoes the other.
    """
    gray = ENCODINGS["bt709"]
    black, white = to_working(np.array([[0.0] * 3, [1.0] * 3]), gray)[:, 0].tolist()
    working = np.linspace(black, white, POINTS)
    codes = from_working(working[:, None].repeat(3, axis=1), gray)[:, 0]
    there, back = (codes.tolist(),) * 3, (working.tolist(),) * 3
    return Curves(there, back), Curves(back, there)


_FROM_SDR, _TO_SDR = _sdr_curves()


def native(transform: Transform, colors: ArrayLike, encoding: Encoding) -> Transform:
    """Return a transform of ACEScct as one of an encoding's code values, fitted on a shot's ``colors`` ``(n, 3)``.

    A cubic of the codes follows it within ΔE00 0.3. SDR codes are bent to those of light before it, and back after it:
    the view's shoulder is no cubic. Outside of the shot's colors the cubic is guarded as any other. Raises
    ``ValueError`` without colors.
    """
    pool = as_colors(colors).astype(np.float64, copy=False).reshape(-1, 3)
    goal = from_working(transform(to_working(pool, encoding)), encoding)
    if encoding.family != "sdr":
        return _cubic(pool, goal, RIDGE)
    return Chain((_FROM_SDR, _cubic(_FROM_SDR(pool), _FROM_SDR(np.clip(goal, 0, 1)), RIDGE_OF_SDR), _TO_SDR))


def steepest(transform: Transform, colors: ArrayLike) -> float:
    """Return the contrast of a transform of ACEScct that is farthest from 1, along the grays of SDR ``colors``."""
    working = to_working(as_colors(colors).astype(np.float64, copy=False).reshape(-1, 3), ENCODINGS["bt709"])
    dark, bright = np.quantile(working.mean(axis=1), (0.05, 0.95)).tolist()
    grays = np.linspace(dark, bright, GRAYS)
    slopes = np.diff(transform(grays[:, None].repeat(3, axis=1)).mean(axis=1)) / np.maximum(np.diff(grays), 1e-6)
    return float(slopes[np.abs(np.log(np.maximum(slopes, 1e-3))).argmax()])


def _cubic(colors: Colors, goal: Colors, weight: float) -> Guarded:
    """Fit a guarded cubic that takes colors ``(n, 3)`` to their goal."""
    terms = monomials(colors)
    # A ridge on all but the constant keeps the cubic from bending where a shot has few colors.
    ridge = weight * np.sqrt(len(colors)) * np.eye(terms.shape[1])[1:]
    rows = np.vstack([terms, ridge]), np.vstack([goal - colors, np.zeros((len(ridge), 3))])
    coefficients = np.linalg.lstsq(*rows, rcond=None)[0]
    return guarded(Cubic(tuple(map(tuple, coefficients.tolist()))), colors)
