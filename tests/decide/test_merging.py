"""Merging: the sums kept from merge to merge are those of the parts, and what is barred stays apart."""

from __future__ import annotations

import time

import numpy as np
import pytest

from making.waiting import slowness
from otiograde.color.alike import MERGE, shipped_weights
from otiograde.decide.merging import FEWEST, PLACES, Evidence, Parts, best_merge, merged

ORDER, MEAN = MERGE.index("places"), MERGE.index("mean")


def evidence(*labels: int, same: float = 3.0, other: float = -3.0, noise: float = 0.0, seed: int = 0) -> Evidence:
    """Evidence about shots of these scenes: all compared, nothing matched, stated or barred."""
    label, draw = np.array(labels, np.intp), np.random.default_rng(seed)
    count = len(label)
    jitter = draw.normal(0, noise, (count, count))
    alike = np.where(label[:, None] == label, same, other) + (jitter + jitter.T) / 2
    nothing = np.zeros((count, count))
    return Evidence(alike, nothing, nothing > 0, nothing + 0.6, nothing > 0)


def alone(count: int) -> list[list[int]]:
    return [[k] for k in range(count)]


def scenes(seen: Evidence, least: float = 3.0) -> list[list[int]]:
    return sorted(merged(seen, alone(len(seen.alike)), shipped_weights().merge, least))


def test_scenes_that_are_returned_to_are_found() -> None:
    assert scenes(evidence(0, 0, 0, 1, 1, 1, 0, 0)) == [[0, 1, 2, 6, 7], [3, 4, 5]]
    assert scenes(evidence(0, 1, 0, 1, 0, 1, 0, 1, same=5)) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_nothing_speaks_for_a_merge() -> None:
    assert scenes(evidence(*range(9))) == alone(9)
    assert scenes(evidence(*[0] * 9), least=1e9) == alone(9)


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1])
def test_few_shots_stay_as_they_are(count: int) -> None:
    assert scenes(evidence(*[0] * count)) == alone(count)


def test_what_is_barred_or_was_never_compared_stays_apart() -> None:
    seen, across = evidence(*[0] * 8), np.zeros((8, 8), bool)
    across[:4, 4:] = across[4:, :4] = True
    assert scenes(seen) == [[0, 1, 2, 3, 4, 5, 6, 7]]
    assert scenes(seen._replace(barred=across)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert scenes(seen._replace(common=np.where(across, 0.1, 0.6))) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert scenes(seen._replace(common=np.where(across, np.nan, 0.6))) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert scenes(seen._replace(common=np.where(across, 0.1, 0.6), matched=across)) == [[0, 1, 2, 3, 4, 5, 6, 7]]


def test_two_scenes_with_some_pairs_alike_stay_apart() -> None:
    """Each shot has a good partner in the other scene, and they alternate; but inside, both scenes are more alike."""
    sides = [[0, 2, 4, 6], [1, 3, 5, 7]]
    seen = evidence(*[0, 1] * 4, same=5.0, other=1.5)
    for shot in range(0, 8, 2):
        seen.alike[shot, shot + 1] = seen.alike[shot + 1, shot] = 4.0
    weights = shipped_weights().merge
    assert sorted(merged(seen, sides, weights, 2.8)) == sides
    loose = evidence(*[0, 1] * 4, same=3.0, other=1.5)._replace(alike=np.minimum(seen.alike, 3.5))
    assert merged(loose, sides, weights, 2.8) == [[*range(8)]]
    joined = seen._replace(matched=np.ones((8, 8), bool))
    assert merged(joined, sides, weights, 2.8) == [[*range(8)]]


def test_what_was_stated_counts_as_much_as_it_says() -> None:
    seen, across = evidence(*[0] * 8), np.zeros((8, 8))
    across[:4, 4:] = across[4:, :4] = -15
    assert scenes(seen._replace(stated=across)) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_sums_after_merges_are_those_of_the_parts() -> None:
    seen = evidence(*np.random.default_rng(3).integers(0, 3, 14).tolist(), noise=2)
    state = Parts(seen, alone(14))
    for _ in range(8):
        pair = best_merge(state, shipped_weights().merge, -1e9)
        assert pair is not None
        state.merge(*pair)
        fresh = Parts(seen, state.shots)
        np.testing.assert_allclose(state.terms(), fresh.terms(), atol=1e-9)
        np.testing.assert_allclose(state.terms(), state.terms().transpose(1, 0, 2), atol=1e-9)


def test_mean_is_that_of_the_pairs_between() -> None:
    seen = evidence(0, 0, 1, 1, 1, noise=1)
    terms = Parts(seen, [[0, 1], [2, 3, 4]]).terms()
    assert terms[0, 1, MEAN] == pytest.approx(seen.alike[:2, 2:].mean())


def test_neighbors_are_likelier_one_scene_than_parts_far_apart() -> None:
    terms = Parts(evidence(*range(5)), alone(5)).terms()[..., ORDER]
    assert terms[0, 1] > terms[0, 2] == terms[0, 4]
    assert np.abs(terms).max() <= PLACES


def test_300_shots_are_merged_quickly() -> None:
    seen = evidence(*np.repeat(np.arange(30), 10).tolist(), noise=1)
    start = time.process_time()
    assert len(scenes(seen)) >= 30
    assert time.process_time() - start < 20 * slowness()
