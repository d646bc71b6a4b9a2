"""Hints by where shots are put: a folder or a track."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from otiograde.survey.link import Clues, Hint
from otiograde.survey.links.search import Pair


def hints_of(kind: str, pairs: Sequence[Pair], places: Mapping[str, str]) -> Clues:
    """Make a hint for each pair whose places hold more than one shot each: share 1 for one place, 0 for two.

    ``places`` are those of all shots. If there is only one, it says nothing.
    """
    counts = Counter(places.values())
    if len(counts) < 2:
        return Clues()
    telling = [pair for pair in pairs if min(counts[places[shot]] for shot in pair) > 1]
    return Clues((), [Hint(a, b, kind, float(places[a] == places[b])) for a, b in telling])
