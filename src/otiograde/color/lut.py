"""Lut3D: a transform of colors as a lattice of nodes, the form in which every program takes a grade."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde import _kernels
from otiograde.color.interpolation import INTERPOLATIONS, Interpolation
from otiograde.color.luma import LUMA
from otiograde.color.rows import through
from otiograde.color.transform import Colors, Transform, as_colors

SMALLEST, LARGEST = 2, 256
UNIT = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
UNIT.setflags(write=False)

#: Health is measured on this many nodes a side, so that it does not depend on the size of the LUT.
HEALTH_SIZE = 33
#: How near to 0 or 1 a float32 sum of weights leaves a value that is exactly there.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class LutHealth:
    """What may be wrong with a LUT: figures on code values in [0, 1], at a step of 1/32.

    ``second_difference``: the largest along the three axes, how sharply it bends. ``neutral_step``: the smallest rise
    of luma along the neutral axis, negative where it turns back. ``newly_clipped``: the share of the colors looked at
    that were not clipped and end at 0 or 1.
    """

    second_difference: float
    neutral_step: float
    newly_clipped: float


@dataclass(frozen=True, eq=False)
class Lut3D:
    """A lattice of colors, ``(size, size, size, 3)`` float32 indexed [b, g, r]: like a .cube file, red runs fastest.

    ``domain`` ``(2, 3)`` holds the lowest and highest r, g, b that the lattice spans; colors outside take its faces.
    Arrays are copied and read-only. Raises ``ValueError`` for another shape, a size outside 2 to 256, a number that is
    not finite, or an empty domain.
    """

    lattice: NDArray[np.float32]
    domain: NDArray[np.float64] = field(default_factory=lambda: UNIT)
    title: str = ""

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):
            lattice = np.array(self.lattice, np.float32, order="C")
        domain = np.array(self.domain, np.float64, order="C")
        size = len(lattice) if lattice.ndim else 0
        if lattice.shape != (size, size, size, 3) or not SMALLEST <= size <= LARGEST:
            wanted = f"(n, n, n, 3) with n from {SMALLEST} to {LARGEST}"
            raise ValueError(f"a lattice needs shape {wanted}, not {lattice.shape}")
        if not np.isfinite(lattice).all():
            raise ValueError("a lattice needs finite numbers")
        if domain.shape != (2, 3) or not np.isfinite(domain).all() or not (domain[0] < domain[1]).all():
            raise ValueError(f"a domain needs two rows of three finite numbers, low below high, not {domain.tolist()}")
        lattice.setflags(write=False)
        domain.setflags(write=False)
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "domain", domain)

    @classmethod
    def identity(cls, size: int, title: str = "") -> Lut3D:
        """Make the LUT of ``size`` nodes a side that leaves colors in [0, 1] as they are."""
        return cls(_nodes(size, UNIT).astype(np.float32), title=title)

    @classmethod
    def bake(cls, transform: Transform, size: int, title: str = "") -> Lut3D:
        """Evaluate ``transform`` in float64 at the nodes of [0, 1], and clip to [0, 1] last. Raises ``ValueError``."""
        return cls(np.clip(transform(_nodes(size, UNIT)), 0, 1), title=title)

    @property
    def size(self) -> int:
        """Nodes a side."""
        return len(self.lattice)

    @property
    def is_identity(self) -> bool:
        """Whether every node holds its own place, but for what rounding to six decimals takes away."""
        return bool(np.abs(self.lattice - _nodes(self.size, self.domain)).max() <= ROUNDING)

    def __call__(self, rgb: Colors) -> Colors:
        """Interpolate colors ``(..., 3)`` in their tetrahedra, in float32; float64 comes back as float64.

        NaN counts as 0; what lies outside the domain takes its ends.
        """
        colors = as_colors(rgb)
        if colors.dtype == np.float32:
            return self.apply(colors)
        # Clipped first: not every float64 is a float32.
        return self.apply(np.clip(colors, *self.domain).astype(np.float32)).astype(np.float64)

    def apply(
        self,
        image: NDArray[Any],
        interpolation: Interpolation = "tetrahedral",
        threads: int = 1,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Apply the LUT to an image ``(..., 3)``: uint8 and uint16 (full-range codes) or float32; the same type back.

        ``out`` takes the result and is returned; it may be ``image`` itself. ``threads`` share the pixels; their number
        does not change a bit of the result. Raises ``TypeError`` for another type, ``ValueError`` for another shape.
        """
        image = np.asarray(image)
        _check(image, interpolation, threads, out)
        result = np.empty(image.shape, image.dtype) if out is None else out
        number, (low, high) = INTERPOLATIONS.index(interpolation), map(tuple, self.domain.tolist())
        lattice = self._padded if image.dtype != np.uint8 or self._codes is None else self._codes

        def kernel(source: NDArray[Any], target: NDArray[Any]) -> None:
            _kernels.lut_apply(source, target, lattice, number, low, high)

        through(kernel, image, result, threads)
        return result

    def resample(self, size: int) -> Lut3D:
        """Make the same LUT with ``size`` nodes a side, on the domain [0, 1]."""
        return Lut3D(self(_nodes(size, UNIT)), title=self.title)

    def health(self, colors: ArrayLike | None = None) -> LutHealth:
        """Measure what may be wrong; ``colors`` ``(..., 3)`` are looked at for clipping (without any: 0 clipped)."""
        plain = self.size == HEALTH_SIZE and np.array_equal(self.domain, UNIT)
        lattice = (self if plain else self.resample(HEALTH_SIZE)).lattice.astype(np.float64)
        bends = [np.abs(np.diff(lattice, 2, axis)).max() for axis in range(3)]
        grays = np.einsum("iiic->ic", lattice) @ LUMA
        return LutHealth(float(max(bends)), float(np.diff(grays).min()), self._newly_clipped(colors))

    def _newly_clipped(self, colors: ArrayLike | None) -> float:
        if colors is None or np.size(colors) == 0:
            return 0.0
        before = as_colors(colors)
        after = self(before)
        # What ends at 0 or 1 to within rounding, and began farther away than that.
        ended = (after <= ROUNDING) | (after >= 1 - ROUNDING)
        free = (before > 2 * ROUNDING) & (before < 1 - 2 * ROUNDING)
        return float((ended.any(-1) & free.all(-1)).mean())

    @cached_property
    def _padded(self) -> NDArray[np.float32]:
        """The lattice as the kernel wants it: four floats a node."""
        return np.concatenate([self.lattice, np.zeros_like(self.lattice[..., :1])], axis=-1)

    @cached_property
    def _codes(self) -> NDArray[np.int16] | None:
        """The lattice as the kernel for uint8 wants it, nodes as (value - 1/2) * 2^16; None where it does not fit."""
        inside = self.lattice.min() >= 0 and self.lattice.max() <= 1 and np.array_equal(self.domain, UNIT)
        if not inside or self.size == LARGEST:
            return None
        codes: NDArray[np.int16] = np.minimum(np.rint((self._padded - 0.5) * 65536), 32767).astype(np.int16)
        return codes

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lut3D):
            return NotImplemented
        same = np.array_equal(self.lattice, other.lattice) and np.array_equal(self.domain, other.domain)
        return same and self.title == other.title

    def __hash__(self) -> int:
        return hash((self.size, self.title, self.domain.tobytes()))

    def __reduce__(self) -> tuple[type[Lut3D], tuple[Any, ...]]:
        """Rebuilt from its fields: read-only again, and without the padded copy."""
        return Lut3D, (self.lattice, self.domain, self.title)


def _check(image: NDArray[Any], interpolation: str, threads: int, out: NDArray[Any] | None) -> None:
    if image.ndim == 0 or image.shape[-1] != 3:
        raise ValueError(f"an image needs a last axis of 3, not shape {image.shape}")
    if image.dtype not in (np.uint8, np.uint16, np.float32):
        raise TypeError(f"an image needs uint8, uint16 or float32, not {image.dtype}")
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"interpolation must be one of {', '.join(INTERPOLATIONS)}, not {interpolation!r}")
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    if out is not None and (out.shape != image.shape or out.dtype != image.dtype):
        raise ValueError(f"out must be {image.dtype} {image.shape}, not {out.dtype} {out.shape}")


def _nodes(size: int, domain: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place the nodes ``(size, size, size, 3)`` of a lattice, [b, g, r], in float64."""
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a lattice has {SMALLEST} to {LARGEST} nodes a side, not {size}")
    red, green, blue = np.linspace(domain[0], domain[1], size).T
    b, g, r = np.meshgrid(blue, green, red, indexing="ij")
    return np.stack([r, g, b], axis=-1)
