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

#: Two parts of so many shots stay apart where their mean log-odds are so far below those inside the less alike one: the
#: weights of a merge trust the best pairs, and film-like looks make some pairs of two places alike.
SEVERAL, UNLIKE = 3, -2.0

#: Rows of pairs whose terms are computed at a time.
BLOCK = 64

#: All parts.
ALL = slice(None)

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
        self.size = member.sum(axis=0)
        #: The part of each shot.
        self.holder = member.argmax(axis=1) if len(parts) else np.zeros(0, np.intp)
        alike = np.where(np.eye(count, dtype=bool), 0, evidence.alike)
        bare = np.where(np.eye(count, dtype=bool), -np.inf, evidence.alike)
        #: ``(n, k)``: the log-odds of each shot with its best partner in each part.
        self.nearest = np.stack([bare[:, part].max(axis=1) for part in self.shots], axis=1)
        #: Their sums over the shots of each part.
        self.best = member.T @ np.where(np.isfinite(self.nearest), self.nearest, 0)
        self.between = member.T @ alike @ member
        self.stated = member.T @ evidence.stated @ member
        self.matched = member.T @ evidence.matched @ member
        self.compared = member.T @ np.isfinite(evidence.common) @ member
        self.common = member.T @ np.nan_to_num(evidence.common) @ member
        self.barred = member.T @ evidence.barred @ member
        #: How often a shot of one part directly follows one of another.
        self.follows = member[:-1].T @ member[1:] if count else np.zeros((0, 0))

    def odds(self, weights: Float64, rows: slice = ALL) -> Float64:
        """Return the log-odds of the merges of some parts with all ``(r, k)``; minus infinity where not allowed."""
        size = self.size
        blocks = [slice(first, min(first + BLOCK, len(size))) for first in range(0, len(size), BLOCK)]
        blocks = blocks if rows == ALL else [rows]  # the terms of all pairs at once would take nine times their odds
        odds = []
        for block in blocks:
            stated = self.stated[block] / np.outer(size[block], size)  # the mean over the pairs of two parts
            sums = allowed(self, self.terms(block) @ weights + stated, block)
            odds.append(np.where(self._unlike(block), -np.inf, sums))
        return np.concatenate(odds) if odds else np.zeros((0, 0))

    def terms(self, rows: slice = ALL) -> Float64:
        """Return the terms of the merges of some parts with all ``(r, k, 9)``, in the order of ``alike.MERGE``."""
        size = self.size
        pairs = np.outer(size[rows], size)
        length, mean = np.log(pairs), self.between[rows] / pairs
        best = (self.best[rows] + self.best.T[rows]) / (size[rows, None] + size)
        terms = [length, mean, best, mean * length, best * length, self._places(rows), self.matched[rows] > 0]
        terms += [self._cohesion(rows), np.ones_like(mean)]
        return np.stack([np.asarray(term, np.float64) for term in terms], axis=-1)

    def merge(self, a: int, b: int) -> None:
        """Merge part ``b`` into part ``a``, which comes before it."""
        self.shots[a] = sorted(self.shots[a] + self.shots.pop(b))
        self.size[a] += self.size[b]
        self.size = np.delete(self.size, b)
        self.holder[self.holder == b] = a
        self.holder[self.holder > b] -= 1
        self.nearest[:, a] = np.maximum(self.nearest[:, a], self.nearest[:, b])
        self.nearest = np.delete(self.nearest, b, axis=1)
        for name in ("between", "stated", "matched", "compared", "common", "barred", "follows", "best"):
            table = getattr(self, name)
            table[a] += table[b]
            table[:, a] += table[:, b]
            setattr(self, name, without(table, b))
        near = np.where(np.isfinite(self.nearest[:, a]), self.nearest[:, a], 0)
        self.best[:, a] = np.bincount(self.holder, near, len(self.shots))  # a maximum is no sum

    def _places(self, rows: slice) -> Float64:
        """Return what the order of shots gains by each merge, in nats, at most ``PLACES``."""
        first = np.array([part[0] for part in self.shots])
        before = np.where(first > 0, self.holder[first - 1], -1)  # the part of the shot before each part
        number = np.arange(len(first))
        meets = (before[rows, None] == number) | (number[rows, None] == before)
        cuts = self.follows[rows] + self.follows.T[rows]
        gain = (cuts - meets) * (STAYS - RETURNS) + meets * (STAYS - BEGINS) + (1 - meets) * (RETURNS - BEGINS)
        return np.asarray(np.clip(gain, -PLACES, PLACES))

    def _unlike(self, rows: slice) -> NDArray[np.bool_]:
        """Return a mask ``(r, k)`` of the parts of several shots that are far less alike to each other than inside.

        Parts that matches join are not among them.
        """
        several = np.minimum.outer(self.size[rows], self.size) >= SEVERAL
        return np.asarray(several & (self._cohesion(rows) < UNLIKE) & (self.matched[rows] == 0))

    def _cohesion(self, rows: slice) -> Float64:
        """Return how much more alike two parts are to each other than the less alike of them is inside."""
        size = self.size
        mean = self.between[rows] / np.outer(size[rows], size)
        inside = np.where(size > 1, np.diag(self.between) / np.maximum(size * (size - 1), 1), ALONE)
        larger = np.where(size[rows, None] > size, inside[rows, None], inside)
        both = np.minimum.outer(size[rows], size) > 1
        one = np.maximum.outer(size[rows], size) > 1
        return np.where(both, mean - np.minimum.outer(inside[rows], inside), np.where(one, (mean - larger) / 2, 0))


