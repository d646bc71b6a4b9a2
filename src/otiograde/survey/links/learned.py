"""Links by learned matching, for views that differ too much for SIFT (another angle, another distance).

A neural network finds and matches the points. Geometry verifies the matches, and color pairs are taken, as for SIFT.
The network is an argument: this module knows only its protocol.
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

#: Size of a matched point in pixels, for taking its colors; larger in the picture that shows the surface larger.
SIZE = 12.0

#: A frame pair is matched if ``PROMISING`` descriptors are mutual nearest neighbors with a cosine above ``NEAR``. More
#: than ``FRAME_PAIRS`` frame pairs of two shots add little.
PROMISING, NEAR, FRAME_PAIRS = 12, 0.6, 3

#: Squares of one frame pair that a link's verified matches must cover, and their side in pixels: chance matches crowd.
PLACES, PLACE = 18, 16


class Described(NamedTuple):
    """The learned keypoints of some frames of a sample."""

    #: Shot id.
    shot: str
    #: Number of frames of the sample.
    frames: int
    #: Keypoints by the index of their frame.
    points: dict[int, LearnedPoints]


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links of candidate pairs that SIFT joins by few or no matches. Without a network there are none."""
    if search.means.network is None:
        return Clues()
    return search.remembered(
        "learned",
        search.unjoined(links),
        partial(_search_pairs, search, search.means.network),
        repr(search.means.network.made_with),
    )


def _search_pairs(search: Search, network: Network, pairs: Sequence[Pair]) -> Iterator[Clues]:
    run = search.means.executor.map if network.shared else map
    shots = search.shots_of(pairs)
    descriptions: dict[str, Described] = {}
    for described in run(partial(describe, network=network), [search.samples[shot] for shot in shots]):
        descriptions[described.shot] = described
        search.means.progress("learned features", len(descriptions), len(shots))
    matched: list[Matches | None] = []
    work = partial(match_learned, network=network, linking=search.linking)
    for matches in run(work, [descriptions[a] for a, _ in pairs], [descriptions[b] for _, b in pairs]):
        matched.append(matches)
        search.means.progress("learned matching", len(matched), len(pairs))
    for link in linked(search, matched):
        # From another angle the light falls differently, and unlike noise this does not average out. A learned link is
        # therefore allowed only a third of the residual of a SIFT link.
        yield Clues.of(link and replace(link, kind="learned", confidence=confidence(link.inliers, 3 * link.mad)))


def describe(sample: Sample, network: Network) -> Described:
    """Find the learned keypoints of the first, the middle and the last frame of a sample."""
    count = len(sample.pixels)
    picture = picture_area(sample.usable) > 0
    chosen = sorted({0, count // 2, count - 1}) if count else []
    return Described(sample.shot, count, {k: _without_bars(network.points(sample.frame(k)), picture) for k in chosen})


def _without_bars(points: LearnedPoints, picture: NDArray[np.bool_]) -> LearnedPoints:
    """Drop the points that do not lie in the picture."""
    column, row = np.clip(np.rint(points.xy), 0, [points.width - 1, points.height - 1]).astype(int).T
    inside = picture[row, column]
    return points._replace(xy=points.xy[inside], descriptors=points.descriptors[inside])


def match_learned(a: Described, b: Described, network: Network, linking: Linking) -> Matches | None:
    """Return the geometrically verified matches of two shots, or None if they are too few or cover too few places.

    Only frame pairs with similar descriptors are matched, and none at all after the best of them fails: the network
    takes a hundred times as long as comparing descriptors.
    """
    results: list[_MatchedFrames | None] = []
    for i, j in _frame_pairs(a, b):
        first, second = network.matches(a.points[i], b.points[j])
        results.append(_verified_frames(a.points[i], b.points[j], i, j, first, second, linking))
        if results[0] is None:
            return None
    good = sorted((result for result in results if result is not None), key=lambda result: -len(result.match.first))
    if not good or max(result.places for result in good) < PLACES:
        return None
    first_points = {result.match.i: result.a for result in good}
    second_points = {result.match.j: result.b for result in good}
    frames = tuple(result.match for result in good)
    return Matches(_features(a, first_points), _features(b, second_points), frames, len(frames[0].first))


def _features(described: Described, points: Mapping[int, Points]) -> Features:
    return Features.of(described.shot, [points.get(k, _NONE) for k in range(described.frames)])


def _frame_pairs(a: Described, b: Described) -> list[tuple[int, int]]:
    """Return the most promising frame pairs, best first. No frame is in more than one of them."""
    promise = {(i, j): _similar_count(p, q) for i, p in a.points.items() for j, q in b.points.items()}
    pairs: list[tuple[int, int]] = []
    for i, j in sorted(promise, key=lambda pair: -promise[pair]):
        if promise[i, j] >= PROMISING and all(i != p and j != q for p, q in pairs):
            pairs.append((i, j))
    return pairs[:FRAME_PAIRS]


def _similar_count(a: LearnedPoints, b: LearnedPoints) -> int:
    """Count the descriptors, all of length 1, that are mutual nearest neighbors with a cosine above ``NEAR``."""
    if min(len(a.xy), len(b.xy)) == 0:
        return 0
    # Sums of whole numbers below 2^24 are exact in float32, so the count is the same on every machine.
    first, second = (np.rint(points.descriptors * 127).astype(np.float32) for points in (a, b))
    cosines = first @ second.T
    best, mutual = cosines.argmax(1), cosines.argmax(0)
    return int(((mutual[best] == np.arange(len(best))) & (cosines.max(1) > NEAR * 127**2)).sum())


class _MatchedFrames(NamedTuple):
    """A verified frame pair."""

    match: FrameMatch
    #: The matched points of the frame of shot a.
    a: Points
    #: The matched points of the frame of shot b.
    b: Points
    #: Squares of the picture that they cover.
    places: int


def _verified_frames(
    a: LearnedPoints, b: LearnedPoints, i: int, j: int, first: Indices, second: Indices, linking: Linking
) -> _MatchedFrames | None:
    match = verified(_points(a.xy), _points(b.xy), i, j, first, second, linking)
    if match is None:
        return None
    xa, xb = a.xy[match.first], b.xy[match.second]
    zoom = float(np.median(np.abs(xa - np.median(xa, 0))) / max(float(np.median(np.abs(xb - np.median(xb, 0)))), 1e-3))
    zoom = float(np.clip(zoom, 0.125, 8))
    places = min(len(np.unique(xy // PLACE, axis=0)) for xy in (xa, xb))
    index = np.arange(len(xa))
    renumbered = match._replace(first=index, second=index)
    return _MatchedFrames(renumbered, _points(xa, max(1.0, zoom)), _points(xb, max(1.0, 1 / zoom)), places)


def _points(xy: Float32, zoom: float = 1.0) -> Points:
    """Make upright points of one size: the networks report neither angle nor size."""
    size = np.full(len(xy), SIZE * zoom, np.float32)
    return Points(xy, size, np.zeros(len(xy), np.float32), np.zeros((len(xy), 0), np.uint8))


_NONE = _points(np.zeros((0, 2), np.float32))
