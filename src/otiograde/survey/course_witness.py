"""Witnesses of a change: the parts of the picture, and the strides, must all show it if it is one of the grade.

A lamp, a cloud or a thing that moves changes a part of the picture. So each cell of the picture is compared with all
others. Tracking that goes astray in a moving picture adds up differently over short and over long strides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.survey.course_edges import CELLS, STRIDES, Edge

#: What a witness must know of a change: the share of it that it shows, within 0.16 and within 0.07.
CELL_KNOWS, STRIDE_KNOWS = 40.0, 200.0
#: Coverage from which an edge testifies: the few pixels of one that is hardly tracked may all have gone astray.
COVERED = 0.15


class Testimony(NamedTuple):
    """What the witnesses say of a change."""

    #: Root mean square of the difference between the share that a cell shows and that of all others. 0: all agree.
    spread: float
    #: Cells that testify, from 0 to 9.
    cells: int
    #: The smallest and the largest share of the change that a stride shows. 1: all of it.
    least: float
    most: float


def agreement(edges: Iterable[Edge], course: Float64, far: int = 1) -> Testimony:
    """Compare how much of a ``course`` (n, 10) each cell shows along ``edges``, with the cells left out in turn.

    Of the strides those of at least ``far`` testify, where there are any: a codec holds colors that change slowly, so
    frames near to each other show less of a drift.
    """
    shown, expected = np.zeros(CELLS**2), np.zeros(CELLS**2)
    strides = {stride: np.zeros(2) for stride, _ in STRIDES}
    for edge in (edge for edge in edges if edge.coverage >= COVERED):
        change = course[edge.end] - course[edge.start]
        shows, knows = edge.pulls @ change, edge.cells @ change @ change
        shown += shows
        expected += knows
        strides[edge.end - edge.start] += (shows.sum(), knows.sum())
    shares = {stride: float(shows / knows) for stride, (shows, knows) in strides.items() if knows > STRIDE_KNOWS}
    testify = expected > CELL_KNOWS
    if not testify.any() or not shares:
        return Testimony(np.inf, int(testify.sum()), 0.0, 0.0)
    others = (shown.sum() - shown[testify]) / np.maximum(expected.sum() - expected[testify], 1e-9)
    apart = shown[testify] / expected[testify] - others
    distant = [share for stride, share in shares.items() if stride >= far] or list(shares.values())
    return Testimony(float(np.sqrt(np.square(apart).mean())), int(testify.sum()), min(distant), max(distant))
