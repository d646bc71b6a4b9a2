"""What every kind of evidence is looked for in, and what is remembered from one run to the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
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

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

#: Two shots to look at, by their ids, in record order.
Pair: TypeAlias = tuple[str, str]

#: Raised whenever the same samples give other clues than before, or they are stored otherwise: no cache gives old ones.
REVISION = 5


class Search(NamedTuple):
    """The shots of an edit, their samples, which ``pairs`` of them are worth trying, and the means to try them."""

    shots: Sequence[Shot]
    samples: Mapping[str, Sample]
    pairs: Sequence[Pair]
    linking: Linking
    means: Means

    def remembered(
        self,
        kind: str,
        pairs: Sequence[Pair],
        find: Callable[[Sequence[Pair]], Iterator[Clues]],
        made_with: str = "",
    ) -> Clues:
        """The clues of ``pairs`` in their order: out of the cache, the rest by ``find``, one answer per pair asked.

        The key says everything a clue is made from, so that clues are the same with a cache and without:
        ``made_with`` what is neither in the two samples nor in ``linking`` (a model's weights, say).
        """
        cache = self.means.cache
        if cache is NO_CACHE:
            return _together(find(pairs))
        digests = {shot: self.samples[shot].digest() for shot in dict.fromkeys(shot for pair in pairs for shot in pair)}
        keys = {(a, b): self._key(f"{kind} {made_with}", digests[a], digests[b]) for a, b in pairs}
        stored = {pair: cache.get(key) for pair, key in keys.items()}
        clues = {pair: _restored(*pair, kind, arrays) for pair, arrays in stored.items() if arrays is not None}
        missing = [pair for pair in pairs if pair not in clues]
        for pair, answer in zip(missing, find(missing), strict=True):
            cache.put(keys[pair], _arrays(answer))
            clues[pair] = answer
        return _together(clues[pair] for pair in pairs)

    def _key(self, kind: str, a: str, b: str) -> str:
        linking = replace(self.linking, without=())
        made_from = kind, a, b, linking, REVISION, __version__, cv2.__version__, np.__version__
        return hashlib.sha256(repr(made_from).encode()).hexdigest()


def _together(answers: Iterable[Clues]) -> Clues:
    links: list[Link] = []
    hints: list[Hint] = []
    for answer in answers:
        links += answer.links
        hints += answer.hints
    return Clues(links, hints)


#: The fields of a link that are stored: the rest is in the key.
_FIELDS = tuple(field.name for field in fields(Link) if field.name not in ("a", "b", "kind"))


def _arrays(clues: Clues) -> Arrays:
    """The clues of one pair of shots as arrays: a field of the link numbered ``k`` is under ``k field``."""
    values = {f"{k} {name}": getattr(link, name) for k, link in enumerate(clues.links) for name in _FIELDS}
    counts = {"links": len(clues.links), "shares": [hint.share for hint in clues.hints]}
    return {name: np.asarray(value) for name, value in {**counts, **values}.items()}


def _restored(a: str, b: str, kind: str, stored: Arrays) -> Clues:
    links = [
        Link(a, b, kind=kind, **{name: _value(name, stored[f"{k} {name}"]) for name in _FIELDS})
        for k in range(int(stored["links"]))
    ]
    return Clues(links, [Hint(a, b, kind, share) for share in stored["shares"].tolist()])


def _value(name: str, stored: NDArray[Any]) -> Any:
    """A field of a link: numbers as Python has them, arrays as they are."""
    if name == "at":
        return tuple(stored.tolist())
    return stored if stored.ndim else stored.item()
