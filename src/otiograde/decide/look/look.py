"""Look: from the balanced colors of a scene to the one transform that all its shots get."""

from __future__ import annotations

from typing import Protocol

from otiograde.color.restraint import restrained
from otiograde.color.statistics import Statistics
from otiograde.color.transform import Colors, Identity, Mix, Transform

#: Fewest colors that a look can be computed from.
FEWEST = 300


class Look(Protocol):
    """A look: makes the transform for all shots of a scene from their pooled, balanced colors."""

    def __call__(self, colors: Colors) -> Transform:
        """Return the transform for a scene of these colors ``(n, 3)``, code values in [0, 1]."""
        ...


def of_strength(transform: Transform, strength: float) -> Transform:
    """Return a transform at ``strength`` in [0, 1]: exact identity for 0, the transform itself for 1."""
    if strength == 0 or isinstance(transform, Identity):
        return Identity()
    return transform if strength == 1 else Mix(transform, strength)


def same_look(transform: Transform) -> Look:
    """Make the look that gives every scene the same transform."""

    def look(colors: Colors) -> Transform:
        del colors
        return transform

    return look


def measurable(colors: Colors, source: Statistics) -> bool:
    """Whether statistics can map a scene's colors: there are enough of them, and they are not all the same."""
    return len(colors) >= FEWEST and not source.flat


def safe(transform: Transform, colors: Colors, strength: float) -> Transform:
    """Restrain a transform, fitted on ``colors``, until its LUT is healthy; return it at ``strength`` in [0, 1]."""
    return of_strength(restrained(transform, colors), strength)
