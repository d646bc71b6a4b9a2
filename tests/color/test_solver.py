"""The joint problem: links make shots agree, the scene as a whole stays, fixed shots lead, dense is sparse."""

from __future__ import annotations

import numpy as np

from otiograde.color.cubic import Cubic
from otiograde.color.solver import Edge, Solution, solve

SURFACES = np.random.default_rng(1).uniform(0.15, 0.75, (600, 3))
#: What each of three shots makes of the surfaces.
SEEN = [SURFACES, SURFACES * (1.1, 1.0, 0.9), SURFACES * (0.92, 1.0, 1.06) + 0.01]


def edge(a: int, b: int, light: float = 0.0) -> Edge:
    return Edge(a, b, SEEN[a], SEEN[b], np.ones(len(SURFACES)), 200.0, 0.01, light)


CHAIN = [edge(0, 1), edge(1, 2)]


def corrected(solution: Solution, shot: int) -> np.ndarray:
    cubic = Cubic(tuple(map(tuple, solution.coefficients[shot].tolist())))
    return np.asarray(cubic(SEEN[shot]))


def apart(solution: Solution, a: int, b: int) -> float:
    return float(np.abs(corrected(solution, a) - corrected(solution, b)).mean())


def test_linked_shots_agree_and_the_scene_is_not_moved() -> None:
    solution = solve(3, CHAIN, frozenset(), 8)
    assert max(apart(solution, 0, 1), apart(solution, 1, 2), apart(solution, 0, 2)) < 0.006
    assert np.abs(SEEN[1] - SEEN[2]).mean() > 0.05
    np.testing.assert_allclose(solution.coefficients.sum(0), 0, atol=1e-9)
    assert max(solution.residuals) < 0.01


def test_fixed_shots_stay_and_the_others_come_to_them() -> None:
    solution = solve(3, CHAIN, frozenset({1}), 8)
    assert not solution.coefficients[1].any()
    assert max(apart(solution, 0, 1), apart(solution, 1, 2)) < 0.006
    assert not solve(3, CHAIN, frozenset({0, 1, 2}), 8).coefficients.any()


def test_nothing_to_solve() -> None:
    assert not solve(1, [], frozenset(), 8).coefficients.any()
    assert not solve(3, [], frozenset(), 8).coefficients.any()


def test_sparse_and_dense_are_one_answer() -> None:
    dense, sparse = (solve(3, CHAIN, frozenset(), 8, dense=most) for most in (60, 0))
    np.testing.assert_allclose(dense.coefficients, sparse.coefficients, atol=1e-8)


def test_a_drift_adds_up_along_followers() -> None:
    """Weak evidence is outweighed by the prior: each grade shrinks, but towards that of the shot before it."""
    darker = [SURFACES * 0.93**k for k in range(5)]
    weak = [Edge(k, k + 1, darker[k], darker[k + 1], np.ones(len(SURFACES)), 2.0, 0.03) for k in range(4)]
    alone, following = (
        solve(5, weak, frozenset({0}), 8, followers=before).coefficients
        for before in ({}, {k + 1: k for k in range(4)})
    )
    gaps = [
        np.abs(Cubic(tuple(map(tuple, some[4].tolist())))(darker[4]) - SURFACES).mean() for some in (alone, following)
    ]
    assert gaps[1] < 0.6 * gaps[0]


def test_followers_sum_up_sparse_as_well() -> None:
    before = {1: 0, 2: 1}
    dense, sparse = (solve(3, CHAIN, frozenset(), 8, dense=most, followers=before) for most in (60, 0))
    np.testing.assert_allclose(dense.coefficients, sparse.coefficients, atol=1e-8)
    np.testing.assert_allclose(dense.coefficients[0], 0, atol=1e-9)


def test_wrong_pairs_are_not_believed() -> None:
    other = SEEN[1].copy()
    other[:150] = np.random.default_rng(2).uniform(0, 1, (150, 3))
    solution = solve(2, [CHAIN[0]._replace(y=other)], frozenset({0}), 8)
    assert np.abs(corrected(solution, 1) - SEEN[0]).mean() < 0.006
    assert solution.robust[0][:150].mean() < 0.1
    assert solution.robust[0][150:].mean() > 0.8


def test_light_excuses_what_two_shots_differ_by() -> None:
    """A light that may differ takes a part of the difference on itself: less is corrected."""
    plain, lit = (solve(2, [edge(0, 1, light)], frozenset({0}), 8).coefficients[1] for light in (0.0, 1.0))
    assert 0 < np.linalg.norm(lit) < 0.9 * np.linalg.norm(plain)
