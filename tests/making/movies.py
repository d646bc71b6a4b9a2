"""Clips of numbered frames and edits of them: what a rendered movie shows can be read off it, frame by frame."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio

from making.clips import encode_numbered, read_numbers
from making.records import graded
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie.plan import Delivery
from otiograde.movie.rendering import Rendered, Rendering, render_edit
from otiograde.record.graded import GradedTimeline
from otiograde.timeline import Reading, read_edit

FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")
HD = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv")
CAMERA = ("-c:v", "libx264", "-crf", "12", "-g", "37", "-bf", "3", "-x264-params", "open-gop=1")


def time(value: float, rate: float = 24) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, rate)


def span(start: float, count: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(time(start, rate), time(count, rate))


def clip(path: Path, start: float, count: float, rate: float = 24, **more: Any) -> otio.schema.Clip:
    effects = [otio.schema.LinearTimeWarp(time_scalar=more.pop("speed"))] if "speed" in more else []
    effects = [otio.schema.FreezeFrame()] if more.pop("freeze", False) else effects
    reference = otio.schema.ExternalReference(path.absolute().as_uri())
    made = otio.schema.Clip(path.stem, reference, span(start, count, rate), effects=effects)
    made.enabled = more.pop("enabled", True)
    return made


def gap(count: float, rate: float = 24) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=span(0, count, rate))


def bars(count: float, kind: str = "SMPTEBars") -> otio.schema.Clip:
    return otio.schema.Clip(kind, otio.schema.GeneratorReference(kind, kind, span(0, count)), span(0, count))


def dissolve(before: float, after: float, kind: str = "SMPTE_Dissolve") -> otio.schema.Transition:
    return otio.schema.Transition("", kind, time(before), time(after))


def record_of(
    folder: Path, *tracks: list[Any], sounds: list[list[Any]] | None = None, rate: float = 24
) -> GradedTimeline:
    """The record of an edit of these tracks, every shot graded with nothing."""
    timeline = otio.schema.Timeline("film", global_start_time=time(86400, rate))
    for kind, lists in (("Video", tracks), ("Audio", sounds or [])):
        for children in lists:
            track = otio.schema.Track(kind=kind)
            track.extend(children)
            timeline.tracks.append(track)
    path = folder / "edit.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return graded(read_edit(path, Reading(), probe), lut_size=2)


def render(record: GradedTimeline, folder: Path, ffmpeg: Path, name: str = "film.mkv", **wanted: Any) -> Rendered:
    folder.mkdir(exist_ok=True)
    rendering = Rendering(folder, find_ffmpeg(str(ffmpeg)), 2, "none", wanted.pop("force", False))
    return render_edit(record, folder / name, rendering, Delivery(**{"encoder": "ffv1", **wanted}))


def seen(movie: Path) -> list[int | None]:
    """The number that each frame shows; None is black."""
    frames = list(iter_frames(probe(movie)))
    numbers = read_numbers(frames)
    return [None if frame.max() < 0.05 else number for frame, number in zip(frames, numbers, strict=True)]


def numbered_film(program: Path, path: Path, count: int = 120, rate: str = "24", words: tuple[str, ...] = FAST) -> Path:
    return encode_numbered(program, path, count, *words, *HD, rate=rate)


def tone(program: Path, path: Path, seconds: int = 6) -> Path:
    """Sound whose samples count up, so that each is unlike its neighbors: 16 bit, 48 kHz, stereo."""
    ramp = (np.arange(seconds * 48000) % 30011).astype("<i2")
    raw = np.stack([ramp, -ramp], axis=-1).tobytes()
    words = [program, "-v", "error", "-y", "-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "-", path]
    subprocess.run(list(map(str, words)), input=raw, check=True)
    return path


def samples(program: Path, movie: Path) -> Any:
    words = [program, "-v", "error", "-i", movie, "-map", "0:a:0", "-ar", "48000", "-f", "s16le", "-"]
    done = subprocess.run(list(map(str, words)), capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2").reshape(-1, 2)


HALF = Fraction(1, 2)
