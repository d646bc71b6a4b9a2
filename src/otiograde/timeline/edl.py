"""Read CMX 3600 lists (EDL). They state no rate, and OTIO's adapter drops the record start: both are derived here."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from otiograde.errors import TimelineError
from otiograde.record.clock import NTSC
from otiograde.timeline import schemas
from otiograde.timeline.reading import Notes

#: Rates that are tried, in frames a second, in this order.
RATES = (Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60))
#: The only rates of drop-frame timecode (SMPTE ST 12-1, 5.2.2).
DROP_RATES = (30 * NTSC, 60 * NTSC)

#: Marks of drop-frame timecode: the list's FCM line, or ``;`` or ``,`` before the frames.
DROP = re.compile(r"^\s*FCM:\s*DROP\b|\d\d:\d\d:\d\d[;,]\d\d", re.IGNORECASE | re.MULTILINE)


def parse(text: str, rate: Fraction | None, reader: Callable[..., dict[str, Any]], notes: Notes) -> dict[str, Any]:
    """Read a list at ``rate``, else at the first usual rate that fits its timecodes, which is noted.

    ``reader`` turns text and options into a tree. Raises ``TimelineError`` if the list has no event, or no rate fits.
    """
    if not re.search(r"^\s*\d+\s+\S+\s+\S+\s+\S", text, re.MULTILINE):
        raise TimelineError("no event in this EDL")
    if rate is not None:
        return reader(text, rate=float(rate))
    rates = DROP_RATES if DROP.search(text) else RATES
    fitting: list[Fraction] = []
    tree: dict[str, Any] = {}
    errors: dict[str, TimelineError] = {}
    for ignore_mismatch in (False, True):
        for candidate in rates:
            try:
                options = {"ignore_timecode_mismatch": True} if ignore_mismatch else {}
                read = reader(text, rate=float(candidate), **options)
            except TimelineError as error:
                errors.setdefault(str(error), error)
            else:
                tree = tree or read  # only the first is kept: each takes a hundred times the memory of its text
                fitting.append(candidate)
        if fitting:
            break
    if not fitting:
        if len(errors) == 1:
            raise next(iter(errors.values()))
        raise TimelineError(
            f"no rate of {', '.join(_rate_text(candidate) for candidate in rates)} fits: {next(iter(errors))}"
        )
    chosen, *others = fitting
    if ignore_mismatch:
        notes.add("source and record lengths differ in the EDL: the source's are used, later times may be off")
    also = f"; {', '.join(_rate_text(other) for other in others)} would fit too" if others else ""
    notes.add(f"the EDL names no rate: read at {_rate_text(chosen)} (--rate names another{also})")
    return tree


def _rate_text(rate: Fraction) -> str:
    """Write a rate for people: 25, 29.97."""
    return str(rate) if rate.denominator == 1 else f"{float(rate):.2f}"


def with_start_time(tree: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """Move the record timecode of the tracks to ``global_start_time``.

    The adapter stores the record timecode of a track's first event, negated, as the start of the track's source range.
    In OTIO's terms such a range shows nothing of the track.
    """
    tracks = (tree.get("tracks") or {}).get("children") or []
    starts = [_record_start(track) for track in tracks]
    rate = next((time["rate"] for time in starts if time), None)
    if rate is None:
        return tree
    values = [time["value"] if time else 0.0 for time in starts]
    first = min(values)
    for track, value in zip(tracks, values, strict=True):
        track["source_range"] = None
        if value > first:
            track["children"].insert(0, schemas.gap(Fraction(value - first), Fraction(rate)))
            notes.add("a track of the EDL begins later than another: a gap was put before it")
    tree["global_start_time"] = schemas.rational_time(Fraction(first), Fraction(rate))
    return tree


def _record_start(track: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record time of a track's first event; None if the track has no source range."""
    time_range = track.get("source_range")
    if not time_range:
        return None
    start = time_range["start_time"]
    return {"value": -start["value"], "rate": start["rate"]}
