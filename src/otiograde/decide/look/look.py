"""Look: what turns the balanced colors of a scene into the one transform that all of its shots get."""

from __future__ import annotations

from typing import Protocol

from otiograde.color.restraint import restrained
from otiograde.color.statistics import Statistics
from otiograde.color.transform import Colors, Identity, Mix, Transform

#: The fewest colors that a look can be measured on.
FEWEST = 300


class Look(Protocol):
    """A look: from the pooled, balanced colors of a scene to the transform that all its shots get."""

    def __call__(self, colors: Colors) -> Transform:
        """Return the transform for a scene of these colors ``(n, 3)``, code values in [0, 1]."""
        ...


def of_strength(transform: Transform, strength: float) -> Transform:
    """Return ``strength`` in [0, 1] of a transform: exact identity for 0, the transform itself for 1."""
    if strength == 0 or isinstance(transform, Identity):
        return Identity()
    return transform if strength == 1 else Mix(transform, strength)


def same_look(transform: Transform) -> Look:
    """Make the look that is one transform, whatever the colors of the scene."""

    def look(colors: Colors) -> Transform:
        del colors
        return transform

    return look


def measurable(colors: Colors, own: Statistics) -> bool:
    """Say whether a scene's colors can be moved by their statistics: there are enough, and they are not all one."""
    return len(colors) >= FEWEST and not own.flat


def safe(transform: Transform, colors: Colors, strength: float) -> Transform:
    """Take ``strength`` of as much of a transform, fitted on ``colors``, as makes a healthy LUT."""
    return of_strength(restrained(transform, colors), strength)
