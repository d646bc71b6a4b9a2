"""Links by matched surfaces: SIFT points, verified by geometry, and the colors around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from otiograde.record.settings import Linking
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.matching import Matches, match_shots
from otiograde.survey.links.moved import with_moved
from otiograde.survey.links.pairs import link
from otiograde.survey.links.points import Features, features
from otiograde.survey.links.search import Pair, Search


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links of candidate pairs that show the same surfaces."""
    del links
    return search.remembered("surfaces", search.pairs, partial(_search_pairs, search))


def _search_pairs(search: Search, pairs: Sequence[Pair]) -> Iterator[Clues]:
    """Yield the clues of each pair, in three steps that an executor can map."""
    return map(Clues.of, linked(search, _matched(search, pairs, _features(search, pairs))))


def linked(search: Search, matched: Sequence[Matches | None]) -> Iterator[Link | None]:
    """Yield the link of each pair, or None for a pair without matches."""
    tried = [matches for matches in matched if matches is not None]
    samples = search.samples
    a, b = [samples[matches.a.shot] for matches in tried], [samples[matches.b.shot] for matches in tried]
    links = search.means.executor.map(partial(link, linking=search.linking), a, b, tried)
    for done, matches in enumerate(matched, 1):
        yield None if matches is None else next(links)
        search.means.progress("linking", done, len(matched))


def _matches_with_moved(a: Features, b: Features, linking: Linking) -> Matches | None:
    matches = match_shots(a, b, linking)
    return None if matches is None else with_moved(matches, linking)


def _features(search: Search, pairs: Sequence[Pair]) -> dict[str, Features]:
    shots = [shot for shot in search.samples if any(shot in pair for pair in pairs)]
    features_of: dict[str, Features] = {}
    samples = [search.samples[shot] for shot in shots]
    work = partial(features, linking=search.linking)
    for shot, points in zip(shots, search.means.executor.map(work, samples), strict=True):
        features_of[shot] = points
        search.means.progress("features", len(features_of), len(shots))
    return features_of


def _matched(search: Search, pairs: Sequence[Pair], features_of: dict[str, Features]) -> list[Matches | None]:
    matched: list[Matches | None] = []
    first, second = [features_of[a] for a, _ in pairs], [features_of[b] for _, b in pairs]
    for done, matches in enumerate(
        search.means.executor.map(partial(_matches_with_moved, linking=search.linking), first, second), 1
    ):
        # A worker returns copies of the keypoints. The originals take their place, to save memory.
        shared = (
            None if matches is None else matches._replace(a=features_of[matches.a.shot], b=features_of[matches.b.shot])
        )
        matched.append(shared)
        search.means.progress("matching", done, len(pairs))
    return matched
