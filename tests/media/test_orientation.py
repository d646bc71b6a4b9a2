"""All eight orientations, in videos and in stills: what is sampled stands as it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.turned import SHOWN, seen, turned
from otiograde.media.frames import iter_frames, read_frames, read_still
from otiograde.media.orientation import upright
from otiograde.media.probe import probe
from otiograde.record.shot import Orientation

#: EXIF orientation -> quarter turns counterclockwise, and whether the picture is mirrored first.
ORIENTATIONS = {
    1: Orientation(0), 2: Orientation(0, True), 3: Orientation(2), 4: Orientation(2, True),
    5: Orientation(1, True), 6: Orientation(3), 7: Orientation(3, True), 8: Orientation(1),
}  # fmt: skip


@pytest.mark.parametrize("kind", [".mp4", ".jpg", ".png"])
@pytest.mark.parametrize("number", SHOWN)
def test_what_is_read_stands_as_it_is_shown(tmp_path: Path, ffmpeg: Path, kind: str, number: int) -> None:
    path = turned(ffmpeg, tmp_path, kind, number)
    media = probe(path)
    assert media.orientation == ORIENTATIONS[number]
    assert (media.width, media.height) == ((48, 64) if number > 4 else (64, 48))
    assert [seen(read_frames(media, [0], width)[0]) for width in (1000, 20)] == [SHOWN[number]] * 2
    assert seen(read_still(path)) == seen(next(iter_frames(media))) == SHOWN[number]


def test_two_turns_and_a_mirror_make_all_eight() -> None:
    picture = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    shapes = {upright(picture, orientation).tobytes() for orientation in ORIENTATIONS.values()}
    assert len(shapes) == 8
