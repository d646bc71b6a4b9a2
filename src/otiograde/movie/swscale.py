"""Conversion to R'G'B' and back for an FFmpeg without the zscale filter: swscale with every option explicit.

It is off by up to one code, zscale by half a code. Only options that FFmpeg 5.1 and later share are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from otiograde.media.arguments import ColorArguments

#: zscale's name of a matrix -> swscale's name.
_MATRIX: Mapping[str, str] = MappingProxyType({"709": "bt709", "470bg": "bt601", "170m": "bt601", "2020_ncl": "bt2020"})

#: Chroma location -> its position across and down, in 256ths of a pair of luma pixels.
_CHROMA_POSITION: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"left": (0, 128), "center": (128, 128), "topleft": (0, 0)}
)

_BY_FIELDS = ":interl=1"

_FLAGS = "flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"


def to_rgb(coding: ColorArguments, *, woven: bool = False) -> str:
    """Return the filters from a decoded frame to full-range float R'G'B' planes (``gbrpf32le``).

    The fields of a ``woven`` frame are converted by themselves.
    """
    if coding.rgb:
        return f"format={coding.rgb},format=gbrpf32le"
    options = _scale_options(coding, "in") + (_BY_FIELDS if woven else "")
    return f"{coding.setparams},scale={options}:{_FLAGS},format=gbrpf32le"


def from_rgb(coding: ColorArguments, *, woven: bool = False) -> str:
    """Return the filters from full-range float R'G'B' planes to the frame to encode, tagged."""
    options = _scale_options(coding, "out") + (_BY_FIELDS if woven else "")
    return f"scale={options}:{_FLAGS},format={coding.pixel_format},{coding.setparams}"


def to_planes(matrix: str) -> str:
    """Return the filters from float R'G'B' planes to Y'CbCr of 16 bits, limited; ``matrix`` is zscale's name of it."""
    return f"scale=out_color_matrix={_MATRIX[matrix]}:out_range=limited:{_FLAGS},format=yuv444p16le"


def from_planes(matrix: str) -> str:
    """Return the filters from Y'CbCr of 16 bits, limited, to float R'G'B' planes."""
    return f"scale=in_color_matrix={_MATRIX[matrix]}:in_range=limited:{_FLAGS},format=gbrpf32le"


def _scale_options(coding: ColorArguments, side: str) -> str:
    across, down = _CHROMA_POSITION[coding.chroma]
    chroma = []
    if "444" not in coding.pixel_format:
        chroma.append(f"{side}_h_chr_pos={across}")
        if "422" not in coding.pixel_format:
            chroma.append(f"{side}_v_chr_pos={down}")
    range_ = f"{side}_range={coding.zscale_range}"
    return ":".join([f"{side}_color_matrix={_MATRIX[coding.matrix]}", range_, *chroma])
