"""Lut3D: a color transform as a lattice of nodes, the form of a grade that every program accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde import _kernels
from otiograde.color.interpolation import INTERPOLATIONS, Interpolation
from otiograde.color.luma import LUMA
from otiograde.color.rows import run_kernel
from otiograde.color.transform import Colors, Transform, as_colors

SMALLEST, LARGEST = 2, 256
UNIT = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
UNIT.setflags(write=False)

#: Health is measured on this many nodes a side, so it does not depend on the size of the LUT.
HEALTH_SIZE = 33
#: The rounding error of a float32 sum of weights at exactly 0 or 1.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class LutHealth:
    """Possible defects of a LUT, measured on code values in [0, 1] at a step of 1/32."""

    #: The largest second difference along the three axes: how sharply the LUT bends.
    second_difference: float
    #: The smallest rise of luma along the neutral axis; negative where grays invert.
    neutral_step: float
    #: The share of the given colors that were not clipped before and end at 0 or 1.
    newly_clipped: float


@dataclass(frozen=True, eq=False)
class Lut3D:
    """A transform as a lattice of colors; colors outside the domain take the lattice's faces.

    Arrays are copied and read-only. Raises ``ValueError`` for another shape, a size outside 2 to 256, a number that is
    not finite, or an empty domain.

    >>> lut = Lut3D.bake(lambda rgb: rgb / 2, size=33)
    >>> lut(np.array([1.0, 0.5, 0.0])).tolist()
    [0.5, 0.25, 0.0]
    >>> lut.apply(np.array([[200, 100, 0]], np.uint8)).tolist()
    [[100, 50, 0]]
    """

    #: ``(size, size, size, 3)`` float32 indexed [b, g, r]: red runs fastest, as in a .cube file.
    lattice: NDArray[np.float32]
    #: ``(2, 3)``: the lowest and highest r, g, b that the lattice spans.
    domain: NDArray[np.float64] = field(default_factory=lambda: UNIT)
    #: The title in a .cube file.
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
        """Make the LUT of ``size`` nodes a side that leaves colors in [0, 1] unchanged."""
        return cls(_nodes(size, UNIT).astype(np.float32), title=title)

    @classmethod
    def bake(cls, transform: Transform, size: int, title: str = "") -> Lut3D:
        """Evaluate ``transform`` in float64 at the nodes of [0, 1], then clip to [0, 1].

        Raises ``ValueError`` for a size outside 2 to 256 and a result that is not finite.
        """
        return cls(np.clip(transform(_nodes(size, UNIT)), 0, 1), title=title)

    @property
    def size(self) -> int:
        """The number of nodes a side."""
        return len(self.lattice)

    @property
    def is_identity(self) -> bool:
        """Whether every node holds its coordinates, to within a rounding to six decimals."""
        return bool(np.abs(self.lattice - _nodes(self.size, self.domain)).max() <= ROUNDING)

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)`` by tetrahedral interpolation in float32; float64 returns as float64.

        NaN counts as 0. Values outside the domain take its ends.
        """
        colors = as_colors(rgb)
        if colors.dtype == np.float32:
            return self.apply(colors)
        # Clip first: a float64 may be too large for a float32.
        return self.apply(np.clip(colors, *self.domain).astype(np.float32)).astype(np.float64)

    def apply(
        self,
        image: NDArray[Any],
        interpolation: Interpolation = "tetrahedral",
        threads: int = 1,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Apply the LUT to an image ``(..., 3)`` of float32, or of full-range codes in uint8 or uint16.

        The result has the same type. ``out`` receives it and is returned; it may be ``image`` itself. ``threads`` share
        the pixels, and their number does not change the result by a bit. Raises ``TypeError`` for another type,
        ``ValueError`` for another shape.
        """
        image = np.asarray(image)
        _check(image, interpolation, threads, out)
        result = np.empty(image.shape, image.dtype) if out is None else out
        number, (low, high) = INTERPOLATIONS.index(interpolation), map(tuple, self.domain.tolist())
        lattice = self._padded if image.dtype != np.uint8 or self._codes is None else self._codes

        def kernel(source: NDArray[Any], target: NDArray[Any]) -> None:
            _kernels.lut_apply(source, target, lattice, number, low, high)

        run_kernel(kernel, image, result, threads)
        return result

    def resample(self, size: int) -> Lut3D:
        """Return the same LUT with ``size`` nodes a side, on the domain [0, 1]."""
        return Lut3D(self(_nodes(size, UNIT)), title=self.title)

    def health(self, colors: ArrayLike | None = None) -> LutHealth:
        """Measure possible defects. ``colors`` ``(..., 3)`` are tested for clipping; without any, none are clipped."""
        is_standard = self.size == HEALTH_SIZE and np.array_equal(self.domain, UNIT)
        lattice = (self if is_standard else self.resample(HEALTH_SIZE)).lattice.astype(np.float64)
        bends = [np.abs(np.diff(lattice, 2, axis)).max() for axis in range(3)]
        grays = np.einsum("iiic->ic", lattice) @ LUMA
        return LutHealth(float(max(bends)), float(np.diff(grays).min()), self._newly_clipped(colors))

    def _newly_clipped(self, colors: ArrayLike | None) -> float:
        if colors is None or np.size(colors) == 0:
            return 0.0
        before = as_colors(colors)
        after = self(before)
        # Colors at 0 or 1 to within rounding that were farther away before.
        clipped = (after <= ROUNDING) | (after >= 1 - ROUNDING)
        free = (before > 2 * ROUNDING) & (before < 1 - 2 * ROUNDING)
        return float((clipped.any(-1) & free.all(-1)).mean())

    @cached_property
    def _padded(self) -> NDArray[np.float32]:
        """The lattice for the kernel: four floats a node."""
        return np.concatenate([self.lattice, np.zeros_like(self.lattice[..., :1])], axis=-1)

    @cached_property
    def _codes(self) -> NDArray[np.int16] | None:
        """The lattice for the uint8 kernel, nodes as (value - 1/2) * 2^16; None where that kernel cannot take it."""
        fits = self.lattice.min() >= 0 and self.lattice.max() <= 1 and np.array_equal(self.domain, UNIT)
        if not fits or self.size == LARGEST:
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
        """Pickle the fields alone: the copy is read-only again, and makes its padded lattice when needed."""
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
    """Return the coordinates ``(size, size, size, 3)`` of a lattice's nodes, indexed [b, g, r], in float64."""
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a lattice has {SMALLEST} to {LARGEST} nodes a side, not {size}")
    red, green, blue = np.linspace(domain[0], domain[1], size).T
    b, g, r = np.meshgrid(blue, green, red, indexing="ij")
    return np.stack([r, g, b], axis=-1)
