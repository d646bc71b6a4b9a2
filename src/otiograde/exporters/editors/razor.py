"""The edit as OTIO with shots split where their grades change: each piece a clip, dissolving into the next."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction

from otiograde.movie.lanes import PlacedShot
from otiograde.record.clock import BadTime, Span, span
from otiograde.record.items import Item, clip_at, media_references
from otiograde.record.shot import Shot

#: Pieces of shots, by the ids of the shots.
Pieces = Mapping[str, Sequence[PlacedShot]]


def cut_up(edit: Item, shots: Sequence[Shot], pieces: Pieces, rate: Fraction) -> None:
    """Split the clips of shots that have more than one piece, in place. ``rate`` is that of the edit."""
    # From the end, so that the paths of what comes before stay right.
    for shot in sorted(shots, key=lambda shot: shot.where, reverse=True):
        if can_be_cut(shot) and len(pieces[shot.id]) > 1:
            track = clip_at(edit, shot.where[:-1])
            index = shot.where[-1]
            track["children"][index : index + 1] = _clips(track["children"][index], pieces[shot.id], rate)


def can_be_cut(shot: Shot) -> bool:
    """Whether a shot lies on a track of the edit itself, not in a nest."""
    return len(shot.where) == 2


def _clips(clip: Item, pieces: Sequence[PlacedShot], rate: Fraction) -> Iterator[Item]:
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        part = copy.deepcopy(clip)
        part["source_range"] = _range(clip, piece, rate, last=last)
        yield part
        if not last and piece.dissolve_out.length:
            yield _dissolve(piece, rate)


def _range(clip: Item, piece: PlacedShot, rate: Fraction, *, last: bool) -> Item:
    """Return the media range of a piece: OTIO counts a clip's duration in the edit, whatever its speed."""
    whole = _whole(clip, piece.shot)
    begin = piece.late / rate
    end = whole.length if last else begin + (piece.end - piece.start) / rate
    speed = piece.shot.speed
    passed = begin * speed if speed >= 0 else (whole.length - end) * -speed
    start, duration = (_time(seconds, whole.rate) for seconds in (whole.start + passed, max(end - begin, Fraction(0))))
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}


def _whole(clip: Item, shot: Shot) -> Span:
    """Return the range of a clip that was not split: as the edit has it, else as the shot has it."""
    reference = next(iter(media_references(clip, active=True)), {})
    for stated in (clip.get("source_range"), reference.get("available_range")):
        if stated:
            with suppress(BadTime, KeyError, AttributeError, TypeError):
                return span(stated)
    first = (shot.media.timecode + shot.source.start) / shot.media.rate
    return Span(first, shot.record.count / shot.record.rate, shot.media.rate)


def _time(seconds: Fraction, rate: Fraction) -> Item:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(seconds * rate)}


def _dissolve(piece: PlacedShot, rate: Fraction) -> Item:
    dissolve = piece.dissolve_out
    offsets = {"in_offset": dissolve.before, "out_offset": dissolve.after}
    times = {name: _time(frames / rate, rate) for name, frames in offsets.items()}
    return {"OTIO_SCHEMA": "Transition.1", "name": "", "metadata": {}, "transition_type": "SMPTE_Dissolve", **times}
