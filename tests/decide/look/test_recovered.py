"""Looks recovered from stills: how near they come on drawn pictures, and what must not change them."""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from making.drawn_looks import Triple, eight_bits, pictures, triples
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity
from otiograde.decide.look import recovered_look
from otiograde.decide.look.recovered import COLORS, FEWEST, one_color, still_colors
from otiograde.errors import MatchError

#: The largest mean error (ΔE00) on the drawn triples in color, and of an ungraded still.
MEAN, HARM = 7.0, 2.5

SCENE = np.concatenate([picture.reshape(-1, 3)[::7] for picture in pictures()["kitchen"]]).astype(np.float64)


def apart(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Mean ΔE00 between code values."""
    labs = [srgb_to_lab(np.clip(np.asarray(colors, np.float64).reshape(-1, 3), 0, 1)) for colors in (a, b)]
    return float(delta_e00(*labs).mean())


def looked(still: NDArray[Any], scene: NDArray[Any] = SCENE, **more: Any) -> NDArray[Any]:
    return np.asarray(recovered_look([still], **more)(scene)(scene))


def error(triple: Triple) -> float:
    content = triple.content.reshape(-1, 3).astype(np.float64)
    return apart(looked(triple.still, content), triple.truth)


@pytest.mark.slow
def test_recovered_looks_are_nearer_to_the_truth_than_nothing() -> None:
    color = [triple for triple in triples() if triple.family != "monochrome"]
    errors = np.array([error(triple) for triple in color])
    nothing = np.array([apart(triple.content, triple.truth) for triple in color])
    assert errors.mean() <= MEAN
    assert (errors < nothing).mean() >= 0.8
    assert np.mean([error(triple) for triple in triples() if triple.family == "monochrome"]) <= 6


@pytest.mark.slow
def test_ungraded_still_moves_the_scene_little() -> None:
    moved = [apart(looked(triple.plain), SCENE) for triple in triples()[::3]]
    assert np.mean(moved) <= HARM


@pytest.mark.slow
def test_two_stills_of_one_look_agree() -> None:
    between = [apart(looked(triple.still), looked(triple.second)) for triple in triples()]
    assert np.mean(between) <= 4


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.06, 1.0, 0.86)], ids=["black and white", "sepia"])
def test_monochrome_still_gives_a_monochrome_look(tint: tuple[float, float, float]) -> None:
    still = pictures()["studio"][0].mean(-1, keepdims=True) * np.array(tint) * 0.95
    lab = srgb_to_lab(np.clip(looked(eight_bits(still)), 0, 1))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    if tint == (1.0, 1.0, 1.0):
        assert chroma.max() <= 3
    else:
        seen = srgb_to_lab(still.reshape(-1, 3))
        middle = (lab[:, 0] > 40) & (lab[:, 0] < 70)
        wanted = seen[(seen[:, 0] > 40) & (seen[:, 0] < 70), 1:].mean(0)
        np.testing.assert_allclose(lab[middle, 1:].mean(0), wanted, atol=3)
        assert lab[middle, 1:].std(0).max() <= 3


def test_scene_in_color_is_not_made_monochrome_by_a_pale_still() -> None:
    gray = pictures()["studio"][1].mean(-1, keepdims=True)
    lab = srgb_to_lab(np.clip(looked(eight_bits(gray + 0.5 * (pictures()["studio"][1] - gray))), 0, 1))
    assert np.hypot(lab[:, 1], lab[:, 2]).mean() > 4


@pytest.mark.parametrize("number", range(0, 18, 4))
def test_luts_are_healthy(number: int) -> None:
    look = recovered_look([triples()[number].still], 1.5)
    for transform, seen in ((look(SCENE), SCENE), (look.preset(), np.zeros((0, 3)))):
        health = Lut3D.bake(transform, 33).health(seen)
        assert health.second_difference <= 0.06
        assert health.neutral_step >= -1e-6
        assert health.newly_clipped <= 0.005


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_any_still_on_any_scene_gives_a_healthy_lut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    still, scene = (rng.beta(*rng.uniform(0.3, 3, 2), size=(n, 3)) ** rng.uniform(0.3, 3) for n in (4000, 3000))
    assume(still.mean() > 0.05)
    transform = recovered_look([still.reshape(50, 80, 3)])(scene)
    health = Lut3D.bake(transform, 33).health(scene)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6


def test_same_still_same_look_and_nothing_is_written_to() -> None:
    still, scene = triples()[0].still.copy(), SCENE.copy()
    first = recovered_look([still])(scene)
    assert recovered_look([still])(scene) == first
    np.testing.assert_array_equal(still, triples()[0].still)
    np.testing.assert_array_equal(scene, SCENE)


def test_strength() -> None:
    still = triples()[0].still
    assert recovered_look([still], 0.0)(SCENE) == Identity()
    half, whole, more = (looked(still, strength=strength) for strength in (0.5, 1.0, 1.3))
    np.testing.assert_allclose(half, (SCENE + whole) / 2, atol=1e-9)
    assert apart(more, SCENE) > apart(whole, SCENE)


@pytest.mark.parametrize("scene", [np.zeros((0, 3)), SCENE[:20], np.full((4000, 3), 0.4)])
def test_scene_that_cannot_be_measured_is_left_alone(scene: NDArray[Any]) -> None:
    assert recovered_look([triples()[0].still])(scene) == Identity()


def test_order_and_size_of_the_pixels_matter_little() -> None:
    still = triples()[0].still
    shuffled = np.random.default_rng(1).permutation(still.reshape(-1, 3)).reshape(still.shape)
    larger = cv2.resize(still, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert apart(looked(shuffled), looked(still)) < 0.3
    assert apart(looked(larger), looked(still)) < 0.3


@pytest.mark.parametrize("number", [0, 5, 10])
def test_jpeg_of_low_quality_matters_little(number: int) -> None:
    still = cv2.resize(triples()[number].still, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC).clip(0, 1)
    codes = np.rint(still[..., ::-1] * 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    worse = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32) / 255
    assert apart(looked(worse), looked(still)) < 0.5


@pytest.mark.slow
def test_two_stills_say_more_than_one() -> None:
    color = [triple for triple in triples() if triple.family != "monochrome"]
    contents = [triple.content.reshape(-1, 3).astype(np.float64) for triple in color]
    both = [recovered_look([t.still, t.second])(scene)(scene) for t, scene in zip(color, contents, strict=True)]
    errors = [apart(looked, triple.truth) for looked, triple in zip(both, color, strict=True)]
    # Either still may be the one: which of the two is luckier says nothing.
    alone = [error(triple._replace(still=still)) for triple in color for still in (triple.still, triple.second)]
    assert np.mean(errors) < np.mean(alone)


def test_order_of_the_stills_does_not_matter() -> None:
    stills = [triples()[0].still, triples()[0].second]
    both, turned = (recovered_look(some)(SCENE)(SCENE) for some in (stills, stills[::-1]))
    assert apart(turned, both) < 0.01


def test_frames_of_a_clip_are_one_still() -> None:
    frames = np.stack([triples()[0].still] * 3)
    frames[:, :12], frames[:, -12:] = 0, 0
    assert apart(looked(frames), looked(triples()[0].still[13:-13])) < 0.3
    dark = np.concatenate([frames, np.zeros_like(frames[:1])])
    assert apart(looked(dark), looked(frames)) < 0.3


def test_stills_that_disagree_say_so() -> None:
    by_family = {triple.family: triple for triple in triples()}
    torn = recovered_look([by_family["night"].still, by_family["negative"].still])
    assert torn.disagreement(SCENE) > 6
    assert recovered_look([triples()[0].still, triples()[0].second]).disagreement(SCENE) < 6
    assert recovered_look([triples()[0].still]).disagreement(SCENE) == 0


def test_palette_is_mixed_in() -> None:
    still = triples()[-3].still
    grade, some, all_of_it = (looked(still, palette=share) for share in (0.0, 0.3, 1.0))
    target = srgb_to_lab(still.reshape(-1, 3).astype(np.float64)).mean(0)
    gaps = [np.linalg.norm(srgb_to_lab(np.clip(x, 0, 1)).mean(0) - target) for x in (grade, some, all_of_it)]
    assert gaps[0] > gaps[1] > gaps[2]


def test_grade_that_may_be_none_is_lessened() -> None:
    looks = [recovered_look([picture]) for picture in (*pictures()["studio"], *pictures()["kitchen"])]
    lessened = [look for look in looks if look.amount < 1]
    assert lessened
    assert all("because the stills hardly show one" in look.words for look in lessened)
    strong = [triple for triple in triples() if apart(triple.content, triple.truth) > 10]
    assert np.mean([recovered_look([triple.still]).amount == 1 for triple in strong]) >= 0.7


def test_words_name_the_stills_and_the_error() -> None:
    stills = [triples()[0].still, triples()[0].second]
    words = recovered_look(stills, palette=0.2, names=["a.jpg", "b.jpg"]).words
    assert re.fullmatch(r"grade recovered from a.jpg and 1 more \(±\d+ ΔE00\), with 20% of the palette", words)


# What stills may be, and what they may not.


def test_bars_and_even_borders_do_not_matter() -> None:
    still = triples()[0].still
    for color in (0.0, 1.0, 0.7):
        framed = np.full((still.shape[0] + 40, still.shape[1] + 30, 3), color, np.float32)
        framed[20:-20, 15:-15] = still
        assert apart(looked(framed), looked(still)) < 0.6, color


def test_broken_pixels_do_not_matter() -> None:
    broken = triples()[0].still.copy()
    broken[3, 4], broken[8, 2] = np.nan, np.inf
    assert apart(looked(broken), looked(triples()[0].still)) < 0.1


@pytest.mark.parametrize(
    ("still", "message"),
    [
        (np.random.default_rng(0).uniform(0, 1, (10, 20, 3)), r"a.jpg shows \d+ usable pixels, too few for a look"),
        (np.full((60, 60, 3), 0.5), "a.jpg shows a single color"),
        (np.zeros((60, 60, 3)), "a.jpg shows 0 usable pixels"),
        (np.full((60, 60, 3), np.nan), "a.jpg shows 0 usable pixels"),
        (np.zeros((0, 0, 3)), "a.jpg is no picture"),
        (np.zeros((60, 3)), "a.jpg is no picture"),
    ],
    ids=["too small", "one color", "black", "nothing finite", "empty", "no picture"],
)
def test_still_that_is_no_look(still: NDArray[Any], message: str) -> None:
    with pytest.raises(MatchError, match=message) as caught:
        recovered_look([still], names=["a.jpg"])
    assert "\n" not in str(caught.value)


def test_no_still_is_no_look() -> None:
    with pytest.raises(MatchError, match="needs a still"):
        recovered_look([])


def test_share_of_one_color() -> None:
    still = triples()[0].still.copy()
    assert one_color(still) < 0.1
    still[10:-10, 10:90] = (0.2, 0.3, 0.4)
    assert one_color(still) > 0.3


def test_colors_of_a_still_are_few_and_the_same_each_time() -> None:
    still = pictures()["studio"][0]
    colors = still_colors(still)
    assert FEWEST <= len(colors) <= COLORS
    np.testing.assert_array_equal(colors, still_colors(still))
    assert np.isfinite(colors).all()
