"""Which pairs of shots are worth matching: their number grows with the number of shots, not with its square."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from otiograde.color.texture import patterns
from otiograde.record.shot import Shot
from otiograde.survey.link import LinkKind
from otiograde.survey.sample import Sample


@dataclass(frozen=True, slots=True)
class Linking:
    """How links are found.

    ``reach`` shots on either side in record order and the ``nearest`` shots in texture are tried. A
    frame keeps its ``keypoints`` strongest SIFT points; ``screened`` of them decide which ``frame_pairs`` are matched
    in full. A frame pair counts with ``fewest`` verified matches; a link needs ``inliers`` of them at ``ratio`` of
    the matches tried, or ``many`` whatever the ratio; from ``plenty`` on nothing more is asked. What moved is matched
    where ``witnesses`` in the ``vicinity`` (pixels) shifted alike, ``shifted`` pixels at most apart, ``moved`` matches
    in all. ``dense`` flow pairs a frame pair, ``pairs`` in all; one block in ``held_out`` is kept back. ``without``
    names kinds of evidence not to look for.
    """

    reach: int = 3
    nearest: int = 4
    keypoints: int = 1500
    screened: int = 500
    frame_pairs: int = 4
    fewest: int = 8
    plane: int = 15
    ratio: float = 0.3
    many: int = 30
    places: int = 6
    plenty: int = 60
    witnesses: int = 3
    vicinity: float = 80.0
    shifted: float = 6.0
    moved: int = 200
    dense: int = 1500
    pairs: int = 4000
    held_out: int = 5
    block: int = 24
    spots: int = 6
    seed: int = 0
    without: tuple[LinkKind, ...] = ()


def candidates(shots: Sequence[Shot], samples: Mapping[str, Sample], linking: Linking) -> list[tuple[str, str]]:
    """Pairs worth matching, in record order: neighbors in time and nearest in texture.

    Their number grows linearly with the number of shots. Shots of one wished scene are all tried against the scene's
    first, and each use of a media file with its next; SDR and HDR shots are never paired.
    """
    usable = [shot for shot in shots if len(samples[shot.id].pixels)]
    order = {shot.id: index for index, shot in enumerate(usable)}
    pairs = {(i, j) for i in order.values() for j in range(i + 1, min(i + 1 + linking.reach, len(usable)))}
    if len(usable) > 1:
        taken = [samples[shot.id] for shot in usable]
        descriptors = np.array([patterns(map(own.frame, range(len(own.at))), own.usable) for own in taken])
        for i, own in enumerate(descriptors):
            distance = np.linalg.norm(descriptors - own, axis=1)
            distance[i] = np.inf
            pairs |= {(min(i, int(j)), max(i, int(j))) for j in np.argsort(distance, kind="stable")[: linking.nearest]}
    pairs |= _wished_pairs(usable) | _source_pairs(usable)
    return [
        (usable[i].id, usable[j].id)
        for i, j in sorted(pairs)
        if i != j and usable[i].media.encoding.is_hdr == usable[j].media.encoding.is_hdr
    ]


def _wished_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = set()
    for index, shot in enumerate(shots):
        if shot.wishes.scene is not None:
            pairs.add((first.setdefault(shot.wishes.scene, index), index))
    return pairs


def _source_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    """Each use of a media file with the next, in the order of the file."""
    order = sorted(range(len(shots)), key=lambda k: (str(shots[k].media.path), shots[k].source.start, k))
    return {(min(i, j), max(i, j)) for i, j in pairwise(order) if shots[i].media == shots[j].media}
