"""Steady: the change of exposure, white balance, contrast and saturation between two frames of one shot."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.arrays import Float64
from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, as_colors, as_numbers

#: What is done to all channels alike, and what is done to R and to B besides.
Triple: TypeAlias = tuple[float, float, float]

#: How many numbers a change has.
NUMBERS = 10
#: The largest of these numbers in a record. Twice of it would turn colors over.
LARGEST = 1.0
#: The standard deviations of these numbers between two frames of a shot: of gain, offset, curve and saturation.
SPREAD: Float64 = np.array([0.15, 0.08, 0.08, 0.04, 0.02, 0.02, 0.3, 0.12, 0.12, 0.2])

#: Rounds in which the fixed point is found. Each gains a digit for changes of usual size.
ROUNDS = 10
#: Rows: all channels, R, B. Columns: R, G, B.
_CHANNELS: Float64 = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Steady:
    """``y - x = gain m + offset + curve m (1 - m) + saturation (m - luma of m)`` with the middle m of x and y.

    Because of the middle, the numbers of the inverse are the negative ones. All zeros is the identity. The curve ends
    at 0 and at 1. Raises ``ValueError`` for another number of numbers, or one that is not finite.

    >>> import numpy as np
    >>> brighter = Steady(gain=(0.2, 0.0, 0.0))
    >>> brighter(np.array([0.45, 0.45, 0.45])).round(4).tolist()
    [0.55, 0.55, 0.55]
    """

    #: Gain of all channels, and of R and of B besides.
    gain: Triple = (0.0, 0.0, 0.0)
    #: Code values added to all channels, and to R and to B besides.
    offset: Triple = (0.0, 0.0, 0.0)
    #: Four times what is added to a middle gray of all channels, and of R and of B besides.
    curve: Triple = (0.0, 0.0, 0.0)
    #: Gain of the distance from luma.
    saturation: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gain", "offset", "curve"):
            object.__setattr__(self, name, as_numbers(getattr(self, name), 3))
        object.__setattr__(self, "saturation", as_numbers([self.saturation], 1)[0])

    @classmethod
    def of(cls, numbers: ArrayLike) -> Steady:
        """Make the change of these numbers ``(10,)``: gain, offset, curve, saturation."""
        values: Any = as_numbers(numbers, NUMBERS)
        return cls(values[:3], values[3:6], values[6:9], values[9])

    @property
    def numbers(self) -> Float64:
        """The numbers ``(10,)``: gain, offset, curve, saturation."""
        gain, offset, curve, saturation = astuple(self)
        return np.array([*gain, *offset, *curve, saturation])

    @property
    def inverse(self) -> Steady:
        """The change that takes this one back."""
        return Steady.of(-self.numbers)

    def __call__(self, rgb: Colors) -> Colors:
        """Change colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        gain, offset, curve = ((np.array(part) @ _CHANNELS).astype(colors.dtype) for part in astuple(self)[:3])
        saturation, luma = colors.dtype.type(self.saturation), LUMA.astype(colors.dtype)
        changed = colors
        for _ in range(ROUNDS):
            middle = (colors + changed) / 2
            saturated = saturation * (middle - (middle @ luma)[..., None])
            changed = colors + gain * middle + offset + curve * _arch(middle) + saturated
        return np.asarray(changed)


def effects(colors: ArrayLike) -> Float64:
    """Return what each number of a change does to colors ``(..., 3)`` around the middle: ``(..., 3, 10)``."""
    middle = np.asarray(colors, np.float64)
    result = np.empty((*middle.shape, NUMBERS))
    for number, shape in enumerate((middle, np.ones_like(middle), _arch(middle))):
        result[..., 3 * number : 3 * number + 3] = shape[..., None] * _CHANNELS.T
    result[..., 9] = middle - (middle @ LUMA)[..., None]
    return result


def _arch(middle: Colors) -> Colors:
    inside = np.clip(middle, 0, 1)
    return np.asarray(inside * (1 - inside))
