"""Films of numbered frames with patches of color, grades that change inside them, and what such a movie must show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from making.clips import BAR, BARS, ffmpeg_run, read_numbers
from making.movies import HD
from otiograde.color.cdl import Cdl
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie import commands
from otiograde.movie.luts import with_luts_on_disk
from otiograde.movie.plan import Delivery, plan
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline

#: Encoders that change no code value: with long groups of pictures, and with every frame a key frame.
LONG = ("-c:v", "libx264", "-qp", "0", "-preset", "superfast", "-g", "37", "-bf", "3")
PLAIN = Cdl((0.92, 0.95, 0.98), (0.02, 0.01, 0.0))

#: Corrections that no line of numbers joins: the mixture of two is none of them.
CURVES = tuple(
    Cdl((1 - 0.02 * (n % 10), 1.0, 1 - 0.03 * (n % 7)), (0.01 * (n % 5), 0.0, 0.02), (1.0, 1 + 0.1 * (n % 3), 0.9))
    for n in range(40)
)


def keyed(record: GradedTimeline, course: Course | Sequence[Course | None], size: int = 9) -> GradedTimeline:
    """The record with a course in every grade, or with one for each, after a balance."""
    courses = [course] * len(record.grades) if isinstance(course, Course) else course
    grades = (replace(grade, balance=PLAIN, course=one) for grade, one in zip(record.grades, courses, strict=True))
    return replace(record, grades=tuple(grades), settings=replace(record.settings, lut_size=size))


def course_at(*frames: int, first: int = 0) -> Course:
    """A course with keys at these frames, each with another correction."""
    return Course(tuple(Key(frame, CURVES[(number + first) % len(CURVES)]) for number, frame in enumerate(frames)))


def flicker(first: int, count: int, seed: int = 1) -> Course:
    """A course with a weight for each of so many frames."""
    weights = np.random.default_rng(seed).uniform(0, 1, count).round(4)
    return Course((Key(first, CURVES[1]), Key(first + count - 1, CURVES[7])), tuple(weights.tolist()), kind="flicker")


def patched_film(program: Path, path: Path, count: int = 120, rate: str = "24", words: Sequence[str] = LONG) -> Path:
    """Frames of 160 x 64: bars that spell the number above, patches of color below."""
    colors = np.random.default_rng(2).integers((50, 90, 90), (200, 166, 166), (BARS, 3)).astype(np.uint8)
    below = np.repeat(colors, BAR, axis=0)
    frames = []
    for number in range(count):
        bits = [200 if number >> bit & 1 else 40 for bit in range(BARS)]
        above = np.repeat(np.array(bits, np.uint8), BAR)
        luma = np.concatenate([np.tile(above, (32, 1)), np.tile(below[:, 0], (32, 1))])
        chroma = [
            np.concatenate([np.full((16, 80), 128, np.uint8), np.tile(below[::2, plane], (16, 1))]) for plane in (1, 2)
        ]
        frames.append(b"".join(plane.tobytes() for plane in (luma, *chroma)))
    source = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{BARS * BAR}x64", "-r", rate, "-i", "-")
    ffmpeg_run(program, *source, *words, *HD, path, data=b"".join(frames))
    return path


def deep_frames(record: GradedTimeline, folder: Path, program: Path, **wanted: object) -> NDArray[np.float64]:
    """The frames ``(n, h, w, 3)`` of a record's movie in R'G'B' of 16 bits, before they are rounded for the movie."""
    delivery = Delivery(encoder="ffv1", **wanted)  # type: ignore[arg-type]
    folder.mkdir(exist_ok=True)
    planned = with_luts_on_disk(plan(record, delivery), record, folder, delivery)
    values = planned.variables.zscale
    for name in [name for name in values if name.startswith("out_")]:
        values[name] = "zscale=dither=none,format=gbrp16le"
    width, height = planned.format.size
    parts = []
    for segment in planned.segments:
        graph = planned.variables.fill(segment.graph, "none")
        words = [*commands.QUIET, *commands.inputs(segment), "-filter_complex", graph, "-map", "[v]"]
        data = run_in(folder, program, [*words, "-pix_fmt", "rgb48le", "-f", "rawvideo", "-"])
        frames = np.frombuffer(data, "<u2").reshape(-1, height, width, 3) / 65535
        assert len(frames) == segment.count
        parts.append(frames)
    return np.concatenate(parts)


def run_in(folder: Path, program: Path, words: Sequence[str]) -> bytes:
    import subprocess

    done = subprocess.run([str(program), *words], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout


def numbers_of(frames: NDArray[np.float64]) -> list[int]:
    """The numbers that the bars above spell."""
    return read_numbers(frames[:, 8:24].astype(np.float32))


def patches(frames: NDArray[np.floating]) -> NDArray[np.float64]:  # type: ignore[type-arg]
    """The colors ``(n, 10, 3)`` of the patches, from the middle of each."""
    return np.asarray(frames[:, 40:56].reshape(len(frames), 16, BARS, BAR, 3)[:, 4:12, :, 5:11].mean((1, 3)))


def graded_patches(record: GradedTimeline, shot: int, path: Path, frame: int) -> NDArray[np.float64]:
    """The colors that a media frame's patches have with its grade, by our own path in float."""
    lut = record.grades[shot].lut_at(frame, record.lut_size)
    return patches(lut(pictures_of(path)[frame].astype(np.float64))[None])[0]


@lru_cache(maxsize=4)
def pictures_of(path: Path) -> list[NDArray[np.float32]]:
    """All frames of a small movie, decoded once."""
    media = probe(path)
    return list(iter_frames(media, 0, media.frames))
