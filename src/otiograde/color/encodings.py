"""Encoding: how code values represent light (primaries, white, transfer function, matrix, range); the named encodings.

The names are the tags of ITU-T H.273 (Coding-independent code points) as FFmpeg spells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.transform import Colors, as_colors
from otiograde.errors import EncodingError

Matrix: TypeAlias = NDArray[np.float64]

#: CIE 1931 xy of the red, green and blue primary (ITU-T H.273, table 2, and the standards named beside them).
PRIMARIES: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),  # BT.709-6 item 1.3; IEC 61966-2-1, table 1
        "bt470bg": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),  # BT.601-7, 625 lines
        "smpte170m": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # BT.601-7, 525 lines; SMPTE ST 170
        "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020-2, table 3; BT.2100-2, table 2
        "smpte432": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # SMPTE EG 432-1 (P3 with D65 white)
    }
)

#: CIE 1931 xy of D65, the white of all these primaries, as BT.709, BT.601, BT.2020, BT.2100 and EG 432-1 write it.
D65 = (0.3127, 0.3290)

#: Kr and Kb of each luma equation (ITU-T H.273, table 4). ``gbr`` has none: its planes are G, B and R themselves.
LUMA_WEIGHTS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "bt709": (0.2126, 0.0722),  # BT.709-6 item 3.2
        "bt470bg": (0.299, 0.114),  # BT.601-7, 2.5.1
        "smpte170m": (0.299, 0.114),  # BT.601-7, 2.5.1
        "bt2020nc": (0.2627, 0.0593),  # BT.2020-2, table 4; BT.2100-2, table 6
    }
)

#: Every transfer name; ``transfer.py`` holds the functions. Both tags of BT.2020 name the curve of BT.709.
TRANSFERS = (
    "bt709", "smpte170m", "bt2020-10", "bt2020-12", "iec61966-2-1", "smpte2084", "arib-std-b67",
)  # fmt: skip

_TAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "primaries": tuple(PRIMARIES),
        "transfer": TRANSFERS,
        "matrix": (*LUMA_WEIGHTS, "gbr"),
        "range": ("legal", "full"),
    }
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How code values represent light. Raises ``EncodingError`` for an unknown tag."""

    #: A name for people; the four tags below decide.
    name: str
    #: One of ``PRIMARIES``.
    primaries: str
    #: One of ``TRANSFERS``.
    transfer: str
    #: One of ``LUMA_WEIGHTS``, or ``gbr``.
    matrix: str
    #: Legal range is 16 to 235 (luma) and 16 to 240 (chroma) in 8 bits; full range is 0 to 255.
    range: Literal["legal", "full"]

    def __post_init__(self) -> None:
        for field, tags in _TAGS.items():
            if (tag := getattr(self, field)) not in tags:
                raise EncodingError(f"unknown {field} {tag!r}: use one of {', '.join(tags)}")

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer function is one of BT.2100 (PQ or HLG)."""
        return self.transfer in ("smpte2084", "arib-std-b67")

    @property
    def white(self) -> tuple[float, float]:
        """CIE 1931 xy of the white that equal R'G'B' represent."""
        return D65


def _table(*encodings: Encoding) -> Mapping[str, Encoding]:
    return MappingProxyType({encoding.name: encoding for encoding in encodings})


#: The encodings by name. BT.601 has one transfer function, that of SMPTE ST 170, for 525 and 625 lines (BT.601-7,
#: 2.6). ``bt601-full`` is what cameras with JPEG's conventions write: BT.601's matrix, full range, BT.709 primaries.
ENCODINGS: Mapping[str, Encoding] = _table(
    Encoding("bt709", "bt709", "bt709", "bt709", "legal"),
    Encoding("bt709-full", "bt709", "bt709", "bt709", "full"),
    Encoding("bt601-525", "smpte170m", "smpte170m", "smpte170m", "legal"),
    Encoding("bt601-525-full", "smpte170m", "smpte170m", "smpte170m", "full"),
    Encoding("bt601-625", "bt470bg", "smpte170m", "bt470bg", "legal"),
    Encoding("bt601-625-full", "bt470bg", "smpte170m", "bt470bg", "full"),
    Encoding("bt601-full", "bt709", "bt709", "bt470bg", "full"),
    Encoding("srgb", "bt709", "iec61966-2-1", "gbr", "full"),
    Encoding("bt2020", "bt2020", "bt2020-10", "bt2020nc", "legal"),
    Encoding("bt2020-full", "bt2020", "bt2020-10", "bt2020nc", "full"),
    Encoding("pq", "bt2020", "smpte2084", "bt2020nc", "legal"),
    Encoding("pq-full", "bt2020", "smpte2084", "bt2020nc", "full"),
    Encoding("hlg", "bt2020", "arib-std-b67", "bt2020nc", "legal"),
    Encoding("hlg-full", "bt2020", "arib-std-b67", "bt2020nc", "full"),
)


