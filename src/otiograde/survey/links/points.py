"""The SIFT keypoints of a shot's frames.

Sources: SIFT (Lowe 2004), RootSIFT (Arandjelović & Zisserman 2012). Luma is first stretched and equalized (CLAHE), so
that a cast or a different contrast does not hide a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32
from otiograde.color.gray import gray
from otiograde.record.settings import Linking
from otiograde.survey.sample import Sample
from otiograde.survey.stored import stored


class Points(NamedTuple):
    """The keypoints of one frame, strongest first."""

    #: ``(n, 2)``: column and row in pixels.
    xy: Float32
    #: ``(n,)``: diameter in pixels.
    size: Float32
    #: ``(n,)``: direction in degrees.
    angle: Float32
    #: ``(n, 128)``: RootSIFT descriptor, scaled by 255 and rounded.
    root: NDArray[np.uint8]


@stored("rows")
@dataclass(frozen=True, eq=False)
class Features:
    """The keypoints of one shot."""

    #: Shot id.
    shot: str
    #: ``(n,)``: the keypoints of all frames, one after another, as records of ``Points``.
    rows: NDArray[np.void]
    #: The number of keypoints of each frame.
    counts: tuple[int, ...]

    @classmethod
    def of(cls, shot: str, frames: Sequence[Points]) -> Features:
        """Pack the keypoints of the frames of a shot."""
        counts, width = tuple(len(points.xy) for points in frames), max((p.root.shape[1] for p in frames), default=0)
        rows = np.zeros(sum(counts), [("xy", "f4", 2), ("size", "f4"), ("angle", "f4"), ("root", "u1", width)])
        for points, part in zip(frames, np.split(rows, np.cumsum(counts)[:-1]), strict=bool(frames)):
            for name, values in zip(Points._fields, points, strict=True):
                part[name] = values
        return cls(shot, rows, counts)

    @cached_property
    def frames(self) -> tuple[Points, ...]:
        """Keypoints frame by frame, unpacked once."""
        if not self.counts:
            return ()
        parts = np.split(self.rows, np.cumsum(self.counts)[:-1])
        return tuple(Points(*(np.ascontiguousarray(part[name]) for name in Points._fields)) for part in parts)


def features(sample: Sample, linking: Linking) -> Features:
    """Find the SIFT points of every frame of a sample, outside its black bars."""
    area = picture_area(sample.usable)
    return Features.of(sample.shot, [_points(frame, area, linking) for frame in sample.frames])


def picture_area(usable: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a mask ``(h, w)``: 255 in the picture, 0 on bars and 8 pixels around them.

    A bar is rows or columns that are never usable.
    """
    if not len(usable):
        return np.zeros((0, 0), np.uint8)
    rows, columns = usable.mean(axis=(0, 2)) > 0.02, usable.mean(axis=(0, 1)) > 0.02
    area = np.outer(rows, columns).astype(np.uint8) * 255
    return np.asarray(cv2.erode(area, np.ones((17, 17), np.uint8), borderValue=255), np.uint8)


def _points(frame: Float32, area: NDArray[np.uint8], linking: Linking) -> Points:
    scale = 2 if max(frame.shape[:2]) < 320 else 1
    image = cv2.resize(gray(frame), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(area, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    sift = cv2.SIFT.create(linking.keypoints, contrastThreshold=0.015)
    keys, descriptors = sift.detectAndCompute(image, mask)
    if descriptors is None or not keys:
        empty = np.zeros(0, np.float32)
        return Points(np.zeros((0, 2), np.float32), empty, empty, np.zeros((0, 128), np.uint8))
    rows = np.array([(*key.pt, key.size, key.angle, key.response) for key in keys], np.float32)
    strongest = np.lexsort((rows[:, 1], rows[:, 0], -rows[:, 4]))[: linking.keypoints]
    rows, counts = rows[strongest], np.asarray(descriptors, np.float32)[strongest]
    root = np.sqrt(counts / (counts.sum(1, keepdims=True) + 1e-6))
    rows[:, :3] /= scale
    return Points(rows[:, :2], rows[:, 2], rows[:, 3], np.rint(root * 255).astype(np.uint8))
