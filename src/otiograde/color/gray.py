"""A gray picture of a frame, in which points can be detected and tracked at any exposure."""

from __future__ import annotations

import cv2
import numpy as np

from otiograde.color.arrays import Bytes, Float32
from otiograde.color.ends import end_quantiles
from otiograde.color.luma import LUMA32


def gray(frame: Float32) -> Bytes:
    """Return 8-bit luma ``(h, w)`` of a frame ``(h, w, 3)`` that hardly depends on exposure and contrast.

    Luma is stretched between its 1st and 99th percentiles, then equalized locally (CLAHE).
    """
    luma = frame @ LUMA32
    low, high = end_quantiles(luma, 0.01)
    level = (np.clip((luma - low) / (high - low + 1e-4), 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.createCLAHE(3.0, (4, 4)).apply(level), np.uint8)
