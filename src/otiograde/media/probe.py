"""What a media file is: size, rate, frames, encoding, found by looking into the file and never at its name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Lock

import av.logging
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding
from otiograde.errors import EncodingError, MediaError
from otiograde.media.container import decoded, opened
from otiograde.media.identity import identity
from otiograde.media.index import index_of
from otiograde.media.planes import bits_of, model_of, take_apart
from otiograde.media.tags import Chroma, Origin, Tags, complete, fit
from otiograde.record.shot import Media

#: The rate of a still, and of an image sequence whose rate nobody told.
STILL_RATE = Fraction(24)

#: The rates that cameras and editors use.
_USUAL_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120000/1001", "120")
)

_PHOTO_CODECS = frozenset({"mjpeg", "webp"})
_LOGGING = Lock()


def probe(
    path: Path, *, first: int | None = None, rate: Fraction | None = None, encoding: Encoding | None = None
) -> Media:
    """Find out what a media file is.

    With ``first``, ``path`` is the printf pattern of an image sequence (``shot.%04d.png``, a literal ``%`` doubled) and
    ``first`` its first number. ``rate`` is used where the file has none of its own. ``encoding`` overrules the tags.
    Raises ``MediaError``.
    """
    file = path if first is None else sequence_file(path, first)
    with opened(file) as (container, stream):
        look = _look(file, container, stream)
    timing = _timing(file, look, rate) if first is None else _Timing(rate or STILL_RATE, _count(path, first))
    decided, origin = _encoding(file, look.tags, encoding)
    turned = look.rotation % 180 != 0
    return Media(
        path=path,
        kind="sequence" if first is not None else "still" if look.is_still else "video",
        width=look.tags.height if turned else look.tags.width,
        height=look.tags.width if turned else look.tags.height,
        rate=timing.rate,
        frames=timing.frames,
        pixel_format=look.pixel_format,
        bits=look.bits,
        encoding=decided,
        origin=origin,
        chroma_location=look.chroma,
        pixel_aspect=1 / look.pixel_aspect if turned else look.pixel_aspect,
        timecode=timecode_frames(look.timecode, timing.rate),
        first=first or 0,
        variable_rate=timing.variable,
        audio=look.audio,
        start=timing.start,
        digest=identity(file),
        drop_frame=bool(re.search(r"[;.,]\d+\s*$", look.timecode)) and round(timing.rate) % 30 == 0,
    )


def sequence_file(pattern: Path, number: int) -> Path:
    """Name one image of a sequence. Raises ``MediaError`` for a pattern that is none."""
    try:
        return Path(str(pattern) % number)
    except (TypeError, ValueError) as error:
        raise MediaError(f"{pattern}: is no pattern of an image sequence ({error}): write shot.%04d.png") from None


def timecode_frames(text: str, rate: Fraction) -> int:
    """Count the frames that a start timecode stands for (``;`` before the frames: drop-frame); 0 when it is none.

    Source: SMPTE ST 12-1, 5.2: drop-frame leaves out 2 numbers (4 at 60) each minute, except every tenth.
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{1,3})", text.strip())
    if match is None:
        return 0
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base = round(rate)
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ":" or base % 30:
        return count
    minutes += hours * 60
    return count - base // 15 * (minutes - minutes // 10)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a first look into a file shows: its container and its first frame."""

    tags: Tags
    pixel_format: str
    bits: int
    chroma: Chroma
    pixel_aspect: Fraction
    rotation: int
    timecode: str
    audio: bool
    is_still: bool
    rates: tuple[Fraction, ...]


def _look(path: Path, container: InputContainer, stream: VideoStream) -> _Look:
    chroma = _chroma_location(container, stream)
    frame = next(decoded(container, stream), None)
    if frame is None:
        raise MediaError(f"{path}: no frame of it can be decoded: copy or render it again, or convert it with FFmpeg")
    try:
        take_apart(frame)
    except MediaError as error:
        raise MediaError(f"{path}: {error}") from None
    rates = (stream.guessed_rate, stream.average_rate, stream.base_rate)
    aspect = stream.sample_aspect_ratio
    places = [stream.metadata, container.metadata, *(data.metadata for data in container.streams.data)]
    return _Look(
        tags=_tags(frame, stream),
        pixel_format=frame.format.name,
        bits=bits_of(frame.format),
        chroma=chroma,
        pixel_aspect=Fraction(aspect) if aspect else Fraction(1),
        rotation=frame.rotation,
        timecode=next((place["timecode"] for place in places if "timecode" in place), ""),
        audio=bool(container.streams.audio),
        is_still=container.format.name.endswith("_pipe"),
        rates=tuple(Fraction(rate) for rate in rates if rate),
    )


