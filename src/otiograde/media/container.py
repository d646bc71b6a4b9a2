"""Open media files, decode their frames, and say in one line what is wrong with a bad file."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otiograde.errors import MediaError
from otiograde.media.containers import CONTAINERS, PROTOCOLS, STILL_SUFFIXES, check_playlist, refers

#: FFmpeg's options: only containers that hold their own media, only files, and no pattern in a file name.
_OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": PROTOCOLS, "pattern_type": "none"}

#: Seconds in which a file must open, and in which each packet must be read: a disk that wakes up takes ten.
OPEN_SECONDS, READ_SECONDS = 60.0, 60.0

#: Largest image file, in bytes. It is read into memory.
_MOST_IMAGE_BYTES = 2**32

#: Largest frame, in pixels; the largest of a file with fewer than one byte for each 16 pixels: 8K of cinema. A file of
#: 2 MB can claim a frame that takes gigabytes of memory, at about 25 bytes a pixel.
_MOST_PIXELS, _MOST_EMPTY_PIXELS, _PIXELS_PER_BYTE = 2**29, 8192 * 4320, 16

#: Characters by which FFmpeg would take a name for a pattern.
_PATTERN_SIGNS = frozenset("%*?[{")


@contextmanager
def open_video(path: Path, *, many_threads: bool = False) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and yield its container and its first video stream that is not a cover picture.

    FFmpeg selects the same stream as ``0:V:0``. ``many_threads`` decodes several frames at once. That is faster on long
    runs, but loses good frames next to damaged ones. Raises ``MediaError``.
    """
    check_file(path)
    with open_container(path) as container:
        stream = _video_stream(path, container)
        _check_pixels(path, stream)
        stream.codec_context.options = {"max_pixels": str(_most_pixels(path))}  # later frames may claim other sizes
        stream.thread_type = "AUTO" if many_threads else "SLICE"
        yield container, stream


def open_container(path: Path) -> InputContainer:
    """Open a file in a container that holds its own media. Raises ``MediaError``, for a playlist with ``refers``."""
    still = path.suffix.lower() in STILL_SUFFIXES
    try:
        check_playlist(path)
        source = io.BytesIO(_image_bytes(path)) if still else str(path.absolute())
        options = {**_OPTIONS, "max_pixels": str(_most_pixels(path))}  # FFmpeg decodes a frame while it opens a file
        container = av.open(
            source, "r", options=options, metadata_errors="replace", timeout=(OPEN_SECONDS, READ_SECONDS)
        )
    except MediaError:
        raise
    except av.error.ExitError as error:
        raise _too_slow(path, OPEN_SECONDS) from error
    except (av.error.FFmpegError, OSError) as error:
        refused = isinstance(error, av.error.ArgumentError)  # what FFmpeg answers for a container that is not listed
        raise MediaError(_open_error(path, error), refers=refused) from error
    if container.format.name == "image2" and _PATTERN_SIGNS & set(str(path)):
        container.close()
        raise refers(path, "for FFmpeg a pattern of names (% * ? [ {)")
    return container


def _image_bytes(path: Path) -> bytes:
    """Read an image file. Raises ``MediaError`` if it is too large, or ``OSError``."""
    if path.stat().st_size > _MOST_IMAGE_BYTES:
        raise MediaError(f"{path}: is an image of more than {_MOST_IMAGE_BYTES >> 30} GiB: write it smaller")
    return path.read_bytes()


