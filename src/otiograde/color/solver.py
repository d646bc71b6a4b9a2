"""The joint least-squares problem: one cubic per shot, all links of a scene at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from otiograde.color.arrays import Float64
from otiograde.color.cubic import monomials
from otiograde.color.prior import grade_prior, weighted_median

MONOMIALS, PARAMETERS = 20, 60

#: What is compared is compared anew every round, and the cubics go this part of the way towards it.
DAMPED = 0.8

#: The deviation of the grades in a scene, as a part of the prior's, which has room for any two grades at all.
SPREAD = 0.45


class Compared(Protocol):
    """What pairs of shots say of the cubics on them, beside edges: it may change as the cubics do."""

    def terms(self, coefficients: Float64, turn: int) -> Iterator[tuple[tuple[int, int], Float64, Float64]]:
        """Each pair's part of the normal equations about these cubics: its shots, matrix (120, 120), right (120,)."""
        ...


class Edge(NamedTuple):
    """Color pairs between shots ``a`` and ``b`` (indices): surfaces ``x`` in a and ``y`` in b, both (n, 3).

    ``weights`` (n,) have mean 1, ``evidence`` is how many independent pairs they are worth, ``sigma`` their spread.
    ``light`` sets the two apart as well: a cubic of its own, whose deviation is so many times that of the prior.
    """

    a: int
    b: int
    x: Float64
    y: Float64
    weights: Float64
    evidence: float
    sigma: float
    light: float = 0.0


class Solution(NamedTuple):
    """``coefficients`` (shots, 20, 3) and, per edge, the robust weights of its pairs and the median residual."""

    coefficients: Float64
    robust: tuple[Float64, ...]
    residuals: tuple[float, ...]


def solve(
    count: int,
    edges: Sequence[Edge],
    fixed: frozenset[int],
    rounds: int,
    dense: int = 60,
    compared: Compared | None = None,
) -> Solution:
    """The most probable cubics of ``count`` shots that make the edges agree, and what else is ``compared``.

    ``fixed`` shots keep the identity. Without any, the coefficients sum to exactly zero over the shots: the scene as a
    whole is not moved. The deviation of the cubics is ``SPREAD`` times that of the prior. Iteratively reweighted least
    squares (Geman-McClure); up to ``dense`` shots dense, else sparse.
    """
    free = [i for i in range(count) if i not in fixed]
    place = {shot: k for k, shot in enumerate(free)}
    psi = [(np.asarray(monomials(edge.x), np.float64), np.asarray(monomials(edge.y), np.float64)) for edge in edges]
    coefficients = np.zeros((count, MONOMIALS, 3))
    robust = [np.ones(len(edge.x)) for edge in edges]
    residuals = [0.0] * len(edges)
    if not free or (not fixed and count == 1):
        return Solution(coefficients, tuple(robust), tuple(residuals))
    for turn in range(rounds):
        system = _System(len(free), grade_prior() / SPREAD**2, balanced=not fixed)
        for k, edge in enumerate(edges):
            _add(system, edge, psi[k], robust[k], coefficients, place)
        if compared is None:
            coefficients[free] = system.solve(dense)
        else:
            for pair, matrix, right in compared.terms(coefficients, turn):
                _add_pair(system, pair, matrix, right, place)
            coefficients[free] += DAMPED * (system.solve(dense) - coefficients[free])
        for k, edge in enumerate(edges):
            gap = edge.x + psi[k][0] @ coefficients[edge.a] - edge.y - psi[k][1] @ coefficients[edge.b]
            length = np.linalg.norm(gap, axis=1)
            residuals[k] = weighted_median(length, edge.weights)
            robust[k] = _loss(length, residuals[k], turn)
    return Solution(coefficients, tuple(robust), tuple(residuals))


def _loss(length: Float64, median: float, turn: int) -> Float64:
    """L1 weights in the first rounds, which find the bulk, then Geman-McClure, which forgets the rest."""
    if turn < 3:
        return np.minimum(1, 0.02 / (length + 1e-6))
    scale = float(np.clip(2 * median, 0.024, 0.12))
    return np.asarray((scale**2 / (scale**2 + length**2)) ** 2)


