"""Content: links and hints from things of one kind. This network knows colors by rank; tests/deep has the real one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from making.cases import survey
from making.pictures import Look, seen, wall
from making.shots import nth_shot
from otiograde.decide.grouping import group
from otiograde.means.means import Means
from otiograde.means.network import LearnedPoints
from otiograde.record.settings import Grouping, Linking, Sampling
from otiograde.record.shot import Shot
from otiograde.survey.link import Clues, Hint
from otiograde.survey.links import link_all
from otiograde.survey.links.content import FEWEST, PLACES, Content, compare, content_of
from otiograde.survey.sample import Sample, make_sample

Floats = NDArray[np.float32]
ALONE = Linking(without=("surfaces", "learned", "source", "layout", "regions"))
GRADE = {"exposure": 0.4, "warmth": 0.1}


@dataclass(frozen=True)
class Ranks:
    """Tells places apart by how bright each channel is among those of the frame, at two scales of no difference."""

    made_with: dict[str, str] = field(default_factory=dict)
    shared: bool = False

    def points(self, frame: Floats) -> LearnedPoints:
        raise NotImplementedError

    def matches(self, a: LearnedPoints, b: LearnedPoints) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        raise NotImplementedError

    def content(self, frame: Floats, xy: Floats) -> tuple[Floats, ...]:
        column, row = np.rint(xy).astype(int).T
        ranks = np.argsort(np.argsort(frame.reshape(-1, 3), axis=0), axis=0).reshape(frame.shape) / frame[..., 0].size
        described = ranks[row, column].astype(np.float32)
        return described, described**2


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    return {"a": seen("a", wall(1)), "b": seen("b", wall(1), 3, grade=GRADE), "c": seen("c", wall(4))}


def linked(samples: dict[str, Sample], linking: Linking = ALONE, network: Ranks | None = None) -> Clues:
    shots = [nth_shot(name, place) for place, name in enumerate(samples)]
    return link_all(shots, samples, linking, Means(network=network or Ranks()))


def test_colors_of_one_kind_differ_by_their_grades(samples: dict[str, Sample]) -> None:
    found = next(link for link in linked(samples).links if (link.a, link.b) == ("a", "b"))
    assert found.kind == "content"
    assert len(found.weights) >= FEWEST
    assert found.weights.mean() == pytest.approx(1)
    before = np.linalg.norm(found.colors_a - found.colors_b, axis=1)
    after = np.linalg.norm(Look(**GRADE)(found.colors_a) - found.colors_b, axis=1)
    assert np.average(after, weights=found.weights) < 0.4 * np.average(before, weights=found.weights)


def test_they_prove_nothing(samples: dict[str, Sample]) -> None:
    links, hints = linked(samples)
    assert [(link.a, link.b) for link in links] == [(hint.a, hint.b) for hint in hints]
    assert len(links) == 3
    assert {(link.inliers, bool(link.held_out.any()), link.confidence) for link in links} == {(0, False, 0.0)}


def test_shots_of_like_content_are_nearer_and_others_farther(samples: dict[str, Sample]) -> None:
    shots = [nth_shot("a"), nth_shot("c", 1)]
    links, (hint,) = linked({name: samples[name] for name in ("a", "c")})
    limit = Grouping(threshold=_halfway(shots, samples))
    for share, scenes in ((1.0, 1), (0.0, 2)):
        seen_alike = survey(samples, links, hints=[replace(hint, share=share)], shots=shots)
        assert len(group(seen_alike, limit)) == scenes


def _halfway(shots: list[Shot], samples: dict[str, Sample]) -> float:
    """The evidence for one scene of two shots without a hint."""
    low, high = -60.0, 60.0
    for _ in range(20):
        middle = (low + high) / 2
        apart = len(group(survey(samples, [], shots=shots), Grouping(threshold=middle))) == 2
        low, high = (low, middle) if apart else (middle, high)
    return low


@pytest.mark.slow
def test_none_without_a_network_nor_where_surfaces_are_many(samples: dict[str, Sample]) -> None:
    shots = [nth_shot(name, place) for place, name in enumerate(samples)]
    assert link_all(shots, samples, ALONE) == ([], [])
    assert linked(samples, Linking(without=(*ALONE.without, "content"))) == ([], [])
    both = linked(samples, Linking(without=("learned", "source", "regions")))
    assert [(link.a, link.b) for link in both.links if link.kind == "surfaces" and link.inliers >= Linking().many] == [
        ("a", "b")
    ]
    for clues in (both.links, both.hints):
        assert [(clue.a, clue.b) for clue in clues if clue.kind == "content"] == [("a", "c"), ("b", "c")]


def test_the_likest_weigh_most_and_chance_little() -> None:
    draw = np.random.default_rng(3)
    described, colors = draw.normal(size=(400, 24)), draw.uniform(0.1, 0.9, (400, 3))
    noise = np.where(np.arange(400) < 200, 0.05, 0.8)[:, None] * draw.normal(size=(400, 24))
    a = Content("a", colors.astype(np.float32), (described.astype(np.float32),))
    b = Content("b", colors.astype(np.float32), ((described + noise).astype(np.float32),))
    (found,), _ = compare(a, b)
    clear = np.isin(found.colors_a[:, 0], a.colors[:200, 0].astype(np.float64))
    assert found.weights[clear].mean() > 2 * found.weights[~clear].mean()


def test_too_little_to_see(samples: dict[str, Sample]) -> None:
    black = make_sample("d", np.zeros((2, 260, 400, 3), np.float32), (0, 10), Sampling())
    gone = Sample.of("e", np.zeros((0, 1, 1, 3), np.float32), np.zeros((0, 1, 1), np.bool_), ())
    full, dark, none = (content_of(sample, Ranks()) for sample in (samples["a"], black, gone))
    assert len(full.colors) == len(full.seen[0]) == PLACES
    assert compare(full, dark) == compare(none, full) == Clues()
    assert linked({"d": black, "e": gone}) == ([], [])


def test_few_places_alike_are_a_hint_alone() -> None:
    seen_there = np.ones((FEWEST, 8), np.float32)
    a, b = (Content(name, np.full((FEWEST, 3), 0.5, np.float32), (seen_there,)) for name in "ab")
    assert compare(a, b) == Clues(hints=(Hint("a", "b", "content", 1.0),))
