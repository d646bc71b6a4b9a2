"""Learned links: what is done with a network's matches. This network is SIFT in disguise; tests/deep has the real."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from making.pictures import seen, wall
from making.shots import nth_shot
from otiograde.means.means import Means
from otiograde.means.network import LearnedPoints
from otiograde.record.settings import Linking, Sampling
from otiograde.survey.links import link_all
from otiograde.survey.links.learned import describe, match_learned
from otiograde.survey.sample import Sample, make_sample

#: Every pair is left to the network.
ALONE = Linking(without=("surfaces", "source", "regions", "content"))
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Disguised:
    """SIFT, with descriptors of length 1, and a log of the pairs that were matched."""

    asked: list[int] = field(default_factory=list)
    made_with: dict[str, str] = field(default_factory=dict)
    shared: bool = False

    def points(self, frame: NDArray[np.float32]) -> LearnedPoints:
        gray = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) * 255).astype(np.uint8)
        keys, descriptors = cv2.SIFT.create(600).detectAndCompute(gray, None)
        xy = np.array([key.pt for key in keys], np.float32)
        rows = np.asarray(descriptors, np.float32)
        return LearnedPoints(xy, rows / np.linalg.norm(rows, axis=1, keepdims=True), frame.shape[1], frame.shape[0])

    def content(self, frame: NDArray[np.float32], xy: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        raise NotImplementedError

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[Indices, Indices]:
        alike = a.descriptors @ b.descriptors.T
        best = alike.argmax(1)
        kept = (alike.argmax(0)[best] == np.arange(len(best))) & (alike.max(1) > 0.9)
        self.asked.append(len(best))
        return np.flatnonzero(kept), best[kept]


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    picture = wall(1)
    graded = {"exposure": 0.4, "warmth": 0.1}
    return {"a": seen("a", picture, 0), "b": seen("b", picture, 150, grade=graded), "c": seen("c", wall(4))}


def linked(samples: dict[str, Sample], network: Any, linking: Linking = ALONE) -> Any:
    shots = [nth_shot(name, place) for place, name in enumerate(samples)]
    return [link for link in link_all(shots, samples, linking, Means(network=network)).links if link.kind == "learned"]


def test_a_network_links_what_it_matches(samples: dict[str, Sample]) -> None:
    (found,) = linked(samples, Disguised())
    assert (found.a, found.b) == ("a", "b")
    assert found.inliers >= 30
    assert found.places.shape == (found.inliers, 4)
    # The window on the wall moved by 150 pixels of 400.
    shift = (found.places[:, 0] - found.places[:, 2]) * 400
    assert np.median(np.abs(shift - 150)) < 8
    assert set(found.at) <= {0, 10}


def test_without_a_network_nothing_is_learned(samples: dict[str, Sample]) -> None:
    assert linked(samples, None) == []
    assert linked(samples, Disguised(), replace(ALONE, without=(*ALONE.without, "learned"))) == []


@pytest.mark.slow
def test_what_sift_links_well_is_not_tried(samples: dict[str, Sample]) -> None:
    network = Disguised()
    assert linked({name: samples[name] for name in "ab"}, network, Linking()) == []
    assert network.asked == []


def test_only_promising_frame_pairs_are_matched_each_frame_once(samples: dict[str, Sample]) -> None:
    network = Disguised()
    a, b, c = (describe(samples[name], network) for name in "abc")
    matches = match_learned(a, b, network, ALONE)
    assert matches is not None
    assert len({found.i for found in matches.frames}) == len({found.j for found in matches.frames}) == 2
    assert len(network.asked) == 2
    assert match_learned(a, c, network, ALONE) is None
    assert len(network.asked) <= 3


def test_matches_that_crowd_in_one_corner_are_not_believed(samples: dict[str, Sample]) -> None:
    corner = np.zeros((260, 400), bool)
    corner[:60, 144:208] = True  # four places by four
    network = Disguised()
    a, b = (describe(samples[name], network) for name in "ab")
    few = {}
    for number, points in a.points.items():
        column, row = points.xy.astype(int).T
        kept = corner[row, column]
        assert kept.sum() >= 12
        few[number] = points._replace(xy=points.xy[kept], descriptors=points.descriptors[kept])
    assert match_learned(a._replace(points=few), b, network, ALONE) is None


def test_points_on_bars_are_left_out() -> None:
    frames = np.array([wall(2)[:, :400]] * 2, np.float32)
    frames[:, :40] = frames[:, -40:] = 0
    described = describe(make_sample("a", frames, (0, 10), Sampling()), Disguised())
    for points in described.points.values():
        assert len(points.xy) > 50
        assert points.xy[:, 1].min() > 40
        assert points.xy[:, 1].max() < 220
    assert match_learned(described, described, Disguised(), ALONE) is not None


def test_a_shot_without_frames_has_no_points() -> None:
    nothing = Sample.of("a", np.zeros((0, 1, 1, 3), np.float32), np.zeros((0, 1, 1), np.bool_), ())
    described = describe(nothing, Disguised())
    assert described.points == {}
    assert match_learned(described, described, Disguised(), ALONE) is None
