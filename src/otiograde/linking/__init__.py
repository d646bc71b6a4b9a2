"""Find the same surfaces in two shots: which shots to try, which points match, and the color pairs they give.

Three steps, each a plain function that an executor can map: ``features`` once a sample, ``match`` once a candidate pair
(light to send between processes), ``link`` once a pair that matched. ``link_all`` runs them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial

from otiograde.link import Link
from otiograde.linking.candidates import Linking, candidates
from otiograde.linking.matching import FrameMatch, Matches, match
from otiograde.linking.pairs import link
from otiograde.linking.points import Features, Points, features
from otiograde.progress import Progress, silent
from otiograde.sample import Sample
from otiograde.shot import Shot

__all__ = [
    "Features",
    "FrameMatch",
    "Linking",
    "Matches",
    "Points",
    "candidates",
    "features",
    "link",
    "link_all",
    "match",
]


def link_all(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    executor: Executor,
    progress: Progress = silent,
    only: Collection[str] | None = None,
) -> list[Link]:
    """The links among the candidate pairs, in candidate order whatever the executor; ``only`` those of these shots."""
    found: dict[str, Features] = {}
    for shot, points in zip(samples, executor.map(partial(features, linking=linking), samples.values()), strict=True):
        found[shot] = points
        progress("features", len(found), len(samples))
    tried = candidates(shots, samples, linking)
    if only is not None:
        tried = [(a, b) for a, b in tried if a in only or b in only]
    first, second = [found[a] for a, _ in tried], [found[b] for _, b in tried]
    matched: list[Matches] = []
    for done, matches in enumerate(executor.map(partial(match, linking=linking), first, second), 1):
        # A worker's answer brings copies of the keypoints: those that are here already are as good, and stay one.
        matched += [] if matches is None else [matches._replace(a=found[matches.a.shot], b=found[matches.b.shot])]
        progress("matching", done, len(tried))
    links: list[Link] = []
    a, b = [samples[each.a.shot] for each in matched], [samples[each.b.shot] for each in matched]
    for done, linked in enumerate(executor.map(partial(link, linking=linking), a, b, matched), 1):
        links += [] if linked is None else [linked]
        progress("linking", done, len(matched))
    return links
