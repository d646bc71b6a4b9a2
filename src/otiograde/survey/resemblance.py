"""Resemblance: what pictures have in common, those of one place more than others, and those of one grade most.

Colors are compared among equally rough parts of the pictures only: sky with sky, grass with grass.
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

#: Colors drawn from a shot, and kinds of texture: equal parts of a picture by how rough they are.
COLORS, KINDS = 1000, 3


class Cloud(NamedTuple):
    """Colors of a shot ``(n, 3)`` and the kind of texture ``(n,)`` at each."""

    colors: Float64
    kinds: NDArray[np.intp]


def cloud(sample: Sample, count: int = COLORS, seed: int = 0) -> Cloud:
    """Draw colors of a shot with their kinds of texture."""
    frames = [sample.frame(k) for k in range(len(sample.at))]
    usable = sample.usable
    colors = np.concatenate([frame[seen] for frame, seen in zip(frames, usable, strict=True)])
    rough = np.concatenate([roughness(frame)[seen] for frame, seen in zip(frames, usable, strict=True)])
    chosen = np.sort(np.random.default_rng(seed).choice(len(colors), min(count, len(colors)), replace=False))
    rank = np.argsort(np.argsort(rough[chosen], kind="stable"), kind="stable")
    return Cloud(colors[chosen].astype(np.float64), (rank * KINDS // max(len(rank), 1)).astype(np.intp))


def in_common(clouds: Sequence[Cloud], pairs: Sequence[tuple[int, int]], coefficients: Float64) -> Float64:
    """The share of mass in [0, 1] that each pair has in common, every cloud moved by its cubic (n, 20, 3)."""
    every = zip(clouds, coefficients, strict=True)
    moved = [own.colors + np.asarray(monomials(own.colors), np.float64) @ cubic for own, cubic in every]
    return np.array([common_mass(moved[a], moved[b], (clouds[a].kinds, clouds[b].kinds)) for a, b in pairs])
