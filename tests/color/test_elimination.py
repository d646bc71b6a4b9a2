"""Systems of blocks: the answers are those of a dense solution, whatever links the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.arrays import Float64
from otiograde.color.elimination import solve_blocks

SIDE = 4


def system(count: int, links: list[tuple[int, int]], seed: int = 0) -> dict[tuple[int, int], Float64]:
    """A positive definite system: each block with itself, and a difference of the two for each link."""
    rng = np.random.default_rng(seed)
    blocks = {(k, k): np.eye(SIDE) for k in range(count)}
    for i, j in links:
        factor = rng.normal(size=(SIDE, SIDE))
        weight = 100 * factor @ factor.T
        for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
            blocks[a, b] = blocks.get((a, b), np.zeros((SIDE, SIDE))) + sign * weight
    return blocks


def dense(blocks: dict[tuple[int, int], Float64], right: Float64) -> Float64:
    count = len(right)
    matrix = np.zeros((count, SIDE, count, SIDE))
    for (i, j), block in blocks.items():
        matrix[i, :, j] = block
    return np.linalg.solve(matrix.reshape(count * SIDE, -1), right.reshape(count * SIDE, -1)).reshape(right.shape)


def links_of(kind: str, count: int) -> list[tuple[int, int]]:
    pairs = np.random.default_rng(1).integers(0, count, (3 * count, 2)).tolist()
    return {
        "chain": [(k, k + 1) for k in range(count - 1)],
        "star": [(0, k) for k in range(1, count)],
        "parts": [(k, k + 2) for k in range(count - 2)],
        "none": [],
        "many": sorted({(min(a, b), max(a, b)) for a, b in pairs if a != b}),
        "all": [(i, j) for i in range(count) for j in range(i)],
    }[kind]


@pytest.mark.parametrize("kind", ["chain", "star", "parts", "none", "many", "all"])
@pytest.mark.parametrize("count", [1, 2, 23])
def test_the_answer_of_a_dense_solution(kind: str, count: int) -> None:
    blocks = system(count, links_of(kind, count))
    right = np.random.default_rng(2).normal(size=(count, SIDE, 3))
    before = right.copy()
    np.testing.assert_allclose(solve_blocks(blocks, right), dense(blocks, right), atol=1e-11)
    np.testing.assert_array_equal(right, before)


@pytest.mark.parametrize("kind", ["chain", "many", "none"])
def test_a_constraint_on_the_sum(kind: str) -> None:
    count = 20
    blocks = system(count, links_of(kind, count))
    for k in range(0, count, 2):
        blocks[count, k] = blocks[k, count] = np.eye(SIDE)
    blocks[count, count] = np.zeros((SIDE, SIDE))
    right = np.random.default_rng(2).normal(size=(count + 1, SIDE, 1))
    right[-1] = 0
    values = solve_blocks(blocks, right, (count,))
    np.testing.assert_allclose(values, dense(blocks, right), atol=1e-11)
    np.testing.assert_allclose(values[:count:2].sum(0), 0, atol=1e-12)
