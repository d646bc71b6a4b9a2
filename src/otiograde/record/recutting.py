"""Correct the cut of a finished movie: split one of its shots in two, or join two that continue each other."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeVar

from otiograde.record.clock import nearest, seconds
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.ids import Ids
from otiograde.record.items import Item, clip_at
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.shot import FrameRange, Shot

#: Something of an edit that has a place in its tree.
_Placed = TypeVar("_Placed", bound=Any)


@dataclass(frozen=True, slots=True)
class FoundCut:
    """Where two shots of a finished movie meet."""

    first: str
    second: str
    #: The last media frame of the first shot alone, and the first one of the second alone.
    frames: tuple[int, int]
    #: The first frame of the second shot, in the edit.
    at: int
    #: Whether frames between them show both shots.
    mixed: bool


def movies_of(edit: Edit) -> tuple[tuple[Shot, ...], ...]:
    """Return the shots of each finished movie of an edit, in order: they follow one another and are all of one file."""
    groups: dict[object, list[Shot]] = {}
    for shot in edit.shots:
        groups.setdefault(shot.media.path, []).append(shot)
    return tuple(tuple(shots) for shots in groups.values() if _is_movie(shots))


def _is_movie(shots: list[Shot]) -> bool:
    media = shots[0].media
    if media.kind != "video" or any(shot.speed != 1 or shot.where[:-1] != shots[0].where[:-1] for shot in shots):
        return False
    follow = all(a.source.end == b.source.start and a.record.end == b.record.start for a, b in pairwise(shots))
    return follow and shots[0].source.start == 0 and shots[-1].source.end >= media.frames


def found_cuts(edit: Edit) -> Iterator[FoundCut]:
    """Yield where the shots of finished movies meet, in the edit's order."""
    for shots in movies_of(edit):
        for a, b in pairwise(shots):
            frames = a.source.end - 1 - a.shared[1], b.source.start + b.shared[0]
            yield FoundCut(a.id, b.id, frames, b.record.start, a.shared[1] + b.shared[0] > 0)


def splits_of(shot: Shot) -> tuple[int, int] | None:
    """Return the lowest and the highest media frame at which a shot of a finished movie can be split, or None."""
    low, high = shot.source.start + max(shot.shared[0], 1), shot.source.end - max(shot.shared[1], 1)
    return (low, high) if low <= high and shot.seconds is None and shot.record.count > 1 else None


def split_shot(record: GradedTimeline, shot_id: str, frame: int) -> GradedTimeline:
    """Split a shot of a finished movie; its second part begins at the media frame ``frame``.

    Both parts keep its scene, grade and wishes; only the first one stays a hero. Raises ``ValueError``, for people.
    """
    shot = _movie_with(record.edit, shot_id)[1]
    if shot.seconds is not None:
        raise ValueError(f"{shot_id}: its media have a varying rate, so a frame tells no time: cut it in an editor")
    if not (splits := splits_of(shot)):
        raise ValueError(f"{shot_id} is too short to be split")
    if not splits[0] <= frame <= splits[1]:
        raise ValueError(f"{shot_id} can be split at frames from {splits[0]} to {splits[1]}, not at {frame}")
    ids = Ids()
    for other in record.edit.shots:
        ids.new(other.id)
    name = f"{shot.name}_{frame}"
    tree = copy.deepcopy(record.edit.otio)
    track = clip_at(tree, shot.where[:-1])["children"]
    first, second = _parts(shot, frame, _seen_at(shot, frame, track), (ids.new(name), name))
    clip, index = track[shot.where[-1]], shot.where[-1]
    later = copy.deepcopy(clip) | {"name": name, "markers": [], "metadata": _without_wishes(clip)}
    length = Fraction(frame - shot.source.start) / shot.source.rate
    _trim(clip, 0, length)
    _trim(later, length, None)
    track.insert(index + 1, later)
    edit = replace(_shifted(record.edit, shot.where, 1), otio=tree)
    shots = [part for old in edit.shots for part in ((first, second) if old.id == shot_id else (old,))]
    grades = [
        part
        for old in record.grades
        for part in ((old, replace(old, shot=second.id)) if old.shot == shot_id else (old,))
    ]
    scenes = [_with_part(scene, shot_id, second.id) for scene in record.scenes]
    return _forgetting(
        replace(record, edit=replace(edit, shots=_ordered(shots)), grades=tuple(grades), scenes=tuple(scenes)),
        {shot_id},
    )


