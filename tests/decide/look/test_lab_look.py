"""The look of a Lab target: a scene gets the mean and the deviation that were named.

Tests: decide/look/lab.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.lut import Lut3D
from otiograde.color.spaces import from_space, to_space
from otiograde.color.transform import Identity
from otiograde.decide.look import lab_look
from otiograde.record.lab_target import LabTarget, parse_lab

TARGET = parse_lab("lab:58,14/3,5/8,7")


def colors(mean: tuple[float, float, float], std: tuple[float, float, float]) -> NDArray[Any]:
    normal = np.clip(np.random.default_rng(0).normal(size=(4000, 3)), -2.5, 2.5)
    return from_space(np.array(mean) + normal * std, "lab")


SCENE = colors((50, 2, -4), (12, 6, 6))
GRAYS = np.random.default_rng(2).uniform(0.25, 0.7, (2000, 1)).repeat(3, 1)


def looked(scene: NDArray[Any], target: LabTarget = TARGET, strength: float = 1.0) -> NDArray[Any]:
    return to_space(np.clip(lab_look(target, strength)(scene)(scene), 0, 1), "lab")


def test_the_scene_gets_means_and_deviations() -> None:
    np.testing.assert_allclose(looked(SCENE).mean(0), TARGET.mean, atol=1.0)
    np.testing.assert_allclose(looked(SCENE).std(0), TARGET.std, atol=1.0)


def test_half_the_strength_is_half_the_way() -> None:
    whole, half = lab_look(TARGET)(SCENE)(SCENE), lab_look(TARGET, 0.5)(SCENE)(SCENE)
    np.testing.assert_allclose(half, (SCENE + whole) / 2, atol=1e-9)
    assert lab_look(TARGET, 0.0)(SCENE) == Identity()


def test_a_gray_scene_is_tinted_evenly() -> None:
    lab = looked(GRAYS)
    np.testing.assert_allclose(lab.mean(0), TARGET.mean, atol=1.0)
    assert lab[:, 1:].std(0).max() < 1.5


def test_no_deviation_of_color_takes_the_color_out() -> None:
    before, after = to_space(SCENE, "lab"), looked(SCENE, parse_lab("lab:50,12/0,0/0,0"))
    assert np.hypot(*after[:, 1:].T).mean() < 0.35 * np.hypot(*before[:, 1:].T).mean()


@pytest.mark.parametrize(
    "target", ["lab:58,14/3,5/8,7", "lab:95,1/60,1/-60,1", "lab:5,20/-90,60/90,80", "lab:50,50/0,0/0,0"]
)
@pytest.mark.parametrize("scene", [SCENE, GRAYS])
def test_luts_are_healthy(target: str, scene: NDArray[Any]) -> None:
    health = Lut3D.bake(lab_look(parse_lab(target))(scene), 33).health(scene)
    assert health.second_difference <= 0.06
    assert health.neutral_step >= -1e-6
    assert health.newly_clipped <= 0.005


@pytest.mark.parametrize("scene", [np.zeros((0, 3)), SCENE[:20], np.full((4000, 3), 0.4)])
def test_a_scene_that_cannot_be_measured_is_left_alone(scene: NDArray[Any]) -> None:
    assert lab_look(TARGET)(scene) == Identity()
