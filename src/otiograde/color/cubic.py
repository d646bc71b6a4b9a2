"""Cubic: a smooth color transform, the identity plus a polynomial of degree 3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.transform import Colors, as_colors, as_numbers

#: The exponents (i, j, k) of the 20 monomials r^i g^j b^k with i + j + k <= 3, in ascending (lexicographic) order:
#: 1, b, b2, b3, g, gb, gb2, g2, g2b, g3, r, rb, rb2, rg, rgb, rg2, r2, r2b, r2g, r3.
EXPONENTS = tuple((i, j, k) for i in range(4) for j in range(4) for k in range(4) if i + j + k <= 3)


def monomials(rgb: ArrayLike) -> Colors:
    """Return psi: the 20 monomials ``(..., 20)`` of colors ``(..., 3)``, in the order of ``EXPONENTS``."""
    colors = as_colors(rgb)
    powers = np.ones((4, *colors.shape), colors.dtype)
    for degree in (1, 2, 3):
        powers[degree] = powers[degree - 1] * colors
    out = np.empty((*colors.shape[:-1], len(EXPONENTS)), colors.dtype)
    for index, (i, j, k) in enumerate(EXPONENTS):
        out[..., index] = powers[i, ..., 0] * powers[j, ..., 1] * powers[k, ..., 2]
    return out


@dataclass(frozen=True, slots=True)
class Cubic:
    """``x + W^T psi(x)``, where psi are the 20 monomials of degree 3 or less.

    It is linear in its coefficients, so a least-squares fit is one linear solve. Raises ``ValueError`` for another
    shape or a number that is not finite.

    >>> import numpy as np
    >>> coefficients = np.zeros((20, 3))
    >>> coefficients[0] = 0.25  # the constant
    >>> Cubic(coefficients.tolist())(np.array([0.0, 0.25, 0.5])).tolist()
    [0.25, 0.5, 0.75]
    """

    #: W ``(20, 3)``: rows in the order of ``EXPONENTS``, columns R, G, B. All zeros is the identity.
    coefficients: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", as_numbers(self.coefficients, len(EXPONENTS), 3))

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        return colors + monomials(colors) @ np.array(self.coefficients, colors.dtype)
