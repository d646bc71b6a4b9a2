"""Edges: what the links of a scene tell the solve, each as far as its kind and its residual let it be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from otiograde.color.solver import Edge
from otiograde.color.transform import Identity, Transform
from otiograde.survey import kinds
from otiograde.survey.link import Link

#: The least spread of the colors of one surface, in code values.
NOISE = 0.012

#: What is left of a link beyond noise is other light, which falls on many pairs at once. Its deviation, in that of the
#: prior of grades, is so many times the residual's excess.
LIGHT = 11.0


def edges_of(links: Sequence[Link], place: Mapping[str, int]) -> list[Edge]:
    """The edges of links whose colors correct by themselves, between shots at their ``place``."""
    worth = (min(400.0, 5.0 * link.inliers) for link in links)
    return [_edge(link, place, {}, own, max(NOISE, link.mad)) for link, own in zip(links, worth, strict=True)]


def faint_edges(links: Sequence[Link], place: Mapping[str, int], made: Mapping[str, Transform]) -> list[Edge]:
    """The edges of links too faint to correct by alone, their colors as other links have ``made`` them by now.

    Shots at one ``place`` move as one; only links between two places say anything.
    """
    joining = [link for link in links if link.a in place and link.b in place and place[link.a] != place[link.b]]
    beside = Counter(_between(link, place) for link in joining)
    edges = []
    for link in joining:
        worth, spread = _believed(link, beside[_between(link, place)])
        if worth > 0:
            edges.append(_edge(link, place, made, worth, spread))
    return edges


def _between(link: Link, place: Mapping[str, int]) -> tuple[str, frozenset[int]]:
    return link.kind, frozenset((place[link.a], place[link.b]))


def _believed(link: Link, count: int) -> tuple[float, float]:
    """What a faint link is worth, one of ``count`` of its kind between two places, and how far its colors differ."""
    faint = kinds.KINDS[link.kind].faint
    if faint is None:
        return 0.0, NOISE
    if faint.spread is None:
        return faint.worth * _sound(link), max(NOISE, link.mad)
    return faint.worth / count, faint.spread


def _edge(link: Link, place: Mapping[str, int], made: Mapping[str, Transform], worth: float, spread: float) -> Edge:
    used = ~link.held_out
    x, y = (
        np.asarray(np.clip(made.get(shot, Identity())(colors[used]), 0, 1), np.float64)
        for shot, colors in ((link.a, link.colors_a), (link.b, link.colors_b))
    )
    weights = link.weights[used] / link.weights[used].mean()
    return Edge(place[link.a], place[link.b], x, y, weights, worth, spread, LIGHT * (spread - NOISE))


def _sound(link: Link) -> float:
    """From 1 to 0 as the residual goes from .03 to .06, and as matches go from 80 down to 30."""
    return float(np.clip((0.06 - link.mad) / 0.03, 0, 1) * np.clip((link.inliers - 30) / 50, 0, 1))
