"""Texture: told by what is rough and where it is bright, whatever the grade."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.texture import arrangement, roughness


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


def test_a_grade_changes_the_arrangement_little() -> None:
    rough, layout = arrangement(picture())
    again, there = arrangement(graded(picture()))
    assert rough @ again > 0.99
    assert layout @ there > 0.99
    upside = arrangement(picture()[::-1])
    assert layout @ upside[1] < 0.5
    assert rough @ upside[0] > 0.95


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_one_color_has_an_arrangement_too(level: float) -> None:
    for vector in arrangement(np.full((36, 64, 3), level, np.float32)):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert np.isfinite(roughness(np.full((36, 64, 3), level, np.float32))).all()
