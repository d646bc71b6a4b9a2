"""Dense optical flow between two pictures, with a forward-backward check."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32

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
