"""The small pictures that the report shows, as JPEG: the frames that shots were judged by, and those at found cuts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.transform import Colors
from otiograde.color.views import to_view
from otiograde.errors import MediaError, OtiogradeError
from otiograde.folder.layout import cut_picture_path, look_picture_path, picture_path
from otiograde.grading.look_files import shows_no_still, still_files
from otiograde.grading.remembering import versions
from otiograde.grading.study import read_sampled
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.media.frames import read_frames
from otiograde.media.jpeg import encode_jpeg
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.recutting import found_cuts
from otiograde.record.settings import Sampling
from otiograde.record.shot import Media, Shot
from otiograde.record.twins import twins_of
from otiograde.survey.sample import frame_numbers

#: Raise this number when the same frames are drawn otherwise: old entries of the cache then miss.
PICTURES = 1

#: Width of a frame alone, in pixels.
FRAME_WIDTH = 480
#: Width of the frames at cuts, in pixels, and the most cuts that are drawn.
CUT_WIDTH, MOST_CUTS = 200, 300


def draw_pictures(edit: Edit, sampling: Sampling = Sampling(), means: Means = Means()) -> dict[str, bytes]:
    """Draw the sampled frames of each shot, in code values as they are: path in the output folder -> JPEG.

    Of a finished movie, the frames on both sides of its cuts are drawn, too. Shots that show the same frames share the
    pictures of the first; a shot whose media cannot be read has none.

    >>> import cv2, numpy as np
    >>> from otiograde import grade_timeline
    >>> _ = cv2.imwrite("a.png", np.full((90, 160, 3), (120, 120, 110), np.uint8))
    >>> list(draw_pictures(grade_timeline([Path("a.png")]).edit))
    ['pictures/a/0.jpg']
    """
    twins = twins_of(edit.shots)
    shots = [shot for shot in edit.shots if twins[shot.id] == shot.id]
    pictures: dict[str, bytes] = {}
    for done, drawn in enumerate(means.executor.map(partial(_drawn, sampling=sampling, cache=means.cache), shots), 1):
        pictures.update(drawn)
        means.progress("pictures", done, len(shots))
    return pictures | draw_cuts(edit, means)


def draw_cuts(edit: Edit, means: Means = Means(), drawn: Collection[str] = ()) -> dict[str, bytes]:
    """Draw the frames on both sides of the cuts of finished movies: path in the output folder -> JPEG.

    Those with a path in ``drawn`` are left out.
    """
    wanted: dict[str, set[int]] = {}
    for cut in islice(found_cuts(edit), MOST_CUTS):
        for shot, frame in zip((cut.first, cut.second), cut.frames, strict=True):
            if cut_picture_path(shot, frame) not in drawn:
                wanted.setdefault(shot, set()).add(frame)
    shots = [(edit.shot(shot), tuple(sorted(frames))) for shot, frames in wanted.items()]
    pictures: dict[str, bytes] = {}
    for done, edges in enumerate(means.executor.map(_edges, *zip(*shots, strict=True)) if shots else (), 1):
        pictures.update(edges)
        means.progress("cuts", done, len(shots))
    return pictures


def _edges(shot: Shot, at: tuple[int, ...]) -> dict[str, bytes]:
    try:
        frames = read_frames(shot.media, at, CUT_WIDTH)
    except MediaError:
        return {}
    return {cut_picture_path(shot.id, n): encode_jpeg(_codes(frame)) for n, frame in zip(at, frames, strict=True)}


def draw_looks(record: GradedTimeline, drawn: Collection[str] = ()) -> dict[str, bytes]:
    """Draw the stills of the looks of all scenes: path in the output folder -> JPEG. Those in ``drawn`` are left out.

    A look without a still, such as a LUT, has no picture, and neither has one whose file is gone.
    """
    pictures: dict[str, bytes] = {}
    for wish in dict.fromkeys(record.look_of(scene) for scene in record.scenes):
        if wish is None or (name := look_picture_path(wish.file)) in drawn:
            continue
        try:
            picture = draw_look(wish.file)
        except OtiogradeError:
            continue
        pictures |= {name: picture} if picture else {}
    return pictures


def draw_look(look: Path) -> bytes | None:
    """Draw the still of a look as JPEG: the first of a folder, the middle frame of a clip. None if it has no still.

    Raises ``MatchError`` or ``MediaError``.
    """
    if shows_no_still(look):
        return None
    media = probe(still_files(look)[0] if look.is_dir() else look)
    return draw_frame(media, media.frames // 2 if media.kind == "video" else 0)


def draw_frame(media: Media, frame: int) -> bytes:
    """Draw one frame of media as JPEG, through the view of its encoding. Raises ``MediaError``."""
    return encode_jpeg(_codes(np.asarray(to_view(read_frames(media, (frame,), FRAME_WIDTH)[0], media.encoding))))


def _codes(frame: Colors) -> NDArray[np.uint8]:
    return np.rint(np.clip(np.nan_to_num(frame), 0, 1) * 255).astype(np.uint8)


def _drawn(shot: Shot, sampling: Sampling, cache: Cache) -> dict[str, bytes]:
    """Return the pictures of a shot, out of the cache if they are there."""
    at = frame_numbers(shot, sampling)
    key = cache.key(shot.media.path, f"pictures {(PICTURES, shot.media, at, sampling, *versions('otiograde'))!r}")
    stored = cache.get(key) or {}
    if stored and stored.keys() == set(map(str, at)):
        return {picture_path(shot.id, number): stored[str(number)].tobytes() for number in at}
    drawn = dict(_jpegs(shot, sampling, cache))
    if drawn:
        cache.put(key, dict(zip(map(str, at), (np.frombuffer(jpeg, np.uint8) for jpeg in drawn.values()), strict=True)))
    return drawn


def _jpegs(shot: Shot, sampling: Sampling, cache: Cache) -> Iterator[tuple[str, bytes]]:
    at = frame_numbers(shot, sampling)
    try:
        frames = read_sampled(shot, at, sampling, cache)
    except MediaError:
        return
    for number, frame in zip(at, frames, strict=True):
        yield picture_path(shot.id, number), encode_jpeg(_codes(frame))
