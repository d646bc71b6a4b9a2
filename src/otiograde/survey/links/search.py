"""Input shared by all finders of links and hints, and their on-disk cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde import __version__
from otiograde.means.cache import NO_CACHE
from otiograde.means.means import Means
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey.link import Clues, Hint, Link
from otiograde.survey.sample import Sample
from otiograde.survey.stored import Put, held

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

#: The ids of two shots to compare, in record order.
Pair: TypeAlias = tuple[str, str]

#: Raise this number when the same samples give different clues, or clues are stored differently: old entries then miss.
REVISION = 6


class Search(NamedTuple):
    """The input of a finder: the shots of an edit and the pairs of them to try."""

    #: The shots in record order.
    shots: Sequence[Shot]
    #: Their samples by shot id.
    samples: Mapping[str, Sample]
    #: The pairs worth trying, in record order.
    pairs: Sequence[Pair]
    linking: Linking
    means: Means
    #: Neighbors that meet in a plain cut: the shot before it and the shot after it, as they are played.
    cuts: Sequence[Pair] = ()
    #: Takes the arrays of links: a long edit has more of them than memory.
    put: Put = held

    def remembered(
        self,
        kind: str,
        pairs: Sequence[Pair],
        find: Callable[[Sequence[Pair]], Iterator[Clues]],
        made_with: str = "",
    ) -> Clues:
        """Return the clues of ``pairs`` in their order, from the cache if possible.

        ``find`` yields one answer for each pair not in the cache. The cache key names everything that a clue depends
        on, so clues are the same with a cache and without. ``made_with`` names what is not in the two samples or in
        ``linking``, such as a model's weights.
        """
        cache = self.means.cache
        if cache is NO_CACHE:
            return _joined(answer.put_away(self.put) for answer in find(pairs))
        digests = {shot: self.samples[shot].digest() for shot in dict.fromkeys(shot for pair in pairs for shot in pair)}
        keys = {(a, b): self._key(f"{kind} {made_with}", digests[a], digests[b]) for a, b in pairs}
        clues: dict[Pair, Clues] = {}
        for pair, key in keys.items():
            arrays = cache.get(key)
            if arrays is not None and (restored := _restored(*pair, kind, arrays)) is not None:
                clues[pair] = restored.put_away(self.put)
        missing = [pair for pair in pairs if pair not in clues]
        for pair, answer in zip(missing, find(missing), strict=True):
            cache.put(keys[pair], _arrays(answer))
            clues[pair] = answer.put_away(self.put)
        return _joined(clues[pair] for pair in pairs)

    def unjoined(self, links: Iterable[Link]) -> list[Pair]:
        """Return the pairs that none of these links joins by many matches."""
        joined = {(link.a, link.b) for link in links if link.inliers >= self.linking.many}
        return [pair for pair in self.pairs if pair not in joined]

    def shots_of(self, pairs: Iterable[Pair]) -> list[str]:
        """Return the shots of some pairs in the order of the samples."""
        asked = {shot for pair in pairs for shot in pair}
        return [shot for shot in self.samples if shot in asked]

    def _key(self, kind: str, a: str, b: str) -> str:
        linking = replace(self.linking, without=())
        made_from = kind, a, b, linking, REVISION, __version__, cv2.__version__, np.__version__
        return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _joined(answers: Iterable[Clues]) -> Clues:
    links: list[Link] = []
    hints: list[Hint] = []
    for answer in answers:
        links += answer.links
        hints += answer.hints
    return Clues(links, hints)


#: The fields of a link that are stored. The others are part of the key.
_FIELDS = tuple(field.name for field in fields(Link) if field.name not in ("a", "b", "kind"))


def _arrays(clues: Clues) -> Arrays:
    """Return the clues of one pair of shots as arrays. ``"k name"`` is the key of field ``name`` of link ``k``."""
    values = {f"{k} {name}": getattr(link, name) for k, link in enumerate(clues.links) for name in _FIELDS}
    counts = {"links": len(clues.links), "shares": [hint.share for hint in clues.hints]}
    return {name: np.asarray(value) for name, value in {**counts, **values}.items()}


def _restored(a: str, b: str, kind: str, stored: Arrays) -> Clues | None:
    """Return the clues of one pair from their arrays; None for arrays that are no clues."""
    try:
        links = [
            Link(a, b, kind=kind, **{name: _value(name, stored[f"{k} {name}"]) for name in _FIELDS})
            for k in range(int(stored["links"]))
        ]
        hints = [Hint(a, b, kind, share) for share in stored["shares"].tolist()]
        fit = all(map(_is_link, links)) and all(isinstance(hint.share, float) for hint in hints)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    return Clues(links, hints) if fit else None


def _is_link(link: Link) -> bool:
    """Whether the fields of a link have its types and shapes: another version may have stored it."""
    n, m, k = len(link.weights), len(link.places), len(link.clipped_a)
    arrays = (
        *((link.colors_a, "f", (n, 3)), (link.colors_b, "f", (n, 3)), (link.weights, "f", (n,))),
        *((link.held_out, "b", (n,)), (link.places, "f", (m, 4))),
        *((link.clipped_a, "f", (k, 3)), (link.clipped_b, "f", (k, 3))),
    )
    numbers = (link.inliers, link.mad, link.confidence, *link.at)
    return (
        n > 0
        and all(array.dtype.kind == kind and array.shape == shape for array, kind, shape in arrays)
        and all(np.isfinite(array).all() for array, _, _ in arrays)
        and all(isinstance(number, int | float) and isfinite(number) for number in numbers)
        and len(link.at) == 2
    )


def _value(name: str, stored: NDArray[Any]) -> Any:
    """Convert a stored field of a link: scalars to Python numbers, ``at`` to a tuple."""
    if name == "at":
        return tuple(stored.tolist())
    return stored if stored.ndim else stored.item()
