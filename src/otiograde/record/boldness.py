"""Boldness: how much of a correction is applied that nothing proves, from 0 (none) through ``USUAL`` to 1 (all)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from otiograde.color.arrays import Float64

#: The default. At it every restraint has its usual size, and no number changes by a bit.
USUAL = 0.5

#: A number or an array of numbers.
_Belief = TypeVar("_Belief", float, "Float64")


def applied_share(belief: _Belief, boldness: float) -> _Belief:
    """Return the share of an unproven correction that is applied, from the belief in it, both in [0, 1].

    >>> [applied_share(0.25, boldness) for boldness in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [0.0, 0.125, 0.25, 0.625, 1.0]
    """
    return belief * min(1.0, 2 * boldness) + (1 - belief) * max(0.0, 2 * boldness - 1)


def restraint(boldness: float) -> float:
    """Return what is left of a limit on corrections that links do prove: 1 up to ``USUAL``, then down to 0.

    >>> [restraint(boldness) for boldness in (0.0, 0.5, 0.75, 1.0)]
    [1.0, 1.0, 0.5, 0.0]
    """
    return min(1.0, 2 * (1 - boldness))
