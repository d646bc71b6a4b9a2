"""Edit: a timeline as it was read, with its shots and with what was skipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from otiograde.record.later import LATER
from otiograde.record.shot import FrameRange, Shot

#: Kinds of skips: what the document has and the reading lacks, and what was read otherwise than the document says.
NOT_READ, MISREAD = "not read", "misread"

#: Kind of skip: a track, stack or sequence that takes up time and holds nothing.
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Skip:
    """Something in the edit that gets no grade, or that was read otherwise than the edit's document says."""

    #: Kind of thing: "gap", "clip", "misread", "transition" (one that is not rendered) …
    what: str
    name: str
    #: Why it was skipped, for people.
    why: str
    track: int
    #: First frame in the edit, and number of frames, at the edit's rate.
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Join:
    """A transition between two neighbors of a track."""

    #: OTIO's type of transition (``SMPTE_Dissolve``).
    kind: str
    #: Path of child indices to it. Its neighbors have the last index less one, and plus one.
    where: tuple[int, ...]
    #: Frame of the edit at which the neighbors meet.
    cut: int
    #: Frames of the edit that it lasts before and after the cut.
    before: int
    after: int
    #: Whether it lies on a track of sound.
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """One audio clip."""

    name: str
    #: The file, the second in it at which the clip starts, and how many seconds of it are used.
    path: Path
    start: Fraction
    length: Fraction
    #: Second of the edit at which it is heard, and how many seconds it lasts there.
    at: Fraction
    lasts: Fraction
    #: Path of child indices to the clip.
    where: tuple[int, ...]
    #: Speed of play, as a shot's.
    speed: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A picture that a generator makes: SMPTE color bars or black. ``record`` and ``where`` are those of a shot."""

    kind: Literal["bars", "black"]
    record: FrameRange
    where: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A timeline as it was read."""

    name: str
    #: The timeline as plain JSON values (schema ``Timeline.1``), media URLs untouched.
    otio: dict[str, Any]
    #: Frames a second.
    rate: Fraction
    #: The shots that can be graded, by their first frame, then by track.
    shots: tuple[Shot, ...]
    skips: tuple[Skip, ...]
    #: What the readers of the edit and of its looks assumed, for people: an EDL's rate, a relinked file.
    notes: tuple[str, ...] = ()
    #: Duration in frames; 0 where it follows from the shots alone.
    length: int = 0
    joins: tuple[Join, ...] = ()
    sounds: tuple[Sound, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    #: Whether it is clips without an edit, whose scenes nobody named.
    loose: bool = field(default=False, metadata=LATER)

    @property
    def lost(self) -> tuple[Skip, ...]:
        """What is missing from the edit as it was read: no gaps, which are meant, and nothing that is rendered.

        A generator that is a pattern has a skip. Records of earlier versions have one for each join, too.
        """
        rendered = {("transition", join.cut - join.before, join.before + join.after) for join in self.joins}
        rendered |= {("generator", pattern.record.start, pattern.record.count) for pattern in self.patterns}
        skips = (skip for skip in self.skips if (skip.what, skip.start, skip.count) not in rendered)
        return tuple(skip for skip in skips if skip.what != "gap")

    def shot(self, shot_id: str) -> Shot:
        """Return the shot with this id. Raises ``KeyError``."""
        for shot in self.shots:
            if shot.id == shot_id:
                return shot
        raise KeyError(shot_id)

    def named(self, name: str) -> tuple[Shot, ...]:
        """Find the shots that a person means by this name (``named_shots``)."""
        return named_shots(self.shots, name)


def named_shots(shots: Iterable[Shot], name: str) -> tuple[Shot, ...]:
    """Find the shots that a person means by ``name``: the shot with this id, else the shots of this clip name.

    Ids are compared without case, clip names with case. Returns an empty tuple where no shot fits.
    """
    shots = tuple(shots)
    with_id = tuple(shot for shot in shots if shot.id.casefold() == name.casefold())
    return with_id or tuple(shot for shot in shots if shot.name == name)
