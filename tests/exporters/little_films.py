"""Little films for the exporters: synthetic media of known encoding, and edits made of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import imageio_ffmpeg
import numpy as np
import opentimelineio as otio

from otiograde.color.affine import Affine
from otiograde.color.encodings import ENCODINGS, Encoding, rgb_to_ycbcr
from otiograde.media.probe import probe
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media, Shot

FFMPEGS = {"system": shutil.which("ffmpeg"), "embedded": imageio_ffmpeg.get_ffmpeg_exe()}

#: Makes a record of media by name: see the fixture ``make_record``.
MakeRecord: TypeAlias = Callable[..., GradedTimeline]

#: A grade that moves every channel, and by how much depends on the color.
GRADE = Affine(((0.82, 0.10, 0.0), (0.02, 0.88, 0.05), (0.0, 0.0, 0.75)), (0.03, 0.0, 0.10), "rgb")


def picture(width: int, height: int, at: int) -> np.ndarray[Any, Any]:
    """A smooth R'G'B' picture that moves with the frame number ``at``."""
    x = np.linspace(0.05, 0.95, width)[None, :]
    y = np.linspace(0.05, 0.95, height)[:, None]
    wave = 0.5 + 0.45 * np.sin(2.0 * x + 1.3 * y + 0.35 * at)
    return np.stack([0.1 + 0.8 * x + 0 * y, wave, 0.15 + 0.7 * y + 0 * x], axis=-1)


@dataclass(frozen=True)
class Clip:
    """A clip to make: ``tagged`` says whether its file says what it is."""

    encoding: str = "bt709"
    pixel_format: str = "yuv420p"
    size: tuple[int, int] = (96, 64)
    frames: int = 8
    rate: str = "24"
    tagged: bool = True
    codec: tuple[str, ...] = ("-c:v", "libx264", "-qp", "0")

    def write(self, path: Path) -> Media:
        encoding = ENCODINGS[self.encoding]
        frames = b"".join(self._planes(at, encoding) for at in range(self.frames))
        size = "x".join(map(str, self.size))
        source = ["-f", "rawvideo", "-pix_fmt", self.pixel_format, "-s", size, "-r", self.rate, "-i", "-"]
        range_ = "pc" if encoding.range == "full" else "tv"
        tags = {"range": range_, "color_primaries": encoding.primaries, "color_trc": encoding.transfer}
        tags["colorspace"] = encoding.matrix
        says = ",".join(["setparams=" + ":".join(f"{key}={value}" for key, value in tags.items())])
        flags = ["-color_range", range_, "-color_primaries", encoding.primaries]
        flags += ["-color_trc", encoding.transfer, "-colorspace", encoding.matrix]
        tagging = ["-vf", says, *flags] if self.tagged else []
        command = [str(FFMPEGS["embedded"]), "-v", "error", "-y", *source, *self.codec, *tagging]
        subprocess.run([*command, path.absolute()], input=frames, check=True)
        return probe(path)

    def _planes(self, at: int, encoding: Encoding) -> bytes:
        bits = 10 if "10" in self.pixel_format else 8
        codes = np.rint(rgb_to_ycbcr(picture(*self.size, at), encoding, bits))
        codes = np.clip(codes, 0, 2**bits - 1).astype("<u2" if bits > 8 else np.uint8)
        across, down = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}[self.pixel_format[3:6]]
        height, width = codes.shape[:2]
        planes = [codes[..., 0].tobytes()]
        for plane in (1, 2):
            blocks = codes[..., plane].reshape(height // down, down, width // across, across)
            planes.append(np.rint(blocks.mean((1, 3))).astype(codes.dtype).tobytes())
        return b"".join(planes)


def write_still(path: Path, size: tuple[int, int] = (96, 64), at: int = 0) -> Media:
    """An 8-bit RGB picture."""
    codes = np.rint(picture(*size, at) * 255).astype(np.uint8)
    path.write_bytes(cv2.imencode(".png", codes[..., ::-1])[1].tobytes())
    return probe(path)


def write_sequence(folder: Path, name: str = "im.%04d.png", first: int = 1001, frames: int = 8) -> Media:
    """A numbered sequence of 8-bit RGB pictures."""
    for at in range(frames):
        write_still(folder / (name % (first + at)), at=at)
    return probe(folder / name, first=first, rate=Fraction(24))


def edit_of(shots: list[Shot], folder: Path) -> dict[str, Any]:
    """A timeline of one video track with these shots as OTIO's JSON; media under ``folder`` by relative URL."""
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    for shot in shots:
        path = shot.media.path
        url = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_uri()
        rate = float(shot.media.rate)
        seen = otio.opentime.TimeRange(
            otio.opentime.RationalTime(shot.source.start, rate),
            otio.opentime.RationalTime(shot.record.count if shot.media.kind == "still" else shot.source.count, rate),
        )
        clip = otio.schema.Clip(shot.name, otio.schema.ExternalReference(url), seen, metadata={"note": {"a": [1, 2.5]}})
        track.append(clip)
    timeline = otio.schema.Timeline("film")
    timeline.tracks.append(track)
    values = json.loads(timeline.to_json_string())
    assert isinstance(values, dict)
    return values
