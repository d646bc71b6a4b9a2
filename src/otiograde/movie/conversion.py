"""Conversion: how shots of other encodings come into the encoding of the movie, as a part of the LUT that grades them.

A shot is decoded to light, and light is encoded as the movie is. SDR is the view of the project (``color/views.py``):
light becomes SDR through it, and SDR becomes light through its inverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

import numpy as np

from otiograde.color.encodings import ENCODINGS, Encoding
from otiograde.color.logs import ON_DATA
from otiograde.color.spaces import primaries_matrix
from otiograde.color.transfer import bt709_decode, bt709_encode
from otiograde.color.transform import Colors, as_colors
from otiograde.color.views import from_light, to_light
from otiograde.errors import ExportError
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: What is done with shots of another encoding than the movie's.
Mixed: TypeAlias = Literal["convert", "as-coded", "refuse"]
MIXED: tuple[Mixed, ...] = get_args(Mixed)

#: Nodes a side of a LUT that converts. With 33, S-Log3 as BT.709 is up to ΔE00 3.8 off at the 99th percentile.
NODES = 65

#: Findings that doubt the encoding of a shot.
_DOUBTS = frozenset({"encoding_unknown", "looks_log"})

#: Primaries that are much wider than those of television.
_WIDE = frozenset({"bt2020", "smpte432"})

#: The encoding of FFmpeg's color bars.
BARS = ENCODINGS["bt709"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Converts code values of one encoding into those of another."""

    source: Encoding
    target: Encoding

    def __call__(self, rgb: Colors) -> Colors:
        """Convert code values ``(..., 3)``. Nothing is clipped."""
        if self.source.family == self.target.family == "sdr":
            colors = as_colors(rgb)
            matrix = primaries_matrix(self.source.primaries, self.target.primaries).T.astype(colors.dtype)
            return np.asarray(bt709_encode(bt709_decode(colors) @ matrix))
        return from_light(to_light(rgb, self.source), self.target)


@dataclass(frozen=True, slots=True)
class Conversions:
    """The conversions of one movie."""

    #: Shot id -> its conversion. A shot that has none is coded as the movie is, or left as it is coded.
    shots: Mapping[str, Conversion] = field(default_factory=lambda: MappingProxyType({}))
    #: That of color bars. None if they stay as they are coded.
    bars: Conversion | None = None
    #: What is said about them, one line for each thing.
    notes: tuple[str, ...] = ()


class MixedError(ExportError):
    """The shots have different encodings, and they are not to be made one movie."""


def conversions_of(
    record: GradedTimeline, shown: Sequence[Shot], target: Encoding, mixed: Mixed | None, *, wished: bool
) -> Conversions:
    """Decide what is done with shots whose encoding is not ``target``, that of the movie.

    ``mixed`` None converts them if no encoding is in doubt. ``wished`` is whether a person named the target.
    Raises ``MixedError`` that lists the shots by encoding.
    """
    if is_light(target):
        raise ExportError(f"no movie holds linear light: name another encoding than {target.name}, such as acescct")
    foreign = [shot for shot in shown if _differ(shot.media.encoding, target, wished=wished)]
    others = [shot for shot in foreign if family_name(shot.media.encoding) != family_name(target)]
    families = _by_family(shown)
    if mixed == "refuse" and len(families) > 1:
        raise MixedError(f"the shots have different encodings: {_listed(families)}: {_REMEDY}")
    if mixed == "as-coded":
        light = {shot.id: Conversion(shot.media.encoding, target) for shot in foreign if is_light(shot.media.encoding)}
        return Conversions(MappingProxyType(light), notes=_as_coded(families))
    doubted = {finding.shot for finding in record.findings if finding.check in _DOUBTS}
    if mixed is None and others and (unsure := [shot for shot in shown if shot.id in doubted]):
        what = _listed(_by_family(unsure))
        raise MixedError(
            f"the shots are to be made one movie in {family_name(target)}, and some encodings are in doubt: taken as "
            f"{what}: name them (--encoding 'CLIP@NAME') and grade again, or choose --mixed convert or --mixed as-coded"
        )
    notes = []
    if others:
        names = " and ".join(sorted(_by_family(others)))
        notes.append(f"{names} {'is' if len(_by_family(others)) == 1 else 'are'} converted to {family_name(target)}")
    if coarse := [shot for shot in others if shot.media.encoding.is_log and shot.media.bits <= 8]:
        notes.append(f"log of 8 bits is converted, which may show bands: {_listed(_by_family(coarse))}")
    of = {shot.id: Conversion(shot.media.encoding, target) for shot in foreign}
    # Bars of HLG have the codes of SDR's: 75 % is its reference white (BT.2111-2). In PQ they would be 980 cd/m2.
    bars = None if target.family == "sdr" or target.transfer == "arib-std-b67" else Conversion(BARS, target)
    return Conversions(MappingProxyType(of), bars, tuple(notes))


_REMEDY = "choose --mixed convert or --mixed as-coded, or render them one by one (--per-shot)"


def _differ(source: Encoding, target: Encoding, *, wished: bool) -> bool:
    """Whether the code values of two encodings mean different light."""
    if source.family != target.family or _spreads(source) != _spreads(target):
        return True
    # Shots of several SDR primaries are matched in their codes, which then mean the same. Another movie is converted.
    return wished and source.family == "sdr" and (source.primaries in _WIDE) != (target.primaries in _WIDE)


def is_light(encoding: Encoding) -> bool:
    """Whether a file of this encoding holds linear light, not code values."""
    return encoding.transfer == "linear"


def _spreads(encoding: Encoding) -> bool:
    """Whether code values are spread from legal range, but the curve is defined on those of the whole scale."""
    return encoding.transfer in ON_DATA and encoding.range == "legal"


def family_name(encoding: Encoding) -> str:
    """Name the family of an encoding for people: SDR, PQ, HLG or a log."""
    return encoding.name.removesuffix("-full") if encoding.is_log else encoding.family.upper()


def label(encoding: Encoding) -> str:
    """Return the name of an encoding as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", encoding.name)


def written(encoding: Encoding, colorspace: str, range_: str) -> Encoding:
    """Return an encoding as a movie of this matrix and this range (FFmpeg's tags) holds it."""
    end = "full" if range_ == "pc" else "legal"
    stem = encoding.name.removesuffix("-full")
    name = f"{stem}-full" if end == "full" else stem
    return replace(encoding, name=name, matrix=colorspace, range="full" if end == "full" else "legal")


def _by_family(shots: Iterable[Shot]) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for shot in shots:
        families.setdefault(family_name(shot.media.encoding), []).append(shot.id)
    return families


def _listed(families: Mapping[str, Sequence[str]]) -> str:
    """List the first three shots of each family."""
    parts = []
    for name in sorted(families):
        shots = families[name]
        more = f" and {len(shots) - 3} more" if len(shots) > 3 else ""
        parts.append(f"{name} ({', '.join(shots[:3])}{more})")
    return ", ".join(parts)


def _as_coded(families: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if len(families) < 2:
        return ()
    return (
        f"{' and '.join(sorted(families))} are cut together as they are coded: nothing converts one into the other",
    )