def demux(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets up to the end, then the empty packet that flushes the decoder. A truncated file just ends."""
    source = container.demux(stream)
    while True:
        try:
            packet = next(source, None)
        except av.error.ExitError as error:
            raise _too_slow(Path(container.name), READ_SECONDS) from error
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        yield packet


def decode_frames(
    container: InputContainer, stream: VideoStream, needed: Collection[int] | None = None
) -> Iterator[VideoFrame]:
    """Yield the frames up to the end, in presentation order. Damaged packets give no frame and raise nothing.

    If only some are ``needed``, by their time stamps, others that no frame refers to may be left out. The frames must
    be progressive: a packet may hold one field, and the other one has another time stamp.
    """
    # Only where the standard says that such a frame is never referred to (H.264: nal_ref_idc, 7.4.1).
    sparse = needed is not None and stream.codec_context.name == "h264"
    for packet in demux(container, stream):
        if sparse:
            needs = needed is None or packet.pts is None or packet.pts in needed
            stream.codec_context.skip_frame = "DEFAULT" if needs else "NONREF"
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from frames


def check_file(path: Path) -> None:
    """Raise ``MediaError`` unless ``path`` is a regular file that is not empty, and its name is text."""
    _check_name(path)
    try:
        info = path.stat()
    except FileNotFoundError:
        raise MediaError(f"{path}: no such file: check the path, or name its folder with --media-root") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise MediaError(f"{path}: cannot be read ({error}): check the path and its permissions") from error
    if stat.S_ISDIR(info.st_mode):
        raise MediaError(f"{path}: is a folder, not a media file: name a file in it")
    if not stat.S_ISREG(info.st_mode):
        raise MediaError(f"{path}: is not a regular file: copy the media to a file first")
    if info.st_size == 0:
        raise MediaError(f"{path}: is empty (zero bytes): copy or render it again")


def _check_name(path: Path) -> None:
    """Raise ``MediaError`` for a path that is not text: XML, JSON and OpenTimelineIO cannot hold its bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        if sys.getfilesystemencoding() == "utf-8":
            raise MediaError(f"{shown}: its name is not UTF-8, and no edit can hold it: rename it") from None
        raise MediaError(f"{shown}: its name is no text in this locale: set a UTF-8 locale (LC_ALL=C.UTF-8)") from None


def _too_slow(path: Path, seconds: float) -> MediaError:
    return MediaError(f"{path}: gave nothing for {seconds:.0f} seconds: check its disk, or copy it to a local one")


def _check_pixels(path: Path, stream: VideoStream) -> None:
    """Raise ``MediaError`` for a frame that is too large for memory, or far larger than its file can fill."""
    if stream.width * stream.height > _most_pixels(path):
        what = f"its frames of {stream.width} x {stream.height} pixels need too much memory"
        raise MediaError(f"{path}: {what}: scale it down, or check the file")


def _most_pixels(path: Path) -> int:
    """Return the size of a frame that a file may have, in pixels."""
    return min(_MOST_PIXELS, max(_MOST_EMPTY_PIXELS, path.stat().st_size * _PIXELS_PER_BYTE))


def _open_error(path: Path, error: Exception) -> str:
    """Describe in one line why a file does not open."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as read_error:
        return f"{path}: cannot be read ({read_error.strerror}): check its permissions"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return f"{path}: is cut short or damaged (its index, the moov box, is missing): copy or render it again"
    if not head.strip(b"\0"):
        return f"{path}: holds only zero bytes: copy or render it again"
    if _is_text(head):
        return f"{path}: is a text file, not media: name a video or an image"
    if isinstance(error, av.error.ArgumentError):
        return f"{path}: is damaged, or in a container that is not opened here: convert it to MOV, MP4 or MKV"
    reason = getattr(error, "strerror", None) or "unknown format"
    return f"{path}: is damaged or no media file ({reason}): copy it again, or convert it to a known format"


def _is_text(head: bytes) -> bool:
    """Tell whether the first bytes of a file are printable UTF-8 text."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # nearer to the end, only the last character is cut off
            return False
        text = head[: error.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the first video stream that is not a cover picture. Raises ``MediaError``."""
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        if stream.codec_context is None:
            raise MediaError(f"{path}: its video codec is unknown here: convert it to H.264, HEVC or ProRes")
        return stream
    if container.streams.audio:
        raise MediaError(f"{path}: has no video, only audio: name a video or an image")
    raise MediaError(f"{path}: has no video stream: name a video or an image")
