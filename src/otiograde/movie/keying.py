"""Keying: a grade that changes inside a shot, rendered as the shot dissolving with itself.

The LUTs of the keys stand in two rows, alternating. Each row holds, for each frame, the LUT of one key; a mask mixes
the two pictures with the share that the frame has between its keys. So the mixture is exact, whatever the LUTs are.
FFmpeg can change the file of a running ``lut3d`` in no version: ``sendcmd`` is answered with an error and ignored.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from otiograde.movie.layers import ShotLayer, Stretch, cut_out, layers_of_shots
from otiograde.movie.timing import Passage, passage_of
from otiograde.record.course import Course
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot

#: Most keys, and most weights, in one stretch: its command must fit a line of a batch file.
MOST_KEYS, MOST_WEIGHTS = 8, 120

#: Most keys and weights where the media's rate varies: their stretches cannot be divided.
MOST_UNDIVIDED = 200

#: White in 16 bits.
WHITE = 65535


@dataclass(frozen=True, slots=True)
class Turn:
    """The frames [first, end) of a stretch in which a row needs the LUT of one key; the last turn has no end."""

    #: Media frame of the key.
    key: int
    first: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the LUTs of a shot's keys are mixed over one stretch."""

    #: The lower picture and, unless one LUT at a time is enough, the picture over it.
    rows: tuple[tuple[Turn, ...], ...]
    #: The level of the mask, 0 to 65535, as an expression of the frame's number N.
    level: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """Consecutive frames that need the same keys."""

    first: int
    #: The frame after the last one.
    end: int
    #: The keys on the left and on the right, by their number; the same where one is enough.
    left: int
    right: int


def mixture(course: Course, passage: Passage) -> Mixture:
    """Return how the LUTs of a course are mixed for the media frames that pass."""
    pieces = list(_pieces(course, passage))
    order = list(dict.fromkeys(key for piece in pieces for key in _in_order(piece, passage)))
    if all(piece.left == piece.right for piece in pieces):
        return Mixture((_turns(order, pieces, course),), "")
    rows = tuple(_turns(order[side::2], pieces, course) for side in (0, 1))
    over = set(order[1::2])
    levels = [(piece.end, _level(course, passage, piece, over)) for piece in pieces]
    return Mixture(rows, _chosen(levels))


def _in_order(piece: _Piece, passage: Passage) -> tuple[int, int]:
    return (piece.left, piece.right) if passage.step > 0 else (piece.right, piece.left)


def _pieces(course: Course, passage: Passage) -> Iterator[_Piece]:
    """Divide the frames that pass at the keys. Two keys with one transform count as the first of them."""
    frames = [key.frame for key in course.keys]
    same = list(range(len(frames)))
    for number in range(1, len(frames)):
        if course.keys[number].transform == course.keys[number - 1].transform:
            same[number] = same[number - 1]
    if course.weights:
        yield _Piece(0, passage.count, 0, same[1])
        return
    first = 0
    while first < passage.count:
        number = bisect_right(frames, passage.frame(first))
        end = _end_of(frames, number, passage, first)
        left, right = max(number - 1, 0), min(number, len(frames) - 1)
        if frames[left] == passage.frame(first) == passage.frame(end - 1):
            right = left  # the key itself
        yield _Piece(first, end, same[left], same[right])
        first = end


def _end_of(frames: Sequence[int], number: int, passage: Passage, first: int) -> int:
    """Return the first frame that lies between other keys than the frame ``first``, before key ``number``."""

    def differs(n: int) -> bool:
        return bisect_right(frames, passage.frame(n)) != number

    return bisect_left(range(passage.count), True, lo=first, key=differs)


def _turns(keys: Iterable[int], pieces: Sequence[_Piece], course: Course) -> tuple[Turn, ...]:
    """Return when a row needs each of its keys."""
    turns: list[Turn] = []
    for key in keys:
        needed = [piece for piece in pieces if key in (piece.left, piece.right)]
        turns.append(Turn(course.keys[key].frame, needed[0].first, needed[-1].end))
    last = turns.pop()
    return (*turns, Turn(last.key, last.first, None))


def _level(course: Course, passage: Passage, piece: _Piece, over: set[int]) -> str:
    """Return the level of the mask over the frames of a piece, as an expression of N.

    The keys in ``over`` belong to the picture over the other one.
    """
    if piece.left == piece.right:
        return str(WHITE if piece.left in over else 0)
    if course.weights:
        return _table(course, passage, rising=piece.right in over)
    left, share = course.at(passage.frame(piece.first))
    begin, end = course.keys[left].frame, course.keys[left + 1].frame
    rising = piece.right in over
    if passage.frame(piece.first) == passage.frame(piece.end - 1):
        return str(round(WHITE * (share if rising else 1 - share)))
    sign = passage.step if rising else -passage.step
    offset = passage.first - begin if rising else end - passage.first
    steps = _steps(passage, piece.end - 1)
    return f"{WHITE}*({steps if sign > 0 else f'-{steps}'}+({offset}))/{end - begin}+0.5"


