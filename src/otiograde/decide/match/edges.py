"""Edges: the links of a scene as terms of the solve, weighted by their kind and their residual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from otiograde.color.solver import Edge
from otiograde.color.transform import Identity, Transform
from otiograde.survey import kinds
from otiograde.survey.link import Link

#: A residual above this is more than noise, in code values.
NOISE = 0.012

#: What is above noise is caused by a change of light, which affects many pairs at once. The deviation of that light,
#: in units of the prior of grades, is this many times the excess of the residual.
LIGHT = 11.0

#: Independent color pairs that the clipped places of a link are worth at most.
CLIPPED = 400.0


def edges_of(links: Sequence[Link], index: Mapping[str, int]) -> list[Edge]:
    """Return the edges of links that correct by themselves. ``index`` is the variable of each shot in the solve."""
    return [_edge(link, index, {}, _worth(link), _spread(link)) for link in links]


def clipped_edges(links: Sequence[Link], index: Mapping[str, int]) -> list[Edge]:
    """Return the edges of places that one of two linked shots clips. They count by their number."""
    edges = []
    for link in links:
        count, spread = len(link.clipped_a), _spread(link)
        if count:
            worth = min(CLIPPED, _worth(link)) * min(1.0, count / len(link.weights))
            light, even = LIGHT * max(0.0, spread - NOISE), np.ones(count)
            pair = index[link.a], index[link.b]
            edges.append(Edge(*pair, link.clipped_a, link.clipped_b, even, worth, spread, light))
    return edges


def _worth(link: Link) -> float:
    """Return the number of independent color pairs that a link is worth: five a match, up to a limit."""
    return min(kinds.KINDS[link.kind].most, 5.0 * link.inliers)


def _spread(link: Link) -> float:
    """Return the spread of the colors of one surface in code values."""
    return max(kinds.KINDS[link.kind].noise, link.mad)


def faint_edges(links: Sequence[Link], index: Mapping[str, int], balances: Mapping[str, Transform]) -> list[Edge]:
    """Return the edges of links too faint to correct alone, with their colors after the ``balances`` so far.

    Shots with the same ``index`` move as one. A link between them is ignored.
    """
    joining = [link for link in links if link.a in index and link.b in index and index[link.a] != index[link.b]]
    counts = Counter(_parts_joined(link, index) for link in joining)
    edges = []
    for link in joining:
        worth, spread = _worth_and_spread(link, counts[_parts_joined(link, index)])
        if worth > 0:
            edges.append(_edge(link, index, balances, worth, spread))
    return edges


def _parts_joined(link: Link, index: Mapping[str, int]) -> tuple[str, frozenset[int]]:
    """Return the kind of a link and the two parts that it joins."""
    return link.kind, frozenset((index[link.a], index[link.b]))


def _worth_and_spread(link: Link, count: int) -> tuple[float, float]:
    """Return the worth of a faint link in independent pairs, and the spread of its colors in code values.

    ``count`` links of its kind join the same two parts.
    """
    faint = kinds.KINDS[link.kind].faint
    if faint is None:
        return 0.0, NOISE
    if faint.spread is None:
        return faint.worth * _reliability(link), _spread(link)
    return faint.worth / count, faint.spread


def _edge(link: Link, index: Mapping[str, int], balances: Mapping[str, Transform], worth: float, spread: float) -> Edge:
    fitted = ~link.held_out
    x, y = (
        np.asarray(np.clip(balances.get(shot, Identity())(colors[fitted]), 0, 1), np.float64)
        for shot, colors in ((link.a, link.colors_a), (link.b, link.colors_b))
    )
    weights = link.weights[fitted] / link.weights[fitted].mean()
    return Edge(index[link.a], index[link.b], x, y, weights, worth, spread, LIGHT * max(0.0, spread - NOISE))


def _reliability(link: Link) -> float:
    """Return 1 to 0 as the residual grows from .03 to .06 and matches fall from 80 to 30."""
    return float(np.clip((0.06 - link.mad) / 0.03, 0, 1) * np.clip((link.inliers - 30) / 50, 0, 1))
