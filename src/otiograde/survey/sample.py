"""Sample: a few small frames that stand for one shot, with a mask of their usable pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.encodings import Encoding
from otiograde.color.luma import LUMA32
from otiograde.color.transform import Transform
from otiograde.record.settings import Sampling
from otiograde.record.shot import Shot
from otiograde.survey.stored import Put, put_away, stored

#: Frames this close to a cut are avoided: they may be part of a dissolve, or of the next shot if the cut is off by one.
CUT_MARGIN = 4

#: A frame is skipped as part of a fade if its mean luma is below this share of the shot's median frame.
FADED = 0.4

#: The largest luma of a bar's color: a grade may have lifted its black.
BAR_BLACK = 0.12
#: The largest distance of a channel in a bar from the bar's color.
BAR_EVEN = 0.02
#: The largest share of the frame that two bars may cover.
BAR_MOST = 0.75

#: Lines that are looked at together while a bar is followed to its end.
LINES = 16

#: Width in pixels of the frames at a shot's ends: half of a sampled frame's, which is enough where two frames are
#: nearly the same picture.
ENDS_WIDTH = 240

#: White in one of a pixel's three 10-bit channels.
WHITE = 1023
#: The bit of a pixel that marks it as usable.
USABLE = 1 << 30


@stored("pixels")
@dataclass(frozen=True, eq=False)
class Sample:
    """The F sampled frames of one shot. F is 0 if no frame could be used."""

    #: Shot id.
    shot: str
    #: uint32 ``(F, h, w)``: R'G'B' in the shot's encoding, full range, 10 bits a channel, red lowest; then ``USABLE``.
    #: Floats would take three times the memory, and memory limits the length of an edit.
    pixels: NDArray[np.uint32]
    #: The F media frame numbers.
    at: tuple[int, ...]
    #: What was left out of the sample, and why.
    notes: tuple[str, ...] = ()
    #: The encoding of the pixels; None for SDR, whose codes are compared as they are.
    encoding: Encoding | None = None
    #: The first and the last two frames of the shot, in the order of play, where it abuts a neighbor. They are small
    #: (``ENDS_WIDTH``); dark ones are left out.
    ends: Sample | None = None

    @classmethod
    def of(
        cls,
        shot: str,
        frames: NDArray[np.floating],
        usable: NDArray[np.bool_],
        at: tuple[int, ...],
        notes: tuple[str, ...] = (),
    ) -> Sample:
        """Pack ``frames`` ``(F, h, w, 3)`` in [0, 1] and the mask ``(F, h, w)`` of their ``usable`` pixels."""
        codes = np.rint(frames * np.float32(WHITE)).astype(np.uint32)
        flags = usable.astype(np.uint32) * np.uint32(USABLE)
        return cls(shot, codes[..., 0] | codes[..., 1] << 10 | codes[..., 2] << 20 | flags, at, notes)

    def coded(self, encoding: Encoding) -> Sample:
        """Return the sample with the encoding of its pixels."""
        return self if encoding.family == "sdr" else replace(self, encoding=encoding)

    @property
    def frames(self) -> NDArray[np.float32]:
        """All frames as float32 ``(F, h, w, 3)`` in [0, 1], unpacked at each call."""
        return _unpacked(self.pixels)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """The mask of the usable pixels, bool ``(F, h, w)``."""
        return np.asarray(self.pixels >= USABLE)

    def frame(self, number: int) -> NDArray[np.float32]:
        """Return one frame as float32 ``(h, w, 3)`` in [0, 1]."""
        return _unpacked(self.pixels[number])

    def graded(self, transform: Transform) -> Sample:
        """Return the sample as it looks after a transform, clipped to [0, 1]. What is usable stays so."""
        frames = np.clip(transform(self.frames), 0, 1).astype(np.float32)
        ends = None if self.ends is None else self.ends.graded(transform)
        return replace(self, pixels=Sample.of(self.shot, frames, self.usable, self.at).pixels, ends=ends)

    def put_away(self, put: Put) -> Sample:
        """Return the sample with its pixels put away."""
        placed = put_away(self, put)
        object.__setattr__(placed, "ends", None if self.ends is None else self.ends.put_away(put))
        return placed

    def digest(self) -> str:
        """Return a digest of the pixels and of their frame numbers. The shot's name is not part of it."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        pixels = self.pixels
        digest = hashlib.sha256(f"{pixels.dtype} {pixels.shape} {self.at}".encode())
        digest.update(np.ascontiguousarray(pixels).data)
        return digest.hexdigest()

    def colors(self, count: int, seed: int = 0, *, clipped: bool = False) -> NDArray[np.float32]:
        """Draw at most ``count`` usable colors ``(n, 3)`` without replacement; the same colors for the same seed.

        With ``clipped`` the pool is every pixel between the first and the last row and column that hold a usable pixel.
        """
        mask = self.usable
        if clipped and mask.any():
            rows, columns = (np.flatnonzero(mask.any(axis)) for axis in ((0, 2), (0, 1)))
            mask[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        pool = self.pixels[mask]
        if len(pool) > count:
            chosen = np.random.default_rng(seed).choice(len(pool), count, replace=False)
            pool = pool[np.sort(chosen)]
        return _unpacked(pool)


def _unpacked(pixels: NDArray[np.uint32]) -> NDArray[np.float32]:
    channels = [(pixels >> shift & WHITE).astype(np.float32) for shift in (0, 10, 20)]
    return np.stack(channels, axis=-1) / np.float32(WHITE)


def end_numbers(shot: Shot) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the media frames at the start and at the end of a shot, at most two each, in the order of play.

    A still gives frame 0 twice. Frames outside the media are left out.
    """
    if shot.media.kind == "still":
        return (0,), (0,)
    end = min(shot.source.end, shot.media.frames) if shot.media.frames > 0 else shot.source.end
    numbers = range(max(shot.source.start, 0), end)
    if shot.speed < 0:
        numbers = numbers[::-1]
    return tuple(numbers[:2]), tuple(numbers[-2:])


def seen_frames(shot: Shot) -> range:
    """Return the frames of a shot's media, in its source range, that show the shot alone if there are any."""
    first, end = max(shot.source.start, 0), shot.source.end
    if shot.media.frames > 0:
        end = min(end, shot.media.frames)
    if sum(shot.shared) < end - first:
        first, end = first + shot.shared[0], end - shot.shared[1]
    return range(first, max(first, end))


def frame_numbers(shot: Shot, sampling: Sampling) -> tuple[int, ...]:
    """Choose the media frames to sample: the middles of ``count`` equal parts of the used range.

    The numbers ascend without repeats; five frames lie at 10, 30, 50, 70 and 90 %. Frames next to a cut, and frames
    that show a neighbor, too, are avoided if the shot is long enough. Frames outside the media are never chosen. A
    still gives frame 0. The result is empty if the media has no frame of the range.
    """
    if shot.media.kind == "still":
        return (0,)
    seen = seen_frames(shot)
    first, end, length = seen.start, seen.stop, len(seen)
    if not seen:
        return ()
    margin = min(CUT_MARGIN, (length - 1) // 2)
    inside = (first + length * (2 * part + 1) // (2 * sampling.count) for part in range(sampling.count))
    return tuple(sorted({min(max(number, first + margin), end - 1 - margin) for number in inside}))


def make_sample(shot_id: str, frames: NDArray[np.floating], at: Sequence[int], sampling: Sampling) -> Sample:
    """Make the sample of one shot from its decoded ``frames`` ``(F, h, w, 3)``, taken at the media frames ``at``.

    Dark and faded frames are skipped. Black bars, clipped pixels and pixels that are not finite are not usable. The
    notes report what was left out. Raises ``ValueError`` if the numbers of frames and of frame numbers differ.
    """
    frames = np.asarray(frames, np.float32)
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) != len(at):
        raise ValueError(f"{len(at)} frame numbers do not go with frames of shape {frames.shape}")
    finite = _in_all_channels(np.isfinite(frames))
    frames = np.clip(np.nan_to_num(frames, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    lit = _lit(frames, sampling)
    notes = _dark_notes(lit, at)
    frames, finite = frames[lit], finite[lit]
    inside, bar_note = _inside_bars(frames)
    picture = finite & inside
    usable = picture & _unclipped(frames, sampling)
    notes += bar_note + _clipped_notes(picture, usable)
    numbers = tuple(int(number) for number, bright in zip(at, lit, strict=True) if bright)
    return Sample.of(shot_id, frames, usable, numbers, tuple(notes))


def ends_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size ``(h, w)`` of the frames at a shot's ends, from that of its sampled frames."""
    height, width = size
    return (max(1, round(height * ENDS_WIDTH / width)), ENDS_WIDTH) if width > ENDS_WIDTH else size


def scaled_ends(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale frames ``(F, h, w, 3)`` down to ``ends_size``. Each pixel is the mean of the area that it covers."""
    height, width = ends_size((frames.shape[1], frames.shape[2]))
    small = [cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA) for frame in frames]
    return np.array(small, np.float32).reshape(len(frames), height, width, 3)


def make_ends(sample: Sample, frames: NDArray[np.floating], at: Sequence[int], sampling: Sampling) -> Sample:
    """Return ``sample`` with the frames ``at`` the ends of its shot, ``(F, h, w, 3)``.

    Frames darker than the sample by ``FADED`` are left out. So are all if the sample is empty.
    """
    frames = np.clip(np.nan_to_num(np.asarray(frames, np.float32), nan=0.0), 0.0, 1.0)
    least = max(sampling.darkest, FADED * _median_luma(sample))
    lit = [k for k, frame in enumerate(frames) if float((frame @ LUMA32).mean()) >= least] if sample.at else []
    if not lit:
        return sample
    frames = frames[lit]
    inside, _ = _inside_bars(frames)
    usable = inside & _unclipped(frames, sampling)
    return replace(sample, ends=Sample.of(sample.shot, frames, usable, tuple(at[k] for k in lit)))


def _unclipped(frames: NDArray[np.float32], sampling: Sampling) -> NDArray[np.bool_]:
    return _in_all_channels((frames >= sampling.black) & (frames <= sampling.white))


def _in_all_channels(holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether it holds in all three channels. Channel by channel: along the last axis takes ten times as long."""
    return np.asarray(holds[..., 0] & holds[..., 1] & holds[..., 2])


def _median_luma(sample: Sample) -> float:
    """Return the mean luma of the sample's median frame in [0, 1]; 0 for an empty sample."""
    lumas = [float((sample.frame(number) @ LUMA32).mean()) for number in range(len(sample.at))]
    return float(np.median(lumas)) if lumas else 0.0


def _lit(frames: NDArray[np.float32], sampling: Sampling) -> NDArray[np.bool_]:
    """Return a mask ``(F,)`` of the frames that are neither black nor the dark end of a fade."""
    if frames.size == 0:
        return np.zeros(len(frames), np.bool_)
    luma = np.einsum("fhwc,c->f", frames, LUMA32) / (frames.shape[1] * frames.shape[2])
    return np.asarray(luma >= max(sampling.darkest, FADED * float(np.median(luma))))


def _dark_notes(lit: NDArray[np.bool_], at: Sequence[int]) -> list[str]:
    if len(lit) == 0:
        return ["no frame of the shot could be read"]
    if not lit.any():
        return ["every sampled frame is black or nearly so"]
    if lit.all():
        return []
    dark = ", ".join(str(number) for number, bright in zip(at, lit, strict=True) if not bright)
    return [f"{int((~lit).sum())} of {len(lit)} frames are dark and were passed over (frame {dark})"]


def _inside_bars(frames: NDArray[np.float32]) -> tuple[NDArray[np.bool_], list[str]]:
    """Return a mask ``(h, w)`` of the picture between black bars, and a note on each pair of bars.

    A bar is a run of even, dark lines at the border that is the same in every frame.
    """
    inside = np.ones(frames.shape[1:3], np.bool_)
    notes = []
    for axis, name, counts in (
        (1, "letterbox", "rows: {} top, {} bottom"),
        (2, "pillarbox", "columns: {} left, {} right"),
    ):
        size = frames.shape[axis]
        before, after = _bars(frames, axis)
        if not before + after:
            continue
        # One more line on each side: scaling the frame down blended the bar's edge with the picture.
        band = np.zeros(size, np.bool_)
        band[before + 1 if before else 0 : size - after - 1 if after else size] = True
        inside &= band[:, None] if axis == 1 else band[None, :]
        notes.append(f"{name} masked ({counts.format(before, after)}, of {size})")
    return inside, notes


def _bars(frames: NDArray[np.float32], axis: int) -> tuple[int, int]:
    """Count the lines (rows for axis 1, columns for axis 2) of a black bar at either end."""
    lines = np.moveaxis(frames, axis, 0)
    if lines.size == 0:
        return 0, 0
    before, dark_before = _bar(lines)
    after, dark_after = _bar(lines[::-1])
    if before + after > BAR_MOST * len(lines):
        return 0, 0
    # Bars come in pairs. A single one counts only if it is blacker than any night sky.
    paired = min(before, after) > 0.5 * max(before, after)
    return (before if paired or dark_before else 0), (after if paired or dark_after else 0)


def _bar(lines: NDArray[np.float32]) -> tuple[int, bool]:
    """Count the first of the lines ``(n, ..., 3)`` that form a black bar; also say whether its black is pure."""
    black = np.median(lines[0].reshape(-1, 3), axis=0)
    luma = float(black @ LUMA32)
    if luma > BAR_BLACK:
        return 0, False
    for start in range(0, len(lines), LINES):
        some = lines[start : start + LINES].reshape(len(lines[start : start + LINES]), -1)
        even = (np.abs(some - np.tile(black, some.shape[1] // 3)) <= BAR_EVEN).mean(axis=1) > 0.995
        if not even.all():
            return start + int(np.argmin(even)), luma < BAR_EVEN
    return len(lines), luma < BAR_EVEN


def _clipped_notes(picture: NDArray[np.bool_], usable: NDArray[np.bool_]) -> list[str]:
    if not picture.any():
        return []
    clipped = 1.0 - usable.sum() / picture.sum()
    if clipped < 0.05:
        return []
    return [f"{clipped:.0%} of the picture is clipped to black or white and was not used"]
