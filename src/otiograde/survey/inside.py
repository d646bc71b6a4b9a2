"""Find another picture inside what an edit takes for one shot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from otiograde.color.arrays import Bytes, Float32
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.passages import find_passages
from otiograde.survey.sample import seen_frames
from otiograde.survey.thumbnails import SIZE

#: Frames that are looked at on both sides of two sampled ones, and the most between these.
BESIDE, MOST = 12, 1000


def doubtful_frames(shot: Shot, drift: Drift) -> range:
    """Return the media frames among which another picture may begin; empty where the picture could be followed.

    These are the ones between the two sampled frames that have the least in common, with a few on both sides.
    """
    if drift.kind != "unknown":
        return range(0)
    seen = seen_frames(shot)
    first, last = drift.at[drift.lost_to - 1], min(drift.at[drift.lost_to], drift.at[drift.lost_to - 1] + MOST)
    return range(max(first - BESIDE, seen.start), min(last + BESIDE + 1, seen.stop))


def another_picture(frames: Iterable[Float32]) -> int | None:
    """Return which of successive frames ``(h, w, 3)``, in code values in [0, 1], is the first of another picture.

    None where one picture runs on. Of a dissolve or a wipe, it is the one in its middle.
    """
    passages = (passage for passage in find_passages(_thumbnails(frames)) if passage.kind != "fade")
    return next((passage.middle for passage in passages), None)


def _thumbnails(frames: Iterable[Float32]) -> Iterator[Bytes]:
    for frame in frames:
        finite = np.clip(np.nan_to_num(np.asarray(frame, np.float32)), 0, 1)
        small = cv2.resize(finite, SIZE[::-1], interpolation=cv2.INTER_AREA)
        yield np.rint(np.asarray(small) * 255).astype(np.uint8)
