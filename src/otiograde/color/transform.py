"""Color transforms: frozen callables on ``(..., 3)`` arrays of code values, and their combinations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: An array of colors ``(..., 3)``: encoded R'G'B', full range, nominally in [0, 1].
Colors: TypeAlias = NDArray[np.floating[Any]]


def as_colors(values: ArrayLike) -> Colors:
    """Return ``values`` as a floating array ``(..., 3)``: float32 stays float32, everything else becomes float64.

    Raises ``ValueError`` if the last axis is not 3.
    """
    colors: Colors = np.asarray(values)
    if colors.dtype != np.float32:
        colors = colors.astype(np.float64, copy=False)
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(f"colors need a last axis of 3, not shape {colors.shape}")
    return colors


def as_numbers(values: ArrayLike, *shape: int) -> Any:
    """Return ``values`` as nested tuples of floats of this shape (-1: any length), the fields of frozen transforms.

    Raises ``ValueError`` for another shape or a number that is not finite.
    """
    numbers = np.asarray(values, np.float64)
    if len(shape) != numbers.ndim or any(n not in (-1, size) for n, size in zip(shape, numbers.shape, strict=True)):
        raise ValueError(f"needs numbers of shape {shape}, not {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise ValueError("needs finite numbers")
    return _tuples(numbers.tolist())


def _tuples(values: Any) -> Any:
    return tuple(map(_tuples, values)) if isinstance(values, list) else values


@runtime_checkable
class Transform(Protocol):
    """A callable from ``(..., 3)`` code values to the same shape. It never clips and never writes to its input."""

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The transform that changes nothing: a valid balance and a valid look."""

    def __call__(self, rgb: Colors) -> Colors:
        """Return colors ``(..., 3)`` unchanged."""
        return np.asarray(rgb)


@dataclass(frozen=True, slots=True)
class Mix:
    """Part of a transform T: ``x + strength (T(x) - x)``."""

    #: T.
    transform: Transform
    #: 0 is the identity, 1 is T.
    strength: float

    def __call__(self, rgb: Colors) -> Colors:
        """Move colors ``(..., 3)`` by ``strength`` of the way that T moves them."""
        rgb = np.asarray(rgb)
        return rgb + self.strength * (self.transform(rgb) - rgb)


@dataclass(frozen=True, slots=True)
class Chain:
    """Transforms one after another."""

    #: In order of application.
    transforms: tuple[Transform, ...]

    def __call__(self, rgb: Colors) -> Colors:
        """Apply all transforms to colors ``(..., 3)``."""
        for transform in self.transforms:
            rgb = transform(rgb)
        return np.asarray(rgb)
