"""A second pass, guided by the first: what moved between two shots is matched too, each thing by itself.

The first pass finds one motion a frame pair, most often the background's. The change of size and direction that it
tells holds for what moved as well, so points need only be told from those of the same pose; and neighboring matches
that were shifted alike vouch for each other (as in GMS, Bian et al. 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.record.settings import Linking
from otiograde.survey.links.matching import FrameMatch, Matches, nearest_alike, turned
from otiograde.survey.links.points import Points


def with_moved(matches: Matches, linking: Linking) -> Matches:
    """The matches with at most ``linking.moved`` of what moved added, drawn from half of all frame pairs."""
    zoom, turn = _pose(matches)
    known: dict[tuple[int, int], list[FrameMatch]] = {}
    for found in matches.frames:
        known.setdefault((found.i, found.j), []).append(found)
    more = []
    for i, j in product(range(len(matches.a.frames)), range(len(matches.b.frames))):
        if (i + j) % 2 == 0:
            own = _moved(matches.a.frames[i], matches.b.frames[j], known.get((i, j), ()), zoom, turn, linking)
            more += [FrameMatch(i, j, *own, len(own[0]), None)]
    return matches._replace(frames=(*matches.frames, *_thinned(more, linking)))


def _thinned(found: Sequence[FrameMatch], linking: Linking) -> list[FrameMatch]:
    """At most ``linking.moved`` of the matches, drawn from all of them alike."""
    counts = [len(each.first) for each in found]
    chosen = np.random.default_rng(linking.seed).permutation(sum(counts))[: linking.moved]
    kept = np.split(np.isin(np.arange(sum(counts)), chosen), np.cumsum(counts)[:-1])
    parts = zip(found, kept, strict=True) if found else ()
    return [each._replace(first=each.first[own], second=each.second[own]) for each, own in parts if own.any()]


def _moved(
    a: Points, b: Points, known: Sequence[FrameMatch], zoom: float, turn: float, linking: Linking
) -> tuple[Indices, Indices]:
    """Matches of two frames that enough others near by agree with on the shift, and that are not known yet."""
    first, second = _new(*nearest_alike(a, b, zoom, turn), known)
    vouched = _vouched(a.xy[first], b.xy[second], zoom, turn, linking)
    return first[vouched], second[vouched]


def _pose(matches: Matches) -> tuple[float, float]:
    """The median change of size (log2) and of direction (degrees) from b to a."""
    zooms, turns = [], []
    for found in matches.frames:
        a, b = matches.a.frames[found.i], matches.b.frames[found.j]
        zooms.append(np.log2(a.size[found.first] / b.size[found.second]))
        turns.append(turned(a.angle[found.first], b.angle[found.second]))
    turn = np.concatenate(turns)
    middle = float(np.median(turn))
    return float(np.median(np.concatenate(zooms))), middle + float(np.median(turned(turn, middle)))


def _new(first: Indices, second: Indices, known: Sequence[FrameMatch]) -> tuple[Indices, Indices]:
    """The matches whose points are in none that is known."""
    new = np.ones(len(first), np.bool_)
    for found in known:
        new &= ~np.isin(first, found.first) & ~np.isin(second, found.second)
    return first[new], second[new]


def _vouched(xa: Float32, xb: Float32, zoom: float, turn: float, linking: Linking) -> NDArray[np.bool_]:
    """Matches that enough others near by agree with on the shift."""
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shift = xa - 2.0**zoom * (xb @ rotation)
    apart = np.linalg.norm(xa[:, None] - xa, axis=2)
    alike = np.linalg.norm(shift[:, None] - shift, axis=2) < linking.shifted
    near = (apart > 2) & (apart < linking.vicinity)  # one place with two directions is one witness
    return np.asarray((alike & near).sum(1) >= linking.witnesses)
