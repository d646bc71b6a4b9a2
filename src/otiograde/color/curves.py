"""Curves: one monotone curve per channel, in code values or in a perceptual space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.spaces import Space, from_space, to_space
from otiograde.color.transform import Colors, as_colors, as_numbers


@dataclass(frozen=True, slots=True)
class Curves:
    """One monotone piecewise-linear curve per channel through the points ``x``, ``y``.

    Beyond its first and last point a curve continues with slope 1. In "lab" and "oklab", code values are read as sRGB
    and the channels are those of that space. Raises ``ValueError`` for points that do not rise.

    >>> import numpy as np
    >>> lifted_shadows = Curves(x=((0, 0.5, 1),) * 3, y=((0.25, 0.5, 1),) * 3)
    >>> lifted_shadows(np.array([0.0, 0.25, 0.5])).tolist()
    [0.25, 0.375, 0.5]
    """

    #: ``(3, k)``: each channel's inputs, strictly rising.
    x: tuple[tuple[float, ...], ...]
    #: ``(3, k)``: each channel's outputs, never falling.
    y: tuple[tuple[float, ...], ...]
    #: The space of x and y.
    space: Space = "rgb"

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", as_numbers(self.x, 3, -1))
        object.__setattr__(self, "y", as_numbers(self.y, 3, len(self.x[0])))
        if not self.x[0] or np.any(np.diff(self.x) <= 0) or np.any(np.diff(self.y) < 0):
            raise ValueError("a curve needs points whose x rises strictly and whose y never falls")

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        values = to_space(colors, self.space)
        result = np.empty_like(values)
        for channel, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            value = values[..., channel]
            # np.interp clamps to the end values. Adding the distance beyond the ends back gives slope 1.
            result[..., channel] = np.interp(value, x, y) + (value - np.clip(value, x[0], x[-1]))
        return from_space(result, self.space).astype(colors.dtype, copy=False)