def join_shots(record: GradedTimeline, first_id: str, second_id: str) -> GradedTimeline:
    """Join two shots of a finished movie that follow each other; the grade and the wishes are those of the first.

    Raises ``ValueError``, for people.
    """
    shots, first = _movie_with(record.edit, first_id)
    position = shots.index(first) + 1
    if position == len(shots) or shots[position].id != second_id:
        raise ValueError(f"{second_id!r} does not follow {first_id} in one movie")
    second = shots[position]
    tree = copy.deepcopy(record.edit.otio)
    track = clip_at(tree, first.where[:-1])["children"]
    begin, end = first.where[-1], second.where[-1]
    between = [track[index].get("OTIO_SCHEMA", "") for index in range(begin + 1, end)]
    if not all(schema.startswith("Transition") for schema in between):
        raise ValueError(f"something lies between {first_id} and {second_id} in the edit")
    _lengthen(track[begin], track[end])
    del track[begin + 1 : end + 1]
    gone = {(*first.where[:-1], index) for index in range(begin + 1, end)}
    joined = replace(
        first,
        source=replace(first.source, count=first.source.count + second.source.count),
        record=replace(first.record, count=first.record.count + second.record.count),
        shared=(first.shared[0], second.shared[1]),
        seconds=(first.seconds[0], second.seconds[1]) if first.seconds and second.seconds else None,
    )
    edit = replace(record.edit, joins=tuple(join for join in record.edit.joins if join.where not in gone))
    edit = replace(edit, shots=tuple(joined if shot.id == first_id else shot for shot in edit.shots if shot != second))
    edit = replace(_shifted(edit, second.where, begin - end), otio=tree)
    scenes = [replace(s, shots=tuple(shot for shot in s.shots if shot != second_id)) for s in record.scenes]
    grades = [grade for grade in record.grades if grade.shot != second_id]
    return _forgetting(
        replace(record, edit=edit, scenes=tuple(scene for scene in scenes if scene.shots), grades=tuple(grades)),
        {first_id, second_id},
    )


def _movie_with(edit: Edit, shot_id: str) -> tuple[tuple[Shot, ...], Shot]:
    """Return the shots of the movie that holds a shot, and the shot. Raises ``ValueError``."""
    for shots in movies_of(edit):
        for shot in shots:
            if shot.id == shot_id:
                return shots, shot
    raise ValueError(f"{shot_id} is no shot of a finished movie: change the cut in an editor, then `otiograde carry`")


def _seen_at(shot: Shot, frame: int, track: list[Item]) -> int:
    """Return how many frames of the edit a shot lasts up to a media frame.

    The edit rounds places and not lengths, so the exact place of the shot in its track counts.
    """
    clips = [item for item in track[: shot.where[-1]] if not item.get("OTIO_SCHEMA", "").startswith("Transition")]
    try:
        before = sum((seconds(item["source_range"]["duration"])[0] for item in clips), Fraction(0))
    except (KeyError, TypeError):
        before = shot.record.start / shot.record.rate
    rate = shot.record.rate
    seen = nearest((before + (frame - shot.source.start) / shot.source.rate) * rate) - nearest(before * rate)
    return min(max(seen, 1), shot.record.count - 1)


def _parts(shot: Shot, frame: int, seen: int, named: tuple[str, str]) -> tuple[Shot, Shot]:
    """Return both parts of a shot; the first lasts ``seen`` frames of the edit, the second has the id and name."""
    count = frame - shot.source.start
    first = replace(
        shot,
        source=replace(shot.source, count=count),
        record=replace(shot.record, count=seen),
        shared=(shot.shared[0], 0),
    )
    second = replace(
        shot,
        id=named[0],
        name=named[1],
        source=FrameRange(frame, shot.source.end - frame, shot.source.rate),
        record=FrameRange(shot.record.start + seen, shot.record.count - seen, shot.record.rate),
        shared=(0, shot.shared[1]),
        where=(*shot.where[:-1], shot.where[-1] + 1),
        wishes=replace(shot.wishes, hero=False),
    )
    return first, second


