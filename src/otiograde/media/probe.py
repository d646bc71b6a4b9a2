"""Probe a media file for its size, rate, frames and encoding; the content decides, not the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from otiograde.media.alpha import has_alpha, is_premultiplied, spread_frames, spread_images
from otiograde.media.combing import FASTEST, MOST_LINES, fields_of, fields_of_images
from otiograde.media.container import decode_frames, open_video
from otiograde.media.flags import flag_of
from otiograde.media.identity import identity
from otiograde.media.index import index_of
from otiograde.media.light import check_dolby_vision, light_metadata
from otiograde.media.orientation import orientation_of
from otiograde.media.planes import bits_of, is_floating, model_of, planes_of
from otiograde.media.tags import Chroma, Origin, Tags, complete, fit
from otiograde.record.clock import dropped
from otiograde.record.sequence import numbered
from otiograde.record.shot import FLATTEST, FieldOrder, Fields, LightMetadata, Media, Orientation

#: Rate of a still, and of an image sequence without a stated rate, in frames a second: that of cinema.
STILL_RATE = Fraction(24)

#: Rates that cameras and editors use, in frames a second.
_STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "120000/1001", "120")
)

#: Consecutive images of a sequence that are compared to recognize fields.
_RUN = 5

_PHOTO_CODECS = frozenset({"mjpeg", "webp"})
_LOGGING = Lock()


def probe(
    path: Path, *, first: int | None = None, rate: Fraction | None = None, encoding: Encoding | None = None
) -> Media:
    """Probe a video, a still or an image sequence.

    With ``first``, ``path`` is the printf pattern of an image sequence (``shot.%04d.png``, a literal ``%`` doubled) and
    ``first`` the number of its first image. ``rate`` (frames a second) is used if the file states none. ``encoding``
    overrides the tags. Raises ``MediaError``, with one line that says what is wrong and what to do.
    """
    file = path if first is None else sequence_file(path, first)
    with open_video(file) as (container, stream):
        header = _read_header(file, container, stream)
    timing = (
        _timing(file, header, rate) if first is None else _Timing(rate or STILL_RATE, _sequence_length(path, first))
    )
    resolved, origin = _encoding(file, header.tags, encoding)
    sideways = header.orientation.is_sideways
    return Media(
        path=path,
        kind="sequence" if first is not None else "still" if header.is_still else "video",
        width=header.tags.height if sideways else header.tags.width,
        height=header.tags.width if sideways else header.tags.height,
        rate=timing.rate,
        frames=timing.frames,
        pixel_format=header.pixel_format,
        bits=header.bits,
        encoding=resolved,
        origin=origin,
        chroma_location=header.chroma,
        pixel_aspect=1 / header.pixel_aspect if sideways else header.pixel_aspect,
        timecode=timecode_frames(header.timecode, timing.rate),
        first=first or 0,
        variable_rate=timing.variable,
        audio=header.audio,
        start=timing.start,
        digest=identity(file),
        drop_frame=bool(re.search(r"[;.,]\d+\s*$", header.timecode)) and round(timing.rate) % 30 == 0,
        orientation=header.orientation,
        fields=_fields(path, header, timing) if first is None else _sequence_fields(path, header, first, timing),
        premultiplied=has_alpha(header.pixel_format) and is_premultiplied(_spread(path, header, first, timing.frames)),
        light=header.light,
    )


def sequence_file(pattern: Path, number: int) -> Path:
    """Return the path of one image of a sequence. Raises ``MediaError`` if the pattern is invalid.

    A valid pattern has one number of at most 20 digits: ``%d``, ``%4d`` or ``%04d``.

    >>> sequence_file(Path("50%% shot.%04d.png"), 7).name
    '50% shot.0007.png'
    """
    try:
        return Path(numbered(str(pattern), number))
    except ValueError as error:
        raise MediaError(f"{pattern}: is no pattern of an image sequence ({error}): write shot.%04d.png") from None


def timecode_frames(text: str, rate: Fraction) -> int:
    """Convert a start timecode to a frame number at ``rate``; 0 if the text is not a timecode.

    A ``;`` before the frames means drop-frame. Source: SMPTE ST 12-1, 5.2: drop-frame skips 2 frame numbers (4 at 60)
    each minute, except every tenth.

    >>> timecode_frames("01:00:00:00", Fraction(24))
    86400
    >>> timecode_frames("01:00:00;00", Fraction(30000, 1001))
    107892
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{1,3})", text.strip())
    if match is None:
        return 0
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base = round(rate)
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    return count if match[4] == ":" or base % 30 else dropped(count, base)


