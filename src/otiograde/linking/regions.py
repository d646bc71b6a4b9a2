"""Links by resemblance: shots whose colors, where equally rough, can be brought together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from otiograde.link import Link
from otiograde.linking.search import Pair, Search
from otiograde.match.resemblance import Cloud, Resemblance, cloud
from otiograde.match.solver import solve

#: Rounds of finding what is in common and fitting to it.
ROUNDS = 6


def by_regions(search: Search, known: Sequence[Link]) -> list[Link]:
    """A link for each pair of shots worth trying that matches do not join for certain.

    It carries no pairs of colors: its ``confidence`` is the mass that the two shots have in common when they are
    corrected as grades can, which tells what is one place from what is not.
    """
    certain = {(link.a, link.b) for link in known if link.inliers >= search.linking.many}
    pairs = [pair for pair in search.pairs if pair not in certain]
    return search.remembered("regions", pairs, lambda pairs: _found(search, pairs))


def _found(search: Search, pairs: Sequence[Pair]) -> Iterator[Link | None]:
    shots = [shot for shot in search.samples if any(shot in pair for pair in pairs)]
    clouds = dict(zip(shots, search.executor.map(cloud, [search.samples[shot] for shot in shots]), strict=True))
    first, second = [clouds[a] for a, _ in pairs], [clouds[b] for _, b in pairs]
    for done, ((a, b), share) in enumerate(zip(pairs, search.executor.map(common, first, second), strict=True), 1):
        yield None if share is None else _link(a, b, share)
        search.progress("regions", done, len(pairs))


def common(first: Cloud, second: Cloud) -> float | None:
    """The mass that two clouds have in common at best, in [0, 1]; None where one of them tells nothing."""
    if not (first.telling and second.telling):
        return None
    resemblance = Resemblance((first, second), [(0, 1)])
    coefficients = solve(2, [], frozenset(), ROUNDS, compared=resemblance, spread=1.0).coefficients
    return float(resemblance.shares(coefficients)[0])


def _link(a: str, b: str, share: float) -> Link:
    nothing = np.zeros((0, 3))
    return Link(a, b, nothing, nothing, np.zeros(0), np.zeros(0, np.bool_), 0, 0.0, share, kind="regions")
