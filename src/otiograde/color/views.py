"""Views: what code values of any encoding look like on an SDR display, and the light that they stand for.

Differences, words and pictures are those of the view, so that one ΔE00 means the same in every encoding. The codes of
SDR are their own view, read as sRGB. PQ, HLG and log come through light: linear BT.709, 1 for diffuse white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from otiograde.color.encodings import Encoding
from otiograde.color.logs import DATA_BLACK, DATA_SPAN, ON_DATA
from otiograde.color.spaces import primaries_matrix
from otiograde.color.transfer import (
    PQ_PEAK,
    bt709_decode,
    bt709_encode,
    decode,
    encode,
    hlg_inverse_ootf,
    hlg_ootf,
    srgb_encode,
)
from otiograde.color.transform import Colors, as_colors

#: Light of diffuse white: of the display in cd/m2 (BT.2408-7, 2.2), and of a 90 % reflector in a scene.
WHITE_NITS, WHITE_SCENE = 203.0, 0.9

#: The display of HLG: its peak in cd/m2, and its system gamma (BT.2100-2, table 5).
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2

#: Steps of a curve in ``ViewParts``, and the light above which its view does not change.
STEPS, MOST = 1024, 16.0

#: The light above which the view rolls off. Ten times diffuse white comes within a thousandth of the view's white.
KNEE = 0.6


@dataclass(frozen=True, slots=True)
class ViewParts:
    """The view of an encoding in parts that a program without these formulas can apply, one after another."""

    #: Light of ``STEPS`` + 1 code values, evenly spaced from 0 to 1. Between two of them it is interpolated.
    curve: tuple[float, ...]
    #: The light is multiplied by its BT.2020 luma to this power: the OOTF of HLG. 0 where there is none.
    power: float
    #: Rows of the matrix from that light to linear BT.709, 1 for diffuse white.
    matrix: tuple[tuple[float, ...], ...]
    #: Codes of the view for ``STEPS`` + 1 lights: the fourth root of light over ``MOST`` is spaced evenly from 0 to 1.
    shown: tuple[float, ...]
    #: Whether the light is that of a scene; else it is that of a display.
    scene: bool


def view_parts(encoding: Encoding) -> ViewParts | None:
    """Return the parts of ``to_view``, to be applied in this order and clipped. None for SDR, which is its own view."""
    if encoding.family == "sdr":
        return None
    codes = np.linspace(0, 1, STEPS + 1)
    if encoding.transfer in ON_DATA and encoding.range == "legal":
        codes = codes * DATA_SPAN + DATA_BLACK
    white, power = WHITE_SCENE, 0.0
    if encoding.transfer == "smpte2084":
        white = WHITE_NITS / PQ_PEAK
    elif encoding.transfer == "arib-std-b67":
        white, power = WHITE_NITS / HLG_PEAK, HLG_GAMMA - 1
    matrix = primaries_matrix(encoding.primaries, "bt709") / white
    curve = np.asarray(decode(codes, encoding.transfer), np.float64)
    shown = np.clip(_encoded(MOST * np.linspace(0, 1, STEPS + 1) ** 4, encoding), 0, 1)
    rows = tuple(map(tuple, matrix.tolist()))
    return ViewParts(tuple(curve.tolist()), power, rows, tuple(shown.tolist()), encoding.is_log)


def _encoded(light: Colors, encoding: Encoding) -> Colors:
    """Return codes of the view for light of BT.709, 1 for diffuse white."""
    rolled = _rolled(light)
    # What a scene reflects is shown through a camera's curve, as SDR is; light of a display is shown as it is.
    return np.asarray(bt709_encode(rolled) if encoding.is_log else srgb_encode(rolled))


def to_view(codes: ArrayLike, encoding: Encoding | None) -> Colors:
    """Return sRGB code values ``(..., 3)`` that look like the ``codes``; None stands for any SDR encoding.

    SDR codes come back unchanged. Nothing is clipped: colors outside of BT.709 leave [0, 1].
    """
    colors = as_colors(codes)
    if encoding is None or encoding.family == "sdr":
        return colors
    return _encoded(to_light(colors, encoding), encoding)


def to_light(codes: ArrayLike, encoding: Encoding) -> Colors:
    """Return linear light ``(..., 3)``, BT.709 primaries, 1 for diffuse white, of code values of any encoding.

    The codes of SDR are taken for a view of the scene: their light is that which ``to_view`` shows with these codes.
    """
    colors = as_colors(codes)
    if encoding.family == "sdr":
        return _unrolled(np.asarray(bt709_decode(colors)))
    if encoding.transfer in ON_DATA and encoding.range == "legal":
        colors = colors * colors.dtype.type(DATA_SPAN) + colors.dtype.type(DATA_BLACK)
    light = decode(colors, encoding.transfer)
    if encoding.transfer == "smpte2084":
        light = light * (PQ_PEAK / WHITE_NITS)
    elif encoding.transfer == "arib-std-b67":
        light = hlg_ootf(light) / WHITE_NITS
    else:
        light = light / WHITE_SCENE
    return np.asarray(light @ primaries_matrix(encoding.primaries, "bt709").T.astype(light.dtype))


def from_light(light: ArrayLike, encoding: Encoding) -> Colors:
    """Return the code values of linear light: the inverse of ``to_light``, not clipped."""
    colors = as_colors(light)
    if encoding.family == "sdr":
        return np.asarray(bt709_encode(_rolled(colors)))
    native = colors @ np.linalg.inv(primaries_matrix(encoding.primaries, "bt709")).T.astype(colors.dtype)
    if encoding.transfer == "smpte2084":
        return np.asarray(encode(native * (WHITE_NITS / PQ_PEAK), encoding.transfer))
    if encoding.transfer == "arib-std-b67":
        return np.asarray(encode(hlg_inverse_ootf(native * WHITE_NITS), encoding.transfer))
    codes = encode(native * WHITE_SCENE, encoding.transfer)
    if encoding.transfer in ON_DATA and encoding.range == "legal":
        codes = (codes - codes.dtype.type(DATA_BLACK)) / codes.dtype.type(DATA_SPAN)
    return np.asarray(codes)


def _rolled(light: Colors) -> Colors:
    """Bend light above the knee towards 1, with the slope and curvature of an exponential."""
    room = 1 - KNEE
    high = KNEE + room * -np.expm1(-(np.maximum(light, KNEE) - KNEE) / room)
    return np.where(light > KNEE, high, light).astype(light.dtype)


def _unrolled(shown: Colors) -> Colors:
    """Return the light that the view shows so: the inverse of ``_rolled``, at most ten times diffuse white."""
    room = 1 - KNEE
    most = KNEE + room * -np.expm1(-(10 - KNEE) / room)
    part = (np.clip(shown, KNEE, min(most, 1 - 1e-9)) - KNEE) / room
    return np.where(shown > KNEE, KNEE - room * np.log1p(-part), shown).astype(shown.dtype)
