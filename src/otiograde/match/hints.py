"""Hints: evidence too faint to correct by alone, which still counts beside the resemblance of two parts of a scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from otiograde.grade import Grade
from otiograde.link import Link
from otiograde.match.solver import Edge

#: Independent pairs that all content links between two parts are worth together, and how far things of one kind differ.
THINGS, APART = 60.0, 0.06

#: Independent pairs that a faint learned link is worth at best.
FAINT = 20.0

#: Other light and other things can look like a grade of this size (mean ΔE00).
CHANCE = 2.0


def hints(links: Sequence[Link], parts: Sequence[Sequence[str]], grades: Mapping[str, Grade]) -> list[Edge]:
    """The edges of links that join two parts, their colors as the grades have made them by now."""
    place = {shot: k for k, part in enumerate(parts) for shot in part}
    joining = [
        link
        for link in links
        if len(link.weights) and link.a in place and link.b in place and place[link.a] != place[link.b]
    ]
    alike = Counter(frozenset((place[link.a], place[link.b])) for link in joining if link.kind == "content")
    edges = []
    for link in joining:
        a, b = place[link.a], place[link.b]
        worth = THINGS / alike[frozenset((a, b))] if link.kind == "content" else FAINT * _sound(link)
        if worth > 0:
            used = ~link.held_out
            x, y = (
                np.asarray(np.clip(grades[shot].balance(colors[used]), 0, 1), np.float64)
                for shot, colors in ((link.a, link.colors_a), (link.b, link.colors_b))
            )
            spread = APART if link.kind == "content" else max(0.012, link.mad)
            edges.append(Edge(a, b, x, y, link.weights[used] / link.weights[used].mean(), worth, spread))
    return edges


def _sound(link: Link) -> float:
    """From 1 to 0 as the residual goes from .03 to .06, and as matches go from 80 down to 30."""
    return float(np.clip((0.06 - link.mad) / 0.03, 0, 1) * np.clip((link.inliers - 30) / 50, 0, 1))


def beyond_chance(moved: float) -> float:
    """The part of a correction of this size that is believed (the positive part of James and Stein's rule, 1961)."""
    return max(0.0, 1 - (CHANCE / max(moved, 1e-9)) ** 2)
