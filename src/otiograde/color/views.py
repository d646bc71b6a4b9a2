"""Views: what code values of any encoding look like on an SDR display, and the light that they stand for.

Differences, words and pictures are those of the view, so that one ΔE00 means the same in every encoding. The codes of
SDR are their own view, read as sRGB. PQ, HLG and log come through light: linear BT.709, 1 for diffuse white.
"""

from __future__ import annotations

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

#: The light above which the view rolls off, and the light that it shows as its white: ten times diffuse white.
KNEE, BRIGHTEST = 0.7, 10.0

#: The light from the knee to the brightest, in units of the codes that are left for it.
_REACH = (BRIGHTEST - KNEE) / (1 - KNEE)


def to_view(codes: ArrayLike, encoding: Encoding | None, *, by_camera: bool = False) -> Colors:
    """Return sRGB code values ``(..., 3)`` that look like the ``codes``; None stands for any SDR encoding.

    SDR codes come back unchanged. Nothing is clipped: colors outside of BT.709 leave [0, 1]. With ``by_camera``, PQ and
    HLG are shown as log is, so that the same light looks the same in every encoding.
    """
    colors = as_colors(codes)
    if encoding is None or encoding.family == "sdr":
        return colors
    return view_of_light(to_light(colors, encoding), encoding, by_camera=by_camera)


def view_of_light(light: Colors, encoding: Encoding, *, by_camera: bool = False) -> Colors:
    """Return sRGB code values that look like the light of ``to_light``, of PQ, HLG or log."""
    rolled = _rolled(light)
    # What a scene reflects is shown through a camera's curve, as SDR is; light of a display is shown as it is.
    return np.asarray(bt709_encode(rolled) if by_camera or encoding.is_log else srgb_encode(rolled))


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
    """Bend light above the knee towards 1, as a hyperbola: Reinhard et al., "Photographic Tone Reproduction", (4).

    A gain of light is then nearly a line of codes close to white, where an exponential would make it ever steeper.
    """
    above = (np.clip(light, KNEE, BRIGHTEST) - KNEE) / (1 - KNEE)
    high = KNEE + (1 - KNEE) * above * (1 + above / _REACH**2) / (1 + above)
    return np.where(light > KNEE, high, light).astype(light.dtype)


def _unrolled(shown: Colors) -> Colors:
    """Return the light that the view shows so: the inverse of ``_rolled``, at most ``BRIGHTEST``."""
    part = (np.clip(shown, KNEE, 1) - KNEE) / (1 - KNEE)
    above = _REACH**2 / 2 * (part - 1 + np.sqrt((1 - part) ** 2 + 4 * part / _REACH**2))
    return np.where(shown > KNEE, KNEE + (1 - KNEE) * above, shown).astype(shown.dtype)
