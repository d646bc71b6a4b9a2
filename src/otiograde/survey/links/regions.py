"""Hints by resemblance: shots whose colors, among equally rough regions, a grade can bring together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from otiograde.color.solver import solve
from otiograde.color.transform import Identity
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.reach import Reach, Reaches, reach
from otiograde.survey.resemblance import Cloud, cloud, in_common
from otiograde.survey.sample import Sample

#: Rounds of reweighting.
ROUNDS = 6


class Picture(NamedTuple):
    """The measurements that two shots are compared by."""

    cloud: Cloud
    #: None if the shot is not informative (gray, or of one color).
    reach: Reach | None


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Make a hint for each candidate pair that matches do not join for certain.

    Its ``share`` is the mass of colors that the two shots have in common once their reaches are corrected to agree.
    Shots of one place have a larger share than shots of two places.
    """
    return search.remembered("regions", search.unjoined(links), partial(_search_pairs, search))


def _search_pairs(search: Search, pairs: Sequence[Pair]) -> Iterator[Clues]:
    shots = search.shots_of(pairs)
    pictures = dict(
        zip(shots, search.means.executor.map(picture_of, [search.samples[shot] for shot in shots]), strict=True)
    )
    first, second = [pictures[a] for a, _ in pairs], [pictures[b] for _, b in pairs]
    for done, ((a, b), share) in enumerate(
        zip(pairs, search.means.executor.map(common, first, second), strict=True), 1
    ):
        yield Clues.of(hint=None if share is None else Hint(a, b, "regions", share))
        search.means.progress("regions", done, len(pairs))


def picture_of(sample: Sample) -> Picture:
    """Measure the sample of a shot for comparison."""
    return Picture(cloud(sample), reach([(sample, Identity())]))


def common(first: Picture, second: Picture) -> float | None:
    """Return the corrected common mass of two shots in [0, 1], or None if one of them is not informative."""
    if first.reach is None or second.reach is None:
        return None
    reaches = Reaches([first.reach, second.reach])
    coefficients = solve(2, [], frozenset(), ROUNDS, compared=reaches).coefficients
    return float(in_common([first.cloud, second.cloud], reaches.pairs, coefficients)[0])
