"""Edit: a timeline as it was read, with the shots found in it and what was passed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from otiograde.record.shot import FrameRange, Shot


@dataclass(frozen=True, slots=True)
class Skip:
    """Something in the edit that gets no grade: ``what`` kind of thing, its ``name``, and ``why`` in words.

    ``start`` and ``count`` place it on the record side, in frames of the edit's rate.
    """

    what: str
    name: str
    why: str
    track: int
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Join:
    """A transition of ``kind`` (``SMPTE_Dissolve``) between two neighbors of a track, of pictures or of sound.

    It lasts from ``before`` frames of the edit before the frame ``cut`` to ``after`` frames after it; ``where`` is the
    path of child indices to it, so that its neighbors are one less and one more in the last place. ``sound`` tells the
    tracks apart.
    """

    kind: str
    where: tuple[int, ...]
    cut: int
    before: int
    after: int
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """One audio clip: ``length`` seconds of the file ``path`` from second ``start`` on.

    It is heard at second ``at`` of the edit and lasts ``lasts`` seconds there; ``speed`` as a shot's; ``where`` the
    path of child indices to the clip.
    """

    name: str
    path: Path
    start: Fraction
    length: Fraction
    at: Fraction
    lasts: Fraction
    where: tuple[int, ...]
    speed: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A generator's picture, SMPTE color bars or black; ``record`` and ``where`` as a shot's."""

    kind: Literal["bars", "black"]
    record: FrameRange
    where: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A timeline as it was read.

    ``otio`` is the timeline as plain JSON values (schema ``Timeline.1``), media URLs untouched; ``rate`` the edit's
    frame rate; ``notes`` what the reader assumed, in words (an EDL's rate, a relinked file). ``length`` is the edit's
    duration in frames (0 where only the shots tell it).
    """

    name: str
    otio: dict[str, Any]
    rate: Fraction
    shots: tuple[Shot, ...]
    skips: tuple[Skip, ...]
    notes: tuple[str, ...] = ()
    length: int = 0
    joins: tuple[Join, ...] = ()
    sounds: tuple[Sound, ...] = ()
    patterns: tuple[Pattern, ...] = ()

    def shot(self, shot_id: str) -> Shot:
        """The shot with this id. Raises ``KeyError``."""
        for shot in self.shots:
            if shot.id == shot_id:
                return shot
        raise KeyError(shot_id)

    def named(self, name: str) -> tuple[Shot, ...]:
        """The shots that a person means by this name (``named_shots``)."""
        return named_shots(self.shots, name)


def named_shots(shots: Iterable[Shot], name: str) -> tuple[Shot, ...]:
    """Find the shots that a person means by ``name``: the shot with this id, else the shots of this clip name.

    The case of an id does not matter, that of a clip name does. Nothing is found: an empty tuple.
    """
    shots = tuple(shots)
    with_id = tuple(shot for shot in shots if shot.id.casefold() == name.casefold())
    return with_id or tuple(shot for shot in shots if shot.name == name)