class _System:
    """Normal equations in blocks of 60: a prior on every shot, and, ``balanced``, the sum of all held at zero."""

    def __init__(self, size: int, prior: Float64, *, balanced: bool) -> None:
        self.size, self.balanced = size, balanced
        self.blocks: dict[tuple[int, int], Float64] = {(i, i): prior.copy() for i in range(size)}
        self.right = np.zeros((size, PARAMETERS))

    def add(self, i: int, j: int, block: Float64) -> None:
        self.blocks.setdefault((i, j), np.zeros((PARAMETERS, PARAMETERS)))
        self.blocks[i, j] += block

    def solve(self, dense: int) -> Float64:
        """The coefficients (size, 20, 3)."""
        if self.size <= dense:
            matrix = self._matrix()
            values = np.linalg.solve(matrix, np.r_[self.right.ravel(), np.zeros(len(matrix) - self.right.size)])
        else:
            values = self._sparse()
        return np.asarray(values[: self.right.size]).reshape(self.size, MONOMIALS, 3)

    def _matrix(self) -> Float64:
        side = self.size * PARAMETERS
        matrix = np.zeros((side + PARAMETERS * self.balanced,) * 2)
        for (i, j), block in self.blocks.items():
            matrix[i * PARAMETERS : (i + 1) * PARAMETERS, j * PARAMETERS : (j + 1) * PARAMETERS] = block
        if self.balanced:
            # Lagrange's multipliers of the constraint that the coefficients sum to zero.
            matrix[side:, :side] = np.tile(np.eye(PARAMETERS), self.size)
            matrix[:side, side:] = matrix[side:, :side].T
        return matrix

    def _sparse(self) -> Float64:
        # SciPy takes 200 ms to import, and few scenes have so many shots.
        from scipy.sparse import bmat, hstack, identity  # noqa: PLC0415
        from scipy.sparse.linalg import splu  # noqa: PLC0415

        rows = [[self.blocks.get((i, j)) for j in range(self.size)] for i in range(self.size)]
        matrix = bmat(rows, format="csc")
        if self.balanced:
            sums = hstack([identity(PARAMETERS)] * self.size)
            matrix = bmat([[matrix, sums.T], [sums, None]], format="csc")
        right = np.r_[self.right.ravel(), np.zeros(matrix.shape[0] - self.right.size)]
        return np.asarray(splu(matrix).solve(right))


def _add(
    system: _System, edge: Edge, psi: tuple[Float64, Float64], robust: Float64, around: Float64, place: dict[int, int]
) -> None:
    """The edge's part of the normal equations of sum rho(|T_a(x) - T_b(y)|), about the cubics ``around``.

    With D the difference of the two cubics and M their mean, the gap is x - y + mid D + (psi(x) - psi(y)) M. Only D is
    solved for: M comes from the round before, so that noise in x and y does not pull on it.
    """
    weight = edge.weights * robust * (edge.evidence / len(edge.x) / edge.sigma**2)
    middle = (psi[0] + psi[1]) / 2
    gap = edge.x - edge.y + (psi[0] - psi[1]) @ (around[edge.a] + around[edge.b]) / 2
    weighted = middle * weight[:, None]
    gram, right = np.kron(weighted.T @ middle, np.eye(3)), -(weighted.T @ gap).ravel()
    if edge.light:  # its own cubic, integrated out
        taken = np.linalg.solve(gram + grade_prior() / edge.light**2, np.c_[gram, right])
        gram, right = gram - gram @ taken[:, :-1], right - gram @ taken[:, -1]
    _add_pair(system, (edge.a, edge.b), np.block([[gram, -gram], [-gram, gram]]), np.r_[right, -right], place)


def _add_pair(system: _System, pair: tuple[int, int], matrix: Float64, right: Float64, place: dict[int, int]) -> None:
    """A pair's normal equations (120, 120); a fixed shot's cubic is zero, and its columns fall away."""
    parts = [(place[shot], slice(k * PARAMETERS, (k + 1) * PARAMETERS)) for k, shot in enumerate(pair) if shot in place]
    for i, rows in parts:
        system.right[i] += right[rows]
        for j, columns in parts:
            system.add(i, j, matrix[rows, columns])
