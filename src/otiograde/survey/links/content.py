"""Clues by content: a neural network finds places in two shots that show things of one kind (sky, leaves, skin).

The likeness of two shots as a whole is a hint. The colors at similar places are a link. Things of one kind are not one
surface, and no two skies are equally blue, so such a link corrects nothing alone. But over hundreds of places these
differences largely cancel. What remains is the difference of the grades, which counts next to other evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float32, Indices
from otiograde.color.prior import robust_fit
from otiograde.means.network import Network
from otiograde.survey import kinds
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.sample import Sample

#: Places described in a shot, and the fewest that two shots must have in common.
PLACES, FEWEST = 1000, 30

#: Share of the matches, the least similar ones, that are given no weight.
DOUBTFUL = 0.3

#: Typical cosine similarity of two whole shots in different scenes, and in the same scene.
OTHER, SAME = 0.2, 0.7

#: Unit descriptions are scaled by this and rounded: sums of their products stay below 2^24 and are exact in float32.
WHOLE = 4000


class Content(NamedTuple):
    """Descriptions of n places of a shot."""

    #: Shot id.
    shot: str
    #: ``(n, 3)``: code values in [0, 1] at the places.
    colors: Float32
    #: ``(n, d)`` for each scale of the network, the coarsest last: descriptions of the places.
    seen: tuple[Float32, ...]


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the clues of candidate pairs that share few or no surfaces. Without a network there are none."""
    if search.means.network is None:
        return Clues()
    # Links of kinds that may be faint need support, however many matches they have.
    firm = (link for link in links if kinds.KINDS[link.kind].faint is None)
    return search.remembered(
        "content",
        search.unjoined(firm),
        partial(_search_pairs, search, search.means.network),
        repr(search.means.network.made_with),
    )


def _search_pairs(search: Search, network: Network, pairs: Sequence[Pair]) -> Iterator[Clues]:
    shots = search.shots_of(pairs)
    contents: dict[str, Content] = {}
    run = search.means.executor.map if network.shared else map
    for content in run(partial(content_of, network=network), [search.samples[shot] for shot in shots]):
        contents[content.shot] = content
        search.means.progress("content", len(contents), len(shots))
    yield from search.means.executor.map(compare, [contents[a] for a, _ in pairs], [contents[b] for _, b in pairs])


def content_of(sample: Sample, network: Network, seed: int = 0) -> Content:
    """Describe places drawn from the first, the middle and the last frame of a sample."""
    count = len(sample.pixels)
    rng, colors, seen = np.random.default_rng(seed), [], []
    chosen = sorted({0, count // 2, count - 1}) if count else []
    for k in chosen:
        rows, columns = np.nonzero(sample.usable[k])
        drawn = np.sort(rng.choice(len(rows), min(PLACES // len(chosen), len(rows)), replace=False))
        rows, columns = rows[drawn], columns[drawn]
        frame = sample.frame(k)
        colors.append(frame[rows, columns])
        seen.append(network.content(frame, np.stack([columns, rows], 1).astype(np.float32)))
    if not colors:
        return Content(sample.shot, np.zeros((0, 3), np.float32), ())
    return Content(sample.shot, np.concatenate(colors), tuple(map(np.concatenate, zip(*seen, strict=True))))


def compare(a: Content, b: Content) -> Clues:
    """Compare two shots. There are no clues if either has fewer than ``FEWEST`` places."""
    if min(len(a.colors), len(b.colors)) < FEWEST:
        return Clues()
    return Clues.of(_link(a, b), Hint(a.shot, b.shot, "content", _likeness(a, b)))


def _link(a: Content, b: Content) -> Link | None:
    """Pair the colors at places that are mutual nearest neighbors. Return None if they are few."""
    first, second, cosines = _mutual_nearest(*_directions(a, b))
    if len(first) < FEWEST:
        return None
    x, y = a.colors[first].astype(np.float64), b.colors[second].astype(np.float64)
    weights = np.maximum(cosines - np.quantile(cosines, DOUBTFUL), 1e-6)
    weights /= weights.mean()
    mad = robust_fit(x, y, weights, evidence=float(FEWEST)).mad
    return Link(a.shot, b.shot, x, y, weights, np.zeros(len(x), np.bool_), 0, mad, 0.0, kind="content")


def _likeness(a: Content, b: Content) -> float:
    """Return the likeness of two whole shots in [0, 1], at the coarsest scale."""
    first, second = (_unit(shot.seen[-1].mean(0, dtype=np.float64)[None])[0] for shot in (a, b))
    return float(np.clip((first @ second - OTHER) / (SAME - OTHER), 0, 1))


def _directions(a: Content, b: Content) -> tuple[Float32, Float32]:
    """Return each shot's descriptions relative to the mean of both, as whole numbers ``(n, d)``.

    All scales have the same weight.
    """
    parts = []
    for seen_a, seen_b in zip(a.seen, b.seen, strict=True):
        both = np.concatenate([seen_a, seen_b]).astype(np.float64)
        parts.append(_unit((both - both.mean(0)) / (both.std(0) + 1e-6)))
    whole = np.rint(_unit(np.hstack(parts)) * WHOLE).astype(np.float32)
    return whole[: len(a.colors)], whole[len(a.colors) :]


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9))


def _mutual_nearest(a: Float32, b: Float32) -> tuple[Indices, Indices, np.ndarray]:
    """Return the indices into a and b of mutual nearest neighbors, and their cosine similarities."""
    cosines = a @ b.T
    best, back = cosines.argmax(1), cosines.argmax(0)
    first = np.flatnonzero(back[best] == np.arange(len(best)))
    return first, best[first], cosines[first, best[first]].astype(np.float64) / WHOLE**2
