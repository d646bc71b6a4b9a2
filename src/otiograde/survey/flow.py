"""Dense optical flow between two pictures, with a forward-backward check."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32

#: Variance of 8-bit codes below which a window of gray has no texture to match by.
FLAT = 25.0

#: Fewest rows and columns that the flow is given: below 16 rows, OpenCV's refuses the picture or crashes.
SMALLEST = 24


class Flow(NamedTuple):
    """The position of each pixel of a picture in another picture. All arrays are float32 ``(h, w)``, in pixels."""

    #: Column in the other picture.
    x: Float32
    #: Row in the other picture.
    y: Float32
    #: Length of the flow vector.
    moved: Float32
    #: Forward-backward error: the distance from the pixel to the end of the flow back.
    off: Float32


def flow_between(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> Flow:
    """Find each pixel of ``start`` in ``end``, both gray ``(h, w)``, by DIS flow (Kroeger et al., ECCV 2016)."""
    height, width = start.shape
    below, right = max(0, SMALLEST - height), max(0, SMALLEST - width)
    start, end = (
        np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        for picture in (start, end)
    )
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    zero = np.zeros((*start.shape, 2), np.float32)
    forward = np.asarray(flow.calc(start, end, zero.copy()), np.float32)
    backward = np.asarray(flow.calc(end, start, zero.copy()), np.float32)
    row, column = np.mgrid[0 : start.shape[0], 0 : start.shape[1]].astype(np.float32)
    x, y = column + forward[..., 0], row + forward[..., 1]
    error = forward + cv2.remap(backward, x, y, cv2.INTER_LINEAR)
    moved, off = (np.asarray(np.hypot(vector[..., 0], vector[..., 1]), np.float32) for vector in (forward, error))
    return Flow(*(values[:height, :width] for values in (x, y, moved, off)))


def same_texture(
    start: NDArray[np.uint8], end: cv2.typing.MatLike, window: int = 15, least: float = 0.5
) -> NDArray[np.bool_]:
    """Whether two grays correlate in the window around each pixel, or neither has any texture there.

    The forward-backward check alone is not enough: flow in noise returns by chance.
    """
    a, b = start.astype(np.float32), np.asarray(end, np.float32)

    def mean(image: Float32) -> Float32:
        return np.asarray(cv2.blur(image, (window, window)), np.float32)

    common = mean(a * b) - mean(a) * mean(b)
    spread = np.maximum(mean(a * a) - mean(a) ** 2, 0), np.maximum(mean(b * b) - mean(b) ** 2, 0)
    flat = (spread[0] < FLAT) & (spread[1] < FLAT)
    return np.asarray(flat | (common > least * np.sqrt(spread[0] * spread[1])))
