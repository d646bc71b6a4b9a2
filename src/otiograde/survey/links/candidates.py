"""The pairs of shots worth matching. Their number grows linearly with the number of shots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from otiograde.color.alike import Traits
from otiograde.record.settings import Linking
from otiograde.record.shot import Shot
from otiograde.survey.families import Doubt, families_of
from otiograde.survey.sample import Sample
from otiograde.survey.traits import gathered, measure_traits


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
        for i, descriptor in enumerate(descriptors):
            distance = np.linalg.norm(descriptors - descriptor, axis=1)
            distance[i] = np.inf
            pairs |= {(min(i, int(j)), max(i, int(j))) for j in np.argsort(distance, kind="stable")[: linking.nearest]}
    pairs |= _wished_pairs(usable) | _source_pairs(usable)
    families = families_of(shots, doubts)
    ids = [(usable[i].id, usable[j].id) for i, j in sorted(pairs) if i != j]
    return [(a, b) for a, b in ids if (families[a] != families[b]) == across]


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