def _steps(passage: Passage, last: int) -> str:
    """Return how far frame N is from the first one, in media frames, as an expression that holds up to ``last``."""
    number = f"(N+{passage.offset})" if passage.offset else "N"
    pace = passage.pace
    steps = number if pace == 1 else f"floor({number}*{pace.numerator}/{pace.denominator})"
    most = passage.longest - passage.first if passage.step > 0 else passage.first
    is_held = math.floor((last + passage.offset) * pace) > most
    return f"min({steps}\\,{most})" if is_held else steps


def _table(course: Course, passage: Passage, *, rising: bool) -> str:
    """Return the levels of single frames. Before and after the weights, the nearest one holds."""
    frames = [course.keys[0].frame, course.keys[0].frame + len(course.weights) - 1]
    ends = sorted(_reached(passage, frame) for frame in frames)
    first, last = max(ends[0] - 1, 0), min(ends[1] + 1, passage.count)
    levels: list[tuple[int, str]] = []
    for n in range(first, max(last, first + 1)):
        share = course.at(passage.frame(n))[1]
        level = str(round(WHITE * (share if rising else 1 - share)))
        if levels and levels[-1][1] == level:
            levels.pop()
        levels.append((n + 1, level))
    return _chosen(levels)


def _reached(passage: Passage, frame: int) -> int:
    """Return the first n at which the media frame is reached or passed; the count if none is."""
    if passage.step > 0:
        return bisect_left(range(passage.count), True, key=lambda n: passage.frame(n) >= frame)
    return bisect_left(range(passage.count), True, key=lambda n: passage.frame(n) <= frame)


def _chosen(levels: Sequence[tuple[int, str]]) -> str:
    """Return an expression that has each level up to its end, by halving."""
    if len(levels) == 1:
        return levels[0][1]
    half = len(levels) // 2
    end = levels[half - 1][0]
    return f"if(lt(N\\,{end})\\,{_chosen(levels[:half])}\\,{_chosen(levels[half:])})"


def courses_of(record: GradedTimeline) -> tuple[dict[str, Course], list[str]]:
    """Return the courses of a record that can be rendered, by their shots, and a line for each one that cannot.

    Their keys hold the whole grades.
    """
    courses, notes = {}, []
    for shot, grade in zip(record.edit.shots, record.grades, strict=True):
        course = grade.whole_course
        if course is not None and (why := _unrendered(shot, course)):
            notes.append(f"{shot.id}: the grade at one frame is used, {why}")
        elif course is not None:
            courses[shot.id] = course
    return courses, notes


def _unrendered(shot: Shot, course: Course) -> str:
    """Say why a course cannot be rendered; empty if it can."""
    if not _is_counted(shot) or len(course.keys) + len(course.weights) <= MOST_UNDIVIDED:
        return ""
    what = f"{len(course.weights)} frames of flicker" if course.weights else f"{len(course.keys)} keys"
    return f"as the rate varies and there are {what}, more than {MOST_UNDIVIDED}"


def divided(stretches: Iterable[Stretch], courses: Mapping[str, Course], rate: Fraction) -> tuple[Stretch, ...]:
    """Divide the stretches of an edit so that each has few keys. Media of variable rate are not divided."""
    parts: list[Stretch] = []
    for stretch in stretches:
        edges = {stretch.start, stretch.end}
        for layer in layers_of_shots(stretch.layers):
            if (course := courses.get(layer.shot.id)) and not _is_counted(layer.shot):
                edges.update(_edges(layer, stretch, course, rate))
        if len(edges) == 2:
            parts.append(stretch)
            continue
        for start, end in pairwise(sorted(edges)):
            parts += cut_out((stretch,), start, end)
    return tuple(parts)


def _is_counted(shot: Shot) -> bool:
    """Whether the frames of a shot's media are counted from its first one, as their times say no number."""
    return shot.media.variable_rate and shot.media.start is not None


def _edges(layer: ShotLayer, stretch: Stretch, course: Course, rate: Fraction) -> Iterator[int]:
    """Yield the frames of the edit, in a stretch, at which the commands of a shot would become too long."""
    frames: Sequence[int] = [key.frame for key in course.keys][MOST_KEYS::MOST_KEYS]
    if course.weights:
        first = course.keys[0].frame
        frames = range(first, first + len(course.weights) + MOST_WEIGHTS, MOST_WEIGHTS)
    moving = passage_of(layer.shot, rate)
    passage = Passage(moving.first, moving.step, layer.first, moving.pace, stretch.count, moving.longest)
    low, high = sorted((passage.frame(0), passage.frame(stretch.count - 1)))
    for frame in frames[bisect_left(frames, low) : bisect_right(frames, high)]:
        n = _reached(passage, frame)
        if 0 < n < stretch.count:
            yield stretch.start + n