@dataclass(frozen=True, slots=True)
class _Header:
    """What the container and the first frame state."""

    tags: Tags
    pixel_format: str
    #: Bits of a sample.
    bits: int
    chroma: Chroma
    #: Width of a pixel over its height.
    pixel_aspect: Fraction
    orientation: Orientation
    #: The order of fields that the first frame or the container states.
    fields: FieldOrder
    #: Start timecode as text; empty if there is none.
    timecode: str
    audio: bool
    is_still: bool
    #: Candidate rates in frames a second, the most trusted first.
    rates: tuple[Fraction, ...]
    light: LightMetadata


def _read_header(path: Path, container: InputContainer, stream: VideoStream) -> _Header:
    """Read the header and decode the first frame. Raises ``MediaError``."""
    dump = _dump(container)
    description = next((line for line in dump.splitlines() if re.match(rf"\s*Stream #0:{stream.index}\D", line)), "")
    frame = next(decode_frames(container, stream), None)
    if frame is None:
        raise MediaError(f"{path}: no frame of it can be decoded: copy or render it again, or convert it with FFmpeg")
    try:
        check_dolby_vision(dump)
        planes_of(frame)
    except MediaError as error:
        raise MediaError(f"{path}: {error}") from None
    rates = (stream.guessed_rate, stream.average_rate, stream.base_rate)
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    blocks = [stream.metadata, container.metadata, *(data.metadata for data in container.streams.data)]
    return _Header(
        tags=_tags(frame, stream),
        pixel_format=frame.format.name,
        bits=bits_of(frame.format),
        chroma=_chroma_location(description),
        pixel_aspect=aspect if Fraction(1, FLATTEST) <= aspect <= FLATTEST else Fraction(1),
        orientation=orientation_of(frame),
        fields=flag_of(frame) if frame.interlaced_frame else _field_order(description),
        timecode=next((block["timecode"] for block in blocks if "timecode" in block), ""),
        audio=bool(container.streams.audio),
        is_still=container.format.name.endswith("_pipe"),
        rates=tuple(Fraction(rate) for rate in rates if rate),
        light=light_metadata(frame, dump),
    )


def _tags(frame: VideoFrame, stream: VideoStream) -> Tags:
    """Take the frame's tags, which decoders and FFmpeg use, and the container's where the frame has none."""
    context = stream.codec_context
    levels = {1: False, 2: True}
    full = levels.get(int(frame.color_range), levels.get(int(context.color_range)))
    return Tags(
        primaries=_tag(frame.color_primaries, context.color_primaries),
        transfer=_tag(frame.color_trc, context.color_trc),
        matrix=_tag(frame.colorspace, context.colorspace),
        full=True if frame.format.name.startswith("yuvj") else full,
        model=model_of(frame.format),
        width=frame.width,
        height=frame.height,
        photo=context.name in _PHOTO_CODECS,
        floating=is_floating(frame.format.name),
    )


def _tag(frame: int, container: int) -> int:
    """Choose the frame's tag unless it is 2, unspecified (ITU-T H.273)."""
    return int(container) if frame == 2 else int(frame)


def _dump(container: InputContainer) -> str:
    """Return FFmpeg's description of a file, for what PyAV has no other access to."""
    with _LOGGING:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        av.logging.set_libav_level(av.logging.VERBOSE)
        try:
            text: str = container.dumps_format()  # type: ignore[attr-defined]
        finally:
            av.logging.set_libav_level(av.logging.INFO)
            av.logging.set_level(level)
    return text


def _chroma_location(description: str) -> Chroma:
    match = re.search(r"\([^()]*\b(topleft|center)\)", description)
    return "left" if match is None else "topleft" if match[1] == "topleft" else "center"


