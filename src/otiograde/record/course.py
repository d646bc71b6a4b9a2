"""Course: a correction that changes inside a shot, as keys on media frames."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, TypeAlias

from otiograde.color.transform import Transform

#: What changes inside a shot: jumps, a slow change, a change from frame to frame, or its look alone.
CourseKind: TypeAlias = Literal["steps", "drift", "flicker", "look"]

#: Keys of a course, at most: each becomes a LUT.
MOST_KEYS = 1000

#: Weights of a course, at most: eleven hours of 24 frames a second.
MOST_WEIGHTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Key:
    """The correction at one frame of the media."""

    #: Frame of the media, counted from 0.
    frame: int
    transform: Transform


@dataclass(frozen=True, slots=True)
class Course:
    """A correction that changes inside a shot. It is applied before the balance.

    Between two keys, the results of the whole grades are mixed. A step is two keys at adjacent frames. The keys are
    frames of the media, so a retimed or reversed use of the media carries them. Raises ``ValueError`` without keys,
    for frames that do not rise, for weights outside [0, 1], and for weights unless there are two keys.
    """

    #: At least one. Their frames rise.
    keys: tuple[Key, ...]
    #: The share of the second key at media frame ``keys[0].frame + j``, in [0, 1]: flicker along one line. Without
    #: weights, the share rises evenly from each key to the next.
    weights: tuple[float, ...] = ()
    #: The media frame whose colors stay as they are.
    reference: int = 0
    kind: CourseKind = "drift"
    #: What was measured, for people.
    words: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.keys) <= MOST_KEYS:
            raise ValueError(f"a course has from 1 to {MOST_KEYS} keys, not {len(self.keys)}")
        if any(one.frame >= other.frame for one, other in zip(self.keys, self.keys[1:], strict=False)):
            raise ValueError("the frames of a course's keys rise")
        if self.weights and (len(self.keys) != 2 or len(self.weights) > MOST_WEIGHTS):
            raise ValueError(f"a course with weights has two keys, and at most {MOST_WEIGHTS} weights")
        if not all(0 <= weight <= 1 for weight in self.weights):
            raise ValueError("the weights of a course are from 0 to 1")

    @property
    def note(self) -> str:
        """What to say where only one grade can be held, for people."""
        return f"the grade changes inside the shot: this is its grade at media frame {self.reference}"

    @property
    def taken_out(self) -> str:
        """What the course takes out of its shot and how, for people."""
        how = f"{len(self.keys)} keys" if not self.weights else "a weight for each frame"
        return f"{self.words}: taken out, by {how}"

    def at(self, frame: int) -> tuple[int, float]:
        """Return where a media frame lies: the number of the key on its left, and the share of the next key, in [0, 1].

        Frames before the first key (or weight) are treated like the first, frames after the last like the last.

        >>> from otiograde.color.transform import Identity
        >>> course = Course((Key(10, Identity()), Key(20, Identity()), Key(21, Identity())))
        >>> [course.at(frame) for frame in (0, 15, 20, 30)]
        [(0, 0.0), (0, 0.5), (1, 0.0), (2, 0.0)]
        """
        first = self.keys[0].frame
        if self.weights:
            return 0, self.weights[min(max(frame - first, 0), len(self.weights) - 1)]
        left = max(bisect_right(self.keys, frame, key=lambda key: key.frame) - 1, 0)
        if frame <= first or left == len(self.keys) - 1:
            return left, 0.0
        begin, end = self.keys[left].frame, self.keys[left + 1].frame
        return left, (frame - begin) / (end - begin)
