"""Logarithmic curves of cameras and grading systems: code values to scene light and back, as their makers publish them.

Scene light is relative: 0.18 is a gray card. Every function takes an array of any shape. float32 stays float32,
everything else becomes float64. A straight line continues each curve below its joint, so negative light survives a
round trip; Apple Log ends in a parabola and clips below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values: TypeAlias = NDArray[np.floating[Any]]
Function: TypeAlias = Callable[[ArrayLike], Values]
_Pair: TypeAlias = tuple[Function, Function]

_LN10 = log(10)

#: Code values above this count as this: every curve reaches more than 10^4 times white before it, and none overflows.
HIGHEST = 2.0


def _values(numbers: ArrayLike) -> Values:
    array = np.asarray(numbers)
    return array if array.dtype == np.float32 else array.astype(np.float64, copy=False)


class Camera(NamedTuple):
    """A line up to ``cut`` in light, then a logarithm: the shape of most curves."""

    #: The light at which the line ends.
    cut: float
    #: (slope, start): the code is ``slope x + start``.
    line: tuple[float, float]
    #: (a, b, c, d): the code is ``c ln(a x + b) + d``.
    curve: tuple[float, float, float, float]

    def encode(self, light: ArrayLike) -> Values:
        """Convert light to code values."""
        (slope, start), (a, b, c, d) = self.line, self.curve
        x = _values(light)
        high = c * np.log(a * np.maximum(x, self.cut) + b) + d
        return np.where(x > self.cut, high, slope * x + start).astype(x.dtype)

    def decode(self, code: ArrayLike) -> Values:
        """Convert code values to light."""
        (slope, start), (a, b, c, d) = self.line, self.curve
        y, joint = _values(code), c * log(a * self.cut + b) + d
        high = (np.exp((np.clip(y, joint, HIGHEST) - d) / c) - b) / a
        return np.where(y > joint, high, (y - start) / slope).astype(y.dtype)


def _logs_about_zero(
    straight: float, line: tuple[float, float], a: float, c: float, ends: tuple[float, float]
) -> _Pair:
    """Make Canon's curve: a line for light within ± ``straight``, and a logarithm on both sides of it.

    ``line`` is (slope, start). Above, the code is ``c ln(a x + 1) + ends[0]``; below ``-c ln(1 - a x) + ends[1]``.
    """
    (slope, start), (high, low) = line, ends
    joints = low - c * log(1 + a * straight), high + c * log(1 + a * straight)

    def encode(light: ArrayLike) -> Values:
        x = _values(light)
        above = c * np.log(a * np.maximum(x, straight) + 1) + high
        below = low - c * np.log(1 - a * np.minimum(x, -straight))
        return np.where(x > straight, above, np.where(x < -straight, below, slope * x + start)).astype(x.dtype)

    def decode(code: ArrayLike) -> Values:
        y = _values(code)
        above = (np.exp((np.clip(y, joints[1], HIGHEST) - high) / c) - 1) / a
        below = (1 - np.exp((low - np.clip(y, -HIGHEST, joints[0])) / c)) / a
        return np.where(y > joints[1], above, np.where(y < joints[0], below, (y - start) / slope)).astype(y.dtype)

    return encode, decode


def _reflection(pair: _Pair) -> _Pair:
    """Turn a curve of light in which 0.2 is a gray card (90 % white is 1) into one of scene light."""
    encode, decode = pair
    return (lambda light: encode(_values(light) / 0.9)), (lambda code: decode(code) * 0.9)


def _apple_log() -> _Pair:
    """Apple Log Profile White Paper (2023)."""
    start, joint, square, beta, gamma, delta = -0.05641088, 0.01, 47.28711236, 0.00964052, 0.08550479, 0.69336945
    code_joint = square * (joint - start) ** 2

    def encode(light: ArrayLike) -> Values:
        x = _values(light)
        low = square * np.maximum(x - start, 0) ** 2
        return np.where(x >= joint, gamma * np.log2(np.maximum(x, joint) + beta) + delta, low).astype(x.dtype)

    def decode(code: ArrayLike) -> Values:
        y = _values(code)
        high = np.exp2((np.clip(y, code_joint, HIGHEST) - delta) / gamma) - beta
        return np.where(y >= code_joint, high, np.sqrt(np.maximum(y, 0) / square) + start).astype(y.dtype)

    return encode, decode


def _n_log() -> _Pair:
    """Nikon, N-Log Specification Document (2018): a cube root, then a logarithm."""
    cut, joint = 0.328, 452 / 1023

    def encode(light: ArrayLike) -> Values:
        x = _values(light)
        low, high = 650 / 1023 * np.cbrt(x + 0.0075), 150 / 1023 * np.log(np.maximum(x, cut)) + 619 / 1023
        return np.where(x < cut, low, high).astype(x.dtype)

    def decode(code: ArrayLike) -> Values:
        y = _values(code)
        high = np.exp((np.clip(y, joint, HIGHEST) * 1023 - 619) / 150)
        return np.where(y < joint, (y * 1023 / 650) ** 3 - 0.0075, high).astype(y.dtype)

    return encode, decode


def _logc4() -> Camera:
    """ARRI LogC4 Logarithmic Color Space, Specification (2022), 3.1."""
    a, b, c = (2**18 - 16) / 117.45, (1023 - 95) / 1023, 95 / 1023
    slope = 7 * log(2) * 2 ** (7 - 14 * c / b) / (a * b)
    cut = (2 ** (14 * (-c / b) + 6) - 64) / a
    return Camera(cut, (1 / slope, -cut / slope), (a, 64.0, b / (14 * log(2)), c - 6 * b / 14))


def _acescct() -> Camera:
    """Academy S-2016-001, ACEScct."""
    line = 10.5402377416545, 0.0729055341958355
    return Camera(0.0078125, line, (1.0, 0.0, 1 / (17.52 * log(2)), 9.72 / 17.52))


def _s_log2() -> Camera:
    """Sony, S-Log2 Technical Paper (2012), on codes of 10 bits over 1023; in its light 90 % white is 1."""
    codes, white = 876 / 1023, 0.9
    line = 3.53881278538813 * codes / white, (64 + 876 * 0.030001222851889303) / 1023
    return Camera(0.0, line, (155 / 219 / white, 0.037584, 0.432699 / _LN10 * codes, (64 + 876 * 0.646596) / 1023))


#: Curves that their makers define on code values of the whole 10-bit scale, code over 1023. A legal-range file spreads
#: codes 64 to 940 over [0, 1], so their codes are brought back first. The others are defined on the spread signal.
_DEFINED_ON_DATA = frozenset({"slog2", "slog3", "vlog", "clog2", "clog3", "applelog", "dlog", "flog", "flog2", "nlog"})

_Curve = TypeVar("_Curve")


def _on_both_scales(curves: Mapping[str, _Curve]) -> Mapping[str, _Curve]:
    """Add each curve as a file may have it against its maker's rule: ``slog3-signal``, ``logc3-data``.

    Linear light has no codes, and so no scale of them.
    """
    coded = [name for name in curves if name != "linear"]
    others = {f"{name}-{'signal' if name in _DEFINED_ON_DATA else 'data'}": curves[name] for name in coded}
    return MappingProxyType({**curves, **others})


#: The curves of the common shape, by name. Each entry names its source.
CAMERAS: Mapping[str, Camera] = _on_both_scales(
    {
        # Sony, Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3 (2014).
        "slog3": Camera(
            0.01125,
            ((171.2102946929 - 95) / 0.01125 / 1023, 95 / 1023),
            (1 / 0.19, 0.01 / 0.19, 261.5 / 1023 / _LN10, 420 / 1023),
        ),
        "slog2": _s_log2(),
        # ARRI, LogC Curve - Usage in VFX (2017), table for linear scene exposure at EI 800.
        "logc3": Camera(0.010591, (5.367655, 0.092809), (5.555556, 0.052272, 0.247190 / _LN10, 0.385537)),
        "logc4": _logc4(),
        # Panasonic, V-Log/V-Gamut Reference Manual (2014).
        "vlog": Camera(0.01, (5.6, 0.125), (1.0, 0.00873, 0.241514 / _LN10, 0.598206)),
        # RED, White Paper on REDWideGamutRGB and Log3G10 (2017).
        "log3g10": Camera(-0.01, (15.1927, 0.151927), (155.975327, 1 + 155.975327 * 0.01, 0.224282 / _LN10, 0.0)),
        # Blackmagic Design, Generation 5 Color Science Technical Reference (2021).
        "bmdfilm5": Camera(
            0.005,
            (8.283605932402494, 0.09246575342465753),
            (1.0, 0.005494072432257808, 0.08692876065491224, 0.5300133392291939),
        ),
        # Blackmagic Design, DaVinci Resolve 17 Wide Gamut Intermediate (2021).
        "davinci": Camera(0.00262409, (10.44426855, 0.0), (1.0, 0.0075, 0.07329248 / log(2), 7 * 0.07329248)),
        # DJI, White Paper on D-Log and D-Gamut (2017).
        "dlog": Camera(0.0078, (6.025, 0.0929), (0.9892, 0.0108, 0.256663 / _LN10, 0.584555)),
        # Fujifilm, F-Log Data Sheet (2018) and F-Log2 Data Sheet (2022).
        "flog": Camera(0.00089, (8.735631, 0.092864), (0.555556, 0.009468, 0.344676 / _LN10, 0.790453)),
        "flog2": Camera(0.000889, (8.799461, 0.092864), (5.555556, 0.064829, 0.245281 / _LN10, 0.384316)),
        "acescct": _acescct(),
        # Files of floating point hold light itself. Its code values here are those of ACEScct: a LUT needs a log.
        "linear": _acescct(),
    }
)

#: All curves by name: encode and decode.
CURVES: Mapping[str, _Pair] = _on_both_scales(
    {
        **{name: (curve.encode, curve.decode) for name, curve in CAMERAS.items() if "-" not in name},
        # Canon, EOS C300 Mark II Canon Log Gamma Curves (2018).
        "clog2": _reflection(
            _logs_about_zero(0.0, (1.0, 0.092864125), 87.09937546, 0.24136077 / _LN10, (0.092864125, 0.092864125))
        ),
        "clog3": _reflection(
            _logs_about_zero(0.014, (1.9754798, 0.12512219), 14.98325, 0.36726845 / _LN10, (0.12240537, 0.12783901))
        ),
        "applelog": _apple_log(),
        "nlog": _n_log(),
    }
)

#: The curves that apply to code over 1023, whatever the range of the file.
ON_DATA = _DEFINED_ON_DATA | {name for name in CURVES if name.endswith("-data")}

#: Black of legal range as code over 1023, and the distance from it to white (BT.709-6, item 3.4).
DATA_BLACK, DATA_SPAN = 64 / 1023, 876 / 1023
