"""Thumbnails of a movie, and how much two of them have in common."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA32

#: Size of a thumbnail ``(h, w)``, and of the small pictures whose colors are compared.
SIZE, SMALL = (54, 96), (18, 32)

Thumbnails: TypeAlias = NDArray[np.uint8]
Grays: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]

#: Largest difference of the gray codes of a place that does not change.
STILL = 2
#: Least difference of the gray codes of neighbors where there is texture.
TEXTURE = 12


class Film:
    """Successive thumbnails of a movie, uint8 ``(n, 54, 96, 3)``, and what was measured in them."""

    def __init__(self, frames: Thumbnails) -> None:
        self.frames, self.count = frames, len(frames)
        area = [cv2.resize(frame, SMALL[::-1], interpolation=cv2.INTER_AREA) for frame in frames]
        self.small: Floats = np.asarray(area, np.float32) / np.float32(255)
        self.coarse: Floats = np.asarray(
            [cv2.resize(picture, (8, 5), interpolation=cv2.INTER_AREA) for picture in self.small], np.float32
        )
        #: Mean difference of colors between each frame and the next, ``(n - 1,)``.
        self.change = np.abs(np.diff(self.small, axis=0)).mean((1, 2, 3))
        #: Spread of the colors of each frame, ``(n,)``: near 0 where it is of one color.
        self.spread = self.small.reshape(self.count, -1, 3).std(1).mean(1)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._equalize = cv2.createCLAHE(3.0, (2, 2))
        self._grays: dict[int, Grays] = {}
        self._covers: dict[tuple[int, int], float] = {}

    def gray(self, k: int) -> NDArray[np.uint8]:
        """Return a frame in gray, stretched and equalized, so that light and contrast do not matter."""
        if k not in self._grays:
            luma = (self.frames[k].astype(np.float32) / 255) @ LUMA32
            low, high = np.quantile(luma, [0.02, 0.98])
            stretched = np.clip((luma - low) / (high - low + 0.02), 0, 1) * 255
            self._grays[k] = np.asarray(self._equalize.apply(stretched.astype(np.uint8)))
        return self._grays[k]

    def cover(self, i: int, j: int) -> float:
        """Return the share of the textured places of frame ``i`` that are seen in frame ``j``, in [0, 1]."""
        pair = max(0, i), min(self.count - 1, j)
        if pair not in self._covers:
            self._covers[pair] = _cover(self.gray(pair[0]), self.gray(pair[1]), self._flow)
        return self._covers[pair]

    def shifted(self, i: int, j: int) -> float:
        """Return how well half of frame ``i`` correlates with its best place in frame ``j``, straight or across.

        That finds pictures that scroll, or pan faster than flow can follow.
        """
        a, b = (self.details(k) for k in (i, j))
        half, middle = SIZE[0] // 2, SIZE[1] // 2
        halves = a[:half], a[half:], a[:, :middle], a[:, middle:]
        scores = (cv2.matchTemplate(b, part, cv2.TM_CCOEFF_NORMED) for part in halves if part.std() > 1)
        return max((float(score.max()) for score in scores), default=0.0)

    def details(self, k: int) -> Floats:
        """Return a frame in gray without its large shapes, which are alike in many pictures."""
        gray = self.gray(k).astype(np.float32)
        return np.asarray(gray - cv2.blur(gray, (15, 15)), np.float32)

    def still(self, i: int, j: int) -> float:
        """Return the share of the textured places of frame ``i`` that frame ``j`` repeats to the code, in [0, 1]."""
        a, b = (self.frames[k].astype(np.int16) for k in (i, j))
        textured = cv2.morphologyEx(self.frames[i].max(-1), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > TEXTURE
        same = np.abs(a - b).max(-1) <= STILL
        return float((textured & same).sum() / max(int(textured.sum()), 1))


ROW, COLUMN = np.mgrid[0 : SIZE[0], 0 : SIZE[1]].astype(np.float32)


def _cover(a: NDArray[np.uint8], b: NDArray[np.uint8], flow: cv2.DISOpticalFlow) -> float:
    """Return the share of the textured places of picture ``a`` that flow leads to their like in ``b``."""
    moved = np.asarray(flow.calc(a, b, np.zeros((*SIZE, 2), np.float32)))
    there = cv2.remap(b, COLUMN + moved[..., 0], ROW + moved[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    textured, alike = _alike(a.astype(np.float32), np.asarray(there, np.float32))
    if textured.sum() <= 0.05 * textured.size:
        return float(np.abs(a.astype(np.float32) - b).mean() < 12)
    return float((alike & textured).sum() / textured.sum())


def _alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where one of two pictures has texture, and where their texture correlates."""

    def mean(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(picture, (9, 9)))

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = np.maximum(mean(a * a) - mean_a**2, 0), np.maximum(mean(b * b) - mean_b**2, 0)
    together = mean(a * b) - mean_a * mean_b
    return (var_a >= 60) | (var_b >= 60), together > 0.6 * np.sqrt(var_a * var_b)
