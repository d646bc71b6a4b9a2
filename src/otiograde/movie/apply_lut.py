"""A LUT on a picture or a clip, through our own kernel: what FFmpeg's lut3d would do, without FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.interpolation import Interpolation
from otiograde.color.lut import Lut3D
from otiograde.means.progress import Progress, silent
from otiograde.media.frames import iter_frames, read_still, write_still
from otiograde.media.probe import probe
from otiograde.media.writing import write_video


def grade_media(
    lut: Lut3D,
    source: Path,
    target: Path,
    interpolation: Interpolation = "tetrahedral",
    strength: float = 1.0,
    progress: Progress = silent,
) -> None:
    """Write ``target``: ``source`` through ``lut``, in float32, frame by frame, its size, rate, depth and tags kept.

    ``strength`` in [0, 1] mixes the graded code values with the original ones. ``target`` appears whole or not at all.
    Raises ``MediaError`` for media that cannot be read or written.
    """

    def grade(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        graded = lut.apply(rgb, interpolation)
        return graded if strength == 1 else rgb + np.float32(strength) * (graded - rgb)

    media = probe(source)
    if media.kind == "still":
        write_still(target, grade(read_still(source)), bits=media.bits)
        return

    def frames() -> Iterator[NDArray[np.float32]]:
        for at, frame in enumerate(iter_frames(media), 1):
            yield grade(frame)
            progress("grading", at, media.frames)

    write_video(target, frames(), rate=media.rate, encoding=media.encoding, bits=media.bits, like=media)