def _without_wishes(clip: Item) -> Item:
    """Return a clip's metadata without what otiograde reads: the wishes are written there when the edit is saved."""
    return {name: value for name, value in (clip.get("metadata") or {}).items() if name != "otiograde"}


def _trim(clip: Item, start: Fraction | int, end: Fraction | None) -> None:
    """Keep the seconds from ``start`` to ``end`` of a clip, counted from where it starts. Raises ``ValueError``."""
    part = clip.get("source_range") or {}
    if not part:
        raise ValueError(f"the clip {clip.get('name')!r} states no source range: cut it in an editor")
    begin, length = part["start_time"], part["duration"]
    whole = length["value"] if end is None else float(Fraction(end) * Fraction(length["rate"]))
    begin["value"] += round(float(Fraction(start) * Fraction(begin["rate"])))
    length["value"] = round(whole) - round(float(Fraction(start) * Fraction(length["rate"])))


def _lengthen(clip: Item, by: Item) -> None:
    """Lengthen a clip by the length of another. Raises ``ValueError``."""
    parts = [item.get("source_range") or {} for item in (clip, by)]
    if not all(parts):
        raise ValueError(
            f"the clip {clip.get('name')!r} or its neighbor states no source range: join them in an editor"
        )
    first, second = (part["duration"] for part in parts)
    first["value"] += second["value"] * first["rate"] / second["rate"]


def _shifted(edit: Edit, after: tuple[int, ...], by: int) -> Edit:
    """Return the edit with the places moved of all that lies behind ``after`` in its track."""
    depth = len(after) - 1

    def moved(item: _Placed) -> _Placed:
        where = item.where
        if where[:depth] != after[:depth] or len(where) <= depth or where[depth] <= after[depth]:
            return item
        placed: _Placed = replace(item, where=(*where[:depth], where[depth] + by, *where[depth + 1 :]))
        return placed

    return replace(
        edit,
        shots=tuple(map(moved, edit.shots)),
        joins=tuple(map(moved, edit.joins)),
        sounds=tuple(map(moved, edit.sounds)),
        patterns=tuple(map(moved, edit.patterns)),
    )


def _ordered(shots: list[Shot]) -> tuple[Shot, ...]:
    return tuple(sorted(shots, key=lambda shot: (shot.record.start, shot.track)))


def _with_part(scene: Scene, shot_id: str, part: str) -> Scene:
    """Return the scene with a shot's second part behind it."""
    if shot_id not in scene.shots:
        return scene
    shots = [name for shot in scene.shots for name in ((shot, part) if shot == shot_id else (shot,))]
    locked = (*scene.locked, part) if shot_id in scene.locked else scene.locked
    return replace(scene, shots=tuple(shots), locked=locked)


def _forgetting(record: GradedTimeline, shots: set[str]) -> GradedTimeline:
    """Return the record without what was measured on ``shots`` before they were cut, or names one that is gone."""
    there = {shot.id for shot in record.edit.shots}
    subjects = there | {scene.id for scene in record.scenes}

    def lasting(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
        return tuple(reason for reason in reasons if not reason.shot or reason.shot in there)

    def cut(grade: Grade) -> tuple[Reason, ...]:
        return (Reason("wish", "cut by hand"),) if grade.shot in shots else ()

    return replace(
        record,
        scenes=tuple(replace(scene, reasons=lasting(scene.reasons)) for scene in record.scenes),
        grades=tuple(replace(grade, reasons=(*lasting(grade.reasons), *cut(grade))) for grade in record.grades),
        evidence=tuple(link for link in record.evidence if not shots & {link.a, link.b}),
        findings=tuple(f for f in record.findings if f.shot not in shots and f.shot in subjects),
    )
