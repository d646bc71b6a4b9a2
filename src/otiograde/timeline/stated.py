"""Encodings as metadata state them: the columns and items of cameras, logs and editors, in words.

Only a name that is exactly known decides. A hint such as ``log`` decides nothing and is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otiograde.color.encodings import Encoding, encoding, encoding_of
from otiograde.errors import EncodingError
from otiograde.timeline.metadata import metadata_values
from otiograde.timeline.reading import one_line

#: Longest statement in characters.
LONGEST = 64

#: Keys without case and signs: of a whole color space, of a curve, of a gamut, and of an exposure index. Sony's XML,
#: ARRI's logs, Avid's columns, Resolve's metadata and FCPXML name them so.
SPACES = ("colorspaceoverride", "customlogoverride", "inputcolorspace", "targetcolorspace", "colorspace", "colourspace")
CURVES = ("capturegammaequation", "gammaequation", "gamma", "transferfunction")
GAMUTS = ("capturecolorprimaries", "colorprimaries", "colorgamut", "gamut")
INDICES = ("exposureindex", "exposureindexasa", "ei")

KEYS = frozenset((*SPACES, *CURVES, *GAMUTS, *INDICES))

#: Primaries by the names that statements have, and S-Log3, whose curve does not tell its gamut.
_PRIMARIES: Mapping[str, str] = {
    "sgamut": "sgamut3", "sgamut3": "sgamut3", "sgamut3cine": "sgamut3cine", "rec709": "bt709", "bt709": "bt709",
    "rec2020": "bt2020", "bt2020": "bt2020", "vgamut": "vgamut", "cinemagamut": "cinemagamut", "dgamut": "dgamut",
    "arriwidegamut3": "awg3", "arriwidegamut4": "awg4", "widegamut": "awg3", "redwidegamutrgb": "redwide",
}  # fmt: skip
_OPEN = frozenset({"slog3", "slog3data", "slog3signal"})

#: Makers before a name, code points of ITU-T H.273 as FCPXML writes them, and words of log and HDR.
_MAKER = re.compile(r"^(sony|arri|alexa|panasonic|canon|red|dji|fujifilm|nikon|blackmagic design)\s+", re.IGNORECASE)
_POINTS = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{1,2})(?:\s*\(.*\))?")
_TRANSFERS = {"1": "bt709", "16": "pq", "18": "hlg"}
_TELLING = re.compile(r"log|hlg|pq|2084|2100", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What metadata say of an encoding."""

    #: The encoding that they name. None: they say something that is not known or does not suffice.
    encoding: Encoding | None
    #: Who says so, and what, for people.
    words: str


def statement(values: Mapping[str, str], by: str) -> Statement | None:
    """Return what the values of one file or clip say, by their ``KEYS``; None if nothing is worth a word."""
    space = next((values[key] for key in SPACES if _is_stated(values.get(key))), "")
    curve = next((values[key] for key in CURVES if _is_stated(values.get(key))), "")
    gamut = next((values[key] for key in GAMUTS if _is_stated(values.get(key))), "")
    index = next((values[key] for key in INDICES if _is_stated(values.get(key))), "")
    named = _meant(curve, gamut) or _meant(space, gamut)
    text = " ".join(one_line(word, LONGEST) for word in (curve or space, gamut) if word)
    if named is None:
        return Statement(None, f"{by} says {text}, which is not known") if _TELLING.search(text) else None
    if named.transfer.startswith("logc3") and index and index.removesuffix(".0") != "800":
        return Statement(None, f"{by} says {text} at EI {one_line(index, 8)}, and only EI 800 is known")
    return Statement(named, f"{by} says {named.name}")


def stated_by_clip(clip: Mapping[str, Any]) -> Statement | None:
    """Return what a clip's metadata and those of its media say, in whatever program's columns."""
    values: dict[str, str] = {}
    for key, value in _values(clip):
        values.setdefault(key, value)
    return statement(values, "the edit")


def plain(text: str) -> str:
    """Return the letters and digits of a key or name, without case.

    >>> plain("Input Color Space")
    'inputcolorspace'
    """
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _is_stated(text: str | None) -> bool:
    return bool(text) and len(text or "") <= LONGEST and plain(text or "") not in {"", "none", "na", "unknown", "auto"}


def _meant(text: str, gamut: str) -> Encoding | None:
    """Return the encoding of a curve or color space, with the gamut that is named beside it."""
    if points := _POINTS.fullmatch(text.strip()):
        # Final Cut labels Apple Log 9-1-9, so wide primaries with the curve of BT.709 tell nothing.
        primaries, transfer, _ = points.groups()
        is_plain = (primaries, transfer) in {("1", "1"), ("9", "16"), ("9", "18")}
        return encoding(_TRANSFERS[transfer]) if is_plain else None
    named = _named(f"{text}/{gamut}") or _named(text) or _named(_MAKER.sub("", text.strip()))
    if named is None or not named.is_log:
        return named
    if not gamut:
        return None if plain(_MAKER.sub("", text.strip())) in _OPEN else named
    primaries = _PRIMARIES.get(plain(gamut))
    return encoding_of(primaries, named.transfer, "gbr", "full") if primaries else None


def _named(text: str) -> Encoding | None:
    try:
        return encoding(text)
    except EncodingError:
        return None


def _values(clip: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the plain keys and the values that name an encoding, of a clip and then of its media, outermost first."""
    for key, value in metadata_values(clip):
        if isinstance(value, (str, int, float)) and plain(key) in KEYS:
            yield plain(key), str(value).strip()
