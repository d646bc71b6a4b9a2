"""Small clips: planes whose every code value is known, frames that carry their number, slopes of known encoding."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from making.pictures import slopes
from otiograde.color.encodings import ENCODINGS, Encoding, rgb_to_ycbcr
from otiograde.media.probe import probe
from otiograde.record.shot import Media

FFMPEGS = {"system": shutil.which("ffmpeg"), "embedded": imageio_ffmpeg.get_ffmpeg_exe()}

Codes = NDArray[np.uint16]

#: Words for an encoder that must not change a code value.
LOSSLESS = ("-c:v", "ffv1", "-level", "3")
X264_LOSSLESS = ("-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")


def ffmpeg_run(program: Path, *words: str | Path, data: bytes | None = None) -> bytes:
    command = [str(program), "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, words)]
    if data is not None:
        command.remove("-nostdin")
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr.decode()}"
    return done.stdout


def frame_checksums(movie: Path) -> str:
    """A checksum of each frame of a movie's pictures, as FFmpeg lists them."""
    return ffmpeg_run(Path(FFMPEGS["embedded"] or ""), "-i", movie, "-map", "0:v:0", "-f", "framemd5", "-").decode()


@dataclass(frozen=True)
class Chart:
    """A picture in planes Y, Cb, Cr of ``bits``; chroma smaller by ``across`` and ``down``."""

    planes: tuple[Codes, Codes, Codes]
    bits: int
    across: int
    down: int

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.planes[0].shape
        return height, width

    def raw(self) -> bytes:
        kind = np.uint8 if self.bits == 8 else np.dtype("<u2")
        return b"".join(plane.astype(kind).tobytes() for plane in self.planes)

    @property
    def pixel_format(self) -> str:
        name = {(2, 2): "420", (2, 1): "422", (1, 1): "444", (1, 2): "440", (4, 1): "411"}[self.across, self.down]
        return f"yuv{name}p" + ("" if self.bits == 8 else f"{self.bits}le")


def tagged(encoding: Encoding, filters: str = "") -> list[str]:
    """Words that tag a file in every version of FFmpeg: as a filter and as flags, for either alone may convert."""
    span = "pc" if encoding.range == "full" else "tv"
    stated = f"setparams=range={span}:color_primaries={encoding.primaries}:color_trc={encoding.transfer}"
    flags = ["-color_primaries", encoding.primaries, "-color_trc", encoding.transfer, "-colorspace", encoding.matrix]
    return ["-vf", f"{filters}{stated}:colorspace={encoding.matrix}", *flags, "-color_range", span]


def patch_chart(bits: int, across: int, down: int, *, full: bool = False, patch: int = 16) -> tuple[Chart, Codes]:
    """6 x 8 flat patches, and their codes ``(48, 3)``: colors from all over the range, both extremes among them."""
    generator = np.random.default_rng(1)
    step = 2 ** (bits - 8)
    low, high = (0, 256 * step - 1) if full else (16 * step, 235 * step)
    middle = 128 * step
    codes = np.stack(
        [
            generator.integers(low, high + 1, 48),
            generator.integers(middle - 60 * step, middle + 60 * step, 48),
            generator.integers(middle - 60 * step, middle + 60 * step, 48),
        ],
        axis=-1,
    ).astype(np.uint16)
    codes[0], codes[1] = (low, middle, middle), (high, middle, middle)
    planes = []
    for plane in range(3):
        block = np.ones((patch, patch) if plane == 0 else (patch // down, patch // across), np.uint16)
        planes.append(np.kron(codes[:, plane].reshape(6, 8), block).astype(np.uint16))
    return Chart((planes[0], planes[1], planes[2]), bits, across, down), codes


def smooth_chart(bits: int, across: int, down: int, height: int = 48, width: int = 64) -> Chart:
    """Slopes and waves in all three planes, so that a chroma sample half a pixel off shows."""
    step = 2.0 ** (bits - 8)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    luma = 126 + 60 * np.sin(x / 9) * np.cos(y / 7)
    rows, columns = -(-height // down), -(-width // across)
    v, u = np.mgrid[0:rows, 0:columns].astype(float)
    blue = 128 + 50 * np.sin(u * across / 11 + v * down / 13)
    red = 128 + 50 * np.cos(u * across / 10 - v * down / 8)
    planes = [np.rint(plane * step).astype(np.uint16) for plane in (luma, blue, red)]
    return Chart((planes[0], planes[1], planes[2]), bits, across, down)


def encode_chart(program: Path, path: Path, chart: Chart, words: Sequence[str] = LOSSLESS, frames: int = 1) -> Path:
    height, width = chart.size
    ffmpeg_run(
        program,
        *("-f", "rawvideo", "-pix_fmt", chart.pixel_format, "-s", f"{width}x{height}", "-r", "24", "-i", "-"),
        *words,
        path,
        data=chart.raw() * frames,
    )
    return path


BARS = 10
BAR = 16


def numbered(count: int) -> bytes:
    """Gray frames of 160 x 64 pixels; ten bars, black or white, spell the frame's number in binary."""
    frames = []
    for number in range(count):
        bits = [235 if number >> bit & 1 else 16 for bit in range(BARS)]
        frames.append(np.tile(np.repeat(np.array(bits, np.uint8), BAR), (64, 1)).tobytes())
    return b"".join(frames)


def encode_numbered(program: Path, path: Path, count: int, *words: str, rate: str = "24") -> Path:
    """A clip of ``numbered`` frames; ``words`` are the encoder's and the container's."""
    ffmpeg_run(
        program,
        *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{BARS * BAR}x64", "-r", rate, "-i", "-"),
        *("-pix_fmt", "yuv420p", *words),
        path,
        data=numbered(count),
    )
    return path


def read_numbers(frames: Iterable[NDArray[np.float32]]) -> list[int]:
    """The numbers that frames of any size spell."""
    numbers = []
    for frame in frames:
        row = frame.mean(axis=(0, 2))
        width = len(row) / BARS
        lit = [row[round((bar + 0.5) * width)] > 0.5 for bar in range(BARS)]
        numbers.append(sum(1 << bar for bar in range(BARS) if lit[bar]))
    return numbers


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
        codes = np.rint(rgb_to_ycbcr(slopes(*self.size, at), encoding, bits))
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
    codes = np.rint(slopes(*size, at) * 255).astype(np.uint8)
    path.write_bytes(cv2.imencode(".png", codes[..., ::-1])[1].tobytes())
    return probe(path)


def write_sequence(folder: Path, name: str = "im.%04d.png", first: int = 1001, frames: int = 8) -> Media:
    """A numbered sequence of 8-bit RGB pictures."""
    for at in range(frames):
        write_still(folder / (name % (first + at)), at=at)
    return probe(folder / name, first=first, rate=Fraction(24))
