"""Scene: shots that should look alike."""

from __future__ import annotations

from dataclasses import dataclass

from otiograde.record.reason import Reason


@dataclass(frozen=True, slots=True)
class Scene:
    """Shots that should look alike."""

    id: str
    #: Ids of the shots, in record order.
    shots: tuple[str, ...]
    #: The shot whose grade the scene keeps, if the editor named one.
    hero: str | None = None
    #: Shots that keep their own colors.
    locked: tuple[str, ...] = ()
    #: Why these shots are one scene.
    reasons: tuple[Reason, ...] = ()
