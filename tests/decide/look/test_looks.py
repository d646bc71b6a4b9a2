"""Looks: where they take a scene's colors, and where they leave them alone.

Tests: decide/look/cube.py, decide/look/look.py, decide/look/still.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.lut import Lut3D
from otiograde.color.spaces import from_space, to_space
from otiograde.color.transform import Identity, Mix
from otiograde.decide.look import Look, cube_look, still_look
from otiograde.errors import MatchError


def colors(mean: tuple[float, float, float], std: tuple[float, float, float], seed: int = 0) -> NDArray[Any]:
    """A cloud with this Lab mean and these spreads, inside the gamut."""
    normal = np.clip(np.random.default_rng(seed).normal(size=(4000, 3)), -2.5, 2.5)
    return from_space(np.array(mean) + normal * std, "lab")


def means(cloud: NDArray[Any]) -> NDArray[Any]:
    return to_space(np.clip(cloud, 0, 1), "lab").mean(0)


SCENE = colors((50, 2, 4), (12, 6, 6))
STILL = colors((60, -4, 10), (14, 5, 7), seed=1).reshape(50, 80, 3)
LOOKS = {
    "still": still_look(STILL),
    "cube": cube_look(Lut3D.bake(lambda rgb: 0.1 + 0.8 * rgb, 33)),
}


@pytest.mark.parametrize("name", ["still"])
def test_scene_gets_the_mean_of_the_look(name) -> None:
    look = LOOKS[name](SCENE)
    np.testing.assert_allclose(means(look(SCENE)), means(STILL.reshape(-1, 3)), atol=1.5)


@pytest.mark.parametrize("name", LOOKS)
def test_luts_are_healthy(name) -> None:
    health = Lut3D.bake(LOOKS[name](SCENE), 33).health(SCENE)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6
    assert health.newly_clipped <= 0.005


@pytest.mark.parametrize("name", LOOKS)
def test_same_colors_same_look(name) -> None:
    np.testing.assert_array_equal(LOOKS[name](SCENE)(SCENE), LOOKS[name](SCENE)(SCENE))


@pytest.mark.parametrize("name", ["still"])
@pytest.mark.parametrize("scene", [np.zeros((0, 3)), SCENE[:20], np.full((4000, 3), 0.4)])
def test_scene_that_cannot_be_measured_is_left_alone(name, scene) -> None:
    assert LOOKS[name](scene) == Identity()


@pytest.mark.parametrize(
    "look",
    [still_look(STILL, 0.0), cube_look(Lut3D.identity(9), 0.0)],
)
def test_strength_nothing_is_identity(look: Look) -> None:
    assert look(SCENE) == Identity()


def test_strength_half_is_half_the_way() -> None:
    half, whole = still_look(STILL, 0.5)(SCENE), still_look(STILL)(SCENE)
    assert isinstance(half, Mix)
    np.testing.assert_allclose(half(SCENE), (SCENE + whole(SCENE)) / 2, atol=1e-9)


@pytest.mark.parametrize("name", ["still"])
def test_gray_scene_stays_gray(name) -> None:
    grays = np.random.default_rng(2).uniform(0.2, 0.7, (2000, 1)).repeat(3, 1)
    looked = to_space(LOOKS[name](grays)(grays), "lab")
    assert np.hypot(looked[:, 1], looked[:, 2]).max() < 0.5
    assert abs(looked[:, 0].mean() - 60) < 2


def test_gray_still_takes_the_color_out() -> None:
    grays = np.random.default_rng(3).uniform(0.2, 0.7, (60, 60, 1)).repeat(3, 2)
    looked = to_space(still_look(grays)(SCENE)(SCENE), "lab")
    before = to_space(SCENE, "lab")
    assert np.hypot(looked[:, 1], looked[:, 2]).mean() < 0.35 * np.hypot(before[:, 1], before[:, 2]).mean()


def test_clipped_and_broken_pixels_of_a_still_do_not_matter() -> None:
    broken = STILL.copy()
    broken[0, 0] = np.nan
    np.testing.assert_allclose(still_look(broken)(SCENE)(SCENE), still_look(STILL)(SCENE)(SCENE), atol=2e-3)


def test_still_that_is_too_small() -> None:
    with pytest.raises(MatchError, match="too small"):
        still_look(np.zeros((4, 4, 3)))
