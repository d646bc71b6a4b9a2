"""Clues by content: places of two shots that show things of one kind (sky, leaves, skin), told by a neural network.

How alike two shots are as a whole is a hint. The colors of like places are a link: a thing of one kind is not one
surface, and no two skies are equally blue, so it corrects nothing alone. But over hundreds of places the differences of
things largely cancel, and what is left is, beside other evidence, that of the grades.
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

#: So many places of a shot are described, and two shots have so many in common at least.
PLACES, FEWEST = 1000, 30

#: The part of the matches, the least alike, that counts nothing.
DOUBTFUL = 0.3

#: How alike two shots are as a whole (cosine): about this much in different scenes, and in the same.
OTHER, SAME = 0.2, 0.7

#: Descriptions of length 1 times this are whole numbers whose products, below 2^24, add up exactly in float32.
WHOLE = 4000


class Content(NamedTuple):
    """What a shot shows at some places: the ``colors`` (n, 3) there, and ``seen`` (n, d) at each scale."""

    shot: str
    colors: Float32
    seen: tuple[Float32, ...]


def find(search: Search, known: Sequence[Link]) -> Clues:
    """The clues of candidate pairs that share few surfaces or none; none without a network."""
    if search.means.network is None:
        return Clues()
    # Links that may be faint, however many their matches, can do with support.
    firm = (link for link in known if kinds.KINDS[link.kind].faint is None)
    joined = {(link.a, link.b) for link in firm if link.inliers >= search.linking.many}
    pairs = [pair for pair in search.pairs if pair not in joined]
    return search.remembered(
        "content", pairs, partial(_found, search, search.means.network), repr(search.means.network.made_with)
    )


def _found(search: Search, network: Network, pairs: Sequence[Pair]) -> Iterator[Clues]:
    shots = [shot for shot in search.samples if any(shot in pair for pair in pairs)]
    found: dict[str, Content] = {}
    run = search.means.executor.map if network.shared else map
    for content in run(partial(content_of, network=network), [search.samples[shot] for shot in shots]):
        found[content.shot] = content
        search.means.progress("content", len(found), len(shots))
    yield from search.means.executor.map(compare, [found[a] for a, _ in pairs], [found[b] for _, b in pairs])


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
    """What two shots show alike; nothing where there is little to see."""
    if min(len(a.colors), len(b.colors)) < FEWEST:
        return Clues()
    return Clues.of(_link(a, b), Hint(a.shot, b.shot, "content", _likeness(a, b)))


def _link(a: Content, b: Content) -> Link | None:
    """The colors at places that are each other's likest; None where they are few."""
    first, second, alike = _likest(*_directions(a, b))
    if len(first) < FEWEST:
        return None
    x, y = a.colors[first].astype(np.float64), b.colors[second].astype(np.float64)
    weights = np.maximum(alike - np.quantile(alike, DOUBTFUL), 1e-6)
    weights /= weights.mean()
    mad = robust_fit(x, y, weights, evidence=float(FEWEST)).mad
    return Link(a.shot, b.shot, x, y, weights, np.zeros(len(x), np.bool_), 0, mad, 0.0, kind="content")


def _likeness(a: Content, b: Content) -> float:
    """How alike two shots are as a whole, at the coarsest scale, in [0, 1]."""
    first, second = (_unit(shot.seen[-1].mean(0, dtype=np.float64)[None])[0] for shot in (a, b))
    return float(np.clip((first @ second - OTHER) / (SAME - OTHER), 0, 1))


def _directions(a: Content, b: Content) -> tuple[Float32, Float32]:
    """How the places of either shot differ from what both show on average, every scale alike: whole numbers (n, d)."""
    parts = []
    for mine, other in zip(a.seen, b.seen, strict=True):
        both = np.concatenate([mine, other]).astype(np.float64)
        parts.append(_unit((both - both.mean(0)) / (both.std(0) + 1e-6)))
    whole = np.rint(_unit(np.hstack(parts)) * WHOLE).astype(np.float32)
    return whole[: len(a.colors)], whole[len(a.colors) :]


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9))


def _likest(a: Float32, b: Float32) -> tuple[Indices, Indices, np.ndarray]:
    """Places that are each other's likest, and how alike they are (cosines)."""
    alike = a @ b.T
    best, back = alike.argmax(1), alike.argmax(0)
    first = np.flatnonzero(back[best] == np.arange(len(best)))
    return first, best[first], alike[first, best[first]].astype(np.float64) / WHOLE**2
