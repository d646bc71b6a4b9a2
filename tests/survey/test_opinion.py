"""A second opinion is asked for near the limit only, and decides there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from test_passages import Frames, passages_of, shot, whip

from otiograde.survey.opinion import Opinion
from otiograde.survey.passages import Passage, find_passages
from otiograde.survey.thumbnails import Film


class Sure:
    """A network that gives one answer, and counts how often it is asked."""

    def __init__(self, answer: float) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, frames: Frames) -> NDArray[np.float32]:
        assert frames.shape == (100, 27, 48, 3)
        assert frames.dtype == np.uint8
        self.asked += 1
        return np.full(100, self.answer, np.float32)


def nearly(share: float) -> Frames:
    """A wall, and from frame 35 on a mixture of it and another."""
    a, b = (shot(seed, 70, 0.5) for seed in (1, 2))
    return np.concatenate([a[:35], np.rint(a[35:] * (1 - share) + b[35:] * share).astype(np.uint8)])


def test_a_network_is_asked_about_doubtful_changes_only() -> None:
    network = Sure(0)
    still = np.concatenate([shot(1, 60, 0), shot(2, 60, 0)])
    assert list(find_passages(still, network)) == passages_of(still) == [Passage(60, 59, "cut")]
    assert network.asked == 0


@pytest.mark.parametrize("share", [0.48, 0.5, 0.6])
def test_its_answer_decides_near_the_limit(share: float) -> None:
    cut = [Passage(35, 34, "cut")]
    assert list(find_passages(nearly(share), Sure(0.9))) == cut
    assert list(find_passages(nearly(share), Sure(0))) == []


def test_a_cut_stays_unless_the_network_is_sure_that_it_is_none() -> None:
    assert list(find_passages(nearly(0.6), Sure(0.2))) == [Passage(35, 34, "cut")]
    assert list(find_passages(nearly(0.48), Sure(0.2))) == []


def test_a_stretch_is_shown_once() -> None:
    network = Sure(0.9)
    opinion = Opinion(Film(shot(3, 120)), network)
    assert [opinion.agrees(k, is_cut=False) for k in (0, 49, 50, 118)] == [True] * 4
    assert network.asked == 3
    assert Opinion(Film(whip(5)), Sure(0.1)).agrees(20, is_cut=True)
    assert not Opinion(Film(whip(5)), Sure(0.1)).agrees(20, is_cut=False)
