"""Index of a video file: the time stamp of frame n, and the key frame at which to start decoding it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from otiograde.errors import MediaError
from otiograde.media.container import check_file, decode_frames, demux, open_video

#: Codecs that code each frame by itself. If their QuickTime index is complete, it holds all time stamps, and the file
#: need not be read.
_INTRA_CODECS = frozenset({"prores", "dnxhd", "mjpeg", "ffv1", "rawvideo", "v210", "png", "cfhd", "jpeg2000", "hap"})


@dataclass(frozen=True, slots=True)
class Index:
    """The frames that a video file gives when it is decoded from its start."""

    #: Number of frames.
    count: int
    #: Unit of ``pts`` and ``seeks``, in seconds.
    tick: Fraction
    #: Time stamps in presentation order; empty if the file's stamps cannot be trusted and frames must be counted.
    pts: tuple[int, ...] = ()
    #: Frame numbers at which decoding can start, ascending.
    keys: tuple[int, ...] = ()
    #: For each of ``keys``, the time stamp to seek to.
    seeks: tuple[int, ...] = ()

    def key_before(self, number: int) -> int:
        """Return the last frame up to ``number`` at which decoding can start; 0 if there is none."""
        at = bisect_right(self.keys, number)
        return self.keys[at - 1] if at else 0

    def seek_to(self, key: int) -> int:
        """Return the time stamp to seek to for the key frame with this number."""
        return self.seeks[bisect_left(self.keys, key)]


def index_of(path: Path) -> Index:
    """Index a video file; the index is cached until the file changes. Raises ``MediaError``."""
    check_file(path)
    info = path.stat()
    return _index(path, info.st_size, info.st_mtime_ns)


@lru_cache(maxsize=64)
def _index(path: Path, size: int, _mtime: int) -> Index:
    with open_video(path) as (container, stream):
        stamps, frames = _stamps_from_container(stream, size), decode_frames(container, stream)
        first = next((frame.pts for frame in frames), None) if stamps else None
        if not stamps:
            stamps, first = _stamps_from_packets(container, stream)
        tick = Fraction(stream.time_base or 1)
    index = (
        _index_from_stamps([stamp for stamp in stamps if stamp.pts >= first], tick)
        if stamps and first is not None
        else None
    )
    return index or _counted_index(path, tick)


@dataclass(frozen=True, slots=True, order=True)
class _Stamp:
    """Time stamp of one frame, the stamp to seek to, and whether it is a key frame."""

    pts: int
    seek: int
    key: bool


def _stamps_from_container(stream: VideoStream, size: int) -> list[_Stamp]:
    """Take the stamps from a complete QuickTime index without reading the file; intra-frame codecs only."""
    entries = list(stream.index_entries)
    if stream.codec_context.name not in _INTRA_CODECS or not stream.frames or len(entries) != stream.frames:
        return []
    visible = (entry for entry in entries if not entry.is_discard and entry.pos + entry.size <= size)
    return [_Stamp(entry.timestamp, entry.timestamp, entry.is_keyframe) for entry in visible]


def _stamps_from_packets(container: InputContainer, stream: VideoStream) -> tuple[list[_Stamp], int | None]:
    """Take the stamps of all packets that an edit list does not hide; none if one packet has no stamp.

    Also return the time stamp of the first frame that decodes. In a file cut from a longer one, the first may not.
    """
    stamps: list[_Stamp] = []
    first: VideoFrame | None = None
    name = container.format.name
    for packet in demux(container, stream):
        if first is None:
            with suppress(av.error.FFmpegError):
                first = next(iter(packet.decode()), None)
        if packet.size == 0:
            continue
        if packet.pts is None or (name == "avi" and not packet.is_keyframe):
            return [], None  # AVI stores decoding order only, so the time stamps of reordered frames are guesses
        # Matroska seeks by presentation time, everything else by decoding time.
        seek = packet.pts if packet.dts is None or "matroska" in name else packet.dts
        if not packet.is_discard and not packet.is_corrupt:
            stamps.append(_Stamp(packet.pts, seek, packet.is_keyframe))
    return stamps, None if first is None else first.pts


def _index_from_stamps(stamps: list[_Stamp], tick: Fraction) -> Index | None:
    """Build the index from the stamps; None if two frames share a stamp, because their order is then unknown."""
    ordered = sorted(stamps)
    if not ordered or any(a.pts == b.pts for a, b in pairwise(ordered)):
        return None
    keys = [(number, stamp.seek) for number, stamp in enumerate(ordered) if stamp.key]
    return Index(
        count=len(ordered),
        tick=tick,
        pts=tuple(stamp.pts for stamp in ordered),
        keys=tuple(number for number, _ in keys),
        seeks=tuple(seek for _, seek in keys),
    )


def _counted_index(path: Path, tick: Fraction) -> Index:
    """Count the frames that decode. Raises ``MediaError`` if there are none."""
    with open_video(path) as (container, stream):
        count = sum(1 for _ in decode_frames(container, stream))
    if count == 0:
        raise MediaError(f"{path}: no frame of it can be decoded: copy or render it again, or convert it with FFmpeg")
    return Index(count, tick)