def _tags(frame: VideoFrame, stream: VideoStream) -> Tags:
    """Take the frame's own tags, which decoders and FFmpeg go by, and the container's where the frame has none."""
    context = stream.codec_context
    levels = {1: False, 2: True}
    full = levels.get(int(frame.color_range), levels.get(int(context.color_range)))
    return Tags(
        primaries=_said(frame.color_primaries, context.color_primaries),
        transfer=_said(frame.color_trc, context.color_trc),
        matrix=_said(frame.colorspace, context.colorspace),
        full=True if frame.format.name.startswith("yuvj") else full,
        model=model_of(frame.format),
        width=frame.width,
        height=frame.height,
        photo=context.name in _PHOTO_CODECS,
    )


def _said(frame: int, container: int) -> int:
    return int(container) if frame == 2 else int(frame)


def _chroma_location(container: InputContainer, stream: VideoStream) -> Chroma:
    """Read the chroma location off FFmpeg's description of the stream: PyAV shows it nowhere else."""
    with _LOGGING:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        av.logging.set_libav_level(av.logging.VERBOSE)
        try:
            text: str = container.dumps_format()  # type: ignore[attr-defined]
        finally:
            av.logging.set_libav_level(av.logging.INFO)
            av.logging.set_level(level)
    line = next((line for line in text.splitlines() if re.match(rf"\s*Stream #0:{stream.index}\D", line)), "")
    found = re.search(r"\([^()]*\b(topleft|center)\)", line)
    return "left" if found is None else "topleft" if found[1] == "topleft" else "center"


def _encoding(path: Path, tags: Tags, asked: Encoding | None) -> tuple[Encoding, Origin]:
    try:
        return complete(tags) if asked is None else (fit(asked, tags), "command line")
    except EncodingError as error:
        raise MediaError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Timing:
    rate: Fraction
    frames: int
    variable: bool = False
    start: Fraction | None = None


def _timing(path: Path, look: _Look, asked: Fraction | None) -> _Timing:
    """Find the rate that the frames keep to within half a frame; else their mean rate, which then varies."""
    if look.is_still:
        return _Timing(asked or STILL_RATE, 1)
    index = index_of(path)
    rates = look.rates or ((asked,) if asked else (STILL_RATE,))
    if len(index.pts) < 2:
        return _Timing(rates[0], index.count)
    seconds = (np.array(index.pts, np.float64) - index.pts[0]) * float(index.tick)
    for rate in rates:
        if (frames_off := _strays(seconds, rate) * rate) <= 0.5:
            start = index.pts[0] * index.tick if frames_off < 0.4 else None
            return _Timing(_usual(rate, seconds, index.tick), index.count, start=start)
    mean = (index.count - 1) / (index.tick * (index.pts[-1] - index.pts[0]))
    return _Timing(mean, index.count, variable=True, start=index.pts[0] * index.tick)


def _strays(seconds: NDArray[np.float64], rate: Fraction) -> float:
    """How many seconds the frames stray at most from a constant rate."""
    return float(np.abs(seconds - np.arange(len(seconds)) / float(rate)).max())


def _usual(rate: Fraction, seconds: NDArray[np.float64], tick: Fraction) -> Fraction:
    """The usual rate that the time stamps mean as well as they can say it (Matroska rounds them to milliseconds)."""
    if rate not in _USUAL_RATES:
        for usual in _USUAL_RATES:
            if abs(usual / rate - 1) < 0.002 and _strays(seconds, usual) <= 1.001 * tick:
                return usual
    return rate


def _count(pattern: Path, first: int) -> int:
    number = first
    while sequence_file(pattern, number).is_file():
        number += 1
    return number - first
