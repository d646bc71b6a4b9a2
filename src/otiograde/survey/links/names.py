"""Hints by slates: shots whose metadata or names state one scene, or two.

A slate that most of the edit has says nothing, and neither do slates that only number the shots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links.search import Search


def find(search: Search, links: Sequence[Link]) -> Clues:  # noqa: ARG001
    """Make a hint for each pair of one slate (share 1), and for each candidate pair of two (share 0)."""
    slates = {shot.id: shot.slate for shot in search.shots if shot.slate}
    counts = Counter(slates.values())
    is_whole_film = len(counts) == 1 and 2 * len(slates) >= len(search.shots)
    if is_whole_film or all(count == 1 for count in counts.values()):
        return Clues()
    same = [pair for pair in combinations(slates, 2) if slates[pair[0]] == slates[pair[1]]]
    other = [(a, b) for a, b in search.pairs if a in slates and b in slates and slates[a] != slates[b]]
    return Clues((), [Hint(a, b, "names", share) for share, pairs in ((1.0, same), (0.0, other)) for a, b in pairs])
