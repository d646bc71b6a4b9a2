"""EDL: a CMX 3600 list says neither its rate nor, in OTIO, where its tracks begin; both are found out here."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from otiograde.errors import TimelineError
from otiograde.record.clock import NTSC
from otiograde.timeline.reading import Notes

RATES = (Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60))
DROP_RATES = (30 * NTSC, 60 * NTSC)  # drop-frame time code exists at these rates only (SMPTE ST 12-1, 5.2.2)
DROP = re.compile(r"^\s*FCM:\s*DROP\b|\d\d:\d\d:\d\d[;,]\d\d", re.IGNORECASE | re.MULTILINE)


def read(text: str, rate: Fraction | None, reader: Callable[..., dict[str, Any]], notes: Notes) -> dict[str, Any]:
    """The edit at ``rate``, else at the first usual rate that fits its time codes (noted). Raises ``TimelineError``."""
    if not re.search(r"^\s*\d+\s+\S+\s+\S+\s+\S", text, re.MULTILINE):
        raise TimelineError("no event in this EDL")
    if rate is not None:
        return reader(text, rate=float(rate))
    rates = DROP_RATES if DROP.search(text) else RATES
    fits = {}
    wrong: dict[str, TimelineError] = {}
    for loosely in (False, True):
        for tried in rates:
            try:
                options = {"ignore_timecode_mismatch": True} if loosely else {}
                fits[tried] = reader(text, rate=float(tried), **options)
            except TimelineError as error:
                wrong.setdefault(str(error), error)
        if fits:
            break
    if not fits:
        if len(wrong) == 1:
            raise next(iter(wrong.values()))
        raise TimelineError(f"no rate of {', '.join(_say(tried) for tried in rates)} fits: {next(iter(wrong))}")
    chosen, *others = fits
    if loosely:
        notes.add("source and record lengths differ in the EDL: the source's are used, later times may be off")
    also = f"; {', '.join(_say(other) for other in others)} would fit too" if others else ""
    notes.add(f"the EDL names no rate: read at {_say(chosen)} (--rate names another{also})")
    return fits[chosen]


def _say(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.2f}"


def rebased(tree: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """The edit with its record time code as ``global_start_time``.

    The adapter puts the record time code of a track's first event, negated, into the start of the track's source range;
    read as OTIO means it, nothing of the track would be seen.
    """
    tracks = (tree.get("tracks") or {}).get("children") or []
    begins = [_begin(track) for track in tracks]
    rate = next((time["rate"] for time in begins if time), None)
    if rate is None:
        return tree
    values = [time["value"] if time else 0.0 for time in begins]
    first = min(values)
    for track, value in zip(tracks, values, strict=True):
        track["source_range"] = None
        if value > first:
            track["children"].insert(0, _gap(value - first, rate))
            notes.add("a track of the EDL begins later than another: a gap was put before it")
    tree["global_start_time"] = _time(first, rate)
    return tree


def _begin(track: dict[str, Any]) -> dict[str, Any] | None:
    time_range = track.get("source_range")
    if not time_range:
        return None
    start = time_range["start_time"]
    return {"value": -start["value"], "rate": start["rate"]}


def _time(value: float, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def _gap(length: float, rate: float) -> dict[str, Any]:
    lasts = {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(length, rate), "start_time": _time(0.0, rate)}
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": lasts,
        "effects": [],
        "markers": [],
        "enabled": True,
        "color": None,
    }
