"""Links by matched surfaces: SIFT points, verified by geometry, and the colors around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial

from otiograde.record.settings import Linking
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.matching import Matches, match_shots
from otiograde.survey.links.moved import with_moved
from otiograde.survey.links.pairs import link
from otiograde.survey.links.points import Features, features
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.sample import Sample
from otiograde.survey.stored import put_away


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links of candidate pairs that show the same surfaces."""
    del links
    return search.remembered("surfaces", search.pairs, partial(_search_pairs, search))


def _search_pairs(search: Search, pairs: Sequence[Pair]) -> Iterator[Clues]:
    """Yield the clues of each pair, in two steps that an executor can map."""
    features_of, samples = _features(search, pairs), search.samples
    keypoints = [features_of[a] for a, _ in pairs], [features_of[b] for _, b in pairs]
    pictures = [samples[a] for a, _ in pairs], [samples[b] for _, b in pairs]
    work = partial(matched_link, linking=search.linking)
    for done, found in enumerate(search.means.executor.map(work, *keypoints, *pictures), 1):
        yield Clues.of(found)
        search.means.progress("matching", done, len(pairs))


def matched_link(first: Features, second: Features, a: Sample, b: Sample, linking: Linking) -> Link | None:
    """Match two shots, and make their link. None if too little matches."""
    first, second = copy(first), copy(second)  # what is unpacked of them ends with them
    matches = match_shots(first, second, linking)
    return None if matches is None else link(a, b, with_moved(matches, linking), linking)


def linked(search: Search, matched: Sequence[Matches | None]) -> Iterator[Link | None]:
    """Yield the link of each pair, or None for a pair without matches."""
    tried = [matches for matches in matched if matches is not None]
    samples = search.samples
    a, b = [samples[matches.a.shot] for matches in tried], [samples[matches.b.shot] for matches in tried]
    links = search.means.executor.map(partial(link, linking=search.linking), a, b, tried)
    for done, matches in enumerate(matched, 1):
        yield None if matches is None else next(links)
        search.means.progress("linking", done, len(matched))


def _features(search: Search, pairs: Sequence[Pair]) -> dict[str, Features]:
    shots = search.shots_of(pairs)
    features_of: dict[str, Features] = {}
    samples = [search.samples[shot] for shot in shots]
    work = partial(features, linking=search.linking)
    for shot, points in zip(shots, search.means.executor.map(work, samples), strict=True):
        features_of[shot] = put_away(points, search.put)
        search.means.progress("features", len(features_of), len(shots))
    return features_of
