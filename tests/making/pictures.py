"""Pictures whose colors are known: painted walls seen through windows and simple grades, and smooth slopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.spaces import lab_to_srgb
from otiograde.color.transform import Transform
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Sampling
from otiograde.survey.link import Link
from otiograde.survey.sample import Sample, make_sample

Picture = NDArray[np.float64]


@dataclass(frozen=True)
class Look:
    """A simple grade: exposure in stops, warmth, contrast about middle gray, saturation."""

    exposure: float = 0.0
    warmth: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0

    def __call__(self, rgb: ArrayLike) -> Picture:
        light = np.asarray(rgb) ** 2.2 * 2.0**self.exposure * np.exp(np.array([1, 0, -1]) * self.warmth)
        code = 0.45 * (light ** (1 / 2.2) / 0.45) ** self.contrast
        if self.saturation != 1.0:
            luma = (code @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
            code = luma + self.saturation * (code - luma)
        return np.clip(code, 0.0, 1.0)


def wall(seed: int, height: int = 260, width: int = 620) -> Picture:
    """A wall of overlapping blobs and triangles, smooth, with corners enough for SIFT; codes between .12 and .85.

    It is nothing like the wall of another seed.
    """
    draw = np.random.default_rng(seed)
    picture = np.full((height, width, 3), draw.uniform(0.3, 0.6, 3))
    for _ in range(420):
        x, y = int(draw.integers(0, width)), int(draw.integers(0, height))
        size = int(draw.integers(4, 26))
        color = tuple(float(value) for value in draw.uniform(0.12, 0.85, 3))
        if draw.random() < 0.5:
            cv2.circle(picture, (x, y), size, color, -1, cv2.LINE_AA)
        else:
            corners = np.array([x, y]) + draw.uniform(-size, size, (3, 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], color)
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8), 0.12, 0.85)


def seen(name: str, picture: Picture, left: int = 0, width: int = 400, grade: dict[str, float] | None = None) -> Sample:
    """Two frames of a window on a wall, a few pixels apart, with a little noise, through a ``Look``."""
    draw = np.random.default_rng(left + len(name))
    look = Look(**(grade or {}))
    frames = [look(picture[:, left + step : left + step + width]) for step in (0, 6)]
    noisy = [frame + draw.normal(0, 0.004, frame.shape) for frame in frames]
    return make_sample(name, np.array(noisy, np.float32), (0, 10), Sampling())


def detail(height: int, width: int, seed: int = 3) -> NDArray[np.float32]:
    """A picture with detail everywhere, of all sizes, in [.1, .75]."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((1.5, 4), (5, 10), (20, 30)))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.asarray(0.1 + 0.65 * soft, np.float32)


def slopes(width: int, height: int, at: int) -> NDArray[Any]:
    """A smooth R'G'B' picture that moves with the frame number ``at``."""
    x = np.linspace(0.05, 0.95, width)[None, :]
    y = np.linspace(0.05, 0.95, height)[:, None]
    wave = 0.5 + 0.45 * np.sin(2.0 * x + 1.3 * y + 0.35 * at)
    return np.stack([0.1 + 0.8 * x + 0 * y, wave, 0.15 + 0.7 * y + 0 * x], axis=-1)


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


COUNT = 1000


def surfaces(seed: int = 0, lightness: tuple[float, float] = (25, 75), chroma: float = 22) -> NDArray[Any]:
    """Colors of surfaces well inside the gamut ``(COUNT, 3)``."""
    draw = np.random.default_rng(seed)
    low, high = (lightness[0], -chroma, -chroma), (lightness[1], chroma, chroma)
    return np.clip(lab_to_srgb(draw.uniform(low, high, (COUNT, 3))), 0.05, 0.95)


@dataclass
class Stage:
    """Shots of the same surfaces, each through its own ``cast``: their samples, their true links, grades for them."""

    casts: Mapping[str, Transform]
    colors: NDArray[Any] = field(default_factory=surfaces)
    hero: str | None = None

    @property
    def scene(self) -> Scene:
        return Scene("scene", tuple(self.casts), hero=self.hero)

    @property
    def samples(self) -> dict[str, Sample]:
        shaped = self.colors.reshape(1, 20, -1, 3)
        return {
            shot: make_sample(shot, cast(shaped).astype(np.float32), (0,), Sampling())
            for shot, cast in self.casts.items()
        }

    def link(self, a: str, b: str, confidence: float = 0.9) -> Link:
        held_out = np.arange(COUNT) % 5 == 0
        sides = (self.casts[a](self.colors), self.casts[b](self.colors))
        return Link(a, b, *sides, np.ones(COUNT), held_out, 100, 0.01, confidence)

    def links(self, *pairs: str) -> list[Link]:
        return [self.link(pair[0], pair[1]) for pair in pairs]

    def grades(self, balances: Mapping[str, Transform], confidence: str = "high") -> list[Grade]:
        return [
            Grade(shot, "scene", balances[shot], confidence=confidence, reasons=(Reason("evidence", "as solved"),))
            if shot in balances
            else Grade(shot, "scene")
            for shot in self.casts
        ]

    @property
    def everything(self) -> tuple[Sequence[Scene], Mapping[str, Sample]]:
        return [self.scene], self.samples
