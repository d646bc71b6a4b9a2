"""Affine: a matrix and an offset, in code values or in a perceptual space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.spaces import Space, from_space, to_space
from otiograde.color.transform import Colors, as_colors, as_numbers


@dataclass(frozen=True, slots=True)
class Affine:
    """``M x + o`` in ``space``: ``matrix`` is M, ``(3, 3)``, rows give the outputs; ``offset`` is o, ``(3,)``.

    In "lab" and "oklab" the code values are read as sRGB, converted, changed, and converted back; the offset is then in
    units of that space (L* 0 to 100; Oklab L 0 to 1).
    """

    matrix: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    space: Space = "rgb"

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", as_numbers(self.matrix, 3, 3))
        object.__setattr__(self, "offset", as_numbers(self.offset, 3))

    def __call__(self, rgb: Colors) -> Colors:
        """Move colors ``(..., 3)``; float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        values = to_space(colors, self.space)
        moved = values @ np.array(self.matrix, values.dtype).T + np.array(self.offset, values.dtype)
        return from_space(moved, self.space).astype(colors.dtype, copy=False)
