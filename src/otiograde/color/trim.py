"""Trim: exposure, temperature, tint and saturation set by a colorist, and the CDL that they make.

Code values count as BT.1886 signals: light is the code value to the power 2.4 (ITU-R BT.1886-0, Annex 1, without
lift). A gain of light is thus a slope of code values. On PQ and HLG the same slopes are an approximation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cdl import Cdl
from otiograde.color.luma import LUMA
from otiograde.color.spaces import xyz_to_linear

#: The exponent of the display. ITU-R BT.1886-0, Annex 1.
DISPLAY = 2.4

#: The correlated color temperature of CIE D65 in mired, 1e6 / kelvin. CIE 15:2004, 3.1.
D65 = 1e6 / 6504

#: The range of each field: stops, mired, thousandths of Duv, and a factor.
LIMITS = {"exposure": (-3.0, 3.0), "temperature": (-90.0, 90.0), "tint": (-20.0, 20.0), "saturation": (0.0, 2.0)}


@dataclass(frozen=True, slots=True)
class Trim:
    """A manual correction on top of a grade, with the controls of a grading panel. The default changes nothing.

    Temperature and tint keep the luminance of white. Raises ``ValueError`` for a number outside ``LIMITS``.
    """

    #: Stops of light.
    exposure: float = 0.0
    #: Mired by which white moves from D65 along the CIE daylight locus; positive is warmer, as for gels.
    temperature: float = 0.0
    #: Thousandths of Duv by which white moves off the locus, at right angles in CIE 1960 u, v; positive is magenta
    #: (ANSI C78.377).
    tint: float = 0.0
    #: The CDL's saturation.
    saturation: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = LIMITS[field.name]
            if not low <= getattr(self, field.name) <= high:
                raise ValueError(f"{field.name} is from {low:g} to {high:g}, not {getattr(self, field.name)!r}")

    @property
    def words(self) -> str:
        """The controls that are not neutral, as text: ``exposure +0.5, tint -3``."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return ", ".join(f"{name} {value:+g}" for name, (value, neutral) in values.items() if value != neutral)

    @property
    def cdl(self) -> Cdl:
        """The trim as slopes and saturation."""
        light = white_gains(self.temperature, self.tint) * 2.0**self.exposure
        red, green, blue = (light ** (1 / DISPLAY)).tolist()
        return Cdl((red, green, blue), saturation=self.saturation)


def white_gains(temperature: float, tint: float) -> NDArray[np.float64]:
    """Return the gains ``(3,)`` of linear BT.709 light that move D65 white by mired and by thousandths of Duv.

    Each channel is scaled independently (von Kries on the BT.709 primaries).
    """
    u, v = _daylight(D65 + temperature)
    across_u, across_v = _tint_direction(D65 + temperature)
    white = _linear(u + across_u * tint / 1000, v + across_v * tint / 1000)
    gains = white / _linear(*_daylight(D65))
    return np.asarray(gains / (gains @ LUMA), np.float64)


def _daylight(mired: float) -> tuple[float, float]:
    """Return u, v (CIE 1960) of daylight at a color temperature. CIE 15:2004, equations 3.2 to 3.4."""
    kelvin = 1e6 / mired
    cubic = (-4.6070e9, 2.9678e6, 99.11, 0.244063) if kelvin <= 7000 else (-2.0064e9, 1.9018e6, 247.48, 0.237040)
    x = cubic[0] / kelvin**3 + cubic[1] / kelvin**2 + cubic[2] / kelvin + cubic[3]
    y = -3 * x * x + 2.870 * x - 0.275
    return 4 * x / (-2 * x + 12 * y + 3), 6 * y / (-2 * x + 12 * y + 3)


def _tint_direction(mired: float) -> tuple[float, float]:
    """Return the unit vector in u, v at right angles to the daylight locus, toward magenta (falling v)."""
    (u1, v1), (u2, v2) = _daylight(mired - 1), _daylight(mired + 1)
    length = math.hypot(u2 - u1, v2 - v1)
    return (v2 - v1) / length, (u1 - u2) / length


def _linear(u: float, v: float) -> NDArray[np.float64]:
    """Return the linear BT.709 light ``(3,)`` of a chromaticity (CIE 1960) at luminance 1."""
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    return np.asarray(xyz_to_linear([x / y, 1.0, (1 - x - y) / y]), np.float64)
