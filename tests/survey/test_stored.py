from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.survey.link import Clues, Link, links_within
from otiograde.survey.sample import Sample
from otiograde.survey.stored import put_away, stored, stored_arrays


@stored("values")
@dataclass(frozen=True, eq=False)
class Series:
    name: str
    values: NDArray[np.float64]


class Shelf:
    """Takes arrays, and counts how often they are fetched."""

    def __init__(self) -> None:
        self.fetched = 0

    def put(self, array: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        def fetch() -> NDArray[Any]:
            self.fetched += 1
            return array

        return fetch


def test_a_field_gives_its_value_held_or_put_away() -> None:
    shelf, series = Shelf(), Series("a", np.arange(3.0))
    away = put_away(series, shelf.put)
    assert (away.name, away.values.tolist(), shelf.fetched) == ("a", [0, 1, 2], 1)
    assert series.values is series.values
    assert list(stored_arrays(away)) == []
    assert put_away(away, shelf.put).values.tolist() == [0, 1, 2]
    assert replace(away, name="b").values.tolist() == [0, 1, 2]
    assert pickle.loads(pickle.dumps(series)).values.tolist() == [0, 1, 2]


def test_a_frozen_field_stays_frozen() -> None:
    with pytest.raises(AttributeError):
        Series("a", np.arange(3.0)).values = np.arange(2.0)  # type: ignore[misc]


def test_a_sample_put_away_is_the_same_sample() -> None:
    rng = np.random.default_rng(0)
    ends = Sample.of("s", rng.uniform(size=(2, 9, 16, 3)), np.ones((2, 9, 16), np.bool_), (0, 1))
    sample = replace(
        Sample.of("s", rng.uniform(size=(3, 9, 16, 3)), np.ones((3, 9, 16), np.bool_), (1, 2, 3)), ends=ends
    )
    shelf = Shelf()
    away = sample.put_away(shelf.put)
    assert away.ends is not None
    assert (away.digest(), away.ends.digest()) == (sample.digest(), ends.digest())
    before = shelf.fetched
    assert away.digest() == sample.digest()
    assert shelf.fetched == before
    np.testing.assert_array_equal(away.frames, sample.frames)
    np.testing.assert_array_equal(away.colors(50), sample.colors(50))


def a_link(a: str, b: str) -> Link:
    colors = np.random.default_rng(1).uniform(size=(20, 3))
    return Link(a, b, colors, colors, np.ones(20), np.arange(20) < 7, 30, 0.01, 0.9)


def test_a_link_put_away_is_the_same_link() -> None:
    link = a_link("a", "b")
    (away,) = Clues([link]).put_away(Shelf().put).links
    assert (away.proofs, away.inliers) == (7, 30)
    np.testing.assert_array_equal(away.colors_a, link.colors_a)


def test_fetched_arrays_count_wherever_they_lie() -> None:
    series = Series("a", np.arange(3.0))
    away = put_away(series, Shelf().put)
    assert [name for name, _ in stored_arrays(series)] == ["values"]
    assert [array.tolist() for _, array in stored_arrays(away, fetched=True)] == [[0, 1, 2]]


def test_the_digest_of_a_link_is_that_of_its_values() -> None:
    link = a_link("a", "b")
    same = replace(link, inliers=np.int64(30), mad=np.float64(0.01), at=tuple(np.zeros(2, np.int64)))
    (away,) = Clues([a_link("a", "b")]).put_away(Shelf().put).links
    assert link.digest == same.digest == away.digest
    others = [
        replace(link, **changed)
        for changed in (
            {"a": "c"},
            {"kind": "joins"},
            {"inliers": 31},
            {"mad": 0.02},
            {"confidence": 0.8},
            {"at": (0, 1)},
            {"weights": 2 * link.weights},
            {"held_out": ~link.held_out},
            {"clipped_a": np.zeros((1, 3))},
            {"clipped_b": np.zeros((1, 3))},
        )
    ]
    assert len({link.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_links_within_groups_keep_their_order() -> None:
    links = [a_link(*pair) for pair in ("ab", "bc", "ca", "de", "ad", "xy")]
    within = links_within({"one": "abc", "two": "de", "three": "z"}, links)
    assert {name: [link.a + link.b for link in some] for name, some in within.items()} == {
        "one": ["ab", "bc", "ca"],
        "two": ["de"],
        "three": [],
    }
