"""Witnesses of a change: whether the cells of the picture all show it, as they do a change of the grade.

A lamp, a cloud or a thing that moves changes a part of the picture. Each cell is compared with all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.survey.course_edges import CELLS, Edge

#: Share of what is known of a change that a cell must know to be a witness.
LEAST_KNOWN = 0.02


class Agreement(NamedTuple):
    """How the cells of the picture agree on a change."""

    #: Root mean square of the difference between a cell's share of the change and that of all others. 0: all alike.
    spread: float
    #: Cells that testify, weighted by what they know: from 1 to 9.
    witnesses: float


def agreement(edges: Iterable[Edge], course: Float64) -> Agreement:
    """Compare how much of a ``course`` (n, 10) each cell shows along ``edges``, with the cells left out in turn."""
    shown, known = np.zeros(CELLS**2), np.zeros(CELLS**2)
    for edge in edges:
        change = course[edge.end] - course[edge.start]
        shown += edge.pulls @ change
        known += edge.cells @ change @ change
    weights = known / max(known.sum(), 1e-9)
    others = (shown.sum() - shown) / np.maximum(known.sum() - known, 1e-9)
    testify = weights > LEAST_KNOWN
    if not testify.any():
        return Agreement(np.inf, 0.0)
    apart = shown[testify] / known[testify] - others[testify]
    shares = weights[testify] / weights[testify].sum()
    return Agreement(float(np.sqrt(shares @ apart**2)), float(1 / (shares @ shares)))
