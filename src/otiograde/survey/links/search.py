"""What every kind of evidence is looked for in, and what is remembered from one run to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde import __version__
from otiograde.means.cache import NO_CACHE
from otiograde.means.means import Means
from otiograde.record.evidence import LinkKind
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

#: Two shots to look at, by their ids, in record order.
Pair: TypeAlias = tuple[str, str]

#: Raised whenever the same samples give other links than before, so that no cache gives old ones.
REVISION = 4


class Search(NamedTuple):
    """The shots of an edit, their samples, which ``pairs`` of them are worth trying, and the means to try them."""

    shots: Sequence[Shot]
    samples: Mapping[str, Sample]
    pairs: Sequence[Pair]
    linking: Linking
    means: Means

    def remembered(
        self,
        kind: LinkKind,
        pairs: Sequence[Pair],
        find: Callable[[Sequence[Pair]], Iterator[Link | None]],
        made_with: str = "",
    ) -> list[Link]:
        """The links of ``pairs`` in their order: out of the cache, the rest by ``find``, one answer per pair asked.

        The key says everything a link is made from, so that links are the same with a cache and without:
        ``made_with`` what is neither in the two samples nor in ``linking`` (a model's weights, say).
        """
        cache = self.means.cache
        if cache is NO_CACHE:
            return [link for link in find(pairs) if link is not None]
        digests = {shot: self.samples[shot].digest() for shot in dict.fromkeys(shot for pair in pairs for shot in pair)}
        keys = {(a, b): self._key(f"{kind} {made_with}", digests[a], digests[b]) for a, b in pairs}
        stored = {pair: cache.get(key) for pair, key in keys.items()}
        links = {pair: _restored(*pair, kind, arrays) for pair, arrays in stored.items() if arrays is not None}
        missing = [pair for pair in pairs if pair not in links]
        for pair, link in zip(missing, find(missing), strict=True):
            cache.put(keys[pair], _arrays(link))
            links[pair] = link
        return [link for pair in pairs if (link := links[pair]) is not None]

    def _key(self, kind: str, a: str, b: str) -> str:
        linking = replace(self.linking, without=())
        made_from = kind, a, b, linking, REVISION, __version__, cv2.__version__, np.__version__
        return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _arrays(link: Link | None) -> Arrays:
    if link is None:
        return {"found": np.array(False)}
    return {
        "found": np.array(True),
        "colors_a": link.colors_a,
        "colors_b": link.colors_b,
        "weights": link.weights,
        "held_out": link.held_out,
        "places": link.places,
        "at": np.array(link.at),
        "inliers": np.array(link.inliers),
        "figures": np.array([link.mad, link.confidence]),
    }


def _restored(a: str, b: str, kind: LinkKind, stored: Arrays) -> Link | None:
    if not stored["found"]:
        return None
    mad, confidence = stored["figures"].tolist()
    first, second = stored["at"].tolist()
    columns: dict[str, Any] = {name: stored[name] for name in ("colors_a", "colors_b", "weights", "held_out", "places")}
    figures: dict[str, Any] = {"inliers": int(stored["inliers"]), "mad": mad, "confidence": confidence}
    return Link(a, b, **columns, **figures, kind=kind, at=(first, second))
