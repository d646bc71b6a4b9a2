"""Write frames to a video file as tagged H.264."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otiograde.color.encodings import Encoding, encoding_of
from otiograde.errors import MediaError
from otiograde.media.arguments import MATRIX_OF_PRIMARIES
from otiograde.media.flags import with_flag
from otiograde.media.index import index_of
from otiograde.media.pictures import Picture, woven_planes, ycbcr_planes
from otiograde.media.planes import memory
from otiograde.record.shot import FieldOrder, Media, Orientation

#: With its macroblock tree, several threads of x264 write other bytes from run to run: 5 kinds in 60 runs of one clip.
_REPEATABLE = "mbtree=0"

_MUXERS = MappingProxyType({".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"})

#: Audio packets, and the time in seconds at which they are due.
_TimedPackets: TypeAlias = "Iterator[tuple[Fraction, Packet[AudioStream]]]"  # PyAV's types take no [] at run time


def write_video(
    path: Path,
    frames: Iterable[Picture],
    rate: Fraction,
    encoding: Encoding,
    bits: int = 8,
    *,
    crf: int = 16,
    like: Media | None = None,
    audio_from: Path | None = None,
    part: Path | None = None,
) -> int:
    """Encode frames as H.264 in .mp4, .m4v, .mov or .mkv and return their number; after an error there is no file.

    ``frames`` are float ``(h, w, 3)``: full-range R'G'B' in [0, 1], all of one size. ``rate`` is in frames a second.
    The file has the tags of ``encoding``; RGB is written as the Y'CbCr of its primaries. It is 4:2:0 (4:4:4 if a side
    is odd) with 8 bits, or 10 if ``bits`` is more than 8. ``crf`` is x264's constant rate factor; lower is better.
    The pixel aspect, chroma location, fields and audio of ``like`` are kept, and its frame times if its rate varies.
    ``audio_from`` names another file to copy the audio from. The file is written as ``part``, by default beside
    ``path``, and renamed. Raises ``MediaError``.
    """
    muxer = _MUXERS.get(path.suffix.lower())
    if muxer is None:
        raise MediaError(f"{path}: video is written as {', '.join(_MUXERS)}: name one of these")
    source = audio_from or (like.path if like is not None and like.audio else None)
    options = {"movflags": "+faststart"} if muxer != "matroska" else {}
    part = part or path.with_name(path.name + ".part")
    try:
        with av.open(str(part.absolute()), "w", format=muxer, options=options) as container:
            count = _encode(container, iter(frames), _StreamSettings(encoding, bits, rate, crf, like), source)
        if count:
            part.replace(path)
    except MediaError:
        raise
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"{path}: cannot be written ({error}): check the folder and its free space") from error
    finally:
        part.unlink(missing_ok=True)
    if count == 0:
        raise MediaError(f"{path}: there is no frame to write")
    return count


class _StreamSettings:
    """The settings of the video stream that are the same for all frames."""

    def __init__(self, encoding: Encoding, bits: int, rate: Fraction, crf: int, like: Media | None) -> None:
        if encoding.matrix == "gbr":
            matrix = MATRIX_OF_PRIMARIES.get(encoding.primaries, "bt709")
            encoding = encoding_of(encoding.primaries, encoding.transfer, matrix, "legal")
        self.encoding = encoding
        self.bits = 10 if bits > 8 else 8
        self.rate = rate
        self.crf = crf
        self.chroma = like.chroma_location if like is not None else "left"
        self.aspect = like.pixel_aspect if like is not None else Fraction(1)
        plain = like is not None and like.orientation in (Orientation(), Orientation(mirrored=True))
        self.fields: FieldOrder = like.fields.order if like is not None and plain else "progressive"
        self.times: Sequence[Fraction] = ()
        if like is not None and like.variable_rate:
            index = index_of(like.path)
            self.times = [(pts - index.pts[0]) * index.tick for pts in index.pts]

    def time(self, number: int) -> Fraction:
        """Return the time at which a frame is shown, in seconds."""
        return self.times[number] if number < len(self.times) else number / self.rate

    def add_to(self, container: OutputContainer, picture: Picture) -> VideoStream:
        """Add a video stream for pictures of this size."""
        primaries, transfer = self.encoding.tags
        tags = {
            "color_primaries": primaries,
            "color_trc": transfer,
            "colorspace": self.encoding.matrix,
            "color_range": "pc" if self.encoding.range == "full" else "tv",
            "chroma_sample_location": self.chroma,
        }
        interlaced = {"flags": "+ilme+ildct"} if self.fields != "progressive" else {}
        options = {"crf": str(self.crf), "x264-params": _REPEATABLE, **tags, **interlaced}
        stream = container.add_stream("libx264", self.rate, options=options)
        stream.height, stream.width = picture.shape[:2]
        odd = stream.height % (4 if interlaced else 2) or stream.width % 2
        stream.pix_fmt = f"yuv{'444' if odd else '420'}p{'10le' if self.bits == 10 else ''}"
        stream.codec_context.time_base = Fraction(1, 90000) if self.times else 1 / self.rate
        stream.codec_context.sample_aspect_ratio = self.aspect
        return stream

    def frame(self, picture: Picture, stream: VideoStream, number: int) -> VideoFrame:
        """Convert a picture to a frame of the stream. Raises ``MediaError`` if its size differs from the first."""
        if picture.shape != (stream.height, stream.width, 3):
            size = f"{stream.height} x {stream.width}"
            raise MediaError(f"frame {number} to write is {picture.shape}, the first was {size}: one file has one size")
        frame = VideoFrame(stream.width, stream.height, stream.pix_fmt or "")
        subsampled = "420" in frame.format.name
        if subsampled and self.fields != "progressive":
            planes = woven_planes(picture, self.encoding, self.bits, self.chroma)
        else:
            planes = ycbcr_planes(picture, self.encoding, self.bits, self.chroma, subsampled)
        for plane, codes in zip(frame.planes, planes, strict=True):
            memory(plane, "u1" if self.bits == 8 else "<u2")[:, : plane.width] = codes
        frame.time_base = Fraction(1, 90000) if self.times else 1 / self.rate
        frame.pts = round(self.time(number) / frame.time_base)
        frame.colorspace = {"bt709": 1, "bt470bg": 5, "smpte170m": 6, "bt2020nc": 9}[self.encoding.matrix]
        frame.color_range = 2 if self.encoding.range == "full" else 1
        return frame if self.fields == "progressive" else with_flag(frame, self.fields)


def _encode(
    container: OutputContainer, frames: Iterator[Picture], settings: _StreamSettings, audio: Path | None
) -> int:
    """Encode the frames and interleave the audio of the file ``audio``; return the number of frames."""
    first = next(frames, None)
    if first is None:
        return 0
    stream = settings.add_to(container, first)
    count = 0
    with _audio(audio, container) as packets:
        due, packet = next(packets, (None, None))
        for count, picture in enumerate(chain([first], frames), 1):
            container.mux(stream.encode(settings.frame(picture, stream, count - 1)))
            while packet is not None and due is not None and due <= settings.time(count - 1):
                container.mux(packet)
                due, packet = next(packets, (None, None))
        container.mux(stream.encode(None))
        while packet is not None:
            container.mux(packet)
            _, packet = next(packets, (None, None))
    return count


@contextmanager
def _audio(path: Path | None, container: OutputContainer) -> Iterator[_TimedPackets]:
    """Add copies of a file's audio streams, and yield its packets, timed from the file's first video frame."""
    if path is None:
        yield iter(())
        return
    with av.open(str(path.absolute()), "r", metadata_errors="replace") as source:
        try:
            copies = {stream.index: container.add_stream_from_template(stream) for stream in source.streams.audio}
        except ValueError as error:
            raise MediaError(f"{path}: its audio does not go into that container ({error}): write .mkv") from error
        video = next(iter(source.streams.video), None)
        start = Fraction(0)
        if video is not None and video.start_time is not None and video.time_base is not None:
            start = video.start_time * video.time_base
        yield _shifted_packets(source, copies, start) if copies else iter(())


def _shifted_packets(source: InputContainer, copies: dict[int, AudioStream], start: Fraction) -> _TimedPackets:
    """Yield the audio packets with ``start`` seconds subtracted from their times."""
    packet: Packet[AudioStream]
    for packet in source.demux(*source.streams.audio):  # type: ignore[assignment]  # of audio streams, audio packets
        if packet.dts is None or packet.pts is None:
            continue
        packet.pts -= round(start / packet.time_base)
        packet.dts -= round(start / packet.time_base)
        due = packet.dts * packet.time_base
        packet.stream = copies[packet.stream.index]
        yield due, packet
