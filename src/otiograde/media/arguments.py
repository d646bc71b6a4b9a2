"""FFmpeg's arguments for an encoding: filters, encoder flags and pixel formats, as plain text.

FFmpeg has two sets of names. ``setparams`` and the encoder's flags use those of ITU-T H.273; the ``zscale`` filter
(zimg) has its own for matrix and range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:  # the command line reads DITHERS for its choices: nothing heavy is loaded for them
    from otiograde.record.shot import Media

#: Dithering of the ``zscale`` filter when it rounds to integer codes.
Dither: TypeAlias = Literal["none", "ordered", "error_diffusion"]
DITHERS: tuple[Dither, ...] = get_args(Dither)

#: FFmpeg's messages when it cannot write the end of a file, for instance on a full disk. FFmpeg 5.1 still exits with 0,
#: although everything that it buffers until the file is closed is missing: all of a short file.
CUT_SHORT = ("Error writing trailer", "Error closing file")

_ZSCALE_MATRIX: Mapping[str, str] = MappingProxyType({
    "bt709": "709", "smpte170m": "170m", "bt470bg": "470bg", "bt2020nc": "2020_ncl",
})  # fmt: skip

#: The matrix of the Y'CbCr that RGB of these primaries is written as.
MATRIX_OF_PRIMARIES: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "smpte432": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "bt2020": "bt2020nc",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColorArguments:
    """FFmpeg's names for the encoding of one media file, and the filters and flags made of them."""

    #: Range tag of the written file: tv is legal range, pc full range.
    range: Literal["tv", "pc"]
    #: Primaries tag of the written file (ITU-T H.273).
    primaries: str
    #: Transfer tag of the written file.
    trc: str
    #: Matrix tag of the written file.
    colorspace: str
    #: The matrix as zscale names it.
    matrix: str
    #: The range as zscale names it.
    zscale_range: Literal["limited", "full"]
    #: Chroma location: left, center or topleft.
    chroma: str
    #: Pixel format to write.
    pixel_format: str
    #: If the source is RGB or gray, the planar RGB format of its bit depth; else empty.
    rgb: str = ""

    @property
    def setparams(self) -> str:
        """The filter that tags frames: first in a graph for the source, last for the result."""
        return (
            f"setparams=range={self.range}:color_primaries={self.primaries}"
            f":color_trc={self.trc}:colorspace={self.colorspace}"
        )

    @property
    def to_rgb(self) -> str:
        """The filters from a decoded frame to full-range float R'G'B' planes (``gbrpf32le``)."""
        if self.rgb == "gbrpf32le":  # swscale would clip light to 0 and 1
            return "zscale=dither=none,format=gbrpf32le"
        if self.rgb:
            return f"format={self.rgb},zscale=dither=none,format=gbrpf32le"
        return (
            f"{self.setparams},zscale=matrixin={self.matrix}:rangein={self.zscale_range}:chromalin={self.chroma}"
            ":matrix=gbr:range=full:dither=none,format=gbrpf32le"
        )

    def from_rgb(self, dither: Dither = "none") -> str:
        """Return the filters from full-range float R'G'B' planes to the tagged frame to encode."""
        return (
            f"zscale=matrixin=gbr:rangein=full:matrix={self.matrix}:range={self.zscale_range}:chromal={self.chroma}"
            f":dither={dither},format={self.pixel_format},{self.setparams}"
        )

    @property
    def flags(self) -> tuple[str, ...]:
        """The encoder's flags: the same tags again, because some encoders and containers ignore those of the frame."""
        return (
            *("-color_primaries", self.primaries, "-color_trc", self.trc, "-colorspace", self.colorspace),
            *("-color_range", self.range, "-chroma_sample_location", self.chroma),
        )


def color_arguments(media: Media) -> ColorArguments:
    """Return the arguments to read ``media``, and to write it as 4:2:0, 4:2:2 or 4:4:4 of 8 or 10 bits."""
    encoding = media.encoding
    is_rgb = encoding.matrix == "gbr"
    primaries, transfer = encoding.tags
    matrix = MATRIX_OF_PRIMARIES.get(encoding.primaries, "bt709") if is_rgb else encoding.matrix
    full = encoding.range == "full" and not is_rgb
    return ColorArguments(
        range="pc" if full else "tv",
        primaries=primaries,
        trc=transfer,
        colorspace=matrix,
        matrix=_ZSCALE_MATRIX[matrix],
        zscale_range="full" if full else "limited",
        chroma="left" if is_rgb else media.chroma_location,
        pixel_format=_pixel_format(media),
        rgb=_planar_rgb(media) if is_rgb else "",
    )


def _pixel_format(media: Media) -> str:
    """Return the pixel format to write: the media's chroma sampling, of 8 or 10 bits."""
    sampling = next((name for name in ("444", "422") if name in media.pixel_format), "420")
    if media.encoding.matrix == "gbr":
        sampling = "444" if media.width % 2 or media.height % 2 else "420"
    return f"yuv{sampling}p" + ("" if media.bits <= 8 else "10le")


def _planar_rgb(media: Media) -> str:
    """Return the smallest planar RGB format that holds the samples of the media."""
    if media.pixel_format.endswith(("f16le", "f16be", "f32le", "f32be")):
        return "gbrpf32le"
    depth = next((size for size in (8, 10, 12, 14, 16) if media.bits <= size), 16)
    return "gbrp" if depth == 8 else f"gbrp{depth}le"
