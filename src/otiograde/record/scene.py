"""Scene: shots that should look alike, and what their grades are anchored to."""

from __future__ import annotations

from dataclasses import dataclass

from otiograde.record.reason import Reason


@dataclass(frozen=True, slots=True)
class Scene:
    """Shots that should look alike, in record order.

    ``hero`` is the shot whose grade the scene keeps (None when nobody named one), ``locked`` the shots that keep their
    own, ``reasons`` why these shots were put together.
    """

    id: str
    shots: tuple[str, ...]
    hero: str | None = None
    locked: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
