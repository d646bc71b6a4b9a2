"""Edit: a timeline as it was read, with the shots found in it and what was passed over."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from otiograde.shot import Shot


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
class Edit:
    """A timeline as it was read.

    ``otio`` is the timeline as plain JSON values (schema ``Timeline.1``), media URLs untouched; ``rate`` the edit's
    frame rate; ``notes`` what the reader assumed, in words (an EDL's rate, a relinked file).
    """

    name: str
    otio: dict[str, Any]
    rate: Fraction
    shots: tuple[Shot, ...]
    skips: tuple[Skip, ...]
    notes: tuple[str, ...] = ()

    def shot(self, shot_id: str) -> Shot:
        """The shot with this id. Raises ``KeyError``."""
        for shot in self.shots:
            if shot.id == shot_id:
                return shot
        raise KeyError(shot_id)
