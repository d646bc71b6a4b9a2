"""Clusters by average linkage."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64


class Merge(NamedTuple):
    """Two clusters that become one, each named by one of its members."""

    first: int
    second: int
    #: The mean distance of their members.
    height: float


def merges(distance: Float64) -> list[Merge]:
    """Return the merges of a symmetric matrix of distances ``(n, n)`` by average linkage, in no order.

    No merge is lower than those of its parts. Method: chains of nearest neighbors (Murtagh 1985).
    """
    count = len(distance)
    left, sizes = np.array(distance, np.float64), np.ones(count)
    np.fill_diagonal(left, np.inf)
    found: list[Merge] = []
    chain: list[int] = []
    while len(found) < count - 1:
        if not chain:
            chain.append(int(np.flatnonzero(sizes)[0]))
        end = chain[-1]
        nearest = int(left[end].argmin())
        if len(chain) > 1 and left[end, chain[-2]] <= left[end, nearest]:
            nearest = chain[-2]
        if len(chain) < 2 or nearest != chain[-2]:
            chain.append(nearest)
            continue
        first, second = sorted((end, nearest))
        found.append(Merge(first, second, float(left[first, second])))
        row = (sizes[first] * left[first] + sizes[second] * left[second]) / (sizes[first] + sizes[second])
        left[second], left[:, second] = row, row
        left[first], left[:, first], left[second, second] = np.inf, np.inf, np.inf
        sizes[second] += sizes[first]
        sizes[first] = 0
        del chain[-2:]
    return found


def last_height(distance: Float64) -> float:
    """Return the mean distance of the last two parts of at least two members."""
    return max(merge.height for merge in merges(distance))


def clusters_below(distance: Float64, threshold: float) -> list[list[int]]:
    """Return the members of each cluster: those that merge at ``threshold`` or below."""
    cluster = list(range(len(distance)))
    members = {k: [k] for k in cluster}
    for merge in merges(distance):
        if merge.height <= threshold:
            one, other = cluster[merge.first], cluster[merge.second]
            for k in members[other]:
                cluster[k] = one
            members[one] += members.pop(other)
    return sorted(sorted(group) for group in members.values())
