"""Cut: the lengths of an edit and its dissolves, calculated once for the movie and for every project file.

Positions are frames of the edit. They come from record ranges, which are rounded once from the edit's time. Lengths are
never summed, so no rounding error grows. ``layers`` turns the cut into stacks, ``lanes`` into tracks of a project.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from otiograde.record.edit import Edit, Join, Pattern
from otiograde.record.shot import FrameRange, Shot

#: The names that editing programs give to a dissolve.
DISSOLVES = frozenset({"SMPTE_Dissolve", "dissolve"})

#: More frames than any edit has: the handle of a held picture, and the room behind the last picture of a track.
_ENDLESS = 1 << 30

#: The path of child indices from an edit's top stack to something in it.
ItemPath: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A transition with the length that is shown, which may be less than the edit asks for."""

    #: The path of its transition in the edit.
    where: ItemPath = ()
    #: The first frame of the edit after the cut.
    cut: int = 0
    #: Frames before the cut.
    before: int = 0
    #: Frames from the cut on.
    after: int = 0

    @property
    def start(self) -> int:
        """The first frame."""
        return self.cut - self.before

    @property
    def end(self) -> int:
        """The frame after the last one."""
        return self.cut + self.after

    @property
    def length(self) -> int:
        """The number of frames."""
        return self.before + self.after


#: A dissolve of length 0: a plain cut.
NO_DISSOLVE = Dissolve()


@dataclass(frozen=True, slots=True)
class Cut:
    """An edit with its length and its dissolves."""

    edit: Edit
    #: Frames of the whole edit.
    length: int
    #: In the order of the edit's tree.
    dissolves: tuple[Dissolve, ...]
    #: One line for each transition that is not shown as the edit asks.
    notes: tuple[str, ...]

    @classmethod
    def of(cls, edit: Edit) -> Cut:
        """Lay out an edit."""
        ends = (picture.record.end for picture in _pictures(edit))
        dissolves, notes = [], []
        fitter = _DissolveFitter(edit)
        for join in sorted(edit.joins, key=lambda join: join.where):
            if join.sound or join.before + join.after < 1:
                continue
            if join.kind not in DISSOLVES:
                notes.append(f"{join.kind} at frame {join.cut} is rendered as a dissolve")
            dissolve, why = fitter.fit(join)
            if why:
                short = f"{dissolve.length} frames instead of {join.before + join.after}"
                notes.append(f"dissolve at frame {join.cut}: {short if dissolve.length else 'a cut'}, {why}")
            if dissolve.length:
                dissolves.append(dissolve)
        return cls(edit, max((edit.length, *ends)), tuple(dissolves), tuple(notes))


def neighbors_of(where: ItemPath) -> tuple[ItemPath, ItemPath]:
    """Return the paths of the items before and after a transition."""
    return (*where[:-1], where[-1] - 1), (*where[:-1], where[-1] + 1)


def pace_of(shot: Shot, rate: Fraction) -> Fraction:
    """Return the number of media frames that pass in one frame of an edit at ``rate``."""
    return abs(shot.speed) * shot.media.rate / rate


def handles(shot: Shot, rate: Fraction) -> tuple[int, int]:
    """Return a shot's handles before and after its record range, in frames of an edit at ``rate``; at least 0.

    Frame j of a shot shows media frame ``source.start + floor(j * pace)``, in reverse ``source.end - 1 - floor(j *
    pace)``. So n media frames, from the first one shown on, last ``ceil(n / pace)`` frames of the edit.
    """
    media, source = shot.media, shot.source
    if media.kind == "still" or shot.speed == 0:
        return _ENDLESS, _ENDLESS
    pace = pace_of(shot, rate)
    earlier, later = source.start, media.frames - source.start
    if shot.speed < 0:
        earlier, later = media.frames - source.end, source.end
    return max(math.floor(earlier / pace), 0), max(math.ceil(later / pace) - shot.record.count, 0)


def nest_paths(edit: Edit) -> set[ItemPath]:
    """Return the paths of the stacks and tracks that contain pictures."""
    return {picture.where[:depth] for picture in _pictures(edit) for depth in range(1, len(picture.where))}


def _pictures(edit: Edit) -> list[Shot | Pattern]:
    """Return the shots and patterns of an edit in the order of its tree."""
    pictures: list[Shot | Pattern] = [*edit.shots, *edit.patterns]
    return sorted(pictures, key=lambda picture: picture.where)


class _DissolveFitter:
    """Limits each transition of an edit to the handles and the room beside it. Call ``fit`` in the tree's order."""

    def __init__(self, edit: Edit) -> None:
        self._rate = edit.rate
        self._shots = {shot.where: shot for shot in edit.shots}
        self._nests = nest_paths(edit)
        self._tracks = {join.where[:-1]: _Track() for join in edit.joins if not join.sound}
        for picture in _pictures(edit):
            for depth, index in enumerate(picture.where):
                if track := self._tracks.get(picture.where[:depth]):
                    track.add(index, picture.record)

    def fit(self, join: Join) -> tuple[Dissolve, str]:
        """Shorten a transition to its neighbors' handles and to the free frames of its track.

        Dissolves of a track never overlap: the later one is shortened. No dissolve crosses a gap. Returns the dissolve
        and the reason why it was shortened, empty if it was not.
        """
        left, right = neighbors_of(join.where)
        track = self._tracks[join.where[:-1]]
        before, after = min(join.before, self._handle(right, 0)), min(join.after, self._handle(left, 1))
        why = "the media beside it has no longer handles" if before + after < join.before + join.after else ""
        room = max(join.cut - track.begin(left[-1]), 0), max(track.end(right[-1]) - join.cut, 0)
        if before > room[0] or after > room[1]:
            why = why or "there is no more room beside it"
        dissolve = Dissolve(join.where, join.cut, min(before, room[0]), min(after, room[1]))
        if dissolve.length:
            track.dissolved_to = dissolve.end
        return dissolve, why

    def _handle(self, where: ItemPath, side: int) -> int:
        """Return the handle of a neighbor before its start (``side`` 0) or after its end (1). A nest has none."""
        if where in self._nests:
            return 0
        shot = self._shots.get(where)
        return _ENDLESS if shot is None else handles(shot, self._rate)[side]


class _Track:
    """The pictures of a track: their child indices in rising order, and the frames [first, end) of each child."""

    def __init__(self) -> None:
        self.dissolved_to = 0  # the end of the last dissolve
        self._indices: list[int] = []
        self._ranges: list[tuple[int, int]] = []

    def add(self, index: int, record: FrameRange) -> None:
        """Add a picture of the child at ``index``, which is not lower than the last one."""
        first, end = record.start, record.end
        if self._indices and self._indices[-1] == index:
            previous = self._ranges.pop()
            first, end = min(first, previous[0]), max(end, previous[1])
        else:
            self._indices.append(index)
        self._ranges.append((first, end))

    def begin(self, index: int) -> int:
        """Return the first free frame of a child; for one without pictures, the end of the picture before it."""
        position = bisect_right(self._indices, index) - 1
        if position < 0:
            return self.dissolved_to
        first, end = self._ranges[position]
        return max(first if self._indices[position] == index else end, self.dissolved_to)

    def end(self, index: int) -> int:
        """Return the end of a child; for one without pictures, the first frame of the picture after it."""
        position = bisect_left(self._indices, index)
        if position == len(self._indices):
            return _ENDLESS
        first, end = self._ranges[position]
        return end if self._indices[position] == index else first
