"""Read frames by number as float R'G'B': small ones to measure, full-size ones to grade; read and write stills."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from otiograde.errors import MediaError
from otiograde.media.container import decode_frames, open_video
from otiograde.media.index import Index, index_of
from otiograde.media.orientation import orientation_of, upright
from otiograde.media.pictures import Picture, full_rgb, scaled_alpha, scaled_rgb, woven_rgb
from otiograde.media.planes import alpha_of, field_planes, planes_of
from otiograde.media.probe import probe, sequence_file
from otiograde.record.shot import Fields, Media

#: Fewest frames that a seek must skip: below this, decoding them is faster than seeking.
_MIN_SKIP = 24


def sample_size(media: Media, width: int) -> tuple[int, int]:
    """Return the size ``(h, w)`` of a sampled frame: square pixels, ``width`` across, never larger than the media.

    A portrait frame gets the same width; its height follows from the picture's aspect. An interlaced frame is sampled
    as one of its fields, which has half of the lines.
    """
    across = media.width * min(media.pixel_aspect, Fraction(1))
    down = media.height / max(media.pixel_aspect, Fraction(1))
    largest = Fraction(1)
    if media.fields.is_interlaced:
        lines, shown = (media.width, across) if media.orientation.is_sideways else (media.height, down)
        largest = min(largest, lines // 2 / shown)
    scale = min(Fraction(width) / across, largest)
    return max(1, round(down * scale)), max(1, round(across * scale))


def read_frames(media: Media, at: Sequence[int], width: int) -> Picture:
    """Read frames by number, scaled down to ``width`` pixels across (``sample_size``).

    ``at`` holds frame numbers, from 0 in presentation order, in any order; a still has the same picture at every
    number. Returns float32 ``(len(at), h, w, 3)``: full-range R'G'B' in [0, 1] in the media's encoding. Each pixel is
    the mean of the area it covers; nothing is scaled up. Raises ``MediaError`` if a frame does not exist or cannot be
    decoded.
    """
    size = sample_size(media, width)
    pictures = {number: _scaled(frame, media, size) for number, frame in _frames(media, sorted(set(at)))}
    return np.stack([pictures[number] for number in at]) if pictures else np.zeros((0, *size, 3), np.float32)


def iter_small_frames(media: Media, at: Sequence[int], width: int) -> Iterator[Picture]:
    """Read frames by number, which ascend, one after another, as ``read_frames`` does. Raises ``MediaError``."""
    size = sample_size(media, width)
    for _, frame in _frames(media, at):
        yield _scaled(frame, media, size)


def iter_frames(media: Media, start: int = 0, count: int | None = None) -> Iterator[Picture]:
    """Read ``count`` frames from frame ``start`` on at full size, in storage pixels; None means all that follow.

    Yields float32 ``(h, w, 3)``: full-range R'G'B' in [0, 1] in the media's encoding. Chroma is interpolated linearly
    from the positions of its samples; in interlaced frames, within each field. Raises ``MediaError`` if a frame does
    not exist or cannot be decoded.
    """
    numbers = range(start, media.frames if count is None else start + count)
    convert = woven_rgb if media.fields.is_interlaced else full_rgb
    for _, frame in _frames(media, numbers, many_threads=True):
        picture = convert(planes_of(frame), media.encoding, media.chroma_location)
        yield upright(picture, orientation_of(frame))


def iter_thumbnails(media: Media, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """Read every frame of a video as a thumbnail of ``size`` (h, w), whatever its shape, as it is stored.

    Yields ``media.frames`` arrays, uint8 ``(h, w, 3)``: full-range R'G'B' by FFmpeg's own matrix, near enough to tell
    pictures apart. For a frame that cannot be decoded, the one after it is given again, at the end the one before it.
    Raises ``MediaError`` if no frame can be decoded.
    """
    stamps, number, small = index_of(media.path).pts, 0, None
    with open_video(media.path) as (container, stream):
        for frame in decode_frames(container, stream):
            end = number + 1
            if stamps and frame.pts is not None:
                end = bisect_left(stamps, frame.pts) + 1
            scaled = frame.reformat(width=size[1], height=size[0], format="rgb24", interpolation="AREA")
            small = np.asarray(scaled.to_ndarray(), np.uint8)
            while number < min(end, media.frames):
                yield small
                number += 1
    if small is None:
        raise _damaged(media.path, 0)
    while number < media.frames:
        yield small
        number += 1


def read_still(path: Path) -> Picture:
    """Read an image, or the first frame of a video, at full size.

    Returns float32 ``(h, w, 3)``: full-range code values in [0, 1]; alpha is dropped. Raises ``MediaError``.
    """
    return next(iter_frames(probe(path), 0, 1))


def write_still(path: Path, rgb: Picture, bits: int = 8, *, part: Path | None = None) -> None:
    """Write R'G'B' ``(h, w, 3)`` in [0, 1] as .png, .tif or .jpg; after an error there is no file.

    .png and .tif have 8 bits, or 16 if ``bits`` is more than 8; .jpg has 8. Values outside [0, 1] are clipped, NaN is
    written as 0. The file is written as ``part``, by default beside ``path``, and renamed. Raises ``MediaError``.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".tif", ".tiff", ".jpg", ".jpeg"):
        raise MediaError(f"{path}: images are written as .png, .tif or .jpg: name one of these")
    sixteen_bit = bits > 8 and not suffix.startswith(".j")
    bgr = np.clip(np.nan_to_num(rgb[..., ::-1]), 0, 1) * (65535 if sixteen_bit else 255)
    codes: NDArray[np.integer] = np.rint(bgr).astype(np.uint16 if sixteen_bit else np.uint8)
    jpeg_options = [
        cv2.IMWRITE_JPEG_QUALITY,
        95,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    _, data = cv2.imencode(suffix, codes, jpeg_options if suffix.startswith(".j") else [])
    part = part or path.with_name(path.name + ".part")
    try:
        part.write_bytes(data.tobytes())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MediaError(f"{path}: cannot be written ({error.strerror}): check the folder and its space") from error


def _scaled(frame: VideoFrame, media: Media, size: tuple[int, int]) -> Picture:
    """Convert a frame to R'G'B' of ``size`` (h, w), upright.

    Of an interlaced frame the first field is used. What is transparent is black, as in the movie.
    """
    orientation, planes, alpha = orientation_of(frame), planes_of(frame), alpha_of(frame)
    if media.fields.is_interlaced:
        first = 1 if media.fields.order == "bottom" else 0
        planes, alpha = field_planes(planes)[first], None if alpha is None else alpha[first::2]
    storage_size = size[::-1] if orientation.is_sideways else size
    picture = scaled_rgb(planes, media.encoding, media.chroma_location, storage_size)
    if alpha is not None and not media.premultiplied:
        picture = picture * scaled_alpha(alpha, planes.bits, storage_size)
    return upright(picture, orientation)


def _frames(media: Media, numbers: Sequence[int], *, many_threads: bool = False) -> Iterator[tuple[int, VideoFrame]]:
    """Yield the number and the frame for each of ``numbers``, which ascend. Raises ``MediaError``."""
    if media.kind == "video":
        yield from _video_frames(media, numbers, many_threads)
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
    """Decode the first frame of a file. Raises ``MediaError``."""
    with open_video(path) as (container, stream):
        for frame in decode_frames(container, stream):
            return frame
    raise MediaError(f"{path}: cannot be decoded: copy or render it again")


def _video_frames(media: Media, numbers: Sequence[int], many_threads: bool) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames by time stamp, or by counting if the file's time stamps cannot be trusted."""
    path, index = media.path, index_of(media.path)
    for number in numbers:
        if not 0 <= number < index.count:
            raise _no_such_frame(path, number, index.count)
    if index.pts:
        yield from _stamped_frames(media, index, numbers, many_threads)
    elif numbers:
        yield from _counted_frames(path, numbers)


def _stamped_frames(
    media: Media, index: Index, numbers: Sequence[int], many_threads: bool
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield frames by time stamp; seek to a key frame if that skips enough frames."""
    path, needed = media.path, None if media.fields != Fields() else frozenset(index.pts[number] for number in numbers)
    min_skip = 1 if len(index.keys) == index.count else _MIN_SKIP
    with open_video(path, many_threads=many_threads) as (container, stream):
        frames, position = decode_frames(container, stream, needed), 0
        for number in numbers:
            key = index.key_before(number)
            if key - position >= min_skip or position > number:
                frames = iter(())  # ends the reading, whose time-out would go on during the seek
                container.seek(index.seek_to(key), stream=stream, backward=True)
                frames = decode_frames(container, stream, needed)
            frame = _frame_at(frames, index.pts[number])
            position = number + 1
            if frame is None:  # the seek landed too late, or the frame needs an earlier one
                frame = _frame_from_start(path, number, index.pts[number])
                position = index.count
            yield number, frame


def _frame_at(frames: Iterator[VideoFrame], pts: int) -> VideoFrame | None:
    """Read on to the frame with this time stamp; None if a later one comes first."""
    for frame in frames:
        if frame.pts is not None and frame.pts >= pts:
            return frame if frame.pts == pts else None
    return None


def _frame_from_start(path: Path, number: int, pts: int) -> VideoFrame:
    """Decode the whole file up to the frame with this time stamp. Raises ``MediaError``."""
    with open_video(path) as (container, stream):
        frame = _frame_at(decode_frames(container, stream), pts)
    if frame is None:
        raise _damaged(path, number)
    return frame


def _counted_frames(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
    """Decode from the start and count frames. Raises ``MediaError``."""
    wanted = iter(numbers)
    number = next(wanted)
    with open_video(path) as (container, stream):
        for at, frame in enumerate(decode_frames(container, stream)):
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
