"""The edit as OTIO with shots split where their grades change: each piece a clip, dissolving into the next."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from otiograde.movie.lanes import PlacedShot
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
    reference = next(iter(media_references(clip, active=True)), {})
    whole = clip.get("source_range") or reference.get("available_range") or {}
    start, duration = dict(whole["start_time"]), dict(whole["duration"])
    lasts = Fraction(duration["value"]) / Fraction(duration["rate"])
    begin = piece.late / rate
    end = lasts if last else begin + (piece.end - piece.start) / rate
    speed = piece.shot.speed
    passed = begin * speed if speed >= 0 else (lasts - end) * -speed
    start["value"] = float(Fraction(start["value"]) + passed * Fraction(start["rate"]))
    duration["value"] = float((end - begin) * Fraction(duration["rate"]))
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": start, "duration": duration}


def _dissolve(piece: PlacedShot, rate: Fraction) -> Item:
    dissolve = piece.dissolve_out
    offsets = {"in_offset": dissolve.before, "out_offset": dissolve.after}
    times = {
        name: {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}
        for name, frames in offsets.items()
    }
    return {"OTIO_SCHEMA": "Transition.1", "name": "", "metadata": {}, "transition_type": "SMPTE_Dissolve", **times}
