"""Scene: shots that should look alike, and what their grades are anchored to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from otiograde.record.reason import Reason

AnchorKind: TypeAlias = Literal["balanced", "average", "first", "brightest", "hero"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a scene's grades are solved towards.

    ``balanced``: the least correction in total (default). ``average``: the mean of the shots' statistics. ``first``:
    the scene's first shot. ``brightest``: the shot with the highest mean L*. ``hero``: the shot named as hero.
    Locked shots are anchors of their scene whatever the kind.
    """

    kind: AnchorKind = "balanced"


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
