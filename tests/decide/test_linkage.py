"""Average linkage: the merges and clusters are SciPy's, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from otiograde.color.arrays import Float64
from otiograde.decide.linkage import clusters_below, last_height, merges


def distances(seed: int) -> Float64:
    """Of 2 to 40 members; every third one with many ties, every fifth one of zeros and ones alone."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 41))
    distance = rng.random((count, count))
    distance = (distance + distance.T) / 2
    distance = np.round(distance, 1) if seed % 3 == 0 else distance
    distance = (distance > 0.5).astype(float) if seed % 5 == 0 else distance
    np.fill_diagonal(distance, 0)
    return distance


@pytest.mark.parametrize("seed", range(60))
def test_clusters_are_those_of_scipy(seed: int) -> None:
    distance = distances(seed)
    tree = linkage(squareform(distance, checks=False), "average")
    assert sorted(merge.height for merge in merges(distance)) == sorted(tree[:, 2])
    assert last_height(distance) == tree[-1, 2]
    for threshold in (0.0, 0.3, 0.5, 0.7, 1.0, tree[-1, 2] * (1 - 1e-9)):
        members: dict[int, list[int]] = {}
        for k, cluster in enumerate(fcluster(tree, threshold, "distance").tolist()):
            members.setdefault(cluster, []).append(k)
        assert clusters_below(distance, threshold) == list(members.values())


@pytest.mark.parametrize("count", [0, 1])
def test_few_members_merge_with_nobody(count: int) -> None:
    assert clusters_below(np.zeros((count, count)), 1.0) == [[k] for k in range(count)]
