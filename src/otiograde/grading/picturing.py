"""The pictures of an edit: the frames that each shot was judged by, small, as JPEG, for the report to show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from otiograde.errors import MediaError
from otiograde.folder.layout import picture_path
from otiograde.grading.study import read_sampled
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.media.jpeg import encode_jpeg
from otiograde.record.edit import Edit
from otiograde.record.settings import Sampling
from otiograde.record.shot import Shot
from otiograde.record.twins import twins_of
from otiograde.survey.sample import frame_numbers


def draw_pictures(edit: Edit, sampling: Sampling = Sampling(), means: Means = Means()) -> dict[str, bytes]:
    """Draw the sampled frames of each shot, in code values as they are: path in the output folder -> JPEG.

    Shots that show the same frames share the pictures of the first; a shot whose media cannot be read has none.
    """
    twins = twins_of(edit.shots)
    shots = [shot for shot in edit.shots if twins[shot.id] == shot.id]
    pictures: dict[str, bytes] = {}
    for done, drawn in enumerate(means.executor.map(partial(_drawn, sampling=sampling, cache=means.cache), shots), 1):
        pictures.update(drawn)
        means.progress("pictures", done, len(shots))
    return pictures


def _drawn(shot: Shot, sampling: Sampling, cache: Cache) -> dict[str, bytes]:
    return dict(_jpegs(shot, sampling, cache))


def _jpegs(shot: Shot, sampling: Sampling, cache: Cache) -> Iterator[tuple[str, bytes]]:
    at = frame_numbers(shot, sampling)
    try:
        frames = read_sampled(shot, at, sampling, cache)
    except MediaError:
        return
    for number, frame in zip(at, frames, strict=True):
        codes = np.rint(np.clip(np.nan_to_num(frame), 0, 1) * 255).astype(np.uint8)
        yield picture_path(shot.id, number), encode_jpeg(codes)
