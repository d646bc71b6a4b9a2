"""What a file says about its own encoding, made whole: color tags in, an ``Encoding`` and where it came from out.

Tags are code points of ITU-T H.273 as decoders report them; 2 (0 for the range) means "unspecified". A tag that is
missing beside others follows from them; a picture with no tag at all is decided by what it is, and that is an
assumption.
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

#: ColourPrimaries (ITU-T H.273, table 2). SMPTE 240M's are those of SMPTE 170M; EBU Tech. 3213's those of 625 lines.
PRIMARIES: Mapping[int, str] = MappingProxyType({
    1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte170m", 9: "bt2020", 12: "smpte432", 22: "bt470bg",
})  # fmt: skip

#: TransferCharacteristics (table 3). xvYCC and BT.1361 are BT.709's curve inside [0, 1]; for the assumed display gammas
#: of the old systems M and B/G (4, 5) stands the camera curve of BT.601-7, which took their place.
TRANSFERS: Mapping[int, str] = MappingProxyType({
    1: "bt709", 4: "smpte170m", 5: "smpte170m", 6: "smpte170m", 11: "bt709", 12: "bt709", 13: "iec61966-2-1",
    14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67",
})  # fmt: skip

#: MatrixCoefficients (table 4).
MATRICES: Mapping[int, str] = MappingProxyType({0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"})

_NAMES_OF_OTHERS: Mapping[tuple[str, int], str] = MappingProxyType({
    ("primaries", 4): "BT.470 M", ("primaries", 8): "film", ("primaries", 10): "XYZ", ("primaries", 11): "DCI P3",
    ("transfer", 7): "SMPTE 240M", ("transfer", 8): "linear light", ("transfer", 9): "log", ("transfer", 10): "log",
    ("transfer", 17): "SMPTE ST 428",
    ("matrix", 4): "FCC", ("matrix", 7): "SMPTE 240M", ("matrix", 8): "YCgCo", ("matrix", 10): "BT.2020 CL",
    ("matrix", 14): "ICtCp", ("matrix", 15): "IPT", ("matrix", 16): "YCgCo-R", ("matrix", 17): "YCgCo-R",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tags:
    """The color tags of a picture (code points of ITU-T H.273) and the facts that decide where a tag is missing.

    ``model`` is what the pixels are; ``photo`` says that the picture comes from a JPEG or another photograph format.
    """

    primaries: int
    transfer: int
    matrix: int
    full: bool | None
    model: Literal["ycbcr", "rgb", "gray"]
    width: int
    height: int
    photo: bool = False


def complete(tags: Tags) -> tuple[Encoding, Origin]:
    """Work out the whole encoding that the tags mean, and whether it rests on tags or on an assumption.

    Untagged RGB and gray pictures are sRGB; untagged video is BT.709, unless its lines are those of 525- or 625-line
    television. Raises ``EncodingError`` for a tag that names something that cannot be read here.
    """
    primaries = _word("primaries", tags.primaries, PRIMARIES)
    transfer = _word("transfer", tags.transfer, TRANSFERS)
    if tags.model != "ycbcr":
        known = primaries or transfer
        return _rgb(tags, primaries or "bt709", transfer or "iec61966-2-1"), "container tags" if known else "assumption"
    matrix = _word("matrix", tags.matrix, MATRICES)
    if matrix == "gbr":  # the tag of RGB planes on planes that are not RGB: nothing to go by
        matrix = None
    full = bool(tags.full)
    if not (primaries or transfer or matrix):
        lines = _untagged(tags.width, tags.height)
        return encoding_of(lines.primaries, lines.transfer, lines.matrix, "full" if full else "legal"), "assumption"
    matrix = matrix or _matrix_from(primaries, transfer)
    primaries = primaries or ("bt709" if tags.photo else _PRIMARIES_FROM_MATRIX[matrix])
    transfer = transfer or ("iec61966-2-1" if tags.photo else _TRANSFER_FROM_PRIMARIES[primaries])
    return encoding_of(primaries, transfer, matrix, "full" if full else "legal"), "container tags"


def fit(asked: Encoding, tags: Tags) -> Encoding:
    """Fit an encoding to pixels of this model: RGB has no matrix and is full range, video does not go without one."""
    if tags.model == "rgb":
        return encoding_of(asked.primaries, asked.transfer, "gbr", "full")
    if asked.matrix == "gbr":
        own, _ = complete(replace(tags, primaries=2, transfer=2))
        return encoding_of(asked.primaries, asked.transfer, own.matrix, own.range)
    return asked


_PRIMARIES_FROM_MATRIX: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "bt470bg": "bt470bg", "smpte170m": "smpte170m", "bt2020nc": "bt2020",
})  # fmt: skip

_TRANSFER_FROM_PRIMARIES: Mapping[str, str] = MappingProxyType({
    "bt709": "bt709", "bt470bg": "smpte170m", "smpte170m": "smpte170m", "bt2020": "bt2020-10", "smpte432": "bt709",
})  # fmt: skip


def _word(kind: str, code: int, known: Mapping[int, str]) -> str | None:
    # 3 is reserved and, in the primaries and the transfer, so is 0: nothing is said.
    if code in (2, 3) or (code == 0 and kind != "matrix"):
        return None
    if code not in known:
        name = _NAMES_OF_OTHERS.get((kind, code), f"number {code}")
        raise EncodingError(
            f"its {kind} tag says {name}, which is not read here: convert it to BT.709 or BT.2020, "
            "or name its encoding with --encoding"
        )
    return known[code]


def _matrix_from(primaries: str | None, transfer: str | None) -> str:
    if primaries == "bt2020" or transfer in ("smpte2084", "arib-std-b67", "bt2020-10", "bt2020-12"):
        return "bt2020nc"
    if primaries in ("bt470bg", "smpte170m"):
        return primaries
    return "smpte170m" if transfer == "smpte170m" and primaries is None else "bt709"


def _untagged(width: int, height: int) -> Encoding:
    """Television's own rasters are BT.601 (625 lines show 576, 525 lines 480 or 486); everything else is BT.709."""
    if height == 576 and width < 1280:
        return encoding_of("bt470bg", "smpte170m", "bt470bg", "legal")
    if height in (480, 486) and width in (640, 704, 720):
        return encoding_of("smpte170m", "smpte170m", "smpte170m", "legal")
    return encoding_of("bt709", "bt709", "bt709", "legal")


def _rgb(tags: Tags, primaries: str, transfer: str) -> Encoding:
    legal = tags.model == "gray" and tags.full is False
    return encoding_of(primaries, transfer, "gbr", "legal" if legal else "full")
