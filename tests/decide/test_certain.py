from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from making.shots import nth_shot
from otiograde.decide.certain import CertainClusters

SHOT = st.tuples(st.sampled_from(["", "one", "two"]), st.sampled_from("xy"))
PLACE = st.integers(0, 7)


def by_definition(wishes: list[str], mixable: list[str], joins: list[tuple[int, int]]) -> list[int]:
    """The cluster of each shot: all pairs of one wish are joined, then the others, in turn."""
    cluster = list(range(len(wishes)))
    wished = [(a, b) for a, b in combinations(range(len(wishes)), 2) if wishes[a] and wishes[a] == wishes[b]]
    for a, b in [*wished, *joins]:
        first, second = sorted((cluster[a], cluster[b]))
        members = [k for k, number in enumerate(cluster) if number in (first, second)]
        if len({wishes[k] for k in members} - {""}) < 2 and len({mixable[k] for k in members}) == 1:
            cluster = [first if k in members else number for k, number in enumerate(cluster)]
    return cluster


@given(st.lists(SHOT, min_size=8, max_size=8), st.lists(st.tuples(PLACE, PLACE), max_size=12))
def test_clusters_are_those_of_all_joins_in_turn(kinds: list[tuple[str, str]], joins: list[tuple[int, int]]) -> None:
    shots = [nth_shot(f"s{k}", k, scene=wish or None) for k, (wish, _) in enumerate(kinds)]
    mixable = {shot.id: kind for shot, (_, kind) in zip(shots, kinds, strict=True)}
    clusters = CertainClusters(shots, mixable, mixable)
    for a, b in joins:
        clusters.join(a, b)
    expected = by_definition([wish for wish, _ in kinds], [kind for _, kind in kinds], joins)
    assert clusters.cluster == expected
    np.testing.assert_array_equal(clusters.same(), np.equal.outer(expected, expected))
    assert not (clusters.same() & clusters.barred()).any()
