"""The interpolations of a LUT by name. This module imports nothing heavy, because the command line reads it."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Interpolation: TypeAlias = Literal["trilinear", "tetrahedral"]

#: In the order of the numbers that the kernel takes.
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
