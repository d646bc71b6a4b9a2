"""The look of a still: give a scene's colors the mean and the covariance of the still."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.statistics import optimal_linear, statistics
from otiograde.color.transform import Colors, Identity, Transform, as_colors
from otiograde.decide.look.look import FEWEST, Look, measurable, safe
from otiograde.errors import MatchError

#: Factors by which a look may scale a spread. Unlike a balance it may remove all of it, to match a gray still.
LIMITS = (0.0, 2.5)

#: Most pixels of the stills that are used, evenly spaced.
PIXELS = 200_000


def still_look(still: ArrayLike, strength: float = 1.0, others: Sequence[ArrayLike] = ()) -> Look:
    """Make the look of a still ``(..., 3)``, code values in [0, 1], at ``strength`` in [0, 1].

    The scene's colors are mapped by the guarded linear Monge-Kantorovich map in Oklab (Pitié & Kokaram, CVMP 2007).
    ``others`` are further stills of the same look; each still counts the same. Raises ``MatchError`` for a still with
    too few pixels.
    """
    stills = (still, *others)
    pixels = np.concatenate([_pixels(picture, PIXELS // len(stills)) for picture in stills])
    target = statistics(pixels, "oklab")

    def look(colors: Colors) -> Transform:
        if len(colors) < FEWEST:
            return Identity()
        source = statistics(colors, "oklab")
        if not measurable(colors, source):
            return Identity()
        return safe(optimal_linear(source, target, lightness_only=source.gray, limits=LIMITS), colors, strength)

    return look


def _pixels(still: ArrayLike, most: int) -> Colors:
    """Return at most about ``most`` finite pixels of a still, evenly spaced."""
    pixels = as_colors(still).reshape(-1, 3)
    pixels = pixels[:: max(1, len(pixels) // most)]
    pixels = np.clip(pixels[np.isfinite(pixels).all(-1)], 0.0, 1.0)
    if len(pixels) < FEWEST:
        raise MatchError(f"a still of {len(pixels)} pixels is too small to be a look: give one of at least {FEWEST}")
    return pixels
