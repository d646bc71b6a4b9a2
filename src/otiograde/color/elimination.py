"""Sparse linear systems of dense blocks, solved by elimination."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Float64

#: From this share of neighbors on, what is left of a system is solved as a dense one.
DENSE = 0.6


class _Step(NamedTuple):
    """An unknown block in terms of the others: x[pivot] = solved[:, -columns:] - solved[:, :-columns] @ x[others]."""

    pivot: int
    others: list[int]
    solved: Float64


def solve_blocks(blocks: Mapping[tuple[int, int], Float64], right: Float64, last: Collection[int] = ()) -> Float64:
    """Solve a system of n x n blocks ``(p, p)`` for a right side ``(n, p, columns)``; return the same shape.

    Blocks that are not in ``blocks`` are zero. The pattern of the others is symmetric, and holds the diagonal. The
    blocks of the diagonal stay regular while others are eliminated, as in a positive definite system, but for those
    that are ``last``: multipliers of constraints. Method: block elimination in the order of least degree (Tinney and
    Walker 1967), and a dense solution of what is left once it is nearly full.
    """
    rows, right = dict(blocks), right.copy()
    near: dict[int, set[int]] = {k: set() for k in range(len(right))}
    for i, j in rows:
        if i != j:
            near[i].add(j)
    steps = []
    while free := near.keys() - set(last):
        pivot = min(free, key=lambda k: (len(near[k]), k))
        if len(near[pivot]) > DENSE * len(near):
            break
        steps.append(_eliminate(pivot, rows, right, near))
    values = np.zeros_like(right)
    _solve_rest(sorted(near), rows, right, values)
    columns = right.shape[2]
    for pivot, others, solved in reversed(steps):
        known = values[others].reshape(-1, columns)
        values[pivot] = solved[:, -columns:] - solved[:, :-columns] @ known
    return values


def _eliminate(pivot: int, rows: dict[tuple[int, int], Float64], right: Float64, near: dict[int, set[int]]) -> _Step:
    """Take a block of unknowns out of the system."""
    others = sorted(near.pop(pivot))
    across = [rows.pop((pivot, k)) for k in others]
    down = [rows.pop((k, pivot)) for k in others]
    solved = np.linalg.solve(rows.pop((pivot, pivot)), np.hstack([*across, right[pivot]]))
    side, columns = right.shape[1:]
    for k, block in zip(others, down, strict=True):
        change = block @ solved
        right[k] -= change[:, -columns:]
        near[k].discard(pivot)
        near[k].update(other for other in others if other != k)
        for m, other in enumerate(others):
            part = change[:, m * side : (m + 1) * side]
            rows[k, other] = rows[k, other] - part if (k, other) in rows else -part
    return _Step(pivot, others, solved)


def _solve_rest(rest: list[int], rows: dict[tuple[int, int], Float64], right: Float64, values: Float64) -> None:
    """Solve what is left as a dense system, and write its values."""
    side, columns = right.shape[1:]
    where = {k: slice(m * side, (m + 1) * side) for m, k in enumerate(rest)}
    matrix = np.zeros((len(rest) * side,) * 2)
    for (i, j), block in rows.items():
        matrix[where[i], where[j]] = block
    if rest:
        values[rest] = np.linalg.solve(matrix, right[rest].reshape(-1, columns)).reshape(-1, side, columns)
