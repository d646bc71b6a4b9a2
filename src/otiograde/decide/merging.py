"""Merge the parts of scenes, one pair of parts after the other, while the learned odds are high enough.

The odds of a merge were learned on the states that this very procedure meets. So they know that the best of many pairs
is seldom as good as it looks, and what a chain of good pairs is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64

#: Natural logarithms of the chances that the next shot of an edit stays in the scene, begins a new one, or returns to
#: a certain scene seen before. In a reel of 542 shots whose names tell the scene, 43 cuts change the scene, and 33 of
#: these return (``benchmarks/grouping.py --odds``). Three scenes are taken to be in question.
STAYS, BEGINS, RETURNS = np.log(0.92), np.log(0.08 * 0.23), np.log(0.08 * 0.77 / 3)

#: What places in the edit count at most, in nats.
PLACES = 4.0

#: Fewest shots of an edit whose parts are merged: among fewer, nothing tells what is near.
FEWEST = 8

#: Mass of colors that parts have in common at least, on average over the pairs that were compared.
COMMON = 1 / 3

#: Log-odds within a part of one shot, for the comparison with those between two parts.
ALONE = 1.5


class Evidence(NamedTuple):
    """What speaks for one scene, for each pair of shots ``(n, n)``, in the order of the edit."""

    #: Log-odds that two shots show one place.
    alike: Float64
    #: Log-odds that somebody stated: slates, folders, tracks.
    stated: Float64
    #: Whether matches join them.
    matched: NDArray[np.bool_]
    #: The mass of colors that they have in common once a grade is allowed for; NaN for pairs that were not compared.
    common: Float64
    #: Whether they must not share a scene.
    barred: NDArray[np.bool_]


class Parts:
    """The parts of an edit, and sums of the evidence between them. All arrays are by part."""

    def __init__(self, evidence: Evidence, parts: Sequence[Sequence[int]]) -> None:
        count = len(evidence.alike)
        self.shots = [sorted(part) for part in parts]
        member = np.zeros((count, len(parts)))
        for number, part in enumerate(self.shots):
            member[part, number] = 1
        self.member = member
        self.alike = np.where(np.eye(count, dtype=bool), 0, evidence.alike)
        bare = np.where(np.eye(count, dtype=bool), -np.inf, evidence.alike)
        #: ``(n, k)``: the log-odds of each shot with its best partner in each part.
        self.nearest = np.stack([bare[:, part].max(axis=1) for part in self.shots], axis=1)
        self.between = member.T @ self.alike @ member
        self.stated = member.T @ evidence.stated @ member
        self.matched = member.T @ evidence.matched @ member
        self.compared = member.T @ np.isfinite(evidence.common) @ member
        self.common = member.T @ np.nan_to_num(evidence.common) @ member
        self.barred = member.T @ evidence.barred @ member
        #: How often a shot of one part directly follows one of another.
        self.follows = member[:-1].T @ member[1:] if count else np.zeros((0, 0))

    @property
    def claims(self) -> Float64:
        """What was stated about two parts, in nats: the mean over their pairs."""
        size = self.member.sum(axis=0)
        return np.asarray(self.stated / np.outer(size, size))

    def terms(self) -> Float64:
        """Return the terms of all merges ``(k, k, 9)``, in the order of ``alike.MERGE``."""
        size = self.member.sum(axis=0)
        pairs = np.outer(size, size)
        length, mean = np.log(pairs), self.between / pairs
        best = self.member.T @ np.where(np.isfinite(self.nearest), self.nearest, 0)
        best = (best + best.T) / (size[:, None] + size)
        terms = [length, mean, best, mean * length, best * length, self._places(), self.matched > 0]
        terms += [self._cohesion(mean, size), np.ones_like(mean)]
        return np.stack([np.asarray(term, np.float64) for term in terms], axis=-1)

    def merge(self, a: int, b: int) -> None:
        """Merge part ``b`` into part ``a``."""
        self.shots[a] = sorted(self.shots[a] + self.shots.pop(b))
        self.nearest[:, a] = np.maximum(self.nearest[:, a], self.nearest[:, b])
        self.nearest = np.delete(self.nearest, b, axis=1)
        self.member[:, a] += self.member[:, b]
        self.member = np.delete(self.member, b, axis=1)
        for name in ("between", "stated", "matched", "compared", "common", "barred", "follows"):
            table = getattr(self, name)
            table[a] += table[b]
            table[:, a] += table[:, b]
            setattr(self, name, np.delete(np.delete(table, b, axis=0), b, axis=1))

    def _places(self) -> Float64:
        """Return what the order of shots gains by each merge, in nats, at most ``PLACES``."""
        first = np.array([part[0] for part in self.shots])
        holder = self.member.argmax(axis=1)
        meets = np.zeros_like(self.between)
        for number in np.flatnonzero(first > 0):
            before = holder[first[number] - 1]
            meets[number, before] = meets[before, number] = 1
        cuts = self.follows + self.follows.T
        gain = (cuts - meets) * (STAYS - RETURNS) + meets * (STAYS - BEGINS) + (1 - meets) * (RETURNS - BEGINS)
        return np.asarray(np.clip(gain, -PLACES, PLACES))

    def _cohesion(self, mean: Float64, size: Float64) -> Float64:
        """Return how much more alike two parts are to each other than the less alike of them is inside."""
        inside = np.where(size > 1, np.diag(self.between) / np.maximum(size * (size - 1), 1), ALONE)
        larger = np.where(size[:, None] > size, inside[:, None], inside)
        both = np.minimum.outer(size, size) > 1
        one = np.maximum.outer(size, size) > 1
        return np.where(both, mean - np.minimum.outer(inside, inside), np.where(one, (mean - larger) / 2, 0))


def merged(evidence: Evidence, parts: Sequence[Sequence[int]], weights: Float64, least: float) -> list[list[int]]:
    """Merge the best two parts as long as their log-odds are above ``least``, and return what is left.

    ``weights`` are those of ``alike.MERGE``. Parts are merged only where some of their shots were compared, and none
    are barred. An edit of few shots stays as it is.
    """
    if len(evidence.alike) < FEWEST:
        return [list(part) for part in parts]
    state = Parts(evidence, parts)
    while (pair := best_merge(state, weights, least)) is not None:
        state.merge(*pair)
    return state.shots


def best_merge(state: Parts, weights: Float64, least: float) -> tuple[int, int] | None:
    """Return the two parts whose merge has the highest log-odds, or None if none is above ``least``."""
    if len(state.shots) < 2:
        return None
    odds = allowed(state, state.terms() @ weights + state.claims)
    best = int(odds.argmax())
    a, b = divmod(best, len(odds))
    return (min(a, b), max(a, b)) if odds[a, b] > least else None


def allowed(state: Parts, odds: Float64) -> Float64:
    """Return the log-odds ``(k, k)`` below the diagonal; minus infinity for merges that are not allowed."""
    alike = (state.compared > 0) & (state.common >= COMMON * state.compared)
    possible = (alike | (state.matched > 0)) & (state.barred == 0)
    return np.where(np.tril(possible, -1), odds, -np.inf)
