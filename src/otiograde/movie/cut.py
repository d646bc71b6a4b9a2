"""Cut: how long an edit and its dissolves are, decided once for the movie and for the projects of editing programs.

Everything is counted in frames of the edit, from record ranges that were rounded once from the edit's time: no length
is ever added up, so nothing can drift. The movie shows the cut as stacks (``layers``), a project as lanes (``lanes``).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from otiograde.record.edit import Edit, Join, Pattern
from otiograde.record.shot import FrameRange, Shot

DISSOLVES = frozenset({"SMPTE_Dissolve", "dissolve"})

#: More frames than any edit has: how far a held picture goes on, and a track behind its last picture.
_ENDLESS = 1 << 30

#: The path of child indices from an edit's top stack to something in it.
Where: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A transition as long as it is shown, over ``before`` frames before the frame ``cut`` and ``after`` after it.

    ``where`` is the place of its join.
    """

    where: Where = ()
    cut: int = 0
    before: int = 0
    after: int = 0

    @property
    def start(self) -> int:
        """Its first frame."""
        return self.cut - self.before

    @property
    def end(self) -> int:
        """The frame after its last one."""
        return self.cut + self.after

    @property
    def length(self) -> int:
        """Its frames."""
        return self.before + self.after


#: No dissolve.
NONE = Dissolve()


@dataclass(frozen=True, slots=True)
class Cut:
    """An edit of ``length`` frames, with its ``dissolves`` in the tree's order.

    ``notes`` says, a line each, which transitions are shown otherwise than the edit asks.
    """

    edit: Edit
    length: int
    dissolves: tuple[Dissolve, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, edit: Edit) -> Cut:
        """Lay an edit out."""
        ends = (picture.record.end for picture in _pictures(edit))
        dissolves, notes = [], []
        fitting = _Fitting(edit)
        for join in sorted(edit.joins, key=lambda join: join.where):
            if join.sound or join.before + join.after < 1:
                continue
            if join.kind not in DISSOLVES:
                notes.append(f"{join.kind} at frame {join.cut} is rendered as a dissolve")
            dissolve, why = fitting.fit(join)
            if why:
                short = f"{dissolve.length} frames instead of {join.before + join.after}"
                notes.append(f"dissolve at frame {join.cut}: {short if dissolve.length else 'a cut'}, {why}")
            if dissolve.length:
                dissolves.append(dissolve)
        return cls(edit, max((edit.length, *ends)), tuple(dissolves), tuple(notes))


def sides_of(where: Where) -> tuple[Where, Where]:
    """Give the places of a join's two neighbors."""
    return (*where[:-1], where[-1] - 1), (*where[:-1], where[-1] + 1)


def pace_of(shot: Shot, rate: Fraction) -> Fraction:
    """Media frames for each frame of an edit at ``rate``."""
    return abs(shot.speed) * shot.media.rate / rate


def handles(shot: Shot, rate: Fraction) -> tuple[int, int]:
    """Frames of an edit at ``rate`` that a shot's media goes on before and after what the edit shows; at least 0.

    Frame j of a shot shows media frame ``source.start + floor(j * pace)``, in reverse ``source.end - 1 - floor(j *
    pace)``. So the frames of the media from the first one shown on last ``ceil(frames / pace)`` frames of the edit.
    """
    media, source = shot.media, shot.source
    if media.kind == "still" or shot.speed == 0:
        return _ENDLESS, _ENDLESS
    pace = pace_of(shot, rate)
    earlier, later = source.start, media.frames - source.start
    if shot.speed < 0:
        earlier, later = media.frames - source.end, source.end
    return max(math.floor(earlier / pace), 0), max(math.ceil(later / pace) - shot.record.count, 0)


def nests_of(edit: Edit) -> set[Where]:
    """Give the places of the stacks and tracks that hold pictures."""
    return {picture.where[:depth] for picture in _pictures(edit) for depth in range(1, len(picture.where))}


def _pictures(edit: Edit) -> list[Shot | Pattern]:
    """Give what is seen in an edit, in the tree's order."""
    pictures: list[Shot | Pattern] = [*edit.shots, *edit.patterns]
    return sorted(pictures, key=lambda picture: picture.where)


class _Fitting:
    """Fits the transitions of an edit, in the tree's order, to what lies beside them."""

    def __init__(self, edit: Edit) -> None:
        self._rate = edit.rate
        self._shots = {shot.where: shot for shot in edit.shots}
        self._nests = nests_of(edit)
        self._tracks = {join.where[:-1]: _Track() for join in edit.joins if not join.sound}
        for picture in _pictures(edit):
            for depth, index in enumerate(picture.where):
                if track := self._tracks.get(picture.where[:depth]):
                    track.add(index, picture.record)

    def fit(self, join: Join) -> tuple[Dissolve, str]:
        """Shorten a transition to its neighbors' handles and to the room that its track has for it.

        Two dissolves of a track never overlap: the later one is shortened. None reaches over a gap. The text says why
        it was shortened; it is empty where it was not.
        """
        left, right = sides_of(join.where)
        track = self._tracks[join.where[:-1]]
        before, after = min(join.before, self._handle(right, 0)), min(join.after, self._handle(left, 1))
        why = "the media beside it has no longer handles" if before + after < join.before + join.after else ""
        room = max(join.cut - track.begin(left[-1]), 0), max(track.end(right[-1]) - join.cut, 0)
        if before > room[0] or after > room[1]:
            why = why or "there is no more room beside it"
        dissolve = Dissolve(join.where, join.cut, min(before, room[0]), min(after, room[1]))
        if dissolve.length:
            track.taken = dissolve.end
        return dissolve, why

    def _handle(self, where: Where, side: int) -> int:
        """Frames that a neighbor goes on before it begins (``side`` 0) or after it ends. A nest has none."""
        if where in self._nests:
            return 0
        shot = self._shots.get(where)
        return _ENDLESS if shot is None else handles(shot, self._rate)[side]


class _Track:
    """What a track shows: the child ``indices`` of pictures in order and their ``ranges``, as (first, end) frames."""

    def __init__(self) -> None:
        self.taken = 0  # the end of the last dissolve
        self._indices: list[int] = []
        self._ranges: list[tuple[int, int]] = []

    def add(self, index: int, record: FrameRange) -> None:
        """Add a picture in the child at an index, not lower than the last one."""
        first, end = record.start, record.end
        if self._indices and self._indices[-1] == index:
            known = self._ranges.pop()
            first, end = min(first, known[0]), max(end, known[1])
        else:
            self._indices.append(index)
        self._ranges.append((first, end))

    def begin(self, index: int) -> int:
        """The first free frame of a child; of one that shows nothing, that after the picture before it."""
        place = bisect_right(self._indices, index) - 1
        if place < 0:
            return self.taken
        first, end = self._ranges[place]
        return max(first if self._indices[place] == index else end, self.taken)

    def end(self, index: int) -> int:
        """The frame after a child; of one that shows nothing, the first of the picture after it."""
        place = bisect_left(self._indices, index)
        if place == len(self._indices):
            return _ENDLESS
        first, end = self._ranges[place]
        return end if self._indices[place] == index else first
