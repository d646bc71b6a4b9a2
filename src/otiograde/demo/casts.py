"""Color casts of the demo: the known change of each clip, which grading has to undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, as_colors


@dataclass(frozen=True, slots=True)
class Cast:
    """A grade such as cameras, labs and image generators make. Maps code values in [0, 1] to about [0, 1].

    The first four fields act on the odds ``x / (1 - x)`` of each channel. They roll off at both ends, as film does, and
    clip nothing. Saturation, split tone and lift follow in this order. The defaults change nothing.
    """

    #: Doublings of the odds of all channels.
    exposure: float = 0.0
    #: Logarithm of the gain of red, and of the loss of blue.
    warmth: float = 0.0
    #: Logarithm of the loss of green. Red and blue gain half of it: positive is magenta.
    tint: float = 0.0
    #: Power of the odds.
    contrast: float = 1.0
    #: Factor of the distance from BT.709 luma.
    saturation: float = 1.0
    #: Split tone: color added in the shadows, without its luma.
    shadows: tuple[float, float, float] = (0.0, 0.0, 0.0)
    #: Split tone: color added in the highlights, without its luma.
    highlights: tuple[float, float, float] = (0.0, 0.0, 0.0)
    #: Code value of black.
    lift: float = 0.0

    def __call__(self, rgb: Colors) -> Colors:
        """Apply the cast to colors ``(..., 3)``. Values outside [0, 1] are clipped first."""
        colors = np.clip(as_colors(rgb), 0, 1)
        bent = _odds(colors, self.contrast, self._gains.astype(colors.dtype))
        gray = _luma(bent)
        toned = gray + self.saturation * (bent - gray) + self._split(gray)
        return self.lift + (1 - self.lift) * toned

    def towards(self, other: Cast, share: float) -> Cast:
        """Return the cast that is ``share`` of the way to another cast."""
        start, end = (np.hstack(astuple(cast)) for cast in (self, other))
        exposure, warmth, tint, contrast, saturation, *tones, lift = (start + share * (end - start)).tolist()
        (r, g, b), (red, green, blue) = tones[:3], tones[3:]
        return Cast(exposure, warmth, tint, contrast, saturation, (r, g, b), (red, green, blue), lift)

    def undo(self, rgb: Colors) -> Colors:
        """Return the colors ``(..., 3)`` from which the cast made these."""
        toned = (as_colors(rgb) - self.lift) / (1 - self.lift)
        gray = _luma(toned)  # saturation and split tone leave luma as it is
        bent = np.clip(gray + (toned - gray - self._split(gray)) / self.saturation, 0, 1)
        return _odds(bent, 1 / self.contrast, (self._gains ** (-1 / self.contrast)).astype(bent.dtype))

    @property
    def _gains(self) -> NDArray[np.float64]:
        balance = np.multiply(self.warmth, (1, 0, -1)) + np.multiply(self.tint, (0.5, -1, 0.5))
        return np.asarray(2**self.exposure * np.exp(balance))

    def _split(self, gray: Colors) -> Colors:
        tones = np.array([self.shadows, self.highlights])
        shadows, highlights = (tones - (tones @ LUMA)[:, None]).astype(gray.dtype)
        return np.asarray(shadows * (1 - gray) ** 2 + highlights * gray**2)


def _odds(colors: Colors, power: float, gains: Colors) -> Colors:
    """Raise the odds ``x / (1 - x)`` of colors to a power, and multiply them by gains."""
    odds_for, odds_against = gains * colors**power, (1 - colors) ** power
    return np.asarray(odds_for / (odds_for + odds_against))


def _luma(colors: Colors) -> Colors:
    return np.asarray((colors @ np.array(LUMA, colors.dtype))[..., None])


#: Clip name -> its cast, at its first frame. They differ as shots differ that were made at different times.
CASTS: Mapping[str, Cast] = MappingProxyType({
    "kitchen_wide": Cast(
        exposure=0.25, warmth=0.34, contrast=0.88, saturation=0.92, highlights=(0.02, 0.01, -0.04), lift=0.06
    ),
    "kitchen_medium": Cast(
        exposure=-0.35, warmth=-0.20, contrast=1.16, saturation=0.86, shadows=(-0.03, 0.01, 0.035), lift=0.03
    ),
    "kitchen_close": Cast(exposure=0.15, warmth=0.06, tint=-0.16, contrast=1.08, saturation=1.12, lift=0.03),
    "studio_wide": Cast(exposure=-0.45, warmth=-0.16, contrast=0.95, saturation=0.75, lift=0.035),
    "studio_medium": Cast(exposure=0.40, tint=0.14, warmth=0.08, contrast=0.85, saturation=1.08, lift=0.03),
    "studio_close": Cast(
        exposure=-0.10,
        warmth=0.24,
        contrast=1.18,
        saturation=0.95,
        shadows=(-0.035, 0.0, 0.03),
        highlights=(0.03, 0.01, -0.03),
        lift=0.03,
    ),
})  # fmt: skip

#: Clip name -> its cast at its last frame, where it drifts as generated clips do: darker, harder, more colorful.
DRIFTS: Mapping[str, Cast] = MappingProxyType({
    "studio_close": replace(CASTS["studio_close"], exposure=-0.40, contrast=1.34, saturation=1.14),
})  # fmt: skip
