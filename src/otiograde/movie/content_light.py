"""MaxCLL and MaxFALL, measured in what was rendered: the light of the content after it was graded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from otiograde.color.transfer import PQ_PEAK, pq_decode
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe

#: Steps of the histogram from which the light of a picture is measured: four for each code of 10 bits.
_STEPS = 4096


def content_light(files: Iterable[Path]) -> tuple[int, int]:
    """Measure MaxCLL and MaxFALL, in cd/m2, of PQ movies that follow one another.

    Source: CTA-861.3, annex P: the largest of R, G and B is the light of a pixel.
    """
    light = np.asarray(pq_decode(np.arange(_STEPS + 1) / _STEPS)) * PQ_PEAK
    brightest, mean = 0.0, 0.0
    for file in files:
        for frame in iter_frames(probe(file)):
            steps = np.rint(frame.max(axis=2) * np.float32(_STEPS)).astype(np.int64)
            counts = np.bincount(steps.ravel(), minlength=_STEPS + 1)
            brightest = max(brightest, float(light[np.flatnonzero(counts)[-1]]))
            mean = max(mean, float(counts @ light / steps.size))
    return min(max(round(brightest), 1), 10_000), min(max(round(mean), 1), 10_000)
