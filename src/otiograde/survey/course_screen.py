"""The screen before a course is measured: a shot whose mean colors hardly change has no change to take out."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import numpy as np

from otiograde.color.arrays import Float32
from otiograde.color.luma import LUMA32

#: Pixels of a frame that is compared: enough to track surfaces, and averaging takes out noise.
PIXELS = 160 * 90
#: Range over a shot below which a mean is still, in code values: half of the least change that would count.
STILL = 0.006
#: The same of the spread of luma, as a share of it.
STILL_CONTRAST = 0.03


def course_width(aspect: float) -> int:
    """Return the width in pixels at which frames of this shape (width by height) are compared."""
    return max(1, round(sqrt(PIXELS * aspect)))


def is_still(frames: Iterable[Float32]) -> bool:
    """Tell whether the mean light, warmth, saturation and contrast of the frames ``(h, w, 3)`` hardly change."""
    means = np.array([_means(frame) for frame in frames])
    if len(means) < 2:
        return True
    ranges = np.ptp(means, axis=0)
    return bool((ranges[:3] < STILL).all() and ranges[3] < STILL_CONTRAST * max(float(np.median(means[:, 3])), 1e-3))


def _means(frame: Float32) -> tuple[float, float, float, float]:
    frame = np.nan_to_num(frame)
    luma = frame @ LUMA32
    warmth = float((frame[..., 0] - frame[..., 2]).mean())
    return float(luma.mean()), warmth, float((frame.max(-1) - frame.min(-1)).mean()), float(luma.std())
