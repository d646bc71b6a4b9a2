"""Group shots into scenes, blind to the casts that are to be removed.

Links between shots decide; where there are none, the cast-blind histogram and the distance in time may join shots, but a wrong
merge costs more than a wrong split. The edit's own wishes win. Average linkage with one threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otiograde.link import Link
from otiograde.linking import descriptor
from otiograde.sample import Sample
from otiograde.scene import Scene
from otiograde.shot import Shot


@dataclass(frozen=True, slots=True)
class Grouping:
    """How shots become scenes.

    The distance of two shots is their cast-blind histogram distance plus ``time`` times their distance in shots (up to
    ``reach``), times ``linked`` where a link joins them; clusters nearer than ``threshold`` on average are merged.
    """

    threshold: float = 0.5
    time: float = 0.5
    reach: int = 4
    linked: float = 0.2


def group(
    shots: Sequence[Shot], samples: Mapping[str, Sample], links: Sequence[Link], grouping: Grouping
) -> list[Scene]:
    """Scenes in the order of their first shots; every shot is in exactly one. SDR and HDR shots never share a scene."""
    place = {shot.id: k for k, shot in enumerate(shots)}
    distance = _distances(shots, samples, links, grouping, place)
    clusters = _average_linkage(distance, _wished(shots), grouping.threshold)
    scenes = []
    for number, members in enumerate(sorted(clusters), start=1):
        chosen = [shots[k] for k in members]
        named = next((shot.wishes.scene for shot in chosen if shot.wishes.scene), None)
        hero = next((shot.id for shot in chosen if shot.wishes.hero), None)
        locked = tuple(shot.id for shot in chosen if shot.wishes.lock)
        ids = tuple(shot.id for shot in chosen)
        scenes.append(Scene(named or f"scene_{number:03d}", ids, hero, locked, _reasons(chosen, links)))
    return scenes


def _wished(shots: Sequence[Shot]) -> list[list[int]]:
    named: dict[str, list[int]] = {}
    single = []
    for k, shot in enumerate(shots):
        if shot.wishes.scene:
            named.setdefault(shot.wishes.scene, []).append(k)
        else:
            single.append([k])
    return [*named.values(), *single]


def _distances(
    shots: Sequence[Shot], samples: Mapping[str, Sample], links: Sequence[Link], grouping: Grouping, place: Mapping[str, int]
) -> NDArray[np.float64]:
    histograms = np.array([descriptor(samples[shot.id]) for shot in shots], np.float64)
    colors = np.linalg.norm(histograms[:, None] - histograms[None], axis=2)
    order = np.arange(len(shots))
    apart = np.minimum(np.abs(order[:, None] - order[None]) / grouping.reach, 1)
    distance = colors + grouping.time * apart + 0.5
    for link in links:
        a, b = place[link.a], place[link.b]
        distance[a, b] = distance[b, a] = distance[a, b] * grouping.linked
    for a in range(len(shots)):
        for b in range(len(shots)):
            one, other = shots[a], shots[b]
            if one.media.encoding.is_hdr != other.media.encoding.is_hdr or (
                one.wishes.scene != other.wishes.scene and one.wishes.scene and other.wishes.scene
            ):
                distance[a, b] = np.inf
    return distance


def _average_linkage(distance: NDArray[np.float64], start: list[list[int]], threshold: float) -> list[list[int]]:
    clusters = [list(members) for members in start]
    while len(clusters) > 1:
        best, pair = threshold, None
        for i in range(len(clusters)):
            for j in range(i + 1, len(clusters)):
                apart = float(distance[np.ix_(clusters[i], clusters[j])].mean())
                if apart < best:
                    best, pair = apart, (i, j)
        if pair is None:
            break
        clusters[pair[0]] = sorted(clusters[pair[0]] + clusters.pop(pair[1]))
    return clusters


def _reasons(shots: Sequence[Shot], links: Sequence[Link]) -> tuple[str, ...]:
    ids = {shot.id for shot in shots}
    if shots[0].wishes.scene:
        return (f"the edit names it {shots[0].wishes.scene}",)
    return tuple(
        f"{link.b} linked by {link.inliers} matches with {link.a}" for link in links if link.a in ids and link.b in ids
    )
