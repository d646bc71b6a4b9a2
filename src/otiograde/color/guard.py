"""Guarded: a fitted transform that stays harmless for colors without data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.affine import Affine
from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, Transform, as_colors, as_numbers

#: The share of the colors outside the box at either end of a channel, and the width added to the box.
OUTLIERS, PADDING = 0.002, 0.03
#: The nodes of the neutral axis. From node to node, luma must rise by at least ``LEAST_RISE`` of the node spacing, and
#: no channel may fall by more than ``ROUNDING``.
NODES, LEAST_RISE, ROUNDING = 33, 0.15, 1e-4


@dataclass(frozen=True, slots=True)
class Guarded:
    """A transform limited to a box of colors, mixed with a fallback.

    A color outside the box moves like the box's nearest point. Raises ``ValueError`` for an empty box or an amount
    outside [0, 1].
    """

    #: The transform inside the box.
    inner: Transform
    #: The lowest R, G, B of the box.
    low: tuple[float, ...]
    #: The highest R, G, B of the box.
    high: tuple[float, ...]
    #: The transform that makes up the rest of the mixture.
    fallback: Affine
    #: The weight of ``inner``, 0 to 1; ``fallback`` has the weight ``1 - amount``.
    amount: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", as_numbers(self.low, 3))
        object.__setattr__(self, "high", as_numbers(self.high, 3))
        if not 0 <= self.amount <= 1 or any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("a guard needs an amount in [0, 1] and a box whose low end is not above its high end")

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        if self.amount == 0:
            return self.fallback(colors)
        inside = np.clip(colors, np.array(self.low, colors.dtype), np.array(self.high, colors.dtype))
        moved = colors + (self.inner(inside) - inside)
        if self.amount == 1:
            return moved
        plain = self.fallback(colors)
        return plain + self.amount * (moved - plain)


def guarded(inner: Transform, colors: ArrayLike) -> Guarded:
    """Guard ``inner`` by the colors ``(n, 3)`` it was fitted on, with the largest amount that keeps grays rising.

    The box is the colors' range without outliers, padded. The fallback is the least-squares affine approximation of
    ``inner`` on the colors. The amount falls from 1 in steps of 0.1. Where even amount 0 inverts grays, the result is
    the identity (amount 0, fallback ``Affine()``). Raises ``ValueError`` without colors.
    """
    pool = as_colors(colors).astype(np.float64, copy=False).reshape(-1, 3)
    if not len(pool):
        raise ValueError("a guard needs colors to draw its box around them")
    low, high = np.quantile(pool, (OUTLIERS, 1 - OUTLIERS), axis=0) + np.array([[-PADDING], [PADDING]])
    fallback = _affine_approximation(inner, pool)
    for tenths in range(10, -1, -1):
        candidate = Guarded(inner, tuple(low.tolist()), tuple(high.tolist()), fallback, tenths / 10)
        if keeps_grays_rising(candidate):
            return candidate
    return Guarded(inner, tuple(low.tolist()), tuple(high.tolist()), Affine(), 0.0)


def keeps_grays_rising(transform: Transform) -> bool:
    """Whether luma rises enough, and no channel falls, along the neutral axis of a lattice of 33 nodes a side."""
    grays = np.linspace(0, 1, NODES)[:, None].repeat(3, axis=1)
    steps = np.diff(transform(grays), axis=0)
    return bool((steps @ LUMA).min() >= LEAST_RISE / (NODES - 1) and steps.min() >= -ROUNDING)


def _affine_approximation(inner: Transform, colors: NDArray[np.float64]) -> Affine:
    """Fit the displacement by least squares with a ridge of 1 % of the colors' number, which draws it toward zero."""
    design = np.column_stack([colors, np.ones(len(colors))])
    ridge = 1e-2 * len(colors) * np.diag([1, 1, 1, 1e-3])
    moves = inner(colors) - colors
    solution = np.linalg.solve(design.T @ design + ridge, design.T @ moves)
    return Affine((np.eye(3) + solution[:3].T).tolist(), solution[3].tolist())
