"""Find the evidence that joins two shots: which to try, what they share, and the color pairs it gives.

``link_all`` runs one kind of evidence after another; ``EVIDENCE`` is the list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from otiograde.means.means import Means
from otiograde.means.network import LearnedPoints, Network
from otiograde.record.evidence import LinkKind
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey.link import Link
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.content import by_content
from otiograde.survey.links.learned import by_learned
from otiograde.survey.links.matching import FrameMatch, Matches, match
from otiograde.survey.links.pairs import link
from otiograde.survey.links.points import Features, Points, features
from otiograde.survey.links.regions import by_regions
from otiograde.survey.links.search import Search
from otiograde.survey.links.source import by_source
from otiograde.survey.links.surfaces import by_surfaces
from otiograde.survey.sample import Sample

__all__ = [
    "EVIDENCE",
    "Features",
    "FrameMatch",
    "LearnedPoints",
    "Linking",
    "Matches",
    "Network",
    "Points",
    "Search",
    "candidates",
    "features",
    "link",
    "link_all",
    "match",
]

#: Finds the links of one kind, given what is searched and the links known by then (of the kinds before it).
Find: TypeAlias = Callable[[Search, Sequence[Link]], list[Link]]

#: The kinds of evidence, in the order in which they are looked for: a new kind is one function and one line here.
EVIDENCE: tuple[tuple[LinkKind, Find], ...] = (
    ("surfaces", by_surfaces),
    ("learned", by_learned),
    ("source", by_source),
    ("regions", by_regions),
    ("content", by_content),
)


def link_all(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    means: Means = Means(),
    only: Collection[str] | None = None,
) -> list[Link]:
    """Find all links, kind after kind in the order of ``EVIDENCE``, each in candidate order whatever the executor.

    ``only``: links of these shots. A kind that ``linking.without`` names is left out.
    """
    pairs = [pair for pair in candidates(shots, samples, linking) if only is None or not set(pair).isdisjoint(only)]
    search = Search(shots, samples, pairs, linking, means)
    links: list[Link] = []
    for kind, find in EVIDENCE:
        links += [] if kind in linking.without else find(search, links)
    return links
