"""The space in which shots of several encodings are matched: ACEScct, the same codes for the same light.

Within one encoding, shots are matched in its own codes, which is as good and exact (``docs/color.md``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.cubic import Cubic, monomials
from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.color.guard import Guarded, guarded
from otiograde.color.transform import Colors, Transform, as_colors
from otiograde.color.views import from_light, to_light

#: Academy S-2016-001.
WORKING = ENCODINGS["acescct"]

#: Weight of a coefficient of a cubic beside the mean square of its misses.
RIDGE = 1e-3


def to_working(codes: ArrayLike, encoding: Encoding) -> Colors:
    """Convert code values ``(..., 3)`` of an encoding to ACEScct, not clipped."""
    return from_light(to_light(codes, encoding), WORKING)


def from_working(codes: ArrayLike, encoding: Encoding) -> Colors:
    """Convert ACEScct code values ``(..., 3)`` to those of an encoding: the inverse of ``to_working``."""
    return from_light(to_light(codes, WORKING), encoding)


def native(transform: Transform, colors: ArrayLike, encoding: Encoding) -> Guarded:
    """Return a transform of ACEScct as one of an encoding's code values, fitted on a shot's ``colors`` ``(n, 3)``.

    A cubic of the codes follows it within ΔE00 0.3 on log, PQ and HLG, and within 0.7 on SDR, whose highlights are
    unrolled; outside of the shot's colors it is guarded as any other. Raises ``ValueError`` without colors.
    """
    pool = as_colors(colors).astype(np.float64, copy=False).reshape(-1, 3)
    goal = from_working(transform(to_working(pool, encoding)), encoding)
    terms = monomials(pool)
    # A ridge on all but the constant keeps the cubic from bending where a shot has few colors.
    ridge = RIDGE * np.sqrt(len(pool)) * np.eye(terms.shape[1])[1:]
    rows = np.vstack([terms, ridge]), np.vstack([goal - pool, np.zeros((len(ridge), 3))])
    coefficients = np.linalg.lstsq(*rows, rcond=None)[0]
    return guarded(Cubic(tuple(map(tuple, coefficients.tolist()))), pool)
