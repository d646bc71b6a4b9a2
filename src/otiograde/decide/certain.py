"""Clusters of shots that are certain to share a scene: what a person wished, and what many matches show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from otiograde.record.shot import Shot


class CertainClusters:
    """Clusters of shots that must share a scene, by wish or by certain links.

    A link joins nothing if the cluster would then have two wished scenes, or shots that must not be mixed.
    """

    def __init__(self, shots: Sequence[Shot], mixable: Mapping[str, str], families: Mapping[str, str]) -> None:
        self.index = {shot.id: k for k, shot in enumerate(shots)}
        self.mixable = [mixable[shot.id] for shot in shots]
        self.families = [families[shot.id] for shot in shots]
        self.wish = [shot.wishes.scene for shot in shots]
        first: dict[tuple[str, str], int] = {}
        #: The cluster of each shot: the index of its first shot.
        self.cluster = [
            first.setdefault((wish, kind), k) if wish else k
            for k, (wish, kind) in enumerate(zip(self.wish, self.mixable, strict=True))
        ]
        self._members: dict[int, list[int]] = {}
        for k, cluster in enumerate(self.cluster):
            self._members.setdefault(cluster, []).append(k)

    def join(self, a: int, b: int) -> None:
        """Put two shots into one cluster, if that is allowed."""
        first, second = sorted((self.cluster[a], self.cluster[b]))
        if first == second:
            return
        members = self._members[first] + self._members[second]
        wishes = {self.wish[k] for k in members if self.wish[k]}
        if len(wishes) < 2 and len({self.mixable[k] for k in members}) == 1:
            self._members[first] = members
            for k in self._members.pop(second):
                self.cluster[k] = first

    def same(self) -> NDArray[np.bool_]:
        """Return a mask ``(n, n)`` of the pairs in one cluster."""
        clusters = np.array(self.cluster)
        return np.asarray(clusters[:, None] == clusters)

    def barred(self) -> NDArray[np.bool_]:
        """Return a mask ``(n, n)`` of the pairs that must not share a scene.

        These are shots of two families, which only certain links and wishes join, and shots of clusters with different
        wished scenes.
        """
        named = {cluster: wish for cluster, wish in zip(self.cluster, self.wish, strict=True) if wish}
        wish = np.array([named.get(cluster, "") for cluster in self.cluster])
        families = np.array(self.families)
        differ = (wish[:, None] != wish) & (wish[:, None] != "") & (wish != "")
        return np.asarray(differ | (families[:, None] != families))
