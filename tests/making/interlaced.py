"""Interlaced clips whose every field is known: a red box that moves eight pixels from field to field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from making.clips import LOSSLESS, ffmpeg_run
from otiograde.color.encodings import ENCODINGS
from otiograde.record.shot import FieldOrder

#: Left edge of the box in the first field, and how far it moves from field to field, in pixels.
START, STEP = 20, 8

#: Order of fields -> the fields of a frame in time, as FFmpeg's filter names the order.
PARITY: dict[FieldOrder, str] = {"top": "tff", "bottom": "bff", "progressive": "prog"}

PAL = ENCODINGS["bt601-625"]
_TAGS = ("-color_primaries", "bt470bg", "-color_trc", "smpte170m", "-colorspace", "bt470bg", "-color_range", "tv")


def moment(at: int, size: tuple[int, int] = (192, 144)) -> NDArray[np.uint8]:
    """The picture at one moment, ``at`` fields from the start: a red box on gray, R'G'B'."""
    width, height = size
    picture = np.full((height, width, 3), 100, np.uint8)
    left = START + STEP * at
    picture[height // 4 : 3 * height // 4, left : left + width // 6] = (200, 20, 20)
    return picture


def woven(at: int, order: FieldOrder, size: tuple[int, int] = (192, 144)) -> NDArray[np.uint8]:
    """Frame ``at``: its fields are the moments 2 at and 2 at + 1; a progressive one is the moment 2 at."""
    first, second = moment(2 * at, size), moment(2 * at + (order != "progressive"), size)
    frame = first.copy()
    frame[1 if order == "top" else 0 :: 2] = second[1 if order == "top" else 0 :: 2]
    return frame if order != "progressive" else first


def telecined(at: int) -> NDArray[np.uint8]:
    """Frame ``at`` of film with 3:2 pulldown, top field first: its fields show the film frames A A, A B, B C, C C, D D.

    A film frame moves by two fields' way.
    """
    cycle, phase = divmod(at, 5)
    top, bottom = ((0, 0), (0, 1), (1, 2), (2, 2), (3, 3))[phase]
    frame = moment(2 * (4 * cycle + top))
    frame[1::2] = moment(2 * (4 * cycle + bottom))[1::2]
    return frame


def encode_frames(
    program: Path,
    path: Path,
    frames: Sequence[NDArray[np.uint8]],
    flagged: FieldOrder,
    *,
    rate: str = "25",
    words: Sequence[str] = LOSSLESS,
    filters: str = "",
    pixel_format: str = "yuv420p",
) -> Path:
    """Write frames as Y'CbCr of 625 lines; interlaced ones, as ``flagged`` says, have chroma of their fields."""
    height, width = frames[0].shape[:2]
    parity = PARITY[flagged]
    scale = f"scale=out_color_matrix=bt601:out_range=tv:interl={int(flagged != 'progressive')}"
    tags = "setparams=range=tv:color_primaries=bt470bg:color_trc=smpte170m:colorspace=bt470bg"
    chain = f"setfield={parity},{scale},format={pixel_format}{filters},setfield={parity},{tags}"
    coding = () if flagged == "progressive" else ("-flags", "+ilme+ildct")
    ffmpeg_run(
        program,
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-"),
        *("-vf", chain, *words, *coding, *_TAGS),
        path,
        data=b"".join(frame.tobytes() for frame in frames),
    )
    return path


def box_film(
    program: Path, path: Path, order: FieldOrder, flagged: FieldOrder | None = None, *, count: int = 8, **how: object
) -> Path:
    """A film of the box with fields in this order, and flags of any."""
    size = how.pop("size", (192, 144))
    frames = [woven(at, order, size) for at in range(count)]  # type: ignore[arg-type]
    return encode_frames(program, path, frames, flagged or order, **how)  # type: ignore[arg-type]


def edges(frames: NDArray[np.float32]) -> list[list[float]]:
    """The left edge of the box in two lines of each frame, of the top field and of the bottom field, in pixels."""
    lines = frames[:, frames.shape[1] // 2 :, :, 1][:, :2]
    dark = lines < (lines.max(-1, keepdims=True) + lines.min(-1, keepdims=True)) / 2
    return [[float(np.argmax(line)) for line in frame] for frame in dark]
