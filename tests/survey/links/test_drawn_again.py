"""Links by layout: a composition that is drawn again is one, whatever its texture; what only resembles it is not.

Tests: survey/links/layout.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.pictures import Look, Picture
from making.shots import nth_shot
from otiograde.color.difference import code_difference
from otiograde.decide.grouping import group
from otiograde.decide.match import matcher
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.means.spill import Spill
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Grouping, Linking, Sampling
from otiograde.survey import kinds
from otiograde.survey.link import Link
from otiograde.survey.links import link_all
from otiograde.survey.links.layout import describe
from otiograde.survey.sample import Sample, make_sample
from otiograde.survey.stored import Put, held, stored_arrays
from otiograde.survey.survey import Survey

ALONE = Linking(without=tuple(kind for kind in kinds.KINDS if kind != "layout"))
PLAIN = Look()
CAST = Look(exposure=0.35, warmth=0.08, contrast=1.1, saturation=0.9)
WIDTH, HEIGHT = 480, 270


def composition(seed: int, height: int = HEIGHT) -> Picture:
    """Large shapes of even colors: a background and forty blobs, between .15 and .8."""
    draw = np.random.default_rng(seed)
    picture = np.full((height, WIDTH, 3), draw.uniform(0.3, 0.6, 3))
    for _ in range(40):
        center = tuple(int(value) for value in draw.uniform(0, (WIDTH, height)))
        axes = tuple(int(value) for value in draw.uniform(20, 70, 2))
        color = tuple(float(value) for value in draw.uniform(0.15, 0.8, 3))
        cv2.ellipse(picture, center, axes, float(draw.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
    return picture


def face(seed: int) -> Picture:
    """A head and shoulders in the middle, before a background with blobs of its own."""
    draw = np.random.default_rng(seed)
    picture = composition(seed + 100)
    skin, clothes = ((0.75, 0.55, 0.45), (0.2, 0.25, 0.4))
    cv2.ellipse(picture, (240, 290), (110, 90), 0, 0, 360, clothes, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (240 + int(draw.integers(-8, 8)), 125), (55, 75), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for x in (218, 262):
        cv2.circle(picture, (x, 110), 7, (0.15, 0.15, 0.2), -1, cv2.LINE_AA)
    return picture


def horizon(seed: int) -> Picture:
    """A bright sky over dark land, and a few hills."""
    draw = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH, 3), (0.5, 0.6, 0.75))
    picture[140:] = (0.3, 0.35, 0.2)
    for _ in range(4):
        center, size = (int(draw.integers(0, WIDTH)), 150), int(draw.integers(20, 60))
        cv2.ellipse(picture, center, (2 * size, size), 0, 180, 360, (0.25, 0.3, 0.25), -1, cv2.LINE_AA)
    return picture


def drawn(name: str, picture: Picture, seed: int, look: Look = PLAIN, *, frames: int = 3, bend: float = 5.0) -> Sample:
    """Frames of a composition with a texture of their own, bent by some pixels and zoomed a little."""
    draw = np.random.default_rng(seed)
    row, column = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    bent = [cv2.GaussianBlur(draw.normal(size=row.shape), (0, 0), 40).astype(np.float32) for _ in "xy"]
    x, y = (axis / 1.04 + bend * shift / np.abs(shift).max() for axis, shift in zip((column, row), bent, strict=True))
    warped = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    textured = []
    for _ in range(frames):
        grain = draw.normal(size=row.shape)
        texture = cv2.GaussianBlur(grain, (0, 0), 1.2) - cv2.GaussianBlur(grain, (0, 0), 3)
        textured.append(look(np.clip(warped + 0.12 * texture[..., None], 0.01, 0.95)))
    return make_sample(name, np.array(textured, np.float32), tuple(range(0, 10 * frames, 10)), Sampling())


def links_of(*samples: Sample, linking: Linking = ALONE, means: Means = Means(), put: Put = held) -> list[Link]:
    shots = [nth_shot(sample.shot, number) for number, sample in enumerate(samples)]
    clues = link_all(shots, {sample.shot: sample for sample in samples}, linking, means, put=put)
    return [link for link in clues.links if link.kind == "layout"]


def test_a_picture_drawn_again_is_linked_by_the_colors_of_its_regions() -> None:
    picture = composition(1)
    (link,) = links_of(drawn("a", picture, 1), drawn("b", picture, 2, CAST))
    assert (link.a, link.b) == ("a", "b")
    assert 24 <= link.inliers <= len(link.places)
    assert link.confidence > 0.2
    assert 0 < link.held_out.sum() < len(link.weights)
    assert np.abs(link.places[:, :2] - link.places[:, 2:]).max() < 0.1
    error = code_difference(np.clip(CAST(link.colors_a), 0, 1), link.colors_b, None)
    assert np.median(error) < 1.5
    assert np.median(code_difference(link.colors_a, link.colors_b, None)) > 6


def test_descriptions_lie_elsewhere_until_they_are_compared(tmp_path: Path) -> None:
    picture, put = composition(1), Spill(tmp_path).put
    described = describe(drawn("a", picture, 1))
    away = described.put_away(put)
    for one, other in zip(described.windows, away.windows, strict=True):
        assert list(stored_arrays(other)) == []
        np.testing.assert_array_equal(other.edges, one.edges)
        np.testing.assert_array_equal(other.xy, one.xy)
    samples = [drawn("a", picture, 1), drawn("b", picture, 2, CAST)]
    assert [link.digest for link in links_of(*samples, put=put)] == [link.digest for link in links_of(*samples)]


@pytest.mark.parametrize("zoom", [0.8, 1.25])
def test_another_lens_shows_it_larger(zoom: float) -> None:
    picture = composition(2)
    middle = (WIDTH / 2, HEIGHT / 2)
    closer = cv2.warpAffine(
        picture, cv2.getRotationMatrix2D(middle, 0, zoom), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
    )
    (link,) = links_of(drawn("a", picture, 1, bend=1), drawn("b", closer, 2, bend=1))
    from_middle = (link.places.reshape(-1, 2, 2) - 0.5) * [WIDTH, HEIGHT]
    far = np.abs(from_middle[:, 0]).min(axis=1) > 40
    assert np.median(from_middle[far, 1] / from_middle[far, 0]) == pytest.approx(zoom, abs=0.05)


@pytest.mark.parametrize("kind", [composition, face, horizon])
def test_what_only_resembles_it_is_not_linked(kind: object) -> None:
    assert callable(kind)
    assert links_of(*(drawn(name, kind(seed), seed) for seed, name in enumerate("abcdef"))) == []


def test_one_composition_in_other_colors_is_not_linked() -> None:
    # Every region has another color than a grade could give it.
    a, b = (composition(3), composition(3))
    region = np.unique((b * 997).round().sum(axis=2), return_inverse=True)[1].reshape(b.shape[:2])
    b = np.random.default_rng(0).uniform(0.15, 0.8, (region.max() + 1, 3))[region]
    assert links_of(drawn("a", a, 1), drawn("b", b, 2)) == []


def test_stills_and_other_shapes() -> None:
    picture = composition(4)
    taller = cv2.copyMakeBorder(picture, 45, 45, 0, 0, cv2.BORDER_REFLECT)
    still = drawn("a", picture, 1, frames=1)
    assert len(links_of(still, drawn("b", picture, 2))) == 1
    assert len(links_of(still, drawn("b", taller, 2))) == 1
    empty = replace(still, shot="b", pixels=still.pixels[:0], at=())
    assert links_of(still, empty) == []
    even = make_sample("b", np.full((2, HEIGHT, WIDTH, 3), 0.5, np.float32), (0, 10), Sampling())
    thin = make_sample("c", np.full((1, 3, WIDTH, 3), 0.5, np.float32), (0,), Sampling())
    assert links_of(still, even, thin) == []


def test_pairs_that_surfaces_join_for_certain_are_not_tried() -> None:
    picture = composition(1)
    a, b = (drawn(name, picture, 1, frames=2) for name in "ab")
    assert links_of(a, b, linking=Linking(without=("regions",))) == []
    assert len(links_of(a, b)) == 1


def test_links_are_the_same_with_a_store(tmp_path: Path) -> None:
    picture = composition(1)
    samples = drawn("a", picture, 1), drawn("b", picture, 2, CAST)
    (bare,) = links_of(*samples)
    for _ in range(2):
        (stored,) = links_of(*samples, means=Means(cache=DiskCache(tmp_path)))
        assert (stored.inliers, stored.mad, stored.at) == (bare.inliers, bare.mad, bare.at)
        np.testing.assert_array_equal(stored.colors_b, bare.colors_b)


def test_such_shots_share_a_scene_and_are_matched() -> None:
    picture = composition(1)
    samples = {name: drawn(name, picture, seed, look) for name, seed, look in (("a", 1, Look()), ("b", 2, CAST))}
    shots = [nth_shot(name, number) for number, name in enumerate(samples)]
    (link,) = links_of(*samples.values())
    (scene,) = group(Survey(shots, samples, [link]), Grouping())
    assert scene.shots == ("a", "b")
    assert "places of one composition" in scene.reasons[-1].text
    grades = matcher("joint").solve(Scene("1", ("a", "b")), samples, [link], Anchor())
    first, second = (
        np.clip(grade.balance(colors), 0, 1) for grade, colors in zip(grades, _truth(picture), strict=True)
    )
    assert np.mean(code_difference(first, second, None)) < 1.5
    assert "places of one composition with b" in grades[0].reasons[0].text


def _truth(picture: Picture) -> tuple[Picture, Picture]:
    colors = picture.reshape(-1, 3)[::97]
    return colors, np.asarray(CAST(colors))
