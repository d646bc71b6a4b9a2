"""Fields in the movie: they stay where every shot has the same ones and keeps its lines, else shots are deinterlaced.

Conversions between R'G'B' and Y'CbCr work on each field by itself, so that chroma of two moments is never mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from otiograde.movie.cut import pace_of
from otiograde.record.shot import FieldOrder, Media, Orientation, Shot

#: Order of fields -> FFmpeg's name of it.
_PARITY: Mapping[FieldOrder, str] = MappingProxyType({"top": "tff", "bottom": "bff", "progressive": "prog"})

#: Most names of files in a note.
_MOST_NAMES = 3


def shared_fields(shots: Sequence[Shot], lines: int, rate: Fraction) -> FieldOrder:
    """Return the order of fields that a movie of so many ``lines`` keeps.

    It keeps fields if every shot has the same order, as many lines, and one frame for each frame of the movie. A fourth
    of the lines must be whole, because each field has chroma lines.
    """
    shown = [shot for shot in shots if shot.record.count > 0]
    orders = {shot.media.fields.order for shot in shown}
    if len(orders) != 1 or lines % 4 or not all(_keeps_fields(shot, lines, rate) for shot in shown):
        return "progressive"
    return orders.pop()


def _keeps_fields(shot: Shot, lines: int, rate: Fraction) -> bool:
    media = shot.media
    plain = media.kind == "video" and not media.variable_rate and media.orientation == Orientation()
    return plain and media.height == lines and shot.speed == 1 and pace_of(shot, rate) == 1


def by_fields(filters: str, order: FieldOrder) -> str:
    """Return filters that work on each field of a frame by itself, and weave the fields again."""
    if order == "progressive":
        return filters
    return f"setfield={_PARITY[order]},separatefields,{filters},weave=first_field={order}"


def mark(order: FieldOrder) -> str:
    """Return the filter that flags frames, with a comma behind; none for a progressive movie."""
    return "" if order == "progressive" else f"setfield={_PARITY[order]},"


def deinterlacer(media: Media) -> str:
    """Return the filter that makes one progressive frame of the two fields of each frame."""
    return f"bwdif=mode=send_frame:parity={_PARITY[media.fields.order]}:deint=all"


def field_notes(shots: Iterable[Shot], order: FieldOrder) -> list[str]:
    """Say which media are interlaced, how that was recognized, and what a movie with fields in ``order`` does.

    Files whose alpha is premultiplied are named, too: pictures show that as well.
    """
    files: dict[str, dict[str, None]] = {}
    for shot in shots:
        fields, name = shot.media.fields, shot.media.path.name
        if fields.is_interlaced:
            fate = "the movie keeps the fields" if order != "progressive" else "deinterlaced in the movie (bwdif)"
            files.setdefault(f"{fields.description}: {fate}", {})[name] = None
        elif fields.order != fields.flagged:
            files.setdefault(fields.description, {})[name] = None
        if shot.media.premultiplied:
            files.setdefault("its colors are multiplied by their alpha, which is undone in the movie", {})[name] = None
        if fields.pulldown:
            how = "in the pictures, which is not undone" if fields.pulldown == "hard" else "by flags, which are ignored"
            files.setdefault(f"film with 3:2 pulldown (telecine) {how}", {})[name] = None
    return [f"{text}: {_names(list(names))}" for text, names in files.items()]


def _names(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
