"""Tapes: what lists of the tape age call a shot's media by, a reel and a source timecode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

from otiograde.movie.timecode import can_drop
from otiograde.record.clock import BadTime, nearest, nominal, seconds
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import Item, clip_at, media_references
from otiograde.record.shot import Shot

#: Where readers of other formats leave the reel in a clip's metadata.
_KEYS = (("cmx_3600", "reel"), ("ALE", "Tape"), ("ALE", "Reel"), ("fcp_xml", "reel"), ("otiograde", "reel"))

#: CMX 3600 takes these for black, bars and unknown; Resolve and Avid take reels of up to 32 characters.
_RESERVED, _LONGEST = frozenset({"bl", "black", "bars", "ax"}), 32


@dataclass(frozen=True, slots=True)
class Tape:
    """A shot's media as a tape: its ``reel``, and ``start``, the number of the first frame that is seen.

    Frames count from 00:00:00:00 at the media's rate. ``named`` and ``timed`` say whether the edit or the media told
    the reel and the timecode; ``drop`` that it counts drop-frame.
    """

    reel: str
    start: int
    named: bool
    timed: bool
    drop: bool


def tapes(record: GradedTimeline) -> dict[str, Tape]:
    """The tape of every shot, by shot id. Files without a reel get one of their own, made of their name."""
    given = {shot.id: _reel(clip_at(record.edit.otio, shot.where)) for shot in record.edit.shots}
    taken = {reel.casefold() for reel in given.values() if reel} | _RESERVED
    made: dict[Any, str] = {}
    found = {}
    for shot in record.edit.shots:
        reel = given[shot.id]
        if reel is None:
            path = shot.media.path
            if path not in made:
                made[path] = next(name for name in _names(path.stem) if name.casefold() not in taken)
                taken.add(made[path].casefold())
            reel = made[path]
        origin = _origin(shot, clip_at(record.edit.otio, shot.where))
        known, drop = given[shot.id] is not None, shot.media.drop_frame
        found[shot.id] = Tape(reel, origin + shot.source.start, known, origin != 0, drop)
    return found


def beginning(record: GradedTimeline) -> int:
    """The number of the edit's first frame, as its own timecode counts; 0 when it has none."""
    try:
        time, rate = seconds(record.edit.otio["global_start_time"])
        return max(nearest(time * rate * Fraction(nominal(record.edit.rate), nominal(rate))), 0)
    except (BadTime, KeyError, TypeError, AttributeError):
        return 0


def counts_drop(record: GradedTimeline) -> bool:
    """Whether the edit's timecode counts drop-frame: where it can, and most of the media do."""
    count = [shot.media.drop_frame for shot in record.edit.shots]
    return can_drop(record.edit.rate) and 2 * sum(count) > len(count)


def plain(text: str) -> str:
    """Bring a name into printable ASCII on one line; what has no like there is left out."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in ascii_text).split())


def _reel(clip: Item) -> str | None:
    metadata = clip.get("metadata") or {}
    for space, key in _KEYS:
        held = metadata.get(space)
        reel = held.get(key) if isinstance(held, dict) else None
        if isinstance(reel, str) and (name := _safe(reel)) and name.casefold() not in _RESERVED:
            return name
    return None


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", plain(name)).strip("_")[:_LONGEST]


def _names(stem: str) -> Iterator[str]:
    """Names like this one, the second with -2."""
    name = _safe(re.sub(r"%0?\d*d", "", stem).rstrip("._-")) or "REEL"
    yield name
    for number in count(2):
        ending = f"-{number}"
        yield name[: _LONGEST - len(ending)] + ending


def _origin(shot: Shot, clip: Item) -> int:
    """The number of media frame 0: its timecode's, else what the edit says, else that of a sequence's first image."""
    media = shot.media
    if media.timecode:
        return media.timecode
    for reference in media_references(clip, active=True):
        if available := reference.get("available_range"):
            with suppress(BadTime, KeyError, TypeError, AttributeError):
                time, rate = seconds(available["start_time"])
                if time > 0:
                    return nearest(time * rate * Fraction(nominal(media.rate), nominal(rate)))
    return media.first
