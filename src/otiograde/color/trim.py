"""Trim: exposure, temperature, tint and saturation set by a colorist, and the CDL that they make.

Code values of SDR count as BT.1886 signals: light is the code value to the power 2.4 (ITU-R BT.1886-0, Annex 1,
without lift). A gain of light is thus a slope of code values. In log, PQ and HLG the gains are those of the light that
the codes stand for, and saturation stays that of the CDL.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.color.curves import Curves
from otiograde.color.encodings import Encoding
from otiograde.color.logs import DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.luma import LUMA
from otiograde.color.spaces import primaries_matrix, xyz_to_linear
from otiograde.color.transfer import decode
from otiograde.color.transform import Chain, Transform

#: The exponent of the display. ITU-R BT.1886-0, Annex 1.
DISPLAY = 2.4

#: The system gamma of HLG on a display of 1000 cd/m2 (BT.2100-2, table 5): its display light is scene light to this.
HLG_GAMMA = 1.2

#: Points of the curves between codes and light. Between two of them light is wrong by less than 0.01 stop.
POINTS = 129

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

    def on(self, encoding: Encoding | None) -> Transform:
        """Return the trim as a transform of an encoding's code values: of SDR, or without an encoding, its CDL.

        A stop in PQ and HLG is one of the display's light, in log one of the scene's.
        """
        if encoding is None or encoding.family == "sdr":
            return self.cdl
        stops = self.exposure / (HLG_GAMMA if encoding.transfer == "arib-std-b67" else 1)
        native = primaries_matrix(encoding.primaries, "bt709")
        gains = np.diag(white_gains(self.temperature, self.tint) * 2.0**stops)
        there, back = _light_curves(encoding)
        steps = there, Affine((np.linalg.inv(native) @ gains @ native).tolist()), back
        return Chain(steps if self.saturation == 1 else (*steps, Cdl(saturation=self.saturation)))

    @property
    def cdl(self) -> Cdl:
        """The trim of SDR as slopes and saturation."""
        light = white_gains(self.temperature, self.tint) * 2.0**self.exposure
        red, green, blue = (light ** (1 / DISPLAY)).tolist()
        return Cdl((red, green, blue), saturation=self.saturation)


def _light_curves(encoding: Encoding) -> tuple[Curves, Curves]:
    """Return the curve from codes to light, channel by channel, and back. Light below that of code 0 is no code."""
    codes = np.linspace(0, 1, POINTS)
    is_spread = encoding.transfer in ON_DATA and encoding.range == "legal"
    light = decode(codes * DATA_SPAN + DATA_BLACK if is_spread else codes, encoding.transfer)
    light = np.maximum.accumulate(light) + np.arange(POINTS) * 1e-12  # the pieces of N-Log miss each other
    x, y = (codes.tolist(),) * 3, (light.tolist(),) * 3
    return Curves(x, y), Curves(y, x)


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
