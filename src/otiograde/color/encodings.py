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

from otiograde.color.logs import CURVES
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
        # The gamuts of cameras and grading systems, by the papers that ``logs.py`` names.
        "sgamut3": ((0.730, 0.280), (0.140, 0.855), (0.100, -0.050)),  # S-Gamut has the same primaries
        "sgamut3cine": ((0.766, 0.275), (0.225, 0.800), (0.089, -0.087)),
        # Sony VENICE: the primaries that Academy's input transforms (S-Log3 Venice, 2020) imply.
        "venice": (
            (0.740464264304292, 0.279364374750660),
            (0.089241145423286, 0.893809528608105),
            (0.110488236673827, -0.052579333080476),
        ),
        "venicecine": (
            (0.775901871567345, 0.274502392854799),
            (0.188682902773355, 0.828684937020288),
            (0.101337382499301, -0.089187517306263),
        ),
        "awg3": ((0.684, 0.313), (0.221, 0.848), (0.0861, -0.102)),
        "awg4": ((0.7347, 0.2653), (0.1424, 0.8576), (0.0991, -0.0308)),
        "vgamut": ((0.730, 0.280), (0.165, 0.840), (0.100, -0.030)),
        "cinemagamut": ((0.740, 0.270), (0.170, 1.140), (0.080, -0.100)),
        "redwide": ((0.780308, 0.304253), (0.121595, 1.493994), (0.095612, -0.084589)),
        "bmdwide5": ((0.7177215, 0.3171181), (0.2280410, 0.8615690), (0.1005841, -0.0820452)),
        "davinciwide": ((0.8000, 0.3130), (0.1682, 0.9877), (0.0790, -0.1155)),
        "dgamut": ((0.71, 0.31), (0.21, 0.88), (0.09, -0.08)),
        "ap1": ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044)),  # Academy S-2014-004
    }
)

#: CIE 1931 xy of D65, the white of these primaries where ``WHITES`` names no other, as BT.709 and BT.2100 write it.
D65 = (0.3127, 0.3290)

#: The whites of primaries that are not D65 as above.
WHITES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "bmdwide5": (0.3127170, 0.3290312),  # D65 with more digits
        "ap1": (0.32168, 0.33767),  # Academy S-2014-004: about D60
    }
)

#: The primaries that ITU-T H.273 has code points for.
_TAGGED = frozenset({"bt709", "bt470bg", "smpte170m", "bt2020", "smpte432"})

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
    "bt709", "smpte170m", "bt2020-10", "bt2020-12", "iec61966-2-1", "smpte2084", "arib-std-b67", *CURVES,
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
    def family(self) -> str:
        """Whose code values mean the same: ``sdr``, ``pq``, ``hlg``, or the log encoding by name.

        Shots of different families share no scene: the same light has other codes in them. PQ, HLG and log name the
        primaries where they are not the usual ones.
        """
        if self.transfer in CURVES:
            return f"{self.transfer}/{self.primaries}"
        name = {"smpte2084": "pq", "arib-std-b67": "hlg"}.get(self.transfer, "sdr")
        return name if name == "sdr" or self.primaries == "bt2020" else f"{name}/{self.primaries}"

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer function is one of BT.2100 (PQ or HLG), for which the ITU's metric is defined."""
        return self.transfer in ("smpte2084", "arib-std-b67")

    @property
    def is_log(self) -> bool:
        """Whether the transfer function is the log curve of a camera or grading system."""
        return self.transfer in CURVES

    @property
    def tags(self) -> tuple[str, str]:
        """Primaries and transfer function as FFmpeg and H.273 name them; ``unknown`` for those of cameras."""
        primaries = self.primaries if self.primaries in _TAGGED else "unknown"
        return primaries, "unknown" if self.is_log else self.transfer

    @property
    def white(self) -> tuple[float, float]:
        """CIE 1931 xy of the white that equal R'G'B' represent."""
        return WHITES.get(self.primaries, D65)


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
    # A log encoding has no matrix or range: they are those of the file.
    Encoding("slog3", "sgamut3", "slog3", "gbr", "full"),
    Encoding("slog3-cine", "sgamut3cine", "slog3", "gbr", "full"),
    Encoding("slog3-venice", "venice", "slog3", "gbr", "full"),
    Encoding("slog3-venice-cine", "venicecine", "slog3", "gbr", "full"),
    Encoding("slog2", "sgamut3", "slog2", "gbr", "full"),
    Encoding("logc3", "awg3", "logc3", "gbr", "full"),
    Encoding("logc4", "awg4", "logc4", "gbr", "full"),
    Encoding("vlog", "vgamut", "vlog", "gbr", "full"),
    Encoding("clog2", "cinemagamut", "clog2", "gbr", "full"),
    Encoding("clog3", "cinemagamut", "clog3", "gbr", "full"),
    Encoding("log3g10", "redwide", "log3g10", "gbr", "full"),
    Encoding("bmdfilm5", "bmdwide5", "bmdfilm5", "gbr", "full"),
    Encoding("davinci", "davinciwide", "davinci", "gbr", "full"),
    Encoding("applelog", "bt2020", "applelog", "gbr", "full"),
    Encoding("dlog", "dgamut", "dlog", "gbr", "full"),
    Encoding("flog", "bt2020", "flog", "gbr", "full"),
    Encoding("flog2", "bt2020", "flog2", "gbr", "full"),
    Encoding("nlog", "bt2020", "nlog", "gbr", "full"),
    Encoding("acescct", "ap1", "acescct", "gbr", "full"),
    Encoding("linear", "bt709", "linear", "gbr", "full"),
    Encoding("acescg", "ap1", "linear", "gbr", "full"),
)

