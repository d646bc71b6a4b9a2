"""Guarded: a fitted transform kept harmless where its data say nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.affine import Affine
from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, Transform, as_colors, as_numbers

#: Share of the colors left outside the box at either end of a channel, and what the box is widened by.
OUTLIERS, PADDING = 0.002, 0.03
#: The neutral axis is looked at on this many nodes; from node to node luma must rise by a share of the node's own step,
#: and no channel may fall (but for rounding).
NODES, LEAST_RISE, ROUNDING = 33, 0.15, 1e-4


@dataclass(frozen=True, slots=True)
class Guarded:
    """``inner`` inside the box ``low`` to ``high``, its displacement held constant beyond, ``amount`` of it.

    A color outside the box is moved like the box's nearest point. The result is ``amount`` (0 to 1) of that and
    ``1 - amount`` of ``fallback``. Raises ``ValueError``.
    """

    inner: Transform
    low: tuple[float, ...]
    high: tuple[float, ...]
    fallback: Affine
    amount: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", as_numbers(self.low, 3))
        object.__setattr__(self, "high", as_numbers(self.high, 3))
        if not 0 <= self.amount <= 1 or any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("a guard needs an amount in [0, 1] and a box whose low end is not above its high end")

    def __call__(self, rgb: Colors) -> Colors:
        """Move colors ``(..., 3)``; float32 stays float32, everything else becomes float64."""
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
    """``inner`` guarded by the colors ``(n, 3)`` it was fitted on: as much of it as keeps the neutral axis rising.

    The box is the colors' range without outliers, padded. The amount falls in steps of 0.1 from ``inner`` to its
    least-squares affine approximation on the colors; where even that inverts the grays, the result is the identity
    (amount 0, fallback ``Affine()``). Raises ``ValueError`` without colors.
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
    """Whether luma rises enough, and no channel falls, from node to node of the neutral axis of a 33-node lattice."""
    grays = np.linspace(0, 1, NODES)[:, None].repeat(3, axis=1)
    steps = np.diff(transform(grays), axis=0)
    return bool((steps @ LUMA).min() >= LEAST_RISE / (NODES - 1) and steps.min() >= -ROUNDING)


def _affine_approximation(inner: Transform, colors: NDArray[np.float64]) -> Affine:
    """Least squares of the displacement, drawn a little towards none (ridge: 1 % of the weight of a unit square)."""
    design = np.column_stack([colors, np.ones(len(colors))])
    ridge = 1e-2 * len(colors) * np.diag([1, 1, 1, 1e-3])
    moves = inner(colors) - colors
    solution = np.linalg.solve(design.T @ design + ridge, design.T @ moves)
    return Affine((np.eye(3) + solution[:3].T).tolist(), solution[3].tolist())
