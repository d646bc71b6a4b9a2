"""Color difference: CIEDE2000 with perceptual bands, and the ITU's metric for HDR."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import ArrayLike

from otiograde import _kernels
from otiograde.color.arrays import Float64
from otiograde.color.encodings import Encoding
from otiograde.color.rows import in_rows
from otiograde.color.spaces import light_to_ictcp, linear_to_xyz, srgb_to_lab, xyz_to_linear
from otiograde.color.transfer import PQ_PEAK, decode, hlg_ootf
from otiograde.color.transform import Colors, Transform, as_colors
from otiograde.color.views import to_view
from otiograde.errors import EncodingError

#: The bands of CIEDE2000, best first: a name, and the difference at which the next band begins.
BANDS: tuple[tuple[str, float], ...] = (
    ("imperceptible", 1.0),  # invisible to the human eye
    ("slight", 2.0),  # visible on a close look
    ("noticeable", 3.5),  # visible at a glance
    ("clear", 5.0),  # a clear difference, acceptable for some uses
    ("unacceptable", inf),  # obvious: content that should match does not
)


def delta_e00(lab1: ArrayLike, lab2: ArrayLike, *, out: Colors | None = None) -> Colors:
    """Return CIEDE2000 ``(...)`` between L*, a*, b* ``(..., 3)``, with kL = kC = kH = 1.

    The arguments broadcast. The result is float32 when both are float32, else float64. ``out`` receives the result and
    is returned. Raises ``ValueError`` for a last axis other than 3, or an ``out`` of another shape or type. Source:
    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula" (2005); ISO/CIE 11664-6.

    >>> float(delta_e00([50, 2.5, 0], [50, 0, -2.5]).round(4))
    4.3065
    """
    first, second = as_colors(lab1), as_colors(lab2)
    dtype, shape = np.result_type(first, second), np.broadcast_shapes(first.shape, second.shape)
    if out is not None and (out.shape != shape[:-1] or out.dtype != dtype):
        raise ValueError(f"out needs {dtype} {shape[:-1]}, not {out.dtype} {out.shape}")
    result = np.empty(shape[:-1], dtype) if out is None else out
    one, two = (np.broadcast_to(colors, shape).astype(dtype, copy=False) for colors in (first, second))
    is_separate = not (np.may_share_memory(one, result) or np.may_share_memory(two, result))
    one, two, target = in_rows(one, two, result if is_separate else np.empty(shape[:-1], dtype))
    _kernels.delta_e00(one, two, target)
    if not np.may_share_memory(target, result):
        result[...] = target.reshape(result.shape)
    return result


def band(delta_e: float) -> str:
    """Return the name of the band of a CIEDE2000 difference. Raises ``ValueError`` for NaN or a negative number."""
    if not delta_e >= 0:
        raise ValueError(f"{delta_e} is no color difference")
    return next(name for name, end in BANDS if delta_e < end or end == inf)


def seen_as(delta_e: float) -> str:
    """Return how a difference that is left looks: its band, and ``obvious`` instead of ``unacceptable``.

    Light that differs from shot to shot leaves a difference that is no fault. Raises as ``band`` does.

    >>> [seen_as(0.4), seen_as(7.0)]
    ['imperceptible', 'obvious']
    """
    name = band(delta_e)
    return "obvious" if name == BANDS[-1][0] else name


def delta_e_itp(code1: ArrayLike, code2: ArrayLike, encoding: Encoding, *, peak: float = 1000.0) -> Colors:
    """Return Delta E ITP ``(...)`` between PQ or HLG code values ``(..., 3)`` in [0, 1]; 1 is about just visible.

    HLG is shown on a display of ``peak`` cd/m2. Raises ``EncodingError`` for an encoding that is not HDR. Source:
    BT.2124-0, annex 1; HLG by BT.2100-2, table 5.
    """
    first, second = (light_to_ictcp(_display_light(code, encoding, peak)) for code in (code1, code2))
    # T is half of Ct; P is Cp.
    return np.asarray(720 * np.sqrt(np.square(first - second) @ np.array([1, 0.25, 1], first.dtype)))


def code_difference(a: Colors, b: Colors, first: Encoding | None = None, second: Encoding | None = None) -> Float64:
    """Return the ΔE00 ``(n,)`` between code values ``(n, 3)`` as the view shows them.

    ``first`` and ``second`` are the encodings of ``a`` and ``b``; None stands for SDR, whose codes are read as sRGB.
    Where one of them is PQ or HLG and the other is not, both are shown through a camera's curve: the same light in two
    encodings has no difference.
    """
    mixed = (first is not None and first.is_hdr) != (second is not None and second.is_hdr)
    labs = (codes_to_lab(codes, named, by_camera=mixed) for codes, named in ((a, first), (b, second)))
    return np.asarray(delta_e00(*labs), np.float64)


def codes_to_lab(codes: Colors, encoding: Encoding | None = None, *, by_camera: bool = False) -> Colors:
    """Return L*, a*, b* ``(..., 3)`` of code values as the view shows them; without an encoding they are SDR."""
    if encoding is None or encoding.family == "sdr":
        return srgb_to_lab(codes)
    return srgb_to_lab(np.clip(to_view(codes, encoding, by_camera=by_camera), 0, 1))


def mean_change(transform: Transform, colors: Float64, encoding: Encoding | None = None) -> float:
    """Return the mean ΔE00 that a transform makes to code values ``(n, 3)`` as the view shows them, n at least 1.

    The result is clipped to [0, 1] first. Without an encoding the codes are SDR.
    """
    return float(code_difference(colors, np.clip(transform(colors), 0, 1), encoding, encoding).mean())


def _display_light(code: ArrayLike, encoding: Encoding, peak: float) -> Colors:
    if not encoding.is_hdr:
        raise EncodingError(f"Delta E ITP is for PQ and HLG, not {encoding.name}: use CIEDE2000")
    light = decode(as_colors(code), encoding.transfer)
    if encoding.primaries != "bt2020":
        light = xyz_to_linear(linear_to_xyz(light, encoding.primaries), "bt2020")
    return light * PQ_PEAK if encoding.transfer == "smpte2084" else hlg_ootf(light, peak)
