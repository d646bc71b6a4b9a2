"""Tapes: the reel and source timecode by which EDL and ALE name a shot's media."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path

from otiograde.movie.timecode import can_drop
from otiograde.record.clock import BadTime, nearest, nominal, seconds
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import Item, clip_at, media_references
from otiograde.record.shot import Shot

#: Where readers of other formats store the reel in a clip's metadata.
_KEYS = (("cmx_3600", "reel"), ("ALE", "Tape"), ("ALE", "Reel"), ("fcp_xml", "reel"), ("otiograde", "reel"))

#: Reels with a meaning in CMX 3600: black, bars, unknown.
_RESERVED = frozenset({"bl", "black", "bars", "ax"})

#: The most characters of a reel in Resolve and Avid.
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Tape:
    """The media of a shot, as a list names it."""

    reel: str
    #: The timecode of the shot's first frame, in frames at the media's rate from 00:00:00:00.
    start: int
    #: Whether the edit names the reel. If not, the reel is made from the file name.
    has_reel: bool
    #: Whether the edit or the media has a timecode. If not, it counts from 0.
    has_timecode: bool
    #: Whether the timecode is drop-frame.
    drop: bool


def tapes(record: GradedTimeline) -> dict[str, Tape]:
    """Return the tape of every shot, by shot id. A file without a reel gets a unique one, made from its name."""
    clips = {shot.id: clip_at(record.edit.otio, shot.where) for shot in record.edit.shots}
    edit_reels = {shot: _reel(clip) for shot, clip in clips.items()}
    used = {reel.casefold() for reel in edit_reels.values() if reel} | _RESERVED
    file_reels: dict[Path, str] = {}
    tape_of = {}
    for shot in record.edit.shots:
        reel, path = edit_reels[shot.id], shot.media.path
        if reel is None and path not in file_reels:
            file_reels[path] = next(name for name in _numbered_names(path.stem) if name.casefold() not in used)
            used.add(file_reels[path].casefold())
        origin = _origin(shot, clips[shot.id])
        tape_of[shot.id] = Tape(
            reel=file_reels[path] if reel is None else reel,
            start=origin + shot.source.start,
            has_reel=reel is not None,
            has_timecode=origin != 0,
            drop=shot.media.drop_frame,
        )
    return tape_of


def first_frame_number(record: GradedTimeline) -> int:
    """Return the timecode of the edit's first frame, in frames at the edit's rate; 0 if it has none."""
    try:
        time, rate = seconds(record.edit.otio["global_start_time"])
        return max(nearest(time * rate * Fraction(nominal(record.edit.rate), nominal(rate))), 0)
    except (BadTime, KeyError, TypeError, AttributeError):
        return 0


def counts_drop_frame(record: GradedTimeline) -> bool:
    """Whether the edit's timecode is drop-frame: if its rate allows it and most shots' media are."""
    dropping = [shot.media.drop_frame for shot in record.edit.shots]
    return can_drop(record.edit.rate) and 2 * sum(dropping) > len(dropping)


def ascii_line(text: str) -> str:
    """Reduce a text to printable ASCII on one line. Characters without an equivalent are dropped."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in ascii_text).split())


def _reel(clip: Item) -> str | None:
    metadata = clip.get("metadata") or {}
    for space, key in _KEYS:
        values = metadata.get(space)
        reel = values.get(key) if isinstance(values, dict) else None
        if isinstance(reel, str) and (name := _safe(reel)) and name.casefold() not in _RESERVED:
            return name
    return None


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", ascii_line(name)).strip("_")[:_LONGEST]


def _numbered_names(stem: str) -> Iterator[str]:
    """Yield reels made from a file name: the name, then with -2, -3 and so on."""
    name = _safe(re.sub(r"%0?\d*d", "", stem).rstrip("._-")) or "REEL"
    yield name
    for number in count(2):
        ending = f"-{number}"
        yield name[: _LONGEST - len(ending)] + ending


def _origin(shot: Shot, clip: Item) -> int:
    """Return the frame number of media frame 0: by its timecode, by the edit, or of a sequence's first image."""
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
