"""Kinds of evidence that shots belong together: one row each, with all that a kind means beyond its finder.

The finder of a kind is ``find`` in ``survey/links/NAME.py``, loaded when it is needed: the report reads this table for
its words, so this module loads nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otiograde.record.settings import Grouping


@dataclass(frozen=True, slots=True)
class Faint:
    """How links that are too faint to correct alone count beside the reach of colors."""

    #: Independent pairs that one link is worth at best; with a ``spread``, that all links of two parts are together.
    worth: float
    #: How far colors of things of one kind differ, in code values. None: the colors are those of one surface, and the
    #: link counts by its matches and by its residual.
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the share of a hint tells grouping."""

    #: The share that speaks neither for nor against one scene.
    even: float
    #: Nats for one scene a unit of share, out of the settings.
    nats: Callable[[Grouping], float]
    #: What the two shots have in common, in a reason; ``{share:.0%}`` is the share.
    words: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What the links and hints of one kind mean."""

    #: What they rest on, in the report.
    words: str
    #: Whether links rest on matches: they join shots into one scene, and correct by themselves where they are sure.
    matched: bool = False
    #: What links are worth that do not correct by themselves. None: nothing.
    faint: Faint | None = None
    #: What hints tell grouping. None: nothing.
    likeness: Likeness | None = None


#: The kinds by name, in the order in which they are searched for: a finder knows the links of the kinds above it.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "surfaces": Kind("the same surfaces", matched=True),
        "learned": Kind("the same surfaces, by the learned matcher", matched=True, faint=Faint(20.0)),
        "source": Kind("the same media", matched=True),
        "regions": Kind(
            "regions that look alike",
            likeness=Likeness(0.41, lambda grouping: grouping.colors, "{share:.0%} of their colors"),
        ),
        "content": Kind(
            "things of one kind, by the learned matcher",
            faint=Faint(60.0, spread=0.06),
            likeness=Likeness(0.5, lambda grouping: grouping.content, "what is seen"),
        ),
    }
)


def words(name: str) -> str:
    """What evidence of a kind rests on, in words; its name where the table has no such kind."""
    return KINDS[name].words if name in KINDS else name
