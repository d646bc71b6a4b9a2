"""Find the evidence that joins two shots: which pairs to try, and what the finder of each kind makes of them.

A kind of evidence is one file here, with a function ``find``, and one row of ``survey.kinds.KINDS``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Protocol

from otiograde.errors import MatchError
from otiograde.means.means import Means
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.search import Search
from otiograde.survey.sample import Sample


class Find(Protocol):
    """Finds the links and hints of one kind, given what is searched and the links of the kinds before it."""

    def __call__(self, search: Search, known: Sequence[Link]) -> Clues:
        """The clues of one kind, in candidate order."""
        ...


def finder(kind: str) -> Find:
    """The finder of a kind (a key of ``KINDS``); its module is loaded now."""
    find: Find = import_module(f"otiograde.survey.links.{kind}").find
    return find


def link_all(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    means: Means = Means(),
    only: Collection[str] | None = None,
) -> Clues:
    """Find all links and hints, kind after kind in the order of ``KINDS``, each in candidate order.

    ``only``: those of these shots. A kind that ``linking.without`` names is left out. The same whatever the executor.
    Raises ``MatchError`` where ``linking.without`` names a kind that is not in the table.
    """
    if unknown := set(linking.without) - kinds.KINDS.keys():
        raise MatchError(f"unknown kind of link {min(unknown)!r}: use one of {', '.join(kinds.KINDS)}")
    pairs = [pair for pair in candidates(shots, samples, linking) if only is None or not set(pair).isdisjoint(only)]
    search = Search(shots, samples, pairs, linking, means)
    links: list[Link] = []
    hints: list[Hint] = []
    for kind in kinds.KINDS:
        if kind not in linking.without:
            clues = finder(kind)(search, links)
            links += clues.links
            hints += clues.hints
    return Clues(links, hints)
