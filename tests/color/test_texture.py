"""Texture: it depends on roughness and on where a picture is bright, and hardly on the grade."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from otiograde.color.texture import patterns, roughness


def picture(seed: int = 0) -> np.ndarray:
    """A smooth sky over rough ground, the ground darker on the left."""
    draw = np.random.default_rng(seed)
    frame = np.full((90, 160, 3), 0.7, np.float32)
    frame[45:] = np.linspace(0.2, 0.4, 160, dtype=np.float32)[None, :, None]
    frame[45:] += draw.normal(0, 0.05, (45, 160, 1)).astype(np.float32)
    return np.clip(frame, 0.05, 0.95)


def graded(frame: np.ndarray) -> np.ndarray:
    return (0.04 + 0.8 * frame**1.2 * np.array([1.0, 0.9, 0.7])).astype(np.float32)


def test_ground_is_rougher_than_sky_in_every_grade() -> None:
    for frame in (picture(), graded(picture())):
        rough = roughness(frame)
        assert rough.shape == (90, 160)
        assert rough[55:].mean() > 5 * rough[:35].mean()


def blobs(seed: int, size: int, height: int = 90) -> np.ndarray:
    """Independent noise in each channel, with details of about ``size`` pixels."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, 160, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), size)
    return np.asarray(np.clip(0.45 + 0.1 * smooth / smooth.std(), 0.05, 0.95), np.float32)


def told(*frames: np.ndarray) -> np.ndarray:
    return patterns(frames, np.ones((1, *frames[0].shape[:2]), bool))


def test_a_curve_does_not_change_what_is_brighter() -> None:
    gray = np.repeat(blobs(1, 2)[..., :1], 3, axis=-1)
    assert told(gray) @ told(0.1 + 0.7 * gray**1.5) == pytest.approx(1, abs=1e-6)


def test_a_grade_changes_patterns_less_than_another_material_does() -> None:
    one, same, other = told(blobs(1, 2)), told(graded(blobs(2, 2))), told(blobs(3, 1))
    assert one @ same > one @ other + 0.02
    assert told(blobs(1, 2), blobs(3, 1)) @ other > one @ other + 0.01


def test_bars_take_no_part() -> None:
    inside = blobs(1, 2)
    barred = np.zeros((130, 160, 3), np.float32)
    barred[20:110] = inside
    usable = np.zeros((1, 130, 160), bool)
    usable[:, 20:110] = True
    assert patterns([barred], usable) == pytest.approx(told(inside), abs=1e-9)


def test_no_picture_has_no_patterns() -> None:
    assert not patterns([], np.zeros((0, 1, 1), bool)).any()
    assert not patterns([blobs(1, 2)], np.zeros((1, 90, 160), bool)).any()


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_one_color_has_a_texture_too(level: float) -> None:
    even = np.full((36, 64, 3), level, np.float32)
    assert np.linalg.norm(told(even)) == pytest.approx(1, abs=1e-6)
    assert np.isfinite(roughness(even)).all()
