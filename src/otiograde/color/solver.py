"""The joint least-squares problem: one cubic per shot, solved from all links of a scene at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.elimination import solve_blocks
from otiograde.color.prior import grade_prior, weighted_median

MONOMIALS, PARAMETERS = 20, 60

#: The share of each step that the cubics take when there are comparisons, which change from round to round.
DAMPED = 0.8

#: The standard deviation of the grades in a scene, as a share of the prior's, which allows for any two grades.
SPREAD = 0.45


class Compared(Protocol):
    """Evidence about pairs of shots besides edges. It may depend on the current cubics."""

    def terms(self, coefficients: Float64, turn: int) -> Iterator[tuple[tuple[int, int], Float64, Float64]]:
        """Yield each pair's shots and its part of the normal equations: matrix (120, 120) and right side (120,).

        The equations are linearized around ``coefficients`` (shots, 20, 3); ``turn`` is the round, from 0.
        """
        ...


class Edge(NamedTuple):
    """Pairs of colors of the same surfaces in two shots."""

    #: The index of the first shot.
    a: int
    #: The index of the second shot.
    b: int
    #: ``(n, 3)``: the colors in shot a.
    x: Float64
    #: ``(n, 3)``: the colors in shot b.
    y: Float64
    #: ``(n,)`` with mean 1.
    weights: Float64
    #: The number of independent pairs that the n pairs count for.
    evidence: float
    #: The standard deviation of a pair's difference, in code values.
    sigma: float
    #: The standard deviation of a difference in light between the shots, as a multiple of the prior's. The difference
    #: is a cubic that belongs to the edge. 0: the shots have the same light.
    light: float = 0.0


class Solution(NamedTuple):
    """The cubics of all shots, and how well they fit the edges."""

    #: ``(shots, 20, 3)``.
    coefficients: Float64
    #: For each edge, the robust weights of its pairs ``(n,)`` in [0, 1].
    robust: tuple[Float64, ...]
    #: For each edge, the weighted median length of its residuals, in code values.
    residuals: tuple[float, ...]


def solve(
    count: int,
    edges: Sequence[Edge],
    fixed: frozenset[int],
    rounds: int,
    dense: int = 60,
    compared: Compared | None = None,
    *,
    followers: Mapping[int, int] = MappingProxyType({}),
) -> Solution:
    """Find the most probable cubics of ``count`` shots, given edges and what else is ``compared``.

    ``fixed`` shots keep the identity. Without any, the coefficients sum to exactly zero over the shots, so the scene as
    a whole stays where it is. ``followers`` are left out of that sum: each continues another shot, its value here. The
    standard deviation of the cubics is ``SPREAD`` times the prior's; that of a follower's is the same around the cubic
    of the shot before it, for a drift adds up. Method: iteratively reweighted least squares (Geman-McClure). The system
    is dense for up to ``dense`` free shots, else sparse.
    """
    free = [i for i in range(count) if i not in fixed]
    columns = {shot: k for k, shot in enumerate(free)}
    psi = [(np.asarray(monomials(edge.x), np.float64), np.asarray(monomials(edge.y), np.float64)) for edge in edges]
    coefficients = np.zeros((count, MONOMIALS, 3))
    robust = [np.ones(len(edge.x)) for edge in edges]
    residuals = [0.0] * len(edges)
    counted = [] if fixed else [i not in followers for i in free]
    if not free or (not fixed and count == 1):
        return Solution(coefficients, tuple(robust), tuple(residuals))
    for turn in range(rounds):
        system = _System(len(free), counted)
        _add_prior(system, followers, columns)
        for k, edge in enumerate(edges):
            _add(system, edge, psi[k], robust[k], coefficients, columns)
        if compared is None:
            coefficients[free] = system.solve(dense)
        else:
            for pair, matrix, right in compared.terms(coefficients, turn):
                _add_pair(system, pair, matrix, right, columns)
            coefficients[free] += DAMPED * (system.solve(dense) - coefficients[free])
        for k, edge in enumerate(edges):
            gap = edge.x + psi[k][0] @ coefficients[edge.a] - edge.y - psi[k][1] @ coefficients[edge.b]
            length = np.linalg.norm(gap, axis=1)
            residuals[k] = weighted_median(length, edge.weights)
            robust[k] = _loss(length, residuals[k], turn)
    return Solution(coefficients, tuple(robust), tuple(residuals))


def _loss(length: Float64, median: float, turn: int) -> Float64:
    """Return L1 weights in the first rounds, which find the majority, then Geman-McClure, which ignores the rest."""
    if turn < 3:
        return np.minimum(1, 0.02 / (length + 1e-6))
    scale = float(np.clip(2 * median, 0.024, 0.12))
    return np.asarray((scale**2 / (scale**2 + length**2)) ** 2)


class _System:
    """Normal equations in blocks of 60.

    The sum of the cubics that are ``counted`` is kept at zero. An empty list: none is.
    """

    def __init__(self, size: int, counted: Sequence[bool]) -> None:
        self.size, self.counted = size, np.array(counted, np.float64)
        self.blocks: dict[tuple[int, int], Float64] = {}
        self.right = np.zeros((size, PARAMETERS))

    def add(self, i: int, j: int, block: Float64) -> None:
        self.blocks.setdefault((i, j), np.zeros((PARAMETERS, PARAMETERS)))
        self.blocks[i, j] += block

    def solve(self, dense: int) -> Float64:
        """Return the coefficients (size, 20, 3)."""
        if self.size <= dense:
            matrix = self._matrix()
            values = np.linalg.solve(matrix, np.r_[self.right.ravel(), np.zeros(len(matrix) - self.right.size)])
        else:
            values = self._sparse()
        return np.asarray(values[: self.right.size]).reshape(self.size, MONOMIALS, 3)

    def _matrix(self) -> Float64:
        side = self.size * PARAMETERS
        matrix = np.zeros((side + PARAMETERS * (len(self.counted) > 0),) * 2)
        for (i, j), block in self.blocks.items():
            matrix[i * PARAMETERS : (i + 1) * PARAMETERS, j * PARAMETERS : (j + 1) * PARAMETERS] = block
        if len(self.counted):
            # Lagrange multipliers for the constraint that the coefficients sum to zero.
            matrix[side:, :side] = np.kron(self.counted, np.eye(PARAMETERS))
            matrix[:side, side:] = matrix[side:, :side].T
        return matrix

    def _sparse(self) -> Float64:
        blocks, right = dict(self.blocks), self.right[:, :, None]
        if not len(self.counted):
            return solve_blocks(blocks, right).ravel()
        last = self.size  # the multipliers
        for i in np.flatnonzero(self.counted).tolist():
            blocks[i, last] = blocks[last, i] = np.eye(PARAMETERS)
        blocks[last, last] = np.zeros((PARAMETERS, PARAMETERS))
        return solve_blocks(blocks, np.concatenate([right, np.zeros((1, PARAMETERS, 1))]), (last,)).ravel()


def _add_prior(system: _System, followers: Mapping[int, int], columns: dict[int, int]) -> None:
    """Add the prior of each free shot, around the identity or around the shot that it follows."""
    prior = grade_prior() / SPREAD**2
    apart = np.block([[prior, -prior], [-prior, prior]])
    for shot, column in columns.items():
        if shot in followers:
            _add_pair(system, (followers[shot], shot), apart, np.zeros(2 * PARAMETERS), columns)
        else:
            system.add(column, column, prior)


def _add(
    system: _System, edge: Edge, psi: tuple[Float64, Float64], robust: Float64, around: Float64, columns: dict[int, int]
) -> None:
    """Add the edge's part of the normal equations of sum rho(|T_a(x) - T_b(y)|), around the cubics ``around``.

    Let D be the difference of the two cubics, M their mean, and mid the mean of psi(x) and psi(y). The gap is then
    x - y + mid D + (psi(x) - psi(y)) M. Only D is an unknown. M comes from the round before, so noise in x and y does
    not pull on it.
    """
    weight = edge.weights * robust * (edge.evidence / len(edge.x) / edge.sigma**2)
    middle = (psi[0] + psi[1]) / 2
    gap = edge.x - edge.y + (psi[0] - psi[1]) @ (around[edge.a] + around[edge.b]) / 2
    weighted = middle * weight[:, None]
    gram, right = np.kron(weighted.T @ middle, np.eye(3)), -(weighted.T @ gap).ravel()
    if edge.light:  # the cubic of the difference in light, integrated out
        schur = np.linalg.solve(gram + grade_prior() / edge.light**2, np.c_[gram, right])
        gram, right = gram - gram @ schur[:, :-1], right - gram @ schur[:, -1]
    _add_pair(system, (edge.a, edge.b), np.block([[gram, -gram], [-gram, gram]]), np.r_[right, -right], columns)


def _add_pair(system: _System, pair: tuple[int, int], matrix: Float64, right: Float64, columns: dict[int, int]) -> None:
    """Add a pair's normal equations (120, 120). A fixed shot's cubic is zero, so its rows and columns are dropped.

    ``columns`` maps each free shot to its block column in the system.
    """
    halves = (slice(0, PARAMETERS), slice(PARAMETERS, 2 * PARAMETERS))
    blocks = [(columns[shot], half) for shot, half in zip(pair, halves, strict=True) if shot in columns]
    for i, rows in blocks:
        system.right[i] += right[rows]
        for j, across in blocks:
            system.add(i, j, matrix[rows, across])
