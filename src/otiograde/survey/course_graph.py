"""The course of a shot's colors, solved from all edges between its frames at once.

Errors of single edges do not add up along the shot as they do in a chain: edges over long strides hold it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.arrays import Float64, Indices
from otiograde.color.steady import NUMBERS
from otiograde.survey.course_edges import Edge

#: Coverage from which an edge has its whole weight.
COVERED = 0.5
#: Standard deviation of the error that all pixels of an edge share, in multiples of ``SPREAD``. A codec makes it: it
#: copies colors that change slowly, so pixels of successive frames agree on less than what happens, however many they
#: are. Each edge has this error once, so few long strides say more of a drift than many short ones.
SHARED = 0.1
#: Weight of a course that stays where it is, and of one that is the same at successive frames.
STAYS, FLAT = 1e-2, 1.0
#: Rounds of the robust solution. An edge whose surprise is this many times the usual one has half its weight.
ROUNDS, SURPRISE = 5, 9.0
#: The solution stops at this share of the first residual, or after so many steps of conjugate gradients.
PRECISE, STEPS = 1e-7, 2000


def solve_course(edges: Sequence[Edge], count: int) -> Float64:
    """Return the change of each of ``count`` frames from the first one, ``(count, 10)`` in multiples of ``SPREAD``.

    Minimizes the sum over edges of ``(c_end - c_start - change)`` in the metric of their information. Edges that do not
    agree with the others lose weight, as under Student's t distribution.
    """
    course = np.zeros((count, NUMBERS))
    if not edges or count < 2:
        return course
    start, end = (np.array([edge[side] for edge in edges], np.intp) for side in (0, 1))
    information, pull = _with_shared_error(edges)
    change = np.stack([edge.change for edge in edges])
    trust = np.minimum(1, np.array([edge.coverage for edge in edges]) / COVERED)
    weights = trust
    for _ in range(ROUNDS):
        course = _solution((start, end), information * weights[:, None, None], pull * weights[:, None], course)
        rest = course[end] - course[start] - change
        surprise = np.einsum("ei,eij,ej->e", rest, information, rest) / (NUMBERS * SURPRISE)
        weights = trust / (1 + surprise)
    return np.asarray(course - course[0])


def _with_shared_error(edges: Sequence[Edge]) -> tuple[Float64, Float64]:
    """Return the information ``(e, 10, 10)`` and pull ``(e, 10)`` of edges whose pixels have one more error in common.

    The covariance of an edge grows by ``SHARED`` squared; its mean stays.
    """
    information, pull = np.stack([edge.information for edge in edges]), np.stack([edge.pull for edge in edges])
    both = np.concatenate([information, pull[..., None]], axis=2)
    less = np.linalg.solve(np.eye(NUMBERS) + SHARED**2 * information, both)
    return np.ascontiguousarray(less[..., :-1]), np.ascontiguousarray(less[..., -1])


def _solution(ends: tuple[Indices, Indices], information: Float64, pull: Float64, guess: Float64) -> Float64:
    """Solve the normal equations by conjugate gradients, preconditioned by the block of each frame.

    No library for linear algebra takes part: it would split sums over threads, and the last bits would differ.
    """
    start, end = ends
    count = len(guess)
    blocks = np.tile(np.eye(NUMBERS) * (STAYS + 2 * FLAT), (count, 1, 1))
    right = np.zeros_like(guess)
    for side, sign in ((start, -1), (end, 1)):
        np.add.at(blocks, side, information)
        np.add.at(right, side, sign * pull)
    inverses = np.linalg.inv(blocks)

    def product(course: Float64) -> Float64:
        result = STAYS * course
        slope = FLAT * (course[1:] - course[:-1])
        result[1:] += slope
        result[:-1] -= slope
        pulls = np.einsum("eij,ej->ei", information, course[end] - course[start])
        np.add.at(result, end, pulls)
        np.subtract.at(result, start, pulls)
        return result

    def conditioned(rest: Float64) -> Float64:
        return np.asarray(np.einsum("nij,nj->ni", inverses, rest))

    course, rest = guess.copy(), right - product(guess)
    step = conditioned(rest)
    energy = float((rest * step).sum())
    enough = PRECISE**2 * float((right * conditioned(right)).sum())
    for _ in range(STEPS):
        if energy <= enough:
            break
        pushed = product(step)
        length = energy / float((step * pushed).sum())
        course += length * step
        rest -= length * pushed
        fresh = conditioned(rest)
        energy, before = float((rest * fresh).sum()), energy
        step = fresh + energy / before * step
    return course
