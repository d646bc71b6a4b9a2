"""Places that one of two shots clips: what the other shows there counts, and another surface does not.

Tests: survey/links/clipped.py, survey/links/even.py
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from making.pictures import Look, wall
from otiograde.color.arrays import Float32
from otiograde.color.prior import Fit
from otiograde.decide.match.edges import clipped_edges
from otiograde.decide.match.joint import Joint
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Linking, Sampling
from otiograde.survey.link import Link
from otiograde.survey.links.clipped import FEWEST, Clipped, Side, clipped_pairs, credible, picture_in
from otiograde.survey.links.even import solid
from otiograde.survey.links.joins import join
from otiograde.survey.sample import Sample, make_ends, make_sample, scaled_ends

PAPER = np.array([0.9, 0.89, 0.88])
BRIGHTER = Look(exposure=0.5, warmth=-0.06)
STILL = Fit(np.zeros((20, 3)), np.ones(1), 0.004)


def desk(look: Look, at: int = 0) -> Float32:
    """A wall above a sheet of paper, and a black bar above both."""
    picture = wall(3)[:, 2 * at : 2 * at + 320].copy()
    picture[130:] = PAPER
    shown = np.clip(look(picture), 0, 1)
    shown[:12] = 0
    return np.asarray(shown, np.float32)


def side(frame: Float32) -> Side:
    usable = ((frame > 0.004) & (frame < 0.996)).all(-1)
    return Side(frame, solid(usable), picture_in(Sample.of("s", frame[None], usable[None], (0,))))


def test_the_paper_is_found_and_the_bar_is_not() -> None:
    found = clipped_pairs(side(desk(Look())), side(desk(BRIGHTER)))
    assert len(found.a) > 1000
    np.testing.assert_allclose(np.median(found.a, 0), PAPER, atol=1e-6)
    np.testing.assert_allclose(np.median(found.b, 0), np.clip(BRIGHTER(PAPER), 0, 1), atol=1e-6)
    assert found.a.min() > 0.05
    assert 0.8 < found.share < 4


def test_nothing_is_clipped_and_nothing_is_found() -> None:
    frame = np.asarray(0.1 + 0.8 * desk(Look())[20:], np.float32)
    found = clipped_pairs(side(frame), side(frame))
    assert len(found.a) == 0
    assert found.share == 0


def of_colors(a: float, b: float) -> Clipped:
    return Clipped(np.full((100, 3), a), np.full((100, 3), b), 0.5)


@pytest.mark.parametrize(
    ("a", "b", "good"),
    [
        (0.9, 1.0, False),  # the fit makes .9 of it: it would not be clipped
        (0.99, 1.0, True),
        (1.0, 0.9, False),
        (1.0, 1.0, True),
        (0.3, 1.0, False),
        (0.2, 0.0, False),
        (0.01, 0.0, True),
        (0.0, 0.3, False),
    ],
)
def test_what_the_fit_rules_out_is_another_surface(a: float, b: float, good: bool) -> None:
    kept, _ = credible([of_colors(a, b)], STILL, 400)
    assert (len(kept) > 0) == good


def test_places_count_by_their_area() -> None:
    a, b = credible([of_colors(0.99, 1.0)], STILL, 120)
    assert len(a) == len(b) == 60
    assert len(credible([of_colors(0.99, 1.0)], STILL, 2 * FEWEST - 2)[0]) == 0
    assert len(credible([], STILL, 100)[0]) == 0


def clip(name: str, look: Look, at: int) -> tuple[Sample, Sample]:
    """The sample of a clip, and its end that is nearest to frame ``at``."""
    frames = np.stack([desk(look, at), desk(look, at + 1)])
    sample = make_sample(name, frames, (0, 1), Sampling())
    ends = make_ends(sample, scaled_ends(frames), (0, 1), Sampling()).ends
    assert ends is not None
    return sample, ends


@pytest.fixture(scope="module")
def pair() -> tuple[dict[str, Sample], Link]:
    (first, tail), (second, head) = clip("a", Look(), 0), clip("b", BRIGHTER, 2)
    link = join(tail, head, 1.0, Linking())
    assert link is not None
    return {"a": first, "b": second}, link


def test_a_sheet_that_one_clip_clips_looks_the_same_in_both(pair: tuple[dict[str, Sample], Link]) -> None:
    samples, link = pair
    shown = np.clip(BRIGHTER(PAPER), 0, 1)
    assert shown.max() == 1
    off = {}
    for name, tried in (
        ("with", link),
        ("without", replace(link, clipped_a=np.zeros((0, 3)), clipped_b=np.zeros((0, 3)))),
    ):
        grades = Joint().solve(Scene("s", ("a", "b")), samples, [tried], Anchor("first"))
        off[name] = float(np.abs(grades[1].transform(shown) - PAPER).max())
    assert off["with"] < 0.012
    assert off["with"] < off["without"] / 2


def test_they_are_one_edge_of_their_link(pair: tuple[dict[str, Sample], Link]) -> None:
    _, link = pair
    (edge,) = clipped_edges([link], {"a": 0, "b": 1})
    assert (edge.a, edge.b, len(edge.x)) == (0, 1, len(link.clipped_a))
    assert 0 < edge.evidence <= 400
    assert (
        clipped_edges([replace(link, clipped_a=np.zeros((0, 3)), clipped_b=np.zeros((0, 3)))], {"a": 0, "b": 1}) == []
    )
