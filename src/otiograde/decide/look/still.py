"""The look of a still: a scene's colors get its mean and its covariance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.statistics import optimal_linear, statistics
from otiograde.color.transform import Colors, Identity, Transform, as_colors
from otiograde.decide.look.look import FEWEST, Look, measurable, safe
from otiograde.errors import MatchError

#: How far a look may stretch or shrink a spread. Unlike a balance it may take all of it: a gray still asks for gray.
LIMITS = (0.0, 2.5)

#: At most this many of the still's pixels are looked at, evenly spaced.
PIXELS = 200_000


def still_look(still: ArrayLike, strength: float = 1.0) -> Look:
    """Make the look of a still ``(h, w, 3)``, code values in [0, 1], at ``strength`` in [0, 1].

    The scene's colors are moved by the linear Monge-Kantorovich map in Oklab (Pitié & Kokaram, CVMP 2007), guarded.
    Raises ``MatchError`` for a still that is too small or has no color to go by.
    """
    pixels = as_colors(still).reshape(-1, 3)
    pixels = pixels[:: max(1, len(pixels) // PIXELS)]
    pixels = np.clip(pixels[np.isfinite(pixels).all(-1)], 0.0, 1.0)
    if len(pixels) < FEWEST:
        raise MatchError(f"a still of {len(pixels)} pixels is too small to be a look: give one of at least {FEWEST}")
    target = statistics(pixels, "oklab")

    def look(colors: Colors) -> Transform:
        if len(colors) < FEWEST:
            return Identity()
        own = statistics(colors, "oklab")
        if not measurable(colors, own):
            return Identity()
        return safe(optimal_linear(own, target, lightness_only=own.gray, limits=LIMITS), colors, strength)

    return look
