"""The frames of a video file by number: which time stamp frame n has, and where to start decoding to get it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from otiograde.errors import MediaError
from otiograde.media.container import check_file, decoded, opened, packets

#: Codecs whose every frame stands alone: in a complete QuickTime index their time stamps need no reading of the file.
_INTRA_CODECS = frozenset({"prores", "dnxhd", "mjpeg", "ffv1", "rawvideo", "v210", "png", "cfhd", "jpeg2000", "hap"})


@dataclass(frozen=True, slots=True)
class Index:
    """The frames that decoding a video file from its start gives.

    ``pts`` are their time stamps in presentation order, in ticks of ``tick`` seconds; empty when the file's stamps
    cannot be trusted, and frames are then counted from the start. ``keys`` are the frame numbers at which decoding can
    start and ``seeks`` the time stamps to seek to for each. ``count`` is the number of frames.
    """

    count: int
    tick: Fraction
    pts: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()
    seeks: tuple[int, ...] = ()

    def key_before(self, number: int) -> int:
        """Find the last frame, up to frame ``number``, at which decoding can start; 0 when there is none."""
        at = bisect_right(self.keys, number)
        return self.keys[at - 1] if at else 0

    def seek_to(self, key: int) -> int:
        """Give the time stamp to seek to for the key frame with this number."""
        return self.seeks[bisect_left(self.keys, key)]


def index_of(path: Path) -> Index:
    """Index a video file, and remember it until the file changes. Raises ``MediaError``."""
    check_file(path)
    info = path.stat()
    return _index(path, info.st_size, info.st_mtime_ns)


@lru_cache(maxsize=64)
def _index(path: Path, size: int, _mtime: int) -> Index:
    with opened(path) as (container, stream):
        stamps = _stamps_from_container(stream, size) or _stamps_from_packets(container, stream)
        tick = Fraction(stream.time_base or 1)
    first = _first_pts(path)
    index = _arranged([stamp for stamp in stamps if stamp.pts >= first], tick) if stamps and first is not None else None
    return index or _counted(path, tick)


@dataclass(frozen=True, slots=True, order=True)
class _Stamp:
    pts: int
    seek: int
    key: bool


def _stamps_from_container(stream: VideoStream, size: int) -> list[_Stamp]:
    """Take the stamps from a QuickTime index, without reading the file, where every frame stands alone."""
    entries = list(stream.index_entries)
    if stream.codec_context.name not in _INTRA_CODECS or not stream.frames or len(entries) != stream.frames:
        return []
    shown = (entry for entry in entries if not entry.is_discard and entry.pos + entry.size <= size)
    return [_Stamp(entry.timestamp, entry.timestamp, entry.is_keyframe) for entry in shown]


def _stamps_from_packets(container: InputContainer, stream: VideoStream) -> list[_Stamp]:
    """Take the stamps of all packets that are shown (edit lists hide some); none at all when one packet has none."""
    stamps = []
    name = container.format.name
    for packet in packets(container, stream):
        if packet.size == 0:
            continue
        if packet.pts is None or (name == "avi" and not packet.is_keyframe):
            return []  # AVI keeps decoding order only: what it says of frames out of that order is a guess
        # Matroska seeks by presentation time, everything else by decoding time.
        seek = packet.pts if packet.dts is None or "matroska" in name else packet.dts
        if not packet.is_discard and not packet.is_corrupt:
            stamps.append(_Stamp(packet.pts, seek, packet.is_keyframe))
    return stamps


def _first_pts(path: Path) -> int | None:
    """Find the first frame that decodes: a file cut out of a longer one begins with packets that do not."""
    with opened(path) as (container, stream):
        return next((frame.pts for frame in decoded(container, stream)), None)


def _arranged(stamps: list[_Stamp], tick: Fraction) -> Index | None:
    """Make the index of these stamps; None when two frames share one, which makes the order a guess."""
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


def _counted(path: Path, tick: Fraction) -> Index:
    with opened(path) as (container, stream):
        count = sum(1 for _ in decoded(container, stream))
    if count == 0:
        raise MediaError(f"{path}: no frame of it can be decoded: copy or render it again, or convert it with FFmpeg")
    return Index(count, tick)
