"""Keyed lanes: shots whose grade changes, split where projects of other programs can only hold one LUT a clip.

Each piece has the LUT of one key, and dissolves into the next over the frames between the two keys: what the movie
shows, in plain clips. Inside a dissolve with another shot the grade of its inner end is held, as clips dissolve with
one other at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from otiograde.movie.cut import NO_DISSOLVE, Dissolve
from otiograde.movie.lanes import Lane, PlacedShot
from otiograde.movie.timing import Passage, passage_of
from otiograde.record.course import Course

#: Most keys of a shot that becomes clips in an editing program, and in MLT, whose clips nobody edits one by one.
FEW, MANY = 12, 200

#: A frame of the edit, and the media frame whose grade holds there.
_Point: TypeAlias = tuple[int, int]


def split(lanes: Iterable[Lane], rate: Fraction, most: int = FEW) -> list[Lane]:
    """Split the shots of an edit at ``rate`` whose grade changes, into at most ``most`` pieces each.

    Where that is not possible, a shot keeps the LUT of its reference frame, and a note says so.
    """
    parts = ((lane, (piece for placed in lane.shots for piece in pieces(placed, rate, most))) for lane in lanes)
    return [replace(lane, shots=list(shots)) for lane, shots in parts]


def split_notes(lanes: Iterable[Lane], rate: Fraction, most: int = FEW) -> list[str]:
    """Return a line for each shot that keeps one LUT though its grade changes."""
    placed = (piece for lane in split(lanes, rate, most) for piece in lane.shots)
    return [f"{piece.shot.id}: {piece.note}" for piece in placed if piece.note]


def keyed_frames(lanes: Iterable[Lane], rate: Fraction) -> dict[str, set[int]]:
    """Return the media frames, by shot, whose LUTs the pieces of shots need."""
    frames: dict[str, set[int]] = {}
    for piece in (piece for lane in split(lanes, rate, MANY) for piece in lane.shots):
        if piece.key is not None:
            frames.setdefault(piece.shot.id, set()).add(piece.key)
    return frames


def pieces(placed: PlacedShot, rate: Fraction, most: int = FEW) -> list[PlacedShot]:
    """Split one shot; without a course it stays as it is."""
    course = placed.grade.whole_course
    if course is None:
        return [placed]
    why = _unsplit(placed, course)
    points = [] if why else _points(placed, course, rate)
    if len(points) > most:
        why = f"{len(points)} keys are more than {most}"
    if why:
        return [replace(placed, note=f"{course.note} ({why})")]
    return list(_clips(placed, points, course))


def _unsplit(placed: PlacedShot, course: Course) -> str:
    """Say why a shot cannot be split; empty if it can."""
    if course.weights:
        return "flicker has no keys"
    if placed.shot.media.variable_rate:
        return "the rate of its media varies"
    first, end = placed.body
    return "" if first < end else "dissolves cover it"


def _points(placed: PlacedShot, course: Course, rate: Fraction) -> list[_Point]:
    """Return the keys that a shot passes in the frames outside its dissolves, in their order in the edit."""
    first, end = placed.body
    moving = passage_of(placed.shot, rate)
    offset = first - placed.shot.record.start
    passage = Passage(moving.first, moving.step, offset, moving.pace, end - first, moving.longest)
    frames = [key.frame for key in course.keys]
    low, high = sorted((passage.frame(0), passage.frame(passage.count - 1)))
    shown = [frame for frame in frames if low < frame < high]
    ends = [min(max(frame, frames[0]), frames[-1]) for frame in (low, high)]
    shown = sorted({*shown, *ends}, reverse=passage.step < 0)
    points: list[_Point] = []
    for frame in shown:
        at = first + min(_reached(passage, frame), passage.count - 1)
        if points and points[-1][0] == at:  # both are passed in one frame of the edit, where a step stays a cut
            _, passed = points.pop()
            points += [(at - 1, passed)] if at > first and (not points or points[-1][0] < at - 1) else []
        points.append((at, frame))
    return points


def _reached(passage: Passage, frame: int) -> int:
    def has_passed(n: int) -> bool:
        return (passage.frame(n) - frame) * passage.step >= 0

    return bisect_left(range(passage.count), True, key=has_passed)


def _clips(placed: PlacedShot, points: Sequence[_Point], course: Course) -> Iterator[PlacedShot]:
    """Yield a clip for each key. It dissolves into the next from key to key, with the cut in the middle.

    A step is a cut: two keys in adjacent frames.
    """
    piece = replace(placed, key=points[0][1])
    for (at, frame), (then, other) in pairwise(points):
        if _alike(course, frame, other):
            continue
        half = (then - at) // 2
        is_cut, cut = half == 0, at + half if half else then
        dissolve = NO_DISSOLVE if is_cut else Dissolve((), cut, half, then - cut)
        yield replace(piece, end=cut, dissolve_out=dissolve, to_nothing=is_cut)
        piece = replace(placed, start=cut, key=other, dissolve_in=dissolve, from_nothing=is_cut)
    yield piece


def _alike(course: Course, frame: int, other: int) -> bool:
    """Whether two frames have the same grade, so that nothing changes between them."""
    (left, share), (right, over) = course.at(frame), course.at(other)
    if share or over:
        return False
    between = course.keys[left : right + 1] if left <= right else course.keys[right : left + 1]
    return all(key.transform == between[0].transform for key in between)
