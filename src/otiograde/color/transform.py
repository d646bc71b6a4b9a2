"""What changes color: frozen callables on ``(..., 3)`` arrays of code values, and how they combine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: An array of colors ``(..., 3)``: encoded R'G'B', full range, nominally in [0, 1].
Colors: TypeAlias = NDArray[np.floating[Any]]


def as_colors(values: ArrayLike) -> Colors:
    """``values`` as a floating array ``(..., 3)``: float32 stays float32, everything else becomes float64.

    Raises ``ValueError`` when the last axis is not 3.
    """
    colors: Colors = np.asarray(values)
    if colors.dtype != np.float32:
        colors = colors.astype(np.float64, copy=False)
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(f"colors need a last axis of 3, not shape {colors.shape}")
    return colors


def as_numbers(values: ArrayLike, *shape: int) -> Any:
    """``values`` as nested tuples of floats of this shape (-1: any length): what a frozen transform holds.

    Raises ``ValueError`` for another shape or a number that is not finite.
    """
    numbers = np.asarray(values, np.float64)
    if len(shape) != numbers.ndim or any(want not in (-1, got) for want, got in zip(shape, numbers.shape, strict=True)):
        raise ValueError(f"needs numbers of shape {shape}, not {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError("needs finite numbers")
    return _tuples(numbers.tolist())


def _tuples(values: Any) -> Any:
    return tuple(map(_tuples, values)) if isinstance(values, list) else values


@runtime_checkable
class Transform(Protocol):
    """Any callable on RGB: ``(..., 3)`` code values in, the same shape out. Never clips, never writes to its input."""

    def __call__(self, rgb: Colors) -> Colors:
        """``rgb`` ``(..., 3)``, transformed."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Leaves every color as it is: a legal balance and a legal look."""

    def __call__(self, rgb: Colors) -> Colors:
        """``rgb`` ``(..., 3)``, as it is."""
        return np.asarray(rgb)


@dataclass(frozen=True, slots=True)
class Mix:
    """``strength`` of a transform: ``x + strength (T(x) - x)``; 0 is identity, 1 is ``T``."""

    transform: Transform
    strength: float

    def __call__(self, rgb: Colors) -> Colors:
        """``rgb`` ``(..., 3)``, moved part of the way."""
        rgb = np.asarray(rgb)
        return rgb + self.strength * (self.transform(rgb) - rgb)


@dataclass(frozen=True, slots=True)
class Chain:
    """Transforms one after another, the first in the tuple first."""

    transforms: tuple[Transform, ...]

    def __call__(self, rgb: Colors) -> Colors:
        """``rgb`` ``(..., 3)`` through all of them."""
        for transform in self.transforms:
            rgb = transform(rgb)
        return np.asarray(rgb)
