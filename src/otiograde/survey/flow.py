"""Where the surfaces of one picture lie in another: dense optical flow, there and back."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32


class Flow(NamedTuple):
    """Where each pixel of a picture lies in another.

    All float32 ``(h, w)``, in pixels: ``x`` and ``y`` its place there, ``moved`` how far that is from its own, ``off``
    how far from its own the way back ends.
    """

    x: Float32
    y: Float32
    moved: Float32
    off: Float32


def flow_between(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> Flow:
    """Find each pixel of ``start`` in ``end``, both gray ``(h, w)``, by DIS flow (Kroeger et al., ECCV 2016)."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    nothing = np.zeros((*start.shape, 2), np.float32)
    there = np.asarray(flow.calc(start, end, nothing.copy()), np.float32)
    back = np.asarray(flow.calc(end, start, nothing.copy()), np.float32)
    row, column = np.mgrid[0 : start.shape[0], 0 : start.shape[1]].astype(np.float32)
    x, y = column + there[..., 0], row + there[..., 1]
    returned = there + cv2.remap(back, x, y, cv2.INTER_LINEAR)
    moved, off = (np.asarray(np.hypot(way[..., 0], way[..., 1]), np.float32) for way in (there, returned))
    return Flow(x, y, moved, off)
