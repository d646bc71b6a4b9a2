"""A second matching pass, guided by the first: it matches objects that moved between two shots.

The first pass finds one motion for a frame pair, usually that of the background. Its change of size and direction also
holds for objects that moved, so a point needs to be distinguished only from points of the same pose. Neighboring
matches with the same shift confirm each other (as in GMS, Bian et al. 2017).
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
    """Add at most ``linking.moved`` matches on moved objects, from half of all frame pairs."""
    zoom, turn = _pose(matches)
    earlier: dict[tuple[int, int], list[FrameMatch]] = {}
    for match in matches.frames:
        earlier.setdefault((match.i, match.j), []).append(match)
    more = []
    for i, j in product(range(len(matches.a.frames)), range(len(matches.b.frames))):
        if (i + j) % 2 == 0:
            first, second = _match_moved(
                matches.a.frames[i], matches.b.frames[j], earlier.get((i, j), ()), zoom, turn, linking
            )
            more += [FrameMatch(i, j, first, second, len(first), None)]
    return matches._replace(frames=(*matches.frames, *_thinned(more, linking)))


def _thinned(matches: Sequence[FrameMatch], linking: Linking) -> list[FrameMatch]:
    """Draw at most ``linking.moved`` of the matches, each with the same chance."""
    counts = [len(match.first) for match in matches]
    chosen = np.random.default_rng(linking.seed).permutation(sum(counts))[: linking.moved]
    masks = np.split(np.isin(np.arange(sum(counts)), chosen), np.cumsum(counts)[:-1])
    parts = zip(matches, masks, strict=True) if matches else ()
    return [match._replace(first=match.first[mask], second=match.second[mask]) for match, mask in parts if mask.any()]


def _match_moved(
    a: Points, b: Points, earlier: Sequence[FrameMatch], zoom: float, turn: float, linking: Linking
) -> tuple[Indices, Indices]:
    """Match two frames. Return the new matches whose shift enough of their neighbors share."""
    first, second = _new(*nearest_alike(a, b, zoom, turn), earlier)
    confirmed = _confirmed(a.xy[first], b.xy[second], zoom, turn, linking)
    return first[confirmed], second[confirmed]


def _pose(matches: Matches) -> tuple[float, float]:
    """Return the median change of size (log2) and of direction (degrees) from b to a."""
    zooms, turns = [], []
    for match in matches.frames:
        a, b = matches.a.frames[match.i], matches.b.frames[match.j]
        zooms.append(np.log2(a.size[match.first] / b.size[match.second]))
        turns.append(turned(a.angle[match.first], b.angle[match.second]))
    turn = np.concatenate(turns)
    middle = float(np.median(turn))
    return float(np.median(np.concatenate(zooms))), middle + float(np.median(turned(turn, middle)))


def _new(first: Indices, second: Indices, earlier: Sequence[FrameMatch]) -> tuple[Indices, Indices]:
    """Drop the matches with a point that an earlier match uses."""
    new = np.ones(len(first), np.bool_)
    for match in earlier:
        new &= ~np.isin(first, match.first) & ~np.isin(second, match.second)
    return first[new], second[new]


def _confirmed(xa: Float32, xb: Float32, zoom: float, turn: float, linking: Linking) -> NDArray[np.bool_]:
    """Return a mask of the matches whose shift at least ``linking.witnesses`` neighboring matches share."""
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shift = xa - 2.0**zoom * (xb @ rotation)
    distance = _apart(xa)
    near = (distance > 2) & (distance < linking.vicinity)  # two points at one position are one witness
    return np.asarray((near & (_apart(shift) < linking.shifted)).sum(1) >= linking.witnesses)


def _apart(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the distances ``(n, n)`` of the points ``(n, 2)`` from one another."""
    x, y = points.T
    across, down = x[:, None] - x, y[:, None] - y
    across *= across  # in place: the tables of two thousand points take 32 MB each
    down *= down
    across += down
    return np.asarray(np.sqrt(across, out=across))
