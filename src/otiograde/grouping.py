"""Group shots into scenes, blind to the casts that are to be removed.

Links decide: shots that show the same surfaces belong together. Without a link only shots that lie close in the edit
and are alike are joined, in colors (casts aside, and corrected as grades can), in roughness and in layout: a wrong
merge costs more than a wrong split. The edit's own wishes win. Average linkage (Sokal & Michener 1958) with one
threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from otiograde.color.fingerprint import fingerprint
from otiograde.color.texture import arrangement
from otiograde.link import Link
from otiograde.sample import Sample
from otiograde.scene import Scene
from otiograde.shot import Shot

Array = NDArray[np.float64]
#: The distance of shots that must not share a scene: no average with it comes below any threshold.
NEVER = 1e6
#: Shots that have this share of their mass in common may be one place or two.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Grouping:
    """How shots become scenes.

    The distance of two shots is that of their cast-blind histograms (0 to 1.4), plus that of their roughness (0 to
    1.4), plus ``layout`` times that of their luma layouts (0 to 2), plus ``time`` times the number of shots between
    them as a share of ``reach``, 1 at most, less what more than half of their mass is common (``regions``, by as much
    less than half it grows); ``linked`` times all that where matches join them; none where ``certain`` matches leave no
    doubt. Clusters nearer than ``threshold`` on average become one scene.
    """

    threshold: float = 1.15
    layout: float = 0.3
    time: float = 0.5
    reach: int = 6
    linked: float = 0.25
    certain: int = 30


def group(
    shots: Sequence[Shot], samples: Mapping[str, Sample], links: Sequence[Link], grouping: Grouping
) -> list[Scene]:
    """Scenes in the order of their first shots, every shot in exactly one.

    Shots of one wished scene share it, shots of different wished scenes never do, nor do SDR and HDR shots.
    """
    clusters = _clusters(_distances(shots, samples, links, grouping), grouping.threshold)
    ids: set[str] = {shot.wishes.scene for shot in shots if shot.wishes.scene}
    taken: set[str] = set()
    scenes = []
    for members in clusters:
        chosen = [shots[k] for k in members]
        name = _name(chosen, ids, taken)
        taken.add(name)
        hero = next((shot.id for shot in chosen if shot.wishes.hero), None)
        locked = tuple(shot.id for shot in chosen if shot.wishes.lock)
        scenes.append(Scene(name, tuple(shot.id for shot in chosen), hero, locked, _reasons(chosen, links)))
    return scenes


def _distances(
    shots: Sequence[Shot], samples: Mapping[str, Sample], links: Sequence[Link], grouping: Grouping
) -> Array:
    """The distances (n, n): 0 inside what must be one scene, ``NEVER`` between what must not."""
    place = {shot.id: k for k, shot in enumerate(shots)}
    between = np.maximum(np.abs(np.subtract.outer(np.arange(len(shots)), np.arange(len(shots)))) - 1, 0)
    distance = _unlike([samples[shot.id] for shot in shots], grouping.layout)
    distance += grouping.time * np.minimum(between / grouping.reach, 1)
    here = [link for link in links if link.a in place and link.b in place]
    for link in here:
        if link.kind == "regions":
            a, b = place[link.a], place[link.b]
            distance[a, b] = distance[b, a] = max(distance[a, b] + HALF - link.confidence, 0.0)
    known = [(place[link.a], place[link.b], link.inliers) for link in here if link.kind != "regions"]
    for a, b, _ in known:
        distance[a, b] = distance[b, a] = distance[a, b] * grouping.linked
    together = _Together(shots)
    for a, b, inliers in sorted(known, key=lambda row: (-row[2], row[0], row[1])):
        if inliers >= grouping.certain:
            together.join(a, b)
    barred = together.barred()
    distance[barred] = NEVER
    distance[together.same()] = 0
    return np.asarray(distance)


def _unlike(samples: Sequence[Sample], layout: float) -> Array:
    """How little shots are alike beside their casts (n, n)."""
    colors = np.array([fingerprint(sample.colors(4000)) for sample in samples], np.float64)
    frames = [[arrangement(sample.frame(k)) for k in range(len(sample.at))] for sample in samples]
    rough = np.array([_direction([one for one, _ in own], 24) for own in frames])
    places = np.array([_direction([one for _, one in own], 144) for own in frames])
    return _apart(colors) + _apart(rough) + layout * _apart(places)


def _direction(vectors: Sequence[Array], size: int) -> Array:
    mean = np.mean(vectors, axis=0) if vectors else np.zeros(size)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def _apart(directions: Array) -> Array:
    """The distances of vectors of length 1 (n, n); a shot without usable color (all zeros) is like none, itself too."""
    return np.asarray(np.sqrt(np.maximum(2 - 2 * directions @ directions.T, 0)))


class _Together:
    """Shots that must be one scene, by wish and by certain links, as far as wishes and encodings allow."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        self.hdr = [shot.media.encoding.is_hdr for shot in shots]
        self.wish = [shot.wishes.scene for shot in shots]
        self.of = list(range(len(shots)))
        for a, b in combinations(range(len(shots)), 2):
            if self.wish[a] and self.wish[a] == self.wish[b]:
                self.join(a, b)

    def join(self, a: int, b: int) -> None:
        first, second = sorted((self.of[a], self.of[b]))
        members = [k for k, own in enumerate(self.of) if own in (first, second)]
        wishes = {self.wish[k] for k in members if self.wish[k]}
        if len(wishes) < 2 and len({self.hdr[k] for k in members}) == 1:
            for k in members:
                self.of[k] = first

    def same(self) -> NDArray[np.bool_]:
        of = np.array(self.of)
        return np.asarray(of[:, None] == of)

    def barred(self) -> NDArray[np.bool_]:
        """Pairs that may not share a scene: SDR with HDR, and members of clusters with different wishes."""
        named = {own: wish for own, wish in zip(self.of, self.wish, strict=True) if wish}
        wish = np.array([named.get(own, "") for own in self.of])
        hdr = np.array(self.hdr)
        differ = (wish[:, None] != wish) & (wish[:, None] != "") & (wish != "")
        return np.asarray(differ | (hdr[:, None] != hdr))


