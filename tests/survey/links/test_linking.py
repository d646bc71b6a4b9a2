"""Linking finds what two shots share, whatever their grades, and finds nothing where they share nothing.

Tests: survey/links/__init__.py, survey/links/candidates.py, survey/links/matching.py, survey/links/pairs.py,
survey/links/points.py, survey/links/surfaces.py
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from making.pictures import Look, seen, wall
from making.shots import nth_shot
from otiograde.means.means import Means
from otiograde.means.workers import processes
from otiograde.record.settings import Linking, Sampling
from otiograde.survey.link import Link
from otiograde.survey.links import link_all
from otiograde.survey.links.candidates import candidates
from otiograde.survey.links.matching import match_shots, nearest_alike
from otiograde.survey.links.pairs import link
from otiograde.survey.links.points import Points, features
from otiograde.survey.sample import Sample, make_sample

WARM = {"exposure": 0.4, "warmth": 0.1, "contrast": 1.15}
COLD = {"exposure": -0.3, "warmth": -0.12}


def linked(a: Sample, b: Sample, linking: Linking = Linking()) -> Link | None:
    matches = match_shots(features(a, linking), features(b, linking), linking)
    return None if matches is None else link(a, b, matches, linking)


@pytest.fixture(scope="module")
def pair() -> tuple[Sample, Sample]:
    picture = wall(1)
    return seen("a", picture, 0, grade=WARM), seen("b", picture, 150, grade=COLD)


@pytest.mark.slow
def test_pairs_are_the_two_grades_of_one_color(pair: tuple[Sample, Sample]) -> None:
    found = linked(*pair)
    assert found is not None
    assert found.inliers >= 30
    assert found.confidence > 0.5
    # The cold look undone and the warm one done: what colors_b should be in shot a.
    clean = np.linspace(0.12, 0.85, 200)[:, None].repeat(3, 1)
    expected = np.stack(
        [np.interp(found.colors_b[:, c], Look(**COLD)(clean)[:, c], Look(**WARM)(clean)[:, c]) for c in range(3)],
        1,
    )
    assert np.median(np.abs(expected - found.colors_a)) < 0.01


def test_weights_and_held_out(pair: tuple[Sample, Sample]) -> None:
    found = linked(*pair)
    assert found is not None
    assert found.weights.mean() == pytest.approx(1)
    assert 0.05 < found.held_out.mean() < 0.4
    assert found.colors_a.dtype == np.float64
    assert found.colors_a.shape == found.colors_b.shape


@pytest.mark.slow
def test_another_wall_is_not_linked() -> None:
    for seed in (3, 4):
        assert linked(seen("a", wall(1)), seen("b", wall(seed))) is None


def test_a_zoom_is_linked_by_few_places() -> None:
    picture = wall(5)
    import cv2

    near = cv2.resize(picture[60:190, 100:300], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    frames = np.clip(near, 0, 1).astype(np.float32)[None]
    found = linked(seen("wide", picture), make_sample("near", frames, (0,), Sampling()))
    assert found is not None
    assert np.median(np.abs(found.colors_a - found.colors_b)) < 0.02


def test_two_shots_that_are_the_same_frames() -> None:
    a = seen("a", wall(2))
    found = linked(a, replace(a, shot="b"))
    assert found is not None
    assert found.mad < 0.003


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_one_color_has_no_features_and_no_link(level: float) -> None:
    flat = Sample.of("flat", np.full((2, 90, 160, 3), level, np.float32), np.ones((2, 90, 160), bool), (0, 1))
    assert linked(flat, seen("b", wall(1))) is None
    assert linked(flat, replace(flat, shot="same")) is None


def test_bars_are_not_matched() -> None:
    linking = Linking()
    frames = np.zeros((1, 200, 400, 3), np.float32)
    frames[:, 40:160] = wall(1)[:120, :400]
    usable = np.zeros((1, 200, 400), bool)
    usable[:, 40:160] = True
    rows = features(Sample.of("barred", frames, usable, (0,)), linking).frames[0].xy[:, 1]
    assert len(rows)
    assert rows.min() > 40
    assert rows.max() < 160


def test_no_frames_no_features() -> None:
    nothing = Sample.of("none", np.zeros((0, 1, 1, 3), np.float32), np.zeros((0, 1, 1), bool), ())
    assert features(nothing, Linking()).frames == ()
    assert linked(nothing, seen("b", wall(1))) is None


def test_candidates_grow_linearly_and_keep_hdr_apart() -> None:
    count = 24
    shots = [nth_shot(f"s{k}", k) for k in range(count)] + [nth_shot("h", count, "hlg")]
    samples = {shot.id: seen(shot.id, wall(1, 40, 90), k, 60) for k, shot in enumerate(shots)}
    linking = Linking(reach=2, nearest=2)
    found = candidates(shots, samples, linking)
    assert len(found) <= count * (linking.reach + linking.nearest)
    assert ("s0", "s1") in found
    assert not any("h" in pair for pair in found)
    assert len(found) == len(set(found))


def test_candidates_follow_wishes() -> None:
    shots = [nth_shot(f"s{k}", k, scene="kitchen" if k in (0, 9) else None) for k in range(10)]
    samples = {shot.id: seen(shot.id, wall(k, 40, 90), 0, 60) for k, shot in enumerate(shots)}
    assert ("s0", "s9") in candidates(shots, samples, Linking(reach=1, nearest=1))


@pytest.mark.slow
def test_same_links_whatever_the_executor() -> None:
    picture = wall(6)
    shots = [nth_shot(name, k) for k, name in enumerate("abc")]
    samples = {
        "a": seen("a", picture, 0),
        "b": seen("b", picture, 120, grade=WARM),
        "c": seen("c", wall(7), 0, grade=COLD),
    }
    alone = link_all(shots, samples, Linking())
    with processes(2) as executor:
        together = link_all(shots, samples, Linking(), Means(executor))
    assert [(one.a, one.b) for one in alone.links if one.kind == "surfaces"] == [("a", "b")]
    assert alone.hints == together.hints
    assert [hint.kind for hint in alone.hints] == ["regions", "regions"]
    for one, other in zip(alone.links, together.links, strict=True):
        for field in fields(Link):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["findHomography", "findFundamentalMat"])
def test_matches_that_opencv_fails_on_are_none(
    name: str, pair: tuple[Sample, Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    import cv2

    def fail(*_points: object, **_words: object) -> None:
        raise cv2.error("(-215:Assertion failed) !model.empty() in function 'setModelParameters'")

    monkeypatch.setattr(cv2, name, fail)
    linked(*pair)


def test_points_are_told_only_from_those_of_the_same_pose() -> None:
    draw = np.random.default_rng(3)
    roots = draw.integers(0, 40, (12, 128)).astype(np.uint8)
    places = draw.uniform(0, 400, (12, 2)).astype(np.float32)
    a = Points(places, np.full(12, 8, np.float32), np.full(12, 20, np.float32), roots)
    # Every point of a is twice in b: at half the size and turned by ten degrees, and once more upside down.
    sizes, angles = np.full(24, 4, np.float32), np.repeat(np.array([10, 190], np.float32), 12)
    b = Points(np.tile(places, (2, 1)), sizes, angles, np.tile(roots, (2, 1)))
    first, second = nearest_alike(a, b, 1.0, 10.0)
    np.testing.assert_array_equal(first, np.arange(12))
    np.testing.assert_array_equal(second, np.arange(12))
    first, second = nearest_alike(a, b, 1.0, 190.0)
    np.testing.assert_array_equal(second, np.arange(12, 24))
    for pose in ((0.0, 10.0), (1.0, 100.0)):
        assert len(nearest_alike(a, b, *pose)[0]) == 0
