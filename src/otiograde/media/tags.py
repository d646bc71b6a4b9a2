"""Derive the encoding of a picture, and its origin, from the file's color tags.

Tags are code points of ITU-T H.273 as decoders report them; 2 (0 for the range) means "unspecified". A missing tag
follows from the tags that are there. A picture without any tag gets the usual encoding of its kind, and the origin is
then an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from otiograde.color.encodings import Encoding, encoding_of
from otiograde.errors import EncodingError

Origin: TypeAlias = Literal["command line", "clip metadata", "container tags", "assumption"]
Chroma: TypeAlias = Literal["left", "center", "topleft"]

#: ColourPrimaries (ITU-T H.273, table 2). SMPTE 240M has the primaries of SMPTE 170M, and EBU Tech. 3213 those of
#: 625-line television.
PRIMARIES: Mapping[int, str] = MappingProxyType({
    1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte170m", 9: "bt2020", 12: "smpte432", 22: "bt470bg",
})  # fmt: skip

#: TransferCharacteristics (table 3). xvYCC and BT.1361 equal BT.709's curve inside [0, 1]. The assumed display gammas
#: of the old systems M and B/G (4, 5) are replaced by the camera curve of BT.601-7, their successor.
TRANSFERS: Mapping[int, str] = MappingProxyType({
    1: "bt709", 4: "smpte170m", 5: "smpte170m", 6: "smpte170m", 11: "bt709", 12: "bt709", 13: "iec61966-2-1",
    14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
})  # fmt: skip

#: MatrixCoefficients (table 4).
MATRICES: Mapping[int, str] = MappingProxyType({0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"})

#: TransferCharacteristics of light itself. Only RGB and gray have it: light in Y'CbCr is an error.
_LINEAR = 8

_UNSUPPORTED: Mapping[tuple[str, int], str] = MappingProxyType({
    ("primaries", 4): "BT.470 M", ("primaries", 8): "film", ("primaries", 10): "XYZ", ("primaries", 11): "DCI P3",
    ("transfer", 7): "SMPTE 240M", ("transfer", 8): "linear light", ("transfer", 9): "log", ("transfer", 10): "log",
    ("transfer", 17): "SMPTE ST 428",
    ("matrix", 4): "FCC", ("matrix", 7): "SMPTE 240M", ("matrix", 8): "YCgCo", ("matrix", 10): "BT.2020 CL",
    ("matrix", 14): "ICtCp", ("matrix", 15): "IPT", ("matrix", 16): "YCgCo-R", ("matrix", 17): "YCgCo-R",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tags:
    """The color tags of a picture, and the facts that decide where a tag is missing."""

    #: ColourPrimaries, a code point of ITU-T H.273; 2 is unspecified.
    primaries: int
    #: TransferCharacteristics, likewise.
    transfer: int
    #: MatrixCoefficients, likewise.
    matrix: int
    #: Whether the range is full; None if unspecified.
    full: bool | None
    #: Color model of the pixels.
    model: Literal["ycbcr", "rgb", "gray"]
    #: Size in pixels: the line count tells untagged 525- and 625-line television from HD.
    width: int
    height: int
    #: Whether the picture comes from a JPEG or another photograph format; untagged parts are then those of sRGB.
    photo: bool = False
    #: Whether samples are numbers of floating point: untagged ones are light, not code values.
    floating: bool = False


def complete(tags: Tags) -> tuple[Encoding, Origin]:
    """Return the complete encoding that the tags mean, and whether it comes from tags or from an assumption.

    Untagged RGB and gray pictures are sRGB. Untagged video is BT.709, unless it has the lines of 525- or 625-line
    television. Raises ``EncodingError`` for a tag that is not supported.
    """
    primaries = _tag_name("primaries", tags.primaries, PRIMARIES)
    is_light = tags.model != "ycbcr" and tags.transfer == _LINEAR
    transfer = "linear" if is_light else _tag_name("transfer", tags.transfer, TRANSFERS)
    if tags.model != "ycbcr":
        tagged = primaries or transfer
        return _rgb(
            tags, primaries or "bt709", transfer or ("linear" if tags.floating else "iec61966-2-1")
        ), "container tags" if tagged else "assumption"
    matrix = _tag_name("matrix", tags.matrix, MATRICES)
    if matrix == "gbr":  # the tag of RGB on planes that are not RGB tells nothing
        matrix = None
    full = bool(tags.full)
    if not (primaries or transfer or matrix):
        default = _default_encoding(tags.width, tags.height)
        return encoding_of(
            default.primaries, default.transfer, default.matrix, "full" if full else "legal"
        ), "assumption"
    matrix = matrix or _matrix_from(primaries, transfer)
    primaries = primaries or ("bt709" if tags.photo else _PRIMARIES_FROM_MATRIX[matrix])
    # Wide primaries come with SDR, PQ, HLG and the log of cameras: without a transfer tag nothing tells which.
    origin: Origin = "assumption" if transfer is None and primaries == "bt2020" else "container tags"
    transfer = transfer or ("iec61966-2-1" if tags.photo else _TRANSFER_FROM_PRIMARIES[primaries])
    return encoding_of(primaries, transfer, matrix, "full" if full else "legal"), origin


def fit(encoding: Encoding, tags: Tags) -> Encoding:
    """Adapt an encoding to the color model of the pixels.

    RGB is full range and has no matrix. Video takes a missing matrix and range from its tags.
    """
    if tags.model == "rgb":
        return encoding_of(encoding.primaries, encoding.transfer, "gbr", "full")
    if encoding.matrix == "gbr":
        tagged, _ = complete(replace(tags, primaries=2, transfer=2))
        return encoding_of(encoding.primaries, encoding.transfer, tagged.matrix, tagged.range)
    return encoding


_PRIMARIES_FROM_MATRIX: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "bt470bg": "bt470bg", "smpte170m": "smpte170m", "bt2020nc": "bt2020",
})  # fmt: skip

_TRANSFER_FROM_PRIMARIES: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "bt470bg": "smpte170m", "smpte170m": "smpte170m", "bt2020": "bt2020-10", "smpte432": "bt709",
})  # fmt: skip


def _tag_name(kind: str, code: int, names: Mapping[int, str]) -> str | None:
    """Return the name of a tag; None if it is unspecified. Raises ``EncodingError`` if it is not supported."""
    # 3 is reserved; so is 0 in the primaries and the transfer. Both count as unspecified.
    if code in (2, 3) or (code == 0 and kind != "matrix"):
        return None
    if code not in names:
        name = _UNSUPPORTED.get((kind, code), f"number {code}")
        raise EncodingError(
            f"its {kind} tag says {name}, which is not read here: convert it to BT.709 or BT.2020, "
            "or name its encoding with --encoding"
        )
    return names[code]


def _matrix_from(primaries: str | None, transfer: str | None) -> str:
    """Derive a missing matrix from the primaries and the transfer function."""
    if primaries == "bt2020" or transfer in ("smpte2084", "arib-std-b67", "bt2020-10", "bt2020-12"):
        return "bt2020nc"
    if primaries in ("bt470bg", "smpte170m"):
        return primaries
    return "smpte170m" if transfer == "smpte170m" and primaries is None else "bt709"


def _default_encoding(width: int, height: int) -> Encoding:
    """Return BT.601 for television's frame sizes (576 of 625 lines, 480 or 486 of 525 lines), else BT.709."""
    if height == 576 and width < 1280:
        return encoding_of("bt470bg", "smpte170m", "bt470bg", "legal")
    if height in (480, 486) and width in (640, 704, 720):
        return encoding_of("smpte170m", "smpte170m", "smpte170m", "legal")
    return encoding_of("bt709", "bt709", "bt709", "legal")


def _rgb(tags: Tags, primaries: str, transfer: str) -> Encoding:
    """Return the encoding of RGB or gray; only gray may be legal range."""
    legal = tags.model == "gray" and tags.full is False
    return encoding_of(primaries, transfer, "gbr", "legal" if legal else "full")
