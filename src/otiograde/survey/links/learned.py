"""Links by learned matching: for views that differ too much for SIFT (another angle, another distance).

A neural network finds and matches the points; what geometry leaves of its matches, and the color pairs, come about as
for SIFT. The network is handed in: this module only knows what one can do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.means.network import LearnedPoints, Network
from otiograde.record.settings import Linking
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.matching import FrameMatch, Matches, verified
from otiograde.survey.links.pairs import confidence
from otiograde.survey.links.points import Features, Points, picture_area
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.links.surfaces import linked
from otiograde.survey.sample import Sample

#: Colors are taken this many pixels round a matched point, more in the picture that shows the surface larger.
SIZE = 12.0

#: A frame pair is matched when so many descriptors are each other's nearest and this near (their cosine); more frame
#: pairs of two shots than this add little.
PROMISING, NEAR, FRAME_PAIRS = 12, 0.6, 3

#: A link needs verified matches in so many places (squares of so many pixels) of one frame pair: chance matches crowd.
PLACES, PLACE = 18, 16


class Described(NamedTuple):
    """The learned keypoints of some of the ``frames`` of a sample, by their number in it."""

    shot: str
    frames: int
    points: dict[int, LearnedPoints]


def find(search: Search, known: Sequence[Link]) -> Clues:
    """The links of candidate pairs that SIFT joins by few matches or none; none without a network."""
    if search.means.network is None:
        return Clues()
    joined = {(link.a, link.b) for link in known if link.inliers >= search.linking.many}
    pairs = [pair for pair in search.pairs if pair not in joined]
    return search.remembered(
        "learned", pairs, partial(_found, search, search.means.network), repr(search.means.network.made_with)
    )


def _found(search: Search, network: Network, pairs: Sequence[Pair]) -> Iterator[Clues]:
    run = search.means.executor.map if network.shared else map
    shots = [shot for shot in search.samples if any(shot in pair for pair in pairs)]
    found: dict[str, Described] = {}
    for described in run(partial(describe, network=network), [search.samples[shot] for shot in shots]):
        found[described.shot] = described
        search.means.progress("learned features", len(found), len(shots))
    matched: list[Matches | None] = []
    work = partial(match_learned, network=network, linking=search.linking)
    for matches in run(work, [found[a] for a, _ in pairs], [found[b] for _, b in pairs]):
        matched.append(matches)
        search.means.progress("learned matching", len(matched), len(pairs))
    for link in linked(search, matched):
        # From another side light falls otherwise, and unlike noise that does not average out: what a SIFT link may
        # leave, is three times what a learned one may.
        yield Clues.of(link and replace(link, kind="learned", confidence=confidence(link.inliers, 3 * link.mad)))


def describe(sample: Sample, network: Network) -> Described:
    """The learned keypoints of the first, the middle and the last frame of a sample."""
    count = len(sample.pixels)
    seen = picture_area(sample.usable) > 0
    chosen = sorted({0, count // 2, count - 1}) if count else []
    return Described(sample.shot, count, {k: _seen(network.points(sample.frame(k)), seen) for k in chosen})


def _seen(points: LearnedPoints, seen: NDArray[np.bool_]) -> LearnedPoints:
    """The points that lie in the picture, not on bars."""
    column, row = np.clip(np.rint(points.xy), 0, [points.width - 1, points.height - 1]).astype(int).T
    kept = seen[row, column]
    return points._replace(xy=points.xy[kept], descriptors=points.descriptors[kept])


def match_learned(a: Described, b: Described, network: Network, linking: Linking) -> Matches | None:
    """Geometrically verified matches of two shots, or None when they are too few, or in too few places.

    Only frame pairs whose descriptors promise something are matched, and none after a best one that came to nothing:
    the network takes a hundred times as long as to compare descriptors.
    """
    found: list[_Matched | None] = []
    for i, j in _frame_pairs(a, b):
        first, second = network.matches(a.points[i], b.points[j])
        found.append(_matched(a.points[i], b.points[j], i, j, first, second, linking))
        if found[0] is None:
            return None
    good = sorted((each for each in found if each is not None), key=lambda each: -len(each.match.first))
    if not good or max(each.places for each in good) < PLACES:
        return None
    first_points = {each.match.i: each.a for each in good}
    second_points = {each.match.j: each.b for each in good}
    frames = tuple(each.match for each in good)
    return Matches(_features(a, first_points), _features(b, second_points), frames, len(frames[0].first))


def _features(described: Described, points: Mapping[int, Points]) -> Features:
    return Features(described.shot, tuple(points.get(k, _NONE) for k in range(described.frames)))


def _frame_pairs(a: Described, b: Described) -> list[tuple[int, int]]:
    """The frame pairs that promise most, best first, each frame in one of them at most."""
    promise = {(i, j): _alike(p, q) for i, p in a.points.items() for j, q in b.points.items()}
    pairs: list[tuple[int, int]] = []
    for i, j in sorted(promise, key=lambda pair: -promise[pair]):
        if promise[i, j] >= PROMISING and all(i != p and j != q for p, q in pairs):
            pairs.append((i, j))
    return pairs[:FRAME_PAIRS]


def _alike(a: LearnedPoints, b: LearnedPoints) -> int:
    """How many descriptors, all of length 1, are each other's nearest, and near."""
    if min(len(a.xy), len(b.xy)) == 0:
        return 0
    # Whole numbers below 2^24 add up exactly, so that the count is the same on every machine.
    first, second = (np.rint(points.descriptors * 127).astype(np.float32) for points in (a, b))
    alike = first @ second.T
    best, mutual = alike.argmax(1), alike.argmax(0)
    return int(((mutual[best] == np.arange(len(best))) & (alike.max(1) > NEAR * 127**2)).sum())


class _Matched(NamedTuple):
    """A verified frame pair, the points it speaks of, and in how many places of a picture they lie."""

    match: FrameMatch
    a: Points
    b: Points
    places: int


def _matched(
    a: LearnedPoints, b: LearnedPoints, i: int, j: int, first: Indices, second: Indices, linking: Linking
) -> _Matched | None:
    found = verified(_points(a.xy), _points(b.xy), i, j, first, second, linking)
    if found is None:
        return None
    xa, xb = a.xy[found.first], b.xy[found.second]
    zoom = float(np.median(np.abs(xa - np.median(xa, 0))) / max(float(np.median(np.abs(xb - np.median(xb, 0)))), 1e-3))
    zoom = float(np.clip(zoom, 0.125, 8))
    places = min(len(np.unique(xy // PLACE, axis=0)) for xy in (xa, xb))
    every = np.arange(len(xa))
    own = found._replace(first=every, second=every)
    return _Matched(own, _points(xa, max(1.0, zoom)), _points(xb, max(1.0, 1 / zoom)), places)


def _points(xy: Float32, zoom: float = 1.0) -> Points:
    """Upright points of one size: the networks do not tell either."""
    size = np.full(len(xy), SIZE * zoom, np.float32)
    return Points(xy, size, np.zeros(len(xy), np.float32), np.zeros((len(xy), 0), np.uint8))


_NONE = _points(np.zeros((0, 2), np.float32))
