"""A look that changes: the grade of a reference clip, recovered from time to time, and applied at the same times.

Between two times the results are mixed, so each frame lies between two healthy LUTs. What two frames of the clip show
differs as well as their grade: the keys are smoothed, and the look changes slowly but at cuts of the clip.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cubic import Cubic
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Colors, Identity, Transform
from otiograde.decide.look.recovered import Recovered
from otiograde.record.course import Course, Key
from otiograde.record.grade import Grade
from otiograde.record.shot import Shot

Float64: TypeAlias = NDArray[np.float64]

#: The fastest change of a look where the clip has no cut, in ΔE00 a second.
PACE = 1.0

#: Nodes on a side of the lattice of colors that looks are compared on.
COMPARED = 7


@dataclass(frozen=True, slots=True)
class LookKey:
    """The grade of the clip at one time."""

    #: Seconds after the clip's first frame.
    seconds: float
    grade: Cubic


@dataclass(frozen=True, slots=True)
class ChangingLook:
    """The grade of a clip over time."""

    #: The keys between two cuts of the clip, and the time at which each such run begins. The first begins at 0.
    runs: tuple[tuple[float, tuple[LookKey, ...]], ...]
    #: The look of all keys together: its strength, its guard, and the name of the clip.
    whole: Recovered

    @property
    def words(self) -> str:
        """Where the look comes from, for people."""
        count = sum(len(keys) for _, keys in self.runs)
        name = self.whole.names[0] if self.whole.names else "a clip"
        return f"grade of {name} over time, recovered at {count} of its frames (±{self.whole.error:.0f} ΔE00)"

    def __call__(self, colors: Colors) -> Transform:
        """Return the transform for a scene where no time is known: the mean of all keys."""
        return self.whole(colors)

    def at(self, seconds: float, colors: Colors) -> Transform:
        """Return the guarded transform for a scene of these colors, at this time of the clip."""
        return replace(self.whole, grade=Cubic(self._coefficients(seconds).tolist()))(colors)

    def _coefficients(self, seconds: float) -> Float64:
        """Return the coefficients at a time: mixed between two keys, held before the first and after the last."""
        number = max(bisect_right([begin for begin, _ in self.runs], seconds) - 1, 0)
        keys = self.runs[number][1]
        right = bisect_right([key.seconds for key in keys], seconds)
        if right in (0, len(keys)):
            return np.array(keys[min(right, len(keys) - 1)].grade.coefficients)
        before, after = keys[right - 1], keys[right]
        share = (seconds - before.seconds) / (after.seconds - before.seconds)
        first, second = (np.array(key.grade.coefficients) for key in (before, after))
        return np.asarray(first + share * (second - first))

    def frames(self, shot: Shot, begin: Fraction) -> tuple[int, ...]:
        """Return the media frames of a shot, which begins ``begin`` seconds after the clip, that need a key each."""
        last = begin + Fraction(shot.record.count - 1) / shot.record.rate
        inside = [key.seconds for _, keys in self.runs for key in keys if begin < key.seconds < last]
        frames = {media_frame(shot, time - float(begin)) for time in (float(begin), *inside, float(last))}
        for cut, _ in self.runs[1:]:
            if begin < cut < last:
                first = media_frame(shot, cut - float(begin))
                frames |= {first, first - (1 if shot.speed > 0 else -1)}
        return tuple(sorted(frame for frame in frames if shot.source.start <= frame < shot.source.end))


def media_frame(shot: Shot, seconds: float) -> int:
    """Return the media frame that a shot shows so many seconds after its start."""
    passed = round(seconds * float(shot.media.rate * abs(shot.speed)))
    frame = shot.source.start + passed if shot.speed >= 0 else shot.source.end - 1 - passed
    return min(max(frame, shot.source.start), shot.source.end - 1)


def shot_seconds(shot: Shot, frame: int) -> float:
    """Return how many seconds after its start a shot shows a media frame: the inverse of ``media_frame``."""
    passed = frame - shot.source.start if shot.speed > 0 else shot.source.end - 1 - frame
    return float(passed / (shot.media.rate * abs(shot.speed)))


def with_changing_look(grade: Grade, shot: Shot, look: ChangingLook, begin: Fraction, colors: Colors) -> Grade:
    """Return a grade with the look at the times of its shot, which begins ``begin`` seconds after the clip.

    ``colors`` are those of the whole scene. A shot with a course of its own has the look at the course's keys. A still,
    a frozen frame and a shot with flicker have one look, that of the middle of the shot.
    """
    middle = float(begin + Fraction(shot.record.count, 2) / shot.record.rate)
    still = shot.media.kind == "still" or shot.speed == 0
    if still or (grade.course is not None and grade.course.weights):
        return replace(grade, look=look.at(middle, colors))
    course = grade.course
    frames = tuple(key.frame for key in course.keys) if course else look.frames(shot, begin)
    reference = course.reference if course else media_frame(shot, middle - float(begin))
    looks = [look.at(float(begin) + shot_seconds(shot, frame), colors) for frame in frames]
    center = look.at(float(begin) + shot_seconds(shot, reference), colors)
    if all(one == center for one in looks):
        return replace(grade, look=center)
    words = f"the look changes as {look.whole.names[0] if look.whole.names else 'the clip'} does"
    keys = tuple(Key(frame, Identity()) for frame in frames)
    course = course or Course(keys, reference=reference, kind="look", words=words)
    return replace(grade, look=center, course=course, key_looks=tuple(looks))


def smoothed(keys: Sequence[LookKey]) -> tuple[LookKey, ...]:
    """Smooth the keys between two cuts: the median of three, then no change faster than ``PACE``."""
    read = [np.array(key.grade.coefficients) for key in keys]
    grades = [_median(read[max(n - 1, 0)], grade, read[min(n + 1, len(read) - 1)]) for n, grade in enumerate(read)]
    return tuple(_slowed([key.seconds for key in keys], grades))


def _slowed(times: Sequence[float], grades: Sequence[Float64]) -> Iterator[LookKey]:
    """Yield keys whose grades follow at ``PACE`` at most."""
    before, since = grades[0], times[0]
    for seconds, grade in zip(times, grades, strict=True):
        apart = difference(before, grade)
        share = min(1.0, PACE * (seconds - since) / apart) if apart > 0 else 1.0
        before, since = before + share * (grade - before), seconds
        yield LookKey(seconds, Cubic(before.tolist()))


def _median(*grades: Float64) -> Float64:
    """Return the one of the grades that is nearest to the others."""
    apart = [sum(difference(one, other) for other in grades) for one in grades]
    return grades[min(range(len(grades)), key=lambda n: (apart[n], n != 1))]


def difference(a: Float64, b: Float64) -> float:
    """Return the mean ΔE00 between two cubics on a lattice of colors."""
    colors = Lut3D.identity(COMPARED).lattice.reshape(-1, 3).astype(np.float64)
    labs = [srgb_to_lab(np.clip(Cubic(grade.tolist())(colors), 0.0, 1.0)) for grade in (a, b)]
    return float(delta_e00(*labs).mean())