def merged(evidence: Evidence, parts: Sequence[Sequence[int]], weights: Float64, least: float) -> list[list[int]]:
    """Merge the best two parts as long as their log-odds are above ``least``, and return what is left.

    ``weights`` are those of ``alike.MERGE``. Parts are merged only where some of their shots were compared, and none
    are barred. An edit of few shots stays as it is.
    """
    if len(evidence.alike) < FEWEST:
        return [list(part) for part in parts]
    state = Parts(evidence, parts)
    odds = state.odds(weights)
    while (pair := highest(odds, least)) is not None:
        a, b = pair
        state.merge(a, b)
        odds = without(odds, b)
        (fresh,) = state.odds(weights, slice(a, a + 1))  # a merge changes the odds of no other two parts
        odds[a], odds[:, a] = fresh, fresh
    return state.shots


def best_merge(state: Parts, weights: Float64, least: float) -> tuple[int, int] | None:
    """Return the two parts whose merge has the highest log-odds, or None if none is above ``least``."""
    return highest(state.odds(weights), least)


def highest(odds: Float64, least: float) -> tuple[int, int] | None:
    """Return the two parts with the highest log-odds ``(k, k)``, or None if none is above ``least``."""
    if len(odds) < 2:
        return None
    once = each_pair_once(odds)
    later, first = divmod(int(once.argmax()), len(once))
    return (first, later) if once[later, first] > least else None


def each_pair_once(odds: Float64) -> Float64:
    """Return the log-odds ``(k, k)`` below the diagonal; minus infinity elsewhere."""
    return np.where(np.tri(len(odds), k=-1, dtype=bool), odds, -np.inf)


def allowed(state: Parts, odds: Float64, rows: slice = ALL) -> Float64:
    """Return the log-odds ``(r, k)``; minus infinity for merges that are not allowed."""
    alike = (state.compared[rows] > 0) & (state.common[rows] >= COMMON * state.compared[rows])
    possible = (alike | (state.matched[rows] > 0)) & (state.barred[rows] == 0)
    return np.where(possible, odds, -np.inf)


def without(table: Float64, number: int) -> Float64:
    """Return a table without one row and column."""
    return np.delete(np.delete(table, number, axis=0), number, axis=1)
