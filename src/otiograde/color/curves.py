"""Curves: one monotone curve per channel, in code values or in a perceptual space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.spaces import Space, from_space, to_space
from otiograde.color.transform import Colors, as_colors, as_numbers


@dataclass(frozen=True, slots=True)
class Curves:
    """One monotone piecewise-linear curve per channel through the points ``x``, ``y``, both ``(3, k)``.

    ``x`` rises strictly, ``y`` never falls; beyond the first and the last point a curve goes on with slope 1. In "lab"
    and "oklab" the code values are read as sRGB and the channels are those of that space. Raises ``ValueError``.
    """

    x: tuple[tuple[float, ...], ...]
    y: tuple[tuple[float, ...], ...]
    space: Space = "rgb"

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", as_numbers(self.x, 3, -1))
        object.__setattr__(self, "y", as_numbers(self.y, 3, len(self.x[0])))
        if not self.x[0] or np.any(np.diff(self.x) <= 0) or np.any(np.diff(self.y) < 0):
            raise ValueError("a curve needs points whose x rises strictly and whose y never falls")

    def __call__(self, rgb: Colors) -> Colors:
        """Move colors ``(..., 3)``; float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        values = to_space(colors, self.space)
        moved = np.empty_like(values)
        for channel, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            value = values[..., channel]
            # np.interp holds the end values; what lies beyond the ends is added back, which is slope 1.
            moved[..., channel] = np.interp(value, x, y) + (value - np.clip(value, x[0], x[-1]))
        return from_space(moved, self.space).astype(colors.dtype, copy=False)
