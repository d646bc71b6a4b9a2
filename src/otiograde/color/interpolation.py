"""The ways to interpolate between the nodes of a LUT, by name. Loads nothing: the command line reads them."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Interpolation: TypeAlias = Literal["trilinear", "tetrahedral"]

#: In the order of the kernel's numbers.
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