def _clusters(distance: Array, threshold: float) -> list[list[int]]:
    if len(distance) < 2:
        return [[k] for k in range(len(distance))]
    # SciPy takes long to import.
    from scipy.cluster.hierarchy import fcluster, linkage  # noqa: PLC0415
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    tree = linkage(squareform(distance, checks=False), "average")
    of = fcluster(tree, threshold, "distance")
    members: dict[int, list[int]] = {}
    for k, own in enumerate(of.tolist()):
        members.setdefault(own, []).append(k)
    return list(members.values())


def _name(shots: Sequence[Shot], wished: Iterable[str], taken: set[str]) -> str:
    """The wished name (``-hdr`` added for its HDR half), else the next free number."""
    named = next((shot.wishes.scene for shot in shots if shot.wishes.scene), None)
    if named is not None:
        return named if named not in taken else f"{named}-hdr" if shots[0].media.encoding.is_hdr else f"{named}-sdr"
    number = 1
    while f"scene_{number:03d}" in taken or f"scene_{number:03d}" in wished:
        number += 1
    return f"scene_{number:03d}"


def _reasons(shots: Sequence[Shot], links: Sequence[Link]) -> tuple[str, ...]:
    """Why each shot after the first is here, in words."""
    if len(shots) == 1:
        return ()
    ids = [shot.id for shot in shots]
    reasons = []
    for k, shot in enumerate(shots[1:], start=1):
        own = [link for link in links if {link.a, link.b} <= set(ids) and shot.id in (link.a, link.b)]
        own = [link for link in own if link.kind != "regions"]
        earlier = [link for link in own if {link.a, link.b} & set(ids[:k])] or own
        if shot.wishes.scene:
            reasons.append(f"{shot.id}: the edit puts it in scene {shot.wishes.scene}")
        elif earlier:
            best = max(earlier, key=lambda link: link.inliers)
            reasons.append(
                f"{shot.id}: linked by {best.inliers} matches with {best.b if best.a == shot.id else best.a}"
            )
        else:
            reasons.append(f"{shot.id}: looks like its neighbours in the edit, casts aside")
    return tuple(reasons)
