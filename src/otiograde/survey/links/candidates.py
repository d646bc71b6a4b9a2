"""The pairs of shots worth matching. Their number grows linearly with the number of shots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from otiograde.color.alike import Traits
from otiograde.color.arrays import Float64
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey.families import Doubt, families_of
from otiograde.survey.sample import Sample
from otiograde.survey.traits import gathered, measure_traits

#: Shots whose distances to all others are computed at a time.
BLOCK = 256

#: What rounding may add to the square of a distance between descriptors: more than it does.
ROUNDING = 1e-9


def candidates(
    shots: Sequence[Shot],
    samples: Mapping[str, Sample],
    linking: Linking,
    *,
    doubts: Mapping[str, Doubt] = MappingProxyType({}),
    across: bool = False,
    traits: Traits | None = None,
) -> list[tuple[str, str]]:
    """Return the pairs worth matching, in record order: neighbors in the edit, and shots of similar texture.

    Also paired are the first shot of a wished scene with its others, and each use of a media file with the next use.
    Only shots of one family are paired; with ``across``, only shots of two. ``traits`` are those of the shots, measured
    where none are given.
    """
    usable = [shot for shot in shots if len(samples[shot.id].at)]
    order = {shot.id: index for index, shot in enumerate(usable)}
    pairs = {(i, j) for i in order.values() for j in range(i + 1, min(i + 1 + linking.reach, len(usable)))}
    if len(usable) > 1:
        traits = traits or gathered([measure_traits(samples[shot.id]) for shot in shots])
        descriptors = traits.patterns[[k for k, shot in enumerate(shots) if len(samples[shot.id].at)]]
        for i, nearest in enumerate(_nearest(descriptors, linking.nearest)):
            pairs |= {(min(i, j), max(i, j)) for j in nearest}
    pairs |= _wished_pairs(usable) | _source_pairs(usable)
    families = families_of(shots, doubts)
    ids = [(usable[i].id, usable[j].id) for i, j in sorted(pairs) if i != j]
    return [(a, b) for a, b in ids if (families[a] != families[b]) == across]


def _nearest(descriptors: Float64, count: int) -> Iterator[list[int]]:
    """Yield the ``count`` nearest others of each of two or more descriptors ``(n, d)`` of length 1 or 0, nearest first.

    Products tell roughly who is near, for all at once; of those, the distances decide.
    """
    lengths = (descriptors**2).sum(axis=1)
    for first in range(0, len(descriptors), BLOCK):
        rough = lengths - 2 * (descriptors[first : first + BLOCK] @ descriptors.T)
        for i, row in enumerate(rough, first):
            row[i] = np.inf
            last = min(count, len(row) - 1)
            near = np.flatnonzero(row <= np.partition(row, last - 1)[last - 1] + ROUNDING) if last else np.arange(0)
            distance = np.linalg.norm(descriptors[near] - descriptors[i], axis=1)
            yield near[np.argsort(distance, kind="stable")[:last]].tolist()


def _wished_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = set()
    for index, shot in enumerate(shots):
        if shot.wishes.scene is not None:
            pairs.add((first.setdefault(shot.wishes.scene, index), index))
    return pairs


def _source_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    """Pair each use of a media file with the next use, in the order of the file's frames."""
    order = sorted(range(len(shots)), key=lambda k: (str(shots[k].media.path), shots[k].source.start, k))
    return {(min(i, j), max(i, j)) for i, j in pairwise(order) if shots[i].media == shots[j].media}
