"""Pictures of four colors, stored in all eight orientations: what is seen tells whether they were turned right."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from making.clips import X264_LOSSLESS, ffmpeg_run

#: The picture as it is stored: red and green above blue and white.
STORED = "RG/BW"

#: EXIF orientation -> the picture that is shown (Exif 2.32, tag 274).
SHOWN = {1: "RG/BW", 2: "GR/WB", 3: "WB/GR", 4: "BW/RG", 5: "RB/GW", 6: "BR/WG", 7: "WG/BR", 8: "GW/RB"}

#: EXIF orientation -> a, b, c, d of the display matrix that says the same.
_MATRICES = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip

_COLORS = {"R": (1, 0, 0), "G": (0, 1, 0), "B": (0, 0, 1), "W": (1, 1, 1)}
_WIDTH, _HEIGHT = 64, 48


def stored() -> NDArray[np.uint8]:
    """The stored picture, R'G'B'."""
    rows = [[_COLORS[name] for name in row] for row in STORED.split("/")]
    return np.kron(np.array(rows, np.uint8) * 255, np.ones((_HEIGHT // 2, _WIDTH // 2, 1), np.uint8))


def seen(picture: NDArray[np.float32]) -> str:
    """The four colors that a picture in [0, 1] shows."""
    names = {color: name for name, color in _COLORS.items()}
    height, width = picture.shape[:2]
    quarters = [[picture[y * height // 4, x * width // 4] for x in (1, 3)] for y in (1, 3)]
    return "/".join("".join(names.get(tuple((at > 0.5).astype(int)), "?") for at in row) for row in quarters)


def video(program: Path, path: Path, orientation: int) -> Path:
    """An MP4 whose header has the display matrix of this orientation."""
    tags = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")
    ffmpeg_run(
        program,
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{_WIDTH}x{_HEIGHT}", "-r", "24", "-i", "-"),
        *("-vf", "scale=out_color_matrix=bt709,format=yuv444p", *X264_LOSSLESS, *tags),
        path,
        data=stored().tobytes() * 6,
    )
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 40  # version, times, track, length, layer and volume come before the matrix
    a, b, c, d = _MATRICES[orientation]
    one = 1 << 16
    data[at : at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def still(path: Path, orientation: int) -> Path:
    """A .jpg or .png with this EXIF orientation."""
    suffix = path.suffix
    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    data = cv2.imencode(suffix, stored()[..., ::-1], sampling if suffix == ".jpg" else [])[1].tobytes()
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<I", orientation) + bytes(4)
    if suffix == ".jpg":
        block = b"Exif\0\0" + exif
        data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    else:
        chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
        start = data.find(b"IDAT") - 4
        data = data[:start] + chunk + data[start:]
    path.write_bytes(data)
    return path


def turned(program: Path, folder: Path, kind: str, orientation: int) -> Path:
    """A file with this orientation; ``kind`` is its suffix."""
    path = folder / f"turned{orientation}{kind}"
    return video(program, path, orientation) if kind == ".mp4" else still(path, orientation)
