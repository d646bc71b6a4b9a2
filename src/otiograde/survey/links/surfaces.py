"""Links by matched surfaces: SIFT points, verified by geometry, and color pairs wherever they lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from otiograde.record.settings import Linking
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.matching import Matches, match
from otiograde.survey.links.moved import with_moved
from otiograde.survey.links.pairs import link
from otiograde.survey.links.points import Features, features
from otiograde.survey.links.search import Pair, Search


def find(search: Search, known: Sequence[Link]) -> Clues:
    """The links of candidate pairs that show the same surfaces."""
    del known
    return search.remembered("surfaces", search.pairs, partial(_found, search))


def _found(search: Search, pairs: Sequence[Pair]) -> Iterator[Clues]:
    """A link or none for each pair, by three steps that an executor can map."""
    return map(Clues.of, linked(search, _matched(search, pairs, _features(search, pairs))))


def linked(search: Search, matched: Sequence[Matches | None]) -> Iterator[Link | None]:
    """A link or None for the matches of each pair."""
    tried = [matches for matches in matched if matches is not None]
    samples = search.samples
    a, b = [samples[each.a.shot] for each in tried], [samples[each.b.shot] for each in tried]
    links = search.means.executor.map(partial(link, linking=search.linking), a, b, tried)
    for done, matches in enumerate(matched, 1):
        yield None if matches is None else next(links)
        search.means.progress("linking", done, len(matched))


def _matches(a: Features, b: Features, linking: Linking) -> Matches | None:
    matches = match(a, b, linking)
    return None if matches is None else with_moved(matches, linking)


def _features(search: Search, pairs: Sequence[Pair]) -> dict[str, Features]:
    shots = [shot for shot in search.samples if any(shot in pair for pair in pairs)]
    found: dict[str, Features] = {}
    samples = [search.samples[shot] for shot in shots]
    work = partial(features, linking=search.linking)
    for shot, points in zip(shots, search.means.executor.map(work, samples), strict=True):
        found[shot] = points
        search.means.progress("features", len(found), len(shots))
    return found


def _matched(search: Search, pairs: Sequence[Pair], found: dict[str, Features]) -> list[Matches | None]:
    matched: list[Matches | None] = []
    first, second = [found[a] for a, _ in pairs], [found[b] for _, b in pairs]
    for done, matches in enumerate(
        search.means.executor.map(partial(_matches, linking=search.linking), first, second), 1
    ):
        # A worker's answer brings copies of the keypoints: those that are here already are as good, and stay one.
        own = None if matches is None else matches._replace(a=found[matches.a.shot], b=found[matches.b.shot])
        matched.append(own)
        search.means.progress("matching", done, len(pairs))
    return matched
