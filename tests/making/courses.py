"""Frames of a camera that pans over a wall, and changes planted in them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA
from otiograde.color.transfer import srgb_decode, srgb_encode

Frames = NDArray[np.float32]
Values = NDArray[np.float64]


@cache
def wall(height: int = 90, width: int = 160, seed: int = 1) -> Frames:
    """A colorful wall with detail everywhere, three times as wide as a frame, in [.15, .65]."""
    noise = np.random.default_rng(seed).random((height, 3 * width, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((2, 4), (6, 10), (20, 30)))
    low, high = soft.min((0, 1)), soft.max((0, 1))
    return np.asarray(0.15 + 0.5 * (soft - low) / (high - low), np.float32)


def pan(count: int = 40, height: int = 90, width: int = 160, seed: int = 1) -> Frames:
    """Frames ``(count, height, width, 3)`` of a slow pan, a pixel in two frames."""
    picture = wall(height, width, seed)
    return np.stack([picture[:, k // 2 % width : k // 2 % width + width] for k in range(count)])


def rounded(frames: Values) -> Frames:
    return (np.rint(np.clip(frames, 0, 1) * 255) / 255).astype(np.float32)


def exposed(frames: Frames, stops: Values) -> Frames:
    """Each frame so many stops brighter."""
    return rounded(srgb_encode(srgb_decode(frames.astype(np.float64)) * 2.0 ** stops.reshape(len(frames), -1, 1, 1)))


def generated(frames: Frames, amounts: Values) -> Frames:
    """Each frame darker, with more contrast and saturation."""
    amount = amounts.reshape(-1, 1, 1, 1)
    codes = 0.4 + (frames * 2.0 ** (-0.1 * amount) - 0.4) * (1 + 0.12 * amount)
    luma = (codes @ LUMA)[..., None]
    return rounded(luma + (codes - luma) * (1 + 0.18 * amount))


def along(count: int) -> Values:
    return np.linspace(0, 1, count)
