"""What FFmpeg calls an encoding: the words of its filters and flags, and the pixel format to write; its last words.

Pure text, no FFmpeg needed. Two dialects: ``setparams`` and the encoder's flags speak ITU-T H.273 names, the ``zscale``
filter (zimg) has its own for matrix and range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

if TYPE_CHECKING:  # the command line reads DITHERS for its choices: nothing heavy is loaded for them
    from otiograde.record.shot import Media

Dither: TypeAlias = Literal["none", "ordered", "error_diffusion"]
DITHERS: tuple[Dither, ...] = get_args(Dither)

#: What FFmpeg says when a file's end could not be written, on a full disk above all. FFmpeg 5.1 exits 0 all the same:
#: what a file holds until it is closed, all of a short one, is then missing.
CUT_SHORT = ("Error writing trailer", "Error closing file")

_ZSCALE_MATRIX: Mapping[str, str] = MappingProxyType({
    "bt709": "709", "smpte170m": "170m", "bt470bg": "470bg", "bt2020nc": "2020_ncl",
})  # fmt: skip

#: RGB is written as the Y'CbCr that its primaries go with.
MATRIX_OF_PRIMARIES: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "smpte432": "bt709", "smpte170m": "smpte170m", "bt470bg": "bt470bg", "bt2020": "bt2020nc",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """FFmpeg's words for one media file's encoding.

    ``range`` (tv, pc), ``primaries``, ``trc`` and ``colorspace`` are the tags of the written file; ``matrix`` and
    ``zscale_range`` the same two things in zscale's dialect; ``chroma`` the chroma location; ``pixel_format`` what to
    write; ``rgb`` the planar format of the source's own depth when the source is RGB or gray, else empty.
    """

    range: Literal["tv", "pc"]
    primaries: str
    trc: str
    colorspace: str
    matrix: str
    zscale_range: Literal["limited", "full"]
    chroma: str
    pixel_format: str
    rgb: str = ""

    @property
    def setparams(self) -> str:
        """The filter that states what a frame is: first in a graph for the source, last for the result."""
        return (
            f"setparams=range={self.range}:color_primaries={self.primaries}"
            f":color_trc={self.trc}:colorspace={self.colorspace}"
        )

    @property
    def to_rgb(self) -> str:
        """The filters from a decoded frame to full-range float R'G'B' planes (``gbrpf32le``)."""
        if self.rgb:
            return f"format={self.rgb},zscale=dither=none,format=gbrpf32le"
        return (
            f"{self.setparams},zscale=matrixin={self.matrix}:rangein={self.zscale_range}:chromalin={self.chroma}"
            ":matrix=gbr:range=full:dither=none,format=gbrpf32le"
        )

    def from_rgb(self, dither: Dither = "none") -> str:
        """Give the filters from full-range float R'G'B' planes to the frame to encode, tagged."""
        return (
            f"zscale=matrixin=gbr:rangein=full:matrix={self.matrix}:range={self.zscale_range}:chromal={self.chroma}"
            f":dither={dither},format={self.pixel_format},{self.setparams}"
        )

    @property
    def flags(self) -> tuple[str, ...]:
        """The encoder's flags: the same tags again, because neither way alone reaches every encoder and container."""
        return (
            *("-color_primaries", self.primaries, "-color_trc", self.trc, "-colorspace", self.colorspace),
            *("-color_range", self.range, "-chroma_sample_location", self.chroma),
        )


def words(media: Media) -> Words:
    """FFmpeg's words for ``media``, to read it and to write it back as 4:2:0, 4:2:2 or 4:4:4 of 8 or 10 bits."""
    own = media.encoding
    is_rgb = own.matrix == "gbr"
    matrix = MATRIX_OF_PRIMARIES[own.primaries] if is_rgb else own.matrix
    full = own.range == "full" and not is_rgb
    return Words(
        range="pc" if full else "tv",
        primaries=own.primaries,
        trc=own.transfer,
        colorspace=matrix,
        matrix=_ZSCALE_MATRIX[matrix],
        zscale_range="full" if full else "limited",
        chroma="left" if is_rgb else media.chroma_location,
        pixel_format=_pixel_format(media),
        rgb=_planar_rgb(media.bits) if is_rgb else "",
    )


def _pixel_format(media: Media) -> str:
    sampling = next((known for known in ("444", "422") if known in media.pixel_format), "420")
    if media.encoding.matrix == "gbr":
        sampling = "444" if media.width % 2 or media.height % 2 else "420"
    return f"yuv{sampling}p" + ("" if media.bits <= 8 else "10le")


def _planar_rgb(bits: int) -> str:
    depth = next((known for known in (8, 10, 12, 14, 16) if bits <= known), 16)
    return "gbrp" if depth == 8 else f"gbrp{depth}le"
