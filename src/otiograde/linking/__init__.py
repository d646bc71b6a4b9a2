"""Find the same surfaces in two shots: which shots to try, which points match, and the color pairs they give.

Three steps, each a plain function that an executor can map: ``features`` once a sample, ``match`` once a candidate pair
(light to send between processes), ``link`` once a pair that matched. ``link_all`` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

from otiograde.link import Link
from otiograde.linking.candidates import Linking, candidates
from otiograde.linking.matching import FrameMatch, Matches, match
from otiograde.linking.pairs import link
from otiograde.linking.points import Features, Points, features
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


def link_all(shots: Sequence[Shot], samples: Mapping[str, Sample], linking: Linking, executor: Executor) -> list[Link]:
    """The links among the candidate pairs, in candidate order whatever the executor."""
    found = dict(zip(samples, executor.map(features, samples.values(), [linking] * len(samples)), strict=True))
    tried = candidates(shots, samples, linking)
    first, second = [found[a] for a, _ in tried], [found[b] for _, b in tried]
    matched = [m for m in executor.map(match, first, second, [linking] * len(tried)) if m is not None]
    links = executor.map(
        link,
        [samples[m.a.shot] for m in matched],
        [samples[m.b.shot] for m in matched],
        matched,
        [linking] * len(matched),
    )
    return [found_link for found_link in links if found_link is not None]
