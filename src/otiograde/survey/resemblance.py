"""Resemblance: the mass of colors that two pictures have in common.

Pictures of one place have more in common than others, and pictures of one place with one grade have most. Colors are
compared only among equally rough parts of the pictures: sky with sky, grass with grass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.overlap import common_mass
from otiograde.color.texture import roughness
from otiograde.survey.sample import Sample

#: Colors drawn from a shot, and the number of texture kinds: equal parts of a picture, ranked by roughness.
COLORS, KINDS = 1000, 3


class Cloud(NamedTuple):
    """Colors of a shot with the texture around each."""

    #: ``(n, 3)``: code values in [0, 1].
    colors: Float64
    #: ``(n,)``: the kind of texture, from 0 (smoothest) to ``KINDS - 1``.
    kinds: NDArray[np.intp]


def cloud(sample: Sample, count: int = COLORS, seed: int = 0) -> Cloud:
    """Draw at most ``count`` usable colors of a shot, with the kind of texture around each."""
    number, row, column = np.nonzero(sample.usable)
    chosen = np.sort(np.random.default_rng(seed).choice(len(number), min(count, len(number)), replace=False))
    number, row, column = number[chosen], row[chosen], column[chosen]
    colors, rough = np.empty((len(chosen), 3), np.float32), np.empty(len(chosen), np.float32)
    for k in np.unique(number).tolist():
        frame, drawn = sample.frame(k), number == k
        colors[drawn], rough[drawn] = (of[row[drawn], column[drawn]] for of in (frame, roughness(frame)))
    rank = np.argsort(np.argsort(rough, kind="stable"), kind="stable")
    return Cloud(colors.astype(np.float64), (rank * KINDS // max(len(rank), 1)).astype(np.intp))


def in_common(clouds: Sequence[Cloud], pairs: Sequence[tuple[int, int]], coefficients: Float64) -> Float64:
    """Return the share of mass in [0, 1] that each pair has in common after its cubics ``(n, 20, 3)``."""
    corrected = [
        cloud.colors + np.asarray(monomials(cloud.colors), np.float64) @ cubic
        for cloud, cubic in zip(clouds, coefficients, strict=True)
    ]
    return np.array([common_mass(corrected[a], corrected[b], (clouds[a].kinds, clouds[b].kinds)) for a, b in pairs])
