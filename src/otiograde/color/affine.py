"""Affine: a matrix and an offset, in code values or in a perceptual space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.spaces import Space, from_space, to_space
from otiograde.color.transform import Colors, as_colors, as_numbers


@dataclass(frozen=True, slots=True)
class Affine:
    """``M x + o`` in ``space``. The default is the identity.

    In "lab" and "oklab", code values are read as sRGB, converted, transformed, and converted back. Raises
    ``ValueError`` for another shape or a number that is not finite.

    >>> import numpy as np
    >>> swap_red_and_blue = Affine(matrix=((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    >>> swap_red_and_blue(np.array([0.75, 0.5, 0.25])).tolist()
    [0.25, 0.5, 0.75]
    """

    #: M ``(3, 3)``: one row for each output channel.
    matrix: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    #: o ``(3,)`` in units of the space: code values in [0, 1], L* in [0, 100], Oklab L in [0, 1].
    offset: tuple[float, ...] = (0.0, 0.0, 0.0)
    #: The space of M and o.
    space: Space = "rgb"

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", as_numbers(self.matrix, 3, 3))
        object.__setattr__(self, "offset", as_numbers(self.offset, 3))

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        values = to_space(colors, self.space)
        result = values @ np.array(self.matrix, values.dtype).T + np.array(self.offset, values.dtype)
        return from_space(result, self.space).astype(colors.dtype, copy=False)
