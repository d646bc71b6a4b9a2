"""Find the evidence that joins shots: choose the pairs to try, then run the finder of each kind on them.

A kind of evidence is one file in this package, with a function ``find``, and one row of ``survey.kinds.KINDS``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from otiograde.color.alike import Traits
from otiograde.errors import MatchError
from otiograde.means.means import Means
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey import kinds
from otiograde.survey.families import Doubt
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.sample import Sample
from otiograde.survey.stored import Put, held


class Find(Protocol):
    """A finder: makes the links and hints of one kind, from the search and the links of earlier kinds."""

    def __call__(self, search: Search, links: Sequence[Link]) -> Clues:
        """Return the clues of one kind, in candidate order."""
        ...


def finder(kind: str) -> Find:
    """Import the module of a kind (a key of ``KINDS``) and return its finder."""
    find: Find = import_module(f"otiograde.survey.links.{kind}").find
    return find


def link_all(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    means: Means = Means(),
    only: Collection[str] | None = None,
    *,
    doubts: Mapping[str, Doubt] = MappingProxyType({}),
    across: bool = False,
    cuts: Sequence[Pair] = (),
    put: Put = held,
    traits: Traits | None = None,
) -> Clues:
    """Find all links and hints, kind by kind in the order of ``KINDS``, each in candidate order.

    ``only`` restricts the search to pairs with one of these shots. Pairs are of one family of encodings, as far as
    ``doubts`` tell; with ``across``, of two, and the samples are then of one encoding. ``cuts`` are the pairs of
    neighbors that meet in a plain cut, as they are played. ``traits`` are those of the shots. Kinds that
    ``linking.without`` names are left out. The result does not depend on the executor, nor on ``put``, which takes the
    arrays of the links. Raises ``MatchError`` if ``linking.without`` names an unknown kind.
    """
    if unknown := set(linking.without) - kinds.KINDS.keys():
        raise MatchError(f"unknown kind of link {min(unknown)!r}: use one of {', '.join(kinds.KINDS)}")
    tried = candidates(shots, samples, linking, doubts=doubts, across=across, traits=traits), cuts
    pairs, cuts = ([pair for pair in some if only is None or not set(pair).isdisjoint(only)] for some in tried)
    search = Search(shots, samples, pairs, linking, means, cuts, put)
    links: list[Link] = []
    hints: list[Hint] = []
    for kind in kinds.KINDS:
        if kind not in linking.without:
            clues = finder(kind)(search, links)
            links += clues.links
            hints += clues.hints
    return Clues(links, hints)
