"""Apply a LUT to a still or a clip with our own kernel: what FFmpeg's lut3d does, without FFmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.interpolation import Interpolation
from otiograde.color.lut import Lut3D
from otiograde.errors import MediaError
from otiograde.folder.writing import part_of
from otiograde.means.progress import Progress, silent
from otiograde.media.frames import iter_frames, read_still, write_still
from otiograde.media.probe import probe
from otiograde.media.writing import write_video


def apply_lut(
    lut: Lut3D,
    source: Path,
    target: Path,
    interpolation: Interpolation = "tetrahedral",
    strength: float = 1.0,
    progress: Progress = silent,
) -> None:
    """Apply ``lut`` to every frame of ``source`` in float32, and write the result to ``target``.

    Size, rate, bit depth and tags stay the same. ``strength`` in [0, 1] mixes the graded code values with the original
    ones. ``target`` is complete or is not written. Raises ``MediaError`` for media that cannot be read or written, and
    ``ExportError`` for a folder that cannot.
    """

    def grade(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        graded = lut.apply(rgb, interpolation)
        return graded if strength == 1 else rgb + np.float32(strength) * (graded - rgb)

    media = probe(source)
    if media.encoding.transfer == "linear":
        raise MediaError(f"{source}: holds linear light, which a .cube does not take: use otiograde render")
    if media.kind == "still":
        graded = grade(read_still(source))
        with part_of(target) as part:
            write_still(target, graded, bits=media.bits, part=part)
        return

    def frames() -> Iterator[NDArray[np.float32]]:
        for number, frame in enumerate(iter_frames(media), 1):
            yield grade(frame)
            progress("grading", number, media.frames)

    with part_of(target) as part:
        write_video(target, frames(), media.rate, media.encoding, media.bits, like=media, part=part)
