"""Kinds of evidence that shots belong together: one row a kind, with everything about it but its finder.

The finder of a kind is ``find`` in ``survey/links/NAME.py``, imported at its first use. The report reads this table for
its words, so this module imports nothing but the standard library and the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from otiograde.record.reason import ReasonKind
from otiograde.record.settings import Grouping


@dataclass(frozen=True, slots=True)
class Faint:
    """How links that are too faint to correct a shot alone count next to the reach of its colors."""

    #: Independent color pairs that one link is worth at most. With a ``spread``: all links of two parts together.
    worth: float
    #: Spread of the colors of things of one kind, in code values. None: the colors are of one surface, and the number
    #: of matches and the residual decide how much the link counts.
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How grouping reads the share of a hint."""

    #: The share that speaks neither for nor against one scene.
    even: float
    #: Returns the nats for one scene that a unit of share is worth, from the settings.
    nats: Callable[[Grouping], float]
    #: Names what the two shots have in common in a reason. ``{share:.0%}`` stands for the share.
    words: str
    #: Whether it counts no more than ``Grouping.most``. What a person wrote down may decide alone.
    capped: bool = True
    #: Its term in the learned odds of one place (``color.alike``); empty for what the pictures do not show.
    term: str = ""
    #: The kind of the reason that it gives.
    reason: ReasonKind = "grouped"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the links and hints of one kind mean."""

    #: What the evidence rests on, for the report.
    words: str
    #: Whether links rest on matches. Such links join shots into one scene, and confident ones correct by themselves.
    matched: bool = False
    #: Worth of the links that do not correct by themselves. None: they are worth nothing.
    faint: Faint | None = None
    #: How grouping reads the hints. None: it ignores them.
    likeness: Likeness | None = None
    #: Least spread of a link's colors in code values, where they are of one surface.
    noise: float = 0.012
    #: Independent color pairs that a link is worth at most.
    most: float = 400.0
    #: Whether the second shot of a link continues the first one: such shots are a chain.
    continues: bool = False
    #: Names the matches of a link in a reason. ``{count}`` stands for their number.
    counted: str = "{count} matches"
    #: Whether the record lists its hints pair by pair.
    listed: bool = True


#: The kinds by name, in the order of the search: a finder is given the links of the kinds above its own.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "surfaces": Kind("the same surfaces", matched=True),
        "joins": Kind(
            "the frames at the cut",
            matched=True,
            noise=0.004,
            most=2000.0,  # all of the picture, in frames whose coding differs most: not the few surfaces of a match
            continues=True,
            counted="{count} places at the cut",
        ),
        "learned": Kind("the same surfaces, by the learned matcher", matched=True, faint=Faint(20.0)),
        "source": Kind("the same media", matched=True),
        "layout": Kind(
            "one composition, drawn twice", matched=True, noise=0.02, counted="{count} places of one composition"
        ),
        "regions": Kind(
            "regions that look alike",
            likeness=Likeness(0.41, lambda grouping: grouping.colors, "{share:.0%} of their colors", term="colors"),
        ),
        "content": Kind(
            "things of one kind, by the learned matcher",
            faint=Faint(60.0, spread=0.06),
            likeness=Likeness(0.5, lambda grouping: grouping.content, "what is seen", term="content"),
        ),
        "names": Kind(
            "slates of one scene",
            likeness=Likeness(0.5, lambda grouping: grouping.names, "their slates", capped=False, reason="slate"),
            listed=False,
        ),
        "folders": Kind(
            "media in one folder",
            likeness=Likeness(0.5, lambda grouping: grouping.folders, "the folder of their media"),
            listed=False,
        ),
        "tracks": Kind(
            "one video track",
            likeness=Likeness(0.5, lambda grouping: grouping.tracks, "their track"),
            listed=False,
        ),
    }
)


def counted(name: str, count: int) -> str:
    """Return the number of a link's matches in words."""
    return (KINDS[name].counted if name in KINDS else "{count} matches").format(count=count)


def words(name: str) -> str:
    """Return what evidence of a kind rests on, in words. For a kind that is not in the table: its name."""
    return KINDS[name].words if name in KINDS else name
