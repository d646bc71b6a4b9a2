"""Resemblance: what two pictures have in common, that of one place more than others, and that of one grade most.

Colors are compared among equally rough parts of the pictures only (sky with sky, grass with grass), by the mass they
have in common, anew after every round of the solve: the correction improves the match.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cubic import monomials
from otiograde.color.overlap import Common, common_mass, projections
from otiograde.color.statistics import telling
from otiograde.color.texture import roughness
from otiograde.sample import Sample

Array = NDArray[np.float64]

#: Colors drawn from a shot, and kinds of texture: equal parts of a picture by how rough they are.
COLORS, KINDS = 1000, 3

#: What a pair of like pictures is worth against the prior: the spread of a shared color is about 0.02 in code values.
WORTH = 2500.0

#: A pair whose clouds have less than ``UNLIKE`` in common says nothing, one with more than ``ALIKE`` all it can.
UNLIKE, ALIKE = 0.45, 0.7

#: The fewest colors of a kind that are compared, and what is left of a pair that says nothing, so that it can find
#: itself.
FEWEST, FAINT = 50, 0.02


class Cloud(NamedTuple):
    """Colors of a shot ``(n, 3)`` and the kind of texture ``(n,)`` at each."""

    colors: Array
    kinds: NDArray[np.intp]

    @property
    def telling(self) -> bool:
        """Whether there are colors to compare: enough of them, and neither gray nor all one."""
        return telling(self.colors)


def cloud(sample: Sample, count: int = COLORS, seed: int = 0) -> Cloud:
    """Draw colors of a shot with their kinds of texture."""
    frames = [sample.frame(k) for k in range(len(sample.at))]
    usable = sample.usable
    colors = np.concatenate([frame[seen] for frame, seen in zip(frames, usable, strict=True)])
    rough = np.concatenate([roughness(frame)[seen] for frame, seen in zip(frames, usable, strict=True)])
    chosen = np.sort(np.random.default_rng(seed).choice(len(colors), min(count, len(colors)), replace=False))
    rank = np.argsort(np.argsort(rough[chosen], kind="stable"), kind="stable")
    return Cloud(colors[chosen].astype(np.float64), (rank * KINDS // max(len(rank), 1)).astype(np.intp))


class Resemblance:
    """The pairs of clouds that are compared (indices), and what they say of the cubics on them."""

    def __init__(self, clouds: Sequence[Cloud], pairs: Sequence[tuple[int, int]]) -> None:
        self.clouds, self.pairs = clouds, pairs
        self.psi = [np.asarray(monomials(each.colors), np.float64) for each in clouds]

    def shares(self, coefficients: Array) -> Array:
        """The common mass of each pair under these cubics."""
        moved = self._moved(coefficients)
        return np.array([self._common(moved, pair, 1.0).share for pair in self.pairs])

    def terms(self, coefficients: Array, turn: int) -> Iterator[tuple[tuple[int, int], Array, Array]]:
        """Each pair's part of the normal equations about these cubics: its shots, matrix (120, 120), right (120,)."""
        moved = self._moved(coefficients)
        found = [self._common(moved, pair, 1 + 1.5 * 0.6**turn) for pair in self.pairs]
        likeness = np.clip((np.array([each.share for each in found]) - UNLIKE) / (ALIKE - UNLIKE), FAINT, 1)
        company = np.zeros(len(self.clouds))
        np.add.at(company, np.array(self.pairs).ravel(), np.repeat(likeness, 2))
        for pair, (first, second, _), likely in zip(self.pairs, found, likeness, strict=True):
            worth = WORTH * likely * 4 / sum(max(company[k], 1) for k in pair)
            own = np.concatenate([coefficients[k].ravel() for k in pair])
            matrix, right = np.zeros((120, 120)), np.zeros(120)
            for share, gap, change in self._gaps(moved, pair, first, second):
                gram = change.T @ change * (worth * share / len(gap))
                matrix += gram
                right += gram @ own - change.T @ gap * (worth * share / len(gap))
            yield pair, matrix, right

    def _moved(self, coefficients: Array) -> list[Array]:
        every = zip(self.clouds, self.psi, coefficients, strict=True)
        return [each.colors + psi @ own for each, psi, own in every]

    def _common(self, moved: Sequence[Array], pair: tuple[int, int], blur: float) -> Common:
        a, b = pair
        return common_mass(moved[a], moved[b], (self.clouds[a].kinds, self.clouds[b].kinds), blur)

    def _gaps(
        self, moved: Sequence[Array], pair: tuple[int, int], first: Array, second: Array
    ) -> Iterator[tuple[float, Array, Array]]:
        """Kind by kind: its share of the common mass, the gap of the projections, how it changes with both cubics."""
        for kind in range(KINDS):
            parts = []
            for k, weights, sign in zip(pair, (first, second), (1, -1), strict=True):
                own = self.clouds[k].kinds == kind
                if own.sum() >= FEWEST:
                    mean, change = projections(moved[k][own], weights[own], self.psi[k][own])
                    parts.append((sign * mean, sign * change, weights[own].sum() / weights.sum()))
            if len(parts) == 2:  # both shots have enough of it
                (mine, change, share), (other, turned, rest) = parts
                yield float(np.sqrt(share * rest)), mine + other, np.hstack([change, turned])
