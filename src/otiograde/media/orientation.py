"""Orientation of a frame: how its display matrix or its EXIF orientation turns it, and the turning of pictures."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from otiograde.media.flags import without_side_data
from otiograde.media.pictures import Picture
from otiograde.record.shot import Orientation

#: FFmpeg's number of the side data that holds EXIF (AV_FRAME_DATA_EXIF). PyAV 18 has no name for it and raises.
_EXIF = 31


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return the orientation that a frame states; upright if it states none.

    FFmpeg's decoders turn EXIF orientations into display matrices. A turn that is no quarter turn is rounded to one.
    """
    matrix = _display_matrix(frame)
    if matrix is None:
        return Orientation(round(frame.rotation / 90) % 4)
    # A point (x, y) of the stored picture is shown at (ax + cy, bx + dy); y runs down. (libavutil/display.h)
    a, b, _, c, d, *_ = matrix
    mirrored = a * d < b * c
    if mirrored:
        a, b = -a, -b
    if abs(a) >= abs(b):
        return Orientation(0 if a >= 0 else 2, mirrored)
    return Orientation(3 if b > 0 else 1, mirrored)


def _display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """Read a frame's display matrix raw: PyAV's ``rotation`` does not tell a mirrored picture from a turned one."""
    for unreadable in (None, _EXIF):
        with suppress(ValueError, av.error.FFmpegError):
            readable = frame if unreadable is None else without_side_data(frame, unreadable)
            data: Any = readable.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]  # its keys are Types
            return None if data is None else struct.unpack("=9i", bytes(data)[:36])
    return None


def upright(picture: Picture, orientation: Orientation) -> Picture:
    """Turn a stored picture (h, w, 3) for display."""
    mirrored = picture[:, ::-1] if orientation.mirrored else picture
    return np.ascontiguousarray(np.rot90(mirrored, orientation.turns))
