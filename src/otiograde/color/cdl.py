"""Cdl: slope, offset, power and saturation of the ASC Color Decision List."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from otiograde.color.luma import LUMA
from otiograde.color.transform import Colors, as_colors, as_numbers


@dataclass(frozen=True, slots=True)
class Cdl:
    """``clamp(slope x + offset) ^ power`` per channel, then ``saturation`` about BT.709 luma, then ``clamp``.

    This is the only transform that clips. ASC CDL v1.2 clamps to [0, 1] before the power and after the saturation, and
    other programs do the same. Raises ``ValueError`` for a number out of range. The default is the identity on [0, 1].

    >>> import numpy as np
    >>> warmer = Cdl(slope=(1.25, 1.0, 0.75))
    >>> warmer(np.array([0.5, 0.5, 0.5])).tolist()
    [0.625, 0.5, 0.375]
    """

    #: Factors of R, G, B, 0 or more.
    slope: tuple[float, float, float] = (1.0, 1.0, 1.0)
    #: Summands of R, G, B in code values.
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    #: Exponents of R, G, B, above 0.
    power: tuple[float, float, float] = (1.0, 1.0, 1.0)
    #: The factor of the distance from luma, 0 or more; 0 is gray.
    saturation: float = 1.0

    def __post_init__(self) -> None:
        for field in ("slope", "offset", "power"):
            object.__setattr__(self, field, as_numbers(getattr(self, field), 3))
        if min(self.slope) < 0 or min(self.power) <= 0 or not 0 <= self.saturation < np.inf:
            raise ValueError("a CDL needs slope >= 0, power > 0 and saturation >= 0")

    def __call__(self, rgb: Colors) -> Colors:
        """Transform colors ``(..., 3)``. float32 stays float32, everything else becomes float64."""
        colors = as_colors(rgb)
        # The CDL's luma is BT.709's for every encoding: ASC CDL v1.2, "Saturation".
        slope, offset, power, luma = np.array([self.slope, self.offset, self.power, LUMA], colors.dtype)
        powered = np.clip(colors * slope + offset, 0, 1) ** power
        gray = (powered @ luma)[..., None]
        return np.asarray(np.clip(gray + self.saturation * (powered - gray), 0, 1))
