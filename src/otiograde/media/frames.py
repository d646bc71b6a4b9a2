"""Frames out of media, by number, as R'G'B' in float: small ones for sampling, whole ones for grading; stills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.media.container import decoded, opened
from otiograde.media.index import Index, index_of
from otiograde.media.pictures import Picture, shrunken, whole
from otiograde.media.planes import take_apart
from otiograde.media.probe import probe, sequence_file
from otiograde.record.shot import Media

#: Decoding on costs less than a seek that saves fewer frames than this.
_WORTH_A_SEEK = 24


def sample_size(media: Media, width: int) -> tuple[int, int]:
    """Size a frame made small, ``(h, w)``: square pixels, ``width`` across, never larger than the media."""
    across = media.width * min(media.pixel_aspect, Fraction(1))
    down = media.height / max(media.pixel_aspect, Fraction(1))
    scale = min(Fraction(width) / across, Fraction(1))
    return max(1, round(down * scale)), max(1, round(across * scale))


def read_frames(media: Media, at: Sequence[int], width: int) -> Picture:
    """Read frames by number and make them small.

    ``at`` counts from 0 in presentation order; a still shows its one picture at every number. The result is float32
    ``(len(at), h, w, 3)``, full-range R'G'B' of the media's own encoding in [0, 1], each pixel the mean of the area it
    covers, not upscaled. Raises ``MediaError`` for a frame that is not there or cannot be decoded.
    """
    size = sample_size(media, width)
    small = {number: _small(frame, media, size) for number, frame in _frames(media, sorted(set(at)))}
    return np.stack([small[number] for number in at]) if small else np.zeros((0, *size, 3), np.float32)


def iter_frames(media: Media, start: int = 0, count: int | None = None) -> Iterator[Picture]:
    """Read ``count`` frames from ``start`` on (all that follow, when None) at full size, in storage pixels.

    Each is float32 ``(h, w, 3)``, full-range R'G'B' of the media's own encoding in [0, 1]; chroma is interpolated
    linearly from where its samples lie. Raises ``MediaError`` for a frame that is not there or cannot be decoded.
    """
    numbers = range(start, media.frames if count is None else start + count)
    for _, frame in _frames(media, numbers, many_threads=True):
        yield _upright(whole(take_apart(frame), media.encoding, media.chroma_location), frame)


def read_still(path: Path) -> Picture:
    """Read an image, or the first frame of a video: float32 ``(h, w, 3)``, code values in [0, 1], alpha dropped.

    Raises ``MediaError``.
    """
    return next(iter_frames(probe(path), 0, 1))


def write_still(path: Path, rgb: Picture, bits: int = 8) -> None:
    """Write R'G'B' ``(h, w, 3)`` in [0, 1], all or nothing: .png or .tif of 8 bits (16 when ``bits`` is more), or .jpg.

    Raises ``MediaError``.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff", ".jpg", ".jpeg"):
        raise MediaError(f"{path}: images are written as .png, .tif or .jpg: name one of these")
    deep = bits > 8 and not suffix.startswith(".j")
    bgr = np.clip(np.nan_to_num(rgb[..., ::-1]), 0, 1) * (65535 if deep else 255)
    codes: NDArray[np.integer] = np.rint(bgr).astype(np.uint16 if deep else np.uint8)
    sharp = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(suffix, codes, sharp if suffix.startswith(".j") else [])
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data.tobytes())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MediaError(f"{path}: cannot be written ({error.strerror}): check the folder and its space") from error


def _small(frame: VideoFrame, media: Media, size: tuple[int, int]) -> Picture:
    lying = size[::-1] if frame.rotation % 180 else size
    return _upright(shrunken(take_apart(frame), media.encoding, media.chroma_location, lying), frame)


def _upright(picture: Picture, frame: VideoFrame) -> Picture:
    """Turn a picture as its container's display matrix or its EXIF orientation says."""
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _frames(media: Media, numbers: Sequence[int], *, many_threads: bool = False) -> Iterator[tuple[int, VideoFrame]]:
    """Decode the frames with these numbers, which ascend."""
    if media.kind == "video":
        yield from _video_frames(media.path, numbers, many_threads)
        return
    for number in numbers:
        if number < 0 or (media.kind == "sequence" and number >= media.frames):
            raise _no_such_frame(media.path, number, media.frames)
    if media.kind == "sequence":
        for number in numbers:
            yield number, _image(sequence_file(media.path, media.first + number))
    elif numbers:
        frame = _image(media.path)
        yield from ((number, frame) for number in numbers)


def _image(path: Path) -> VideoFrame:
    with opened(path) as (container, stream):
        for frame in decoded(container, stream):
            return frame
    raise MediaError(f"{path}: cannot be decoded: copy or render it again")


def _video_frames(path: Path, numbers: Sequence[int], many_threads: bool) -> Iterator[tuple[int, VideoFrame]]:
    index = index_of(path)
    for number in numbers:
        if not 0 <= number < index.count:
            raise _no_such_frame(path, number, index.count)
    if index.pts:
        yield from _stamped_frames(path, index, numbers, many_threads)
    elif numbers:
        yield from _counted_frames(path, numbers)


def _stamped_frames(
    path: Path, index: Index, numbers: Sequence[int], many_threads: bool
) -> Iterator[tuple[int, VideoFrame]]:
    worth = 1 if len(index.keys) == index.count else _WORTH_A_SEEK
    with opened(path, many_threads=many_threads) as (container, stream):
        frames, position = decoded(container, stream), 0
        for number in numbers:
            key = index.key_before(number)
            if key - position >= worth or position > number:
                container.seek(index.seek_to(key), stream=stream, backward=True)
                frames = decoded(container, stream)
            frame = _frame_at(frames, index.pts[number])
            position = number + 1
            if frame is None:  # the seek came down too late, or an earlier frame is needed after all
                frame = _frame_from_start(path, number, index.pts[number])
                position = index.count
            yield number, frame


def _frame_at(frames: Iterator[VideoFrame], pts: int) -> VideoFrame | None:
    for frame in frames:
        if frame.pts is not None and frame.pts >= pts:
            return frame if frame.pts == pts else None
    return None


def _frame_from_start(path: Path, number: int, pts: int) -> VideoFrame:
    with opened(path) as (container, stream):
        frame = _frame_at(decoded(container, stream), pts)
    if frame is None:
        raise _damaged(path, number)
    return frame


def _counted_frames(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
    wanted = iter(numbers)
    number = next(wanted)
    with opened(path) as (container, stream):
        for at, frame in enumerate(decoded(container, stream)):
            if at == number:
                yield number, frame
                number = next(wanted, -1)
                if number < 0:
                    return
    raise _damaged(path, number)


def _damaged(path: Path, number: int) -> MediaError:
    return MediaError(f"{path}: frame {number} cannot be decoded, the file is damaged there: copy or render it again")


def _no_such_frame(path: Path, number: int, count: int) -> MediaError:
    return MediaError(f"{path}: has no frame {number}: its {count} frames are 0 to {count - 1}")