def _field_order(description: str) -> FieldOrder:
    """Return the order that the container states, where no frame does. FFmpeg's names of it are of coding, too."""
    match = re.search(r"\([^()]*\b(top|bottom) (coded )?first\b", description)
    return "progressive" if match is None else "top" if match[1] == "top" else "bottom"


def _fields(path: Path, header: _Header, timing: _Timing) -> Fields:
    """Recognize the fields of a video. Pictures of a size or rate that is never interlaced are not looked at."""
    if header.is_still:
        return Fields()
    index = index_of(path)
    if header.fields != "progressive" or (header.tags.height <= MOST_LINES and timing.rate <= FASTEST):
        return fields_of(path, index, header.fields)
    return Fields()


def _sequence_fields(pattern: Path, header: _Header, first: int, timing: _Timing) -> Fields:
    """Recognize the fields of an image sequence, by a few images at its start, in its middle and at its end."""
    if header.tags.height > MOST_LINES or timing.rate > FASTEST or timing.frames < _RUN or header.tags.floating:
        return Fields()
    starts = sorted({first, first + (timing.frames - _RUN) // 2, first + timing.frames - _RUN})
    runs = ([sequence_file(pattern, start + number) for number in range(_RUN)] for start in starts)
    return fields_of_images(spread_images(run) for run in runs)


def _spread(path: Path, header: _Header, first: int | None, frames: int) -> Iterator[VideoFrame]:
    """Return some pictures of a file or sequence, spread over it."""
    if first is not None:
        numbers = sorted({first, first + frames // 2, first + max(frames - 1, 0)})
        return spread_images(sequence_file(path, number) for number in numbers)
    return spread_images([path]) if header.is_still else spread_frames(path, index_of(path))


def _encoding(path: Path, tags: Tags, override: Encoding | None) -> tuple[Encoding, Origin]:
    """Decide the encoding and its origin. Raises ``MediaError`` if a tag is not supported."""
    try:
        return complete(tags) if override is None else (fit(override, tags), "command line")
    except EncodingError as error:
        raise MediaError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Timing:
    """Rate, frame count, and time stamp of frame 0 in seconds (None if frame n is not surely n / rate after it)."""

    rate: Fraction
    frames: int
    variable: bool = False
    start: Fraction | None = None


def _timing(path: Path, header: _Header, override: Fraction | None) -> _Timing:
    """Choose the rate that all time stamps follow to within half a frame; else the mean rate, marked as variable."""
    if header.is_still:
        return _Timing(override or STILL_RATE, 1)
    index = index_of(path)
    rates = header.rates or ((override,) if override else (STILL_RATE,))
    if len(index.pts) < 2:
        return _Timing(rates[0], index.count)
    seconds = (np.array(index.pts, np.float64) - index.pts[0]) * float(index.tick)
    for rate in rates:
        if (deviation := _deviation(seconds, rate) * rate) <= 0.5:
            start = index.pts[0] * index.tick if deviation < 0.4 else None
            return _Timing(_nearest_standard_rate(rate, seconds, index.tick), index.count, start=start)
    mean = (index.count - 1) / (index.tick * (index.pts[-1] - index.pts[0]))
    return _Timing(mean, index.count, variable=True, start=index.pts[0] * index.tick)


def _deviation(seconds: NDArray[np.float64], rate: Fraction) -> float:
    """Return the largest deviation of the time stamps from a constant rate, in seconds."""
    return float(np.abs(seconds - np.arange(len(seconds)) / float(rate)).max())


def _nearest_standard_rate(rate: Fraction, seconds: NDArray[np.float64], tick: Fraction) -> Fraction:
    """Return the standard rate that the time stamps fit as well as their resolution allows, else ``rate``.

    Matroska rounds time stamps to milliseconds.
    """
    if rate not in _STANDARD_RATES:
        for standard in _STANDARD_RATES:
            if abs(standard / rate - 1) < 0.002 and _deviation(seconds, standard) <= 1.001 * tick:
                return standard
    return rate


def _sequence_length(pattern: Path, first: int) -> int:
    """Count the images of a sequence up to the first missing number."""
    number = first
    while sequence_file(pattern, number).is_file():
        number += 1
    return number - first
