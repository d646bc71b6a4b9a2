"""Files whose frames spell the file's number and their numbers in bars, and the bars that a picture shows."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from making.clips import ffmpeg_run
from making.movies import FAST, HD
from making.shown import Picture
from making.whole_edits import MEDIA
from otiograde.movie.timecode import timecode

BARS = 16
BAR = 16
HEIGHT = 64
#: Bits of a frame's number; the bits above are the file's.
FRAME_BITS = 12

Levels = NDArray[np.float64]


def bits(name: str, frame: int) -> Levels:
    """The levels of the bars of a frame, 0 or 1."""
    number = (list(MEDIA).index(name) + 1 << FRAME_BITS) + frame
    return np.array([number >> bar & 1 for bar in range(BARS)], np.float64)


def encode_tagged(program: Path, folder: Path, names: Iterable[str]) -> None:
    """Encode files of ``MEDIA``, without loss, with their rates, lengths and timecodes."""
    for name in names:
        of = MEDIA[name]
        rows = np.array([bits(name, frame) for frame in range(of["frames"])])
        codes = np.repeat(np.rint(16 + 219 * rows).astype(np.uint8), BAR, axis=1)
        data = np.repeat(codes[:, None, :], HEIGHT, axis=1).tobytes()
        code = timecode(of.get("timecode", 0), of["rate"], drop=of.get("drop_frame", False))
        source = (
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-s",
            f"{BARS * BAR}x{HEIGHT}",
            "-r",
            str(of["rate"]),
            "-i",
            "-",
        )
        words = ("-pix_fmt", "yuv420p", *FAST, "-g", "12", *HD)
        stamped = ("-timecode", code) if "timecode" in of else ()
        ffmpeg_run(program, *source, *words, *stamped, folder / name, data=data)


def levels_of(picture: Picture) -> Levels:
    """The levels of the bars of a picture: of a dissolve those of both sides by their shares, of black 0."""
    if not picture:
        return np.zeros(BARS)
    layer: Any = picture[-1]
    below = picture[:-1]
    if isinstance(layer[0], Fraction):
        share, old, new = layer
        sides = [levels_of((*below, *side)) for side in (old, new)]
        return sides[0] * float(1 - share) + sides[1] * float(share)
    return bits(*layer)


def read_levels(frames: NDArray[Any]) -> Levels:
    """The levels of the bars of frames ``(n, height, width, 3)`` in [0, 1]."""
    rows = frames.mean(axis=(1, 3))
    width = rows.shape[1] / BARS
    return np.stack([rows[:, round((bar + 0.5) * width)] for bar in range(BARS)], axis=-1)


def file_and_frame(levels: Levels) -> tuple[str, int]:
    """The file and the frame that levels spell; an empty name for black."""
    number = sum(1 << bar for bar in range(BARS) if levels[bar] > 0.5)
    return ["", *MEDIA][number >> FRAME_BITS], number & ((1 << FRAME_BITS) - 1)
