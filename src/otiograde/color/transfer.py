"""Transfer functions between code values and light, each with standard and clause.

Every function takes an array of any shape. float32 stays float32, everything else becomes float64. Every function is
odd, ``f(-x) = -f(x)``, so values below zero survive a round trip. A finite number never becomes NaN. The log curves,
which are not odd, are in ``logs.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log, log10
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.logs import CURVES
from otiograde.errors import EncodingError

Values: TypeAlias = NDArray[np.floating[Any]]

#: BT.709's constants before rounding to 1.099 and 0.018. They join line and power without a step; the rounded ones
#: leave a step of 2e-4. ITU-T H.273, 8.2 (alpha and beta); BT.2020-2, table 4, note.
ALPHA, BETA = 1.099296826809442, 0.018053968510807

#: ST 2084:2014, clause 5; BT.2100-2, table 4.
M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
#: The light of PQ code value 1 in cd/m2.
PQ_PEAK = 10000.0

#: BT.2100-2, table 5.
HLG_A = 0.17883277
HLG_B, HLG_C = 1 - 4 * HLG_A, 0.5 - HLG_A * log(4 * HLG_A)


def decode(code: ArrayLike, transfer: str) -> Values:
    """Convert code values to light by the transfer function of this (ITU-T H.273) name.

    bt709, its aliases and HLG give scene light, 1 at code 1. sRGB gives display light, 1 at code 1. PQ gives display
    light, where 1 is 10 000 cd/m2. Log curves give relative scene light, 0.18 for a gray card. Raises
    ``EncodingError`` for an unknown name.
    """
    return _functions(transfer)[0](code)


def encode(light: ArrayLike, transfer: str) -> Values:
    """Convert light to code values: the inverse of ``decode``. Raises ``EncodingError``."""
    return _functions(transfer)[1](light)


def srgb_decode(code: ArrayLike) -> Values:
    """Convert sRGB code values in [0, 1] to display light in [0, 1]. IEC 61966-2-1:1999, 5.2."""
    sign, size = _sign_and_size(code)
    return sign * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def srgb_encode(light: ArrayLike) -> Values:
    """Convert display light in [0, 1] to sRGB code values in [0, 1]. IEC 61966-2-1:1999, 5.3."""
    sign, size = _sign_and_size(light)
    return sign * np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)


def bt709_decode(code: ArrayLike) -> Values:
    """Convert code values in [0, 1] to scene light in [0, 1]: the inverse of ``bt709_encode``."""
    sign, size = _sign_and_size(code)
    return sign * np.where(size < 4.5 * BETA, size / 4.5, ((size + (ALPHA - 1)) / ALPHA) ** (1 / 0.45))


def bt709_encode(light: ArrayLike) -> Values:
    """Convert scene light in [0, 1] to code values in [0, 1].

    BT.709-6 item 1.2, BT.601-7 2.6, BT.2020-2 table 4, with the unrounded constants of ITU-T H.273.
    """
    sign, size = _sign_and_size(light)
    return sign * np.where(size < BETA, 4.5 * size, ALPHA * size**0.45 - (ALPHA - 1))


def pq_decode(code: ArrayLike) -> Values:
    """Convert PQ code values in [0, 1] to display light, where 1 is 10 000 cd/m2.

    The curve has a pole at code 1.99, so codes above 1.5 count as 1.5. ST 2084:2014, clause 5; BT.2100-2, table 4.
    """
    sign, size = _sign_and_size(code)
    # In float64, because the difference below, to the power of 6.3, leaves four digits of float32.
    root = np.minimum(size, 1.5).astype(np.float64) ** (1 / M2)
    light = (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1)
    return sign * light.astype(size.dtype)


def pq_encode(light: ArrayLike) -> Values:
    """Convert display light, where 1 is 10 000 cd/m2, to PQ code values in [0, 1].

    Light 0 gives 0, not the formula's 7.3e-7, so the function is odd. ST 2084:2014, clause 5; BT.2100-2,
    table 4.
    """
    sign, size = _sign_and_size(light)
    power = np.minimum(size, 1e30) ** M1
    return sign * ((C1 + C2 * power) / (1 + C3 * power)) ** M2


def hlg_decode(code: ArrayLike) -> Values:
    """Convert HLG code values in [0, 1] to scene light in [0, 1]: the inverse OETF. BT.2100-2, table 5."""
    sign, size = _sign_and_size(code)
    high = (np.exp((np.maximum(size, 0.5) - HLG_C) / HLG_A) + HLG_B) / 12
    return sign * np.where(size <= 0.5, size**2 / 3, high)


def hlg_encode(light: ArrayLike) -> Values:
    """Convert scene light in [0, 1] to HLG code values in [0, 1]: the OETF. BT.2100-2, table 5."""
    sign, size = _sign_and_size(light)
    high = HLG_A * np.log(12 * np.maximum(size, 1 / 12) - HLG_B) + HLG_C
    return sign * np.where(size <= 1 / 12, np.sqrt(3 * size), high)


def hlg_ootf(scene: ArrayLike, peak: float = 1000.0) -> Values:
    """Convert HLG scene light ``(..., 3)`` in [0, 1] to display light in cd/m2, on a display of ``peak`` cd/m2.

    BT.2100-2, table 5, without black lift, and with the system gamma of its notes (1.2 at 1000 cd/m2).
    """
    sign, size = _sign_and_size(scene)
    gamma = 1.2 + 0.42 * log10(peak / 1000)
    luma = size @ np.array([0.2627, 0.6780, 0.0593], size.dtype)
    # Black stays black: 0 to a positive power is 0.
    return np.asarray(sign * peak * luma[..., None] ** (gamma - 1) * size)


def hlg_inverse_ootf(light: ArrayLike, peak: float = 1000.0) -> Values:
    """Convert display light ``(..., 3)`` in cd/m2 to HLG scene light, the inverse of ``hlg_ootf``."""
    sign, size = _sign_and_size(light)
    gamma = 1.2 + 0.42 * log10(peak / 1000)
    luma = np.maximum(size @ np.array([0.2627, 0.6780, 0.0593], size.dtype) / peak, 1e-30)
    return np.asarray(sign * size / peak * luma[..., None] ** (1 / gamma - 1))


def _sign_and_size(values: ArrayLike) -> tuple[Values, Values]:
    array = np.asarray(values)
    if array.dtype != np.float32:
        array = array.astype(np.float64, copy=False)
    return np.sign(array), np.abs(array)


def _functions(transfer: str) -> tuple[Function, Function]:
    if transfer not in _FUNCTIONS:
        raise EncodingError(f"unknown transfer {transfer!r}: use one of {', '.join(_FUNCTIONS)}")
    return _FUNCTIONS[transfer]


Function: TypeAlias = Callable[[ArrayLike], Values]

_FUNCTIONS: Mapping[str, tuple[Function, Function]] = MappingProxyType(
    {
        "bt709": (bt709_decode, bt709_encode),
        "smpte170m": (bt709_decode, bt709_encode),
        "bt2020-10": (bt709_decode, bt709_encode),
        "bt2020-12": (bt709_decode, bt709_encode),
        "iec61966-2-1": (srgb_decode, srgb_encode),
        "smpte2084": (pq_decode, pq_encode),
        "arib-std-b67": (hlg_decode, hlg_encode),
        **{name: (log_decode, log_encode) for name, (log_encode, log_decode) in CURVES.items()},
    }
)
