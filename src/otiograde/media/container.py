"""Open media files, decode their frames, and say in one line what is wrong with a bad file."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otiograde.errors import MediaError

#: Suffixes of image files. These are read from memory: FFmpeg would read ``%``, ``*`` and ``{`` in a name as a pattern.
STILL_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".webp", ".dpx", ".exr"})


@contextmanager
def open_video(path: Path, *, many_threads: bool = False) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and yield its container and its first video stream that is not a cover picture.

    FFmpeg selects the same stream as ``0:V:0``. ``many_threads`` decodes several frames at once. That is faster on long
    runs, but loses good frames next to damaged ones. Raises ``MediaError``.
    """
    check_file(path)
    still = path.suffix.lower() in STILL_SUFFIXES
    try:
        source = io.BytesIO(path.read_bytes()) if still else str(path.absolute())
        container = av.open(source, "r", metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(_open_error(path, error)) from error
    with container:
        stream = _video_stream(path, container)
        stream.thread_type = "AUTO" if many_threads else "SLICE"
        yield container, stream


def demux(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the packets up to the end, then the empty packet that flushes the decoder. A truncated file just ends."""
    source = container.demux(stream)
    while True:
        try:
            packet = next(source, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        yield packet


def decode_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames up to the end, in presentation order. Damaged packets give no frame and raise nothing."""
    for packet in demux(container, stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from frames


def check_file(path: Path) -> None:
    """Raise ``MediaError`` unless ``path`` is a regular file that is not empty."""
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