def encoding(name: str) -> Encoding:
    """Return the encoding of this name. Raises ``EncodingError`` with the list of names."""
    if name not in ENCODINGS:
        raise EncodingError(f"unknown encoding {name!r}: use one of {', '.join(ENCODINGS)}")
    return ENCODINGS[name]


def encoding_of(
    primaries: str,
    transfer: str,
    matrix: str,
    range: Literal["legal", "full"],  # noqa: A002 - the field's name
) -> Encoding:
    """Return the encoding with these tags: a named one, else a new one named after them. Raises ``EncodingError``."""
    for named in ENCODINGS.values():
        if (named.primaries, named.transfer, named.matrix, named.range) == (primaries, transfer, matrix, range):
            return named
    return Encoding(f"{primaries}/{transfer}/{matrix}/{range}", primaries, transfer, matrix, range)


def ycbcr_to_rgb(codes: ArrayLike, encoding: Encoding, bits: int) -> Colors:
    """Convert Y, Cb, Cr ``(..., 3)`` in code units of ``bits`` (8 to 16) to R'G'B', nominally in [0, 1], unclipped.

    With matrix ``gbr`` the planes are G, B, R (ITU-T H.273, MatrixCoefficients 0). float32 stays float32. Raises
    ``EncodingError`` for other ``bits``. Source: BT.601-7 2.5, BT.709-6 items 3.2 to 3.4, BT.2100-2 tables 6 and 9,
    ITU-T H.273 8.3.
    """
    scale, offset = _quantization(encoding, bits)
    colors = as_colors(codes)
    # Subtracting the offset first keeps equal R'G'B' equal to the last bit.
    signal = colors - offset.astype(colors.dtype)
    return np.asarray(signal @ (_rgb_matrix(encoding.matrix) / scale).T.astype(colors.dtype))


def rgb_to_ycbcr(rgb: ArrayLike, encoding: Encoding, bits: int) -> Colors:
    """Convert R'G'B' ``(..., 3)`` in [0, 1] to Y, Cb, Cr in code units of ``bits`` (8 to 16), not rounded or clipped.

    This is the inverse of ``ycbcr_to_rgb``, with the same sources. Matrix ``gbr`` gives G, B, R. float32 stays float32.
    Raises ``EncodingError`` for other ``bits``.
    """
    scale, offset = _quantization(encoding, bits)
    colors = as_colors(rgb)
    matrix = scale[:, None] * _luma_matrix(encoding.matrix)
    return np.asarray(colors @ matrix.T.astype(colors.dtype) + offset.astype(colors.dtype))


def _quantization(encoding: Encoding, bits: int) -> tuple[Matrix, Matrix]:
    """Return code units per unit of signal, and the code of zero, for the three planes.

    Legal range: BT.601-7 2.5.3, BT.709-6 item 3.4, BT.2100-2 table 9, "narrow". Full range: BT.2100-2 table 9, "full",
    whose chroma center is 2^(bits - 1).
    """
    if not 8 <= bits <= 16:
        raise EncodingError(f"{bits} bits a sample: 8 to 16 are defined")
    step = 2.0 ** (bits - 8)
    is_rgb = encoding.matrix == "gbr"
    if encoding.range == "full":
        center = 0.0 if is_rgb else 128 * step
        return np.full(3, 256 * step - 1), np.array([0.0, center, center])
    if is_rgb:
        return np.full(3, 219 * step), np.full(3, 16 * step)
    return np.array([219, 224, 224]) * step, np.array([16, 128, 128]) * step


def _luma_matrix(name: str) -> Matrix:
    """Return the matrix from R'G'B' to Y', C'b, C'r: C'b = (B' - Y') / (2 (1 - Kb)), C'r = (R' - Y') / (2 (1 - Kr))."""
    if name == "gbr":
        return np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    kr, kb = LUMA_WEIGHTS[name]
    luma = np.array([kr, 1 - kr - kb, kb])
    blue = (np.array([0.0, 0, 1]) - luma) / (2 * (1 - kb))
    red = (np.array([1.0, 0, 0]) - luma) / (2 * (1 - kr))
    return np.stack([luma, blue, red])


def _rgb_matrix(name: str) -> Matrix:
    """Return the matrix from Y', C'b, C'r to R'G'B': ``_luma_matrix`` solved for R', B', then G'."""
    if name == "gbr":
        return _luma_matrix(name).T
    kr, kb = LUMA_WEIGHTS[name]
    red, blue = 2 * (1 - kr), 2 * (1 - kb)
    kg = 1 - kr - kb
    return np.array([[1.0, 0, red], [1, -kb * blue / kg, -kr * red / kg], [1, blue, 0]])