#: Curves on the scale that is not their maker's.
_SCALED = frozenset(name for name in CURVES if name.endswith(("-data", "-signal")))

#: Other names by which people know the encodings, without case, spaces, hyphens and underscores.
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "rec709": "bt709", "rec2020": "bt2020", "rec2100pq": "pq", "rec2100hlg": "hlg", "hdr10": "pq", "st2084": "pq",
        "slog3sgamut3": "slog3", "slog3sgamut3cine": "slog3-cine", "sgamut3slog3": "slog3",
        "sgamut3cineslog3": "slog3-cine",
        "logcei800": "logc3", "arrilogc3": "logc3", "arrilogc4": "logc4", "logc": "logc3",
        "canonlog2": "clog2", "canonlog3": "clog3", "redlog3g10": "log3g10", "vlogvgamut": "vlog",
        "davinciintermediate": "davinci", "blackmagicfilmgen5": "bmdfilm5", "bmdfilmgen5": "bmdfilm5",
        "cinemagamutcanonlog2": "clog2", "cinemagamutcanonlog3": "clog3", "redwidegamutrgblog3g10": "log3g10",
        "dgamutdlog": "dlog", "fgamutflog": "flog", "fgamutflog2": "flog2", "davinciwgintermediate": "davinci",
        "widegamutgen5filmgen5": "bmdfilm5", "rec2100st2084": "pq", "rec709gamma24": "bt709", "rec709scene": "bt709",
    }
)  # fmt: skip


def encoding(name: str) -> Encoding:
    """Return the encoding of this name: ``slog3-cine``, ``S-Log3/S-Gamut3.Cine`` and ``Rec.709`` are understood.

    ``-data`` and ``-signal`` after the name of a log encoding say what its curve applies to in the file: code over
    1023, or the signal that legal range spreads. Raises ``EncodingError`` with the list of names.

    >>> encoding("V-Log").name, encoding("logc3-data").name, encoding("slog3-data").name
    ('vlog', 'logc3-data', 'slog3')
    """
    named = _named(name)
    stem, _, scale = name.strip().rpartition("-")
    scale = "signal" if scale.casefold() == "legal" else scale.casefold()
    if named is None and scale in ("data", "signal") and (named := _named(stem)) is not None:
        if not named.is_log:
            raise EncodingError(f"{name!r}: only log has a scale; {named.name} is as legal or full as the file says")
        transfer = f"{named.transfer}-{scale}"
        return encoding_of(named.primaries, transfer, "gbr", "full") if transfer in CURVES else named
    if named is None:
        raise EncodingError(f"unknown encoding {name!r}: use one of {', '.join(ENCODINGS)}")
    return named


def _named(name: str) -> Encoding | None:
    """Return the encoding of a name of the table, as people write it; None for any other."""
    if name in ENCODINGS:
        return ENCODINGS[name]
    plain = _plain(name)
    meant = _ALIASES.get(plain) or next((name for name in ENCODINGS if _plain(name) == plain), None)
    return ENCODINGS[meant] if plain and meant is not None else None


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def encoding_of(
    primaries: str,
    transfer: str,
    matrix: str,
    range: Literal["legal", "full"],  # noqa: A002 - the field's name
) -> Encoding:
    """Return the encoding with these tags: a named one, else a new one named after them. Raises ``EncodingError``.

    A log encoding keeps its name with any matrix; ``-full`` marks full-range Y'CbCr.
    """
    curve, scale = (
        (transfer.rpartition("-")[0], f"-{transfer.rpartition('-')[2]}") if transfer in _SCALED else (transfer, "")
    )
    for named in ENCODINGS.values():
        if (named.primaries, named.transfer, named.matrix, named.range) == (primaries, transfer, matrix, range):
            return named
        if named.is_log and (named.primaries, named.transfer) == (primaries, curve):
            name = f"{named.name}{scale}" + ("-full" if range == "full" and matrix != "gbr" else "")
            return Encoding(name, primaries, transfer, matrix, range)
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
