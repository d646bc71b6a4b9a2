"""A painted world to match shots of: windows of one wall of colored things, each through a grade of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.spaces import lab_to_srgb
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample, Sampling, make_sample

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """A simple grade: exposure in stops, warmth, contrast about middle gray, saturation."""

    exposure: float = 0.0
    warmth: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0

    def __call__(self, rgb: Picture) -> Picture:
        light = rgb**2.2 * 2.0**self.exposure * np.exp(np.array([1, 0, -1]) * self.warmth)
        code = 0.45 * (light ** (1 / 2.2) / 0.45) ** self.contrast
        luma = (code @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
        return np.clip(luma + self.saturation * (code - luma), 0.0, 1.0)


class World:
    """A wall of things in many colors under soft light; codes stay between 0.08 and 0.85."""

    def __init__(self, seed: int = 0, height: int = 72, width: int = 160) -> None:
        draw = np.random.default_rng(seed)
        y, x = np.mgrid[0:height, 0:width]
        things = draw.uniform([35, -24, -24], [75, 24, 24], (height // 12 + 1, width // 12 + 1, 3))
        lab = things[y // 12, x // 12]
        lab[..., 0] += 12 * np.sin(x / 23) * np.cos(y / 17) + draw.normal(0, 1.5, lab.shape[:2])
        self.picture: Picture = np.clip(lab_to_srgb(lab), 0.08, 0.85)

    def window(self, left: int = 0, width: int = 96) -> Picture:
        return self.picture[:, left : left + width]

    def shot(self, name: str, look: Look = Look(), left: int = 0) -> Sample:
        frame = look(self.window(left)).astype(np.float32)
        return make_sample(name, frame[None], (0,), Sampling())

    def link(self, a: str, b: str, look_a: Look = Look(), look_b: Look = Look(), count: int = 600) -> Link:
        """The link of two shots of the whole wall: exact pairs, every fifth held out."""
        pixels = self.picture.reshape(-1, 3)
        chosen = pixels[np.random.default_rng(1).choice(len(pixels), count, replace=False)]
        held_out = np.arange(count) % 5 == 0
        return Link(a, b, look_a(chosen), look_b(chosen), np.ones(count), held_out, 200, 0.005, 0.9)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def look() -> type[Look]:
    return Look
