"""Painted walls to find again: smooth textures with corners enough for SIFT, seen through windows and grades."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import ENCODINGS
from otiograde.record.shot import FrameRange, Media, Shot, Wishes
from otiograde.survey.sample import Sample, Sampling, make_sample

Picture = NDArray[np.float64]


def wall(seed: int, height: int = 260, width: int = 620) -> Picture:
    """A wall of overlapping blobs and triangles, codes between .12 and .85, nothing like the wall of another seed."""
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


def look(rgb: Picture, exposure: float = 0.0, warmth: float = 0.0, contrast: float = 1.0) -> Picture:
    """A simple grade: stops, warmth, contrast about middle gray."""
    light = np.asarray(rgb) ** 2.2 * 2.0**exposure * np.exp(np.array([1, 0, -1]) * warmth)
    return np.clip(0.45 * (light ** (1 / 2.2) / 0.45) ** contrast, 0.0, 1.0)


def seen(name: str, picture: Picture, left: int = 0, width: int = 400, grade: dict[str, float] | None = None) -> Sample:
    """Two frames of a window on a wall, a few pixels apart, with a little noise, through a grade."""
    draw = np.random.default_rng(left + len(name))
    frames = [look(picture[:, left + step : left + step + width], **(grade or {})) for step in (0, 6)]
    noisy = [frame + draw.normal(0, 0.004, frame.shape) for frame in frames]
    return make_sample(name, np.array(noisy, np.float32), (0, 10), Sampling())


def shot(name: str, place: int = 0, encoding: str = "bt709", **wishes: object) -> Shot:
    """A shot that is nothing but its id, its place in the edit and what was wished for it."""
    media = Media(
        Path(f"{name}.mov"), "video", 400, 260, Fraction(24), 48, "yuv420p", 8, ENCODINGS[encoding], "container tags"
    )
    at = FrameRange(0, 48, Fraction(24))
    record = FrameRange(48 * place, 48, Fraction(24))
    return Shot(name, name, media, at, record, 0, (0, place), wishes=Wishes(**wishes))  # type: ignore[arg-type]
