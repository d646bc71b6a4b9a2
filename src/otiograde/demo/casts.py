"""Casts of the demo: what was done to each clip, known exactly, to be found and undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, as_colors


@dataclass(frozen=True, slots=True)
class Cast:
    """A grade such as cameras, labs and image generators give: code values in [0, 1] in, about [0, 1] out.

    ``exposure`` (in halvings and doublings), ``warmth``, ``tint`` (towards magenta) and ``contrast`` bend the odds
    ``x / (1 - x)`` of each channel, so that they roll off at both ends as film does and clip nothing; then come
    ``saturation`` about BT.709 luma, a split tone (``shadows`` and ``highlights`` added there, less their luma), and
    ``lift`` of the blacks.
    """

    exposure: float = 0.0
    warmth: float = 0.0
    tint: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    shadows: tuple[float, float, float] = (0.0, 0.0, 0.0)
    highlights: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lift: float = 0.0

    def __call__(self, rgb: Colors) -> Colors:
        """Cast colors ``(..., 3)``; what lies outside [0, 1] counts as its ends."""
        colors = np.clip(as_colors(rgb), 0, 1)
        bent = _odds(colors, self.contrast, self._gains.astype(colors.dtype))
        gray = _luma(bent)
        toned = gray + self.saturation * (bent - gray) + self._split(gray)
        return self.lift + (1 - self.lift) * toned

    def undo(self, rgb: Colors) -> Colors:
        """Find the colors ``(..., 3)`` that the cast made these from."""
        toned = (as_colors(rgb) - self.lift) / (1 - self.lift)
        gray = _luma(toned)  # neither saturation nor split tone changes it
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
    """Take the odds ``x / (1 - x)`` to a power, times gains."""
    for_it, against = gains * colors**power, (1 - colors) ** power
    return np.asarray(for_it / (for_it + against))


def _luma(colors: Colors) -> Colors:
    return np.asarray((colors @ np.array(LUMA, colors.dtype))[..., None])


#: Clip -> its cast: each as one generator, one prompt later, would have it.
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
