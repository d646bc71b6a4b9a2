"""Sample: the frames of one shot that stand for it, small, in float, with the pixels that may be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from otiograde.color.luma import LUMA32
from otiograde.record.settings import Sampling
from otiograde.record.shot import Shot

#: Frames this close to a cut may be of a dissolve, or of the neighbor when an edit is one frame off.
CUT_MARGIN = 4

#: A frame whose mean luma is below this share of the shot's median frame is passed over as part of a fade.
FADED = 0.4

#: A bar is no brighter than this (a grade may have lifted its black), strays no more than ``BAR_EVEN`` from its color,
#: and two of them leave a picture: they cover no more than ``BAR_MOST`` of the frame.
BAR_BLACK = 0.12
BAR_EVEN = 0.02
BAR_MOST = 0.75

#: A sample's pixel: the code of white in one of its three channels of 10 bits, and the bit that says it is usable.
WHITE = 1023
USABLE = 1 << 30


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The sampled frames of one shot.

    ``pixels`` uint32 ``(F, h, w)`` holds encoded R'G'B' of the shot's own encoding, full range, in 10 bits a channel,
    red lowest, and in ``USABLE`` whether the pixel may be believed: a third of what floats would take, and memory is
    what limits the length of an edit. ``at`` are the F media frame numbers. F is 0 when nothing in the shot could be
    believed, and ``notes`` then says why.
    """

    shot: str
    pixels: NDArray[np.uint32]
    at: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        shot: str,
        frames: NDArray[np.floating],
        usable: NDArray[np.bool_],
        at: tuple[int, ...],
        notes: tuple[str, ...] = (),
    ) -> Sample:
        """Make a sample of ``frames`` ``(F, h, w, 3)`` in [0, 1] and of which of their pixels are ``usable``."""
        codes = np.rint(frames * np.float32(WHITE)).astype(np.uint32)
        flags = usable.astype(np.uint32) * np.uint32(USABLE)
        return cls(shot, codes[..., 0] | codes[..., 1] << 10 | codes[..., 2] << 20 | flags, at, notes)

    @property
    def frames(self) -> NDArray[np.float32]:
        """All frames as float32 ``(F, h, w, 3)`` in [0, 1], made anew each time."""
        return _unpacked(self.pixels)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Which pixels may be believed, bool ``(F, h, w)``."""
        return np.asarray(self.pixels >= USABLE)

    def frame(self, number: int) -> NDArray[np.float32]:
        """One frame, float32 ``(h, w, 3)`` in [0, 1]."""
        return _unpacked(self.pixels[number])

    def digest(self) -> str:
        """A digest of the pixels and of the frames that they are, whatever the shot is called."""
        made_from = f"{self.pixels.dtype} {self.pixels.shape} {self.at}".encode()
        return hashlib.sha256(made_from + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()

    def colors(self, count: int, seed: int = 0, *, clipped: bool = False) -> NDArray[np.float32]:
        """At most ``count`` usable colors ``(n, 3)``, drawn without replacement, the same for the same seed.

        With ``clipped`` colors among them: all between the first and the last rows and columns with usable ones.
        """
        taken = self.usable
        if clipped and taken.any():
            rows, columns = (np.flatnonzero(taken.any(axis)) for axis in ((0, 2), (0, 1)))
            taken[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        pool = self.pixels[taken]
        if len(pool) > count:
            chosen = np.random.default_rng(seed).choice(len(pool), count, replace=False)
            pool = pool[np.sort(chosen)]
        return _unpacked(pool)


def _unpacked(pixels: NDArray[np.uint32]) -> NDArray[np.float32]:
    channels = [(pixels >> shift & WHITE).astype(np.float32) for shift in (0, 10, 20)]
    return np.stack(channels, axis=-1) / np.float32(WHITE)


def frame_numbers(shot: Shot, sampling: Sampling) -> tuple[int, ...]:
    """Name the media frames to sample, ascending, each once: the middles of ``count`` equal parts of the used range.

    Five frames lie at 10, 30, 50, 70 and 90 %. Frames next to a cut are avoided where the shot is long enough, frames
    outside the media never named; a still has frame 0 and a shot of two frames both. Empty when the media has none of
    the range.
    """
    if shot.media.kind == "still":
        return (0,)
    first, end = max(shot.source.start, 0), shot.source.end
    if shot.media.frames > 0:
        end = min(end, shot.media.frames)
    length = end - first
    if length <= 0:
        return ()
    margin = min(CUT_MARGIN, (length - 1) // 2)
    inside = (first + length * (2 * part + 1) // (2 * sampling.count) for part in range(sampling.count))
    return tuple(sorted({min(max(number, first + margin), end - 1 - margin) for number in inside}))


def make_sample(shot_id: str, frames: NDArray[np.floating], at: Sequence[int], sampling: Sampling) -> Sample:
    """Make the sample of one shot from its decoded ``frames`` ``(F, h, w, 3)``, taken at the media frames ``at``.

    Dark and faded frames are passed over; black bars, clipped pixels and pixels that are not finite are not usable; the
    notes say so in words. Raises ``ValueError`` when frames and frame numbers do not correspond.
    """
    frames = np.asarray(frames, np.float32)
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) != len(at):
        raise ValueError(f"{len(at)} frame numbers do not go with frames of shape {frames.shape}")
    finite = np.isfinite(frames).all(-1)
    frames = np.clip(np.nan_to_num(frames, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    lit = _lit(frames, sampling)
    notes = _dark_notes(lit, at)
    frames, finite = frames[lit], finite[lit]
    inside, bar_note = _inside_bars(frames)
    picture = finite & inside
    usable = picture & ((frames >= sampling.black) & (frames <= sampling.white)).all(-1)
    notes += bar_note + _clipped_notes(picture, usable)
    taken = tuple(int(number) for number, kept in zip(at, lit, strict=True) if kept)
    return Sample.of(shot_id, frames, usable, taken, tuple(notes))


def _lit(frames: NDArray[np.float32], sampling: Sampling) -> NDArray[np.bool_]:
    """Which frames show the picture ``(F,)``: not black, and not the dark end of a fade."""
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
    dark = ", ".join(str(number) for number, kept in zip(at, lit, strict=True) if not kept)
    return [f"{int((~lit).sum())} of {len(lit)} frames are dark and were passed over (frame {dark})"]


def _inside_bars(frames: NDArray[np.float32]) -> tuple[NDArray[np.bool_], list[str]]:
    """Find the picture between black bars ``(h, w)``: even, dark lines at the border, the same in every frame."""
    inside = np.ones(frames.shape[1:3], np.bool_)
    notes = []
    for axis, name, words in (
        (1, "letterbox", "rows: {} top, {} bottom"),
        (2, "pillarbox", "columns: {} left, {} right"),
    ):
        size = frames.shape[axis]
        before, after = _bars(frames, axis)
        if not before + after:
            continue
        # One more line on each side: the bar's edge was averaged with the picture when the frame was made small.
        band = np.zeros(size, np.bool_)
        band[before + 1 if before else 0 : size - after - 1 if after else size] = True
        inside &= band[:, None] if axis == 1 else band[None, :]
        notes.append(f"{name} masked ({words.format(before, after)}, of {size})")
    return inside, notes


def _bars(frames: NDArray[np.float32], axis: int) -> tuple[int, int]:
    """How many lines (rows for axis 1, columns for axis 2) at either end are a black bar."""
    lines = np.moveaxis(frames, axis, 0).reshape(frames.shape[axis], -1, 3)
    if lines.size == 0:
        return 0, 0
    before, dark_before = _bar(lines)
    after, dark_after = _bar(lines[::-1])
    if before + after > BAR_MOST * len(lines):
        return 0, 0
    # Bars come in twos. One alone is believed only when it is as black as no night sky is.
    alike = min(before, after) > 0.5 * max(before, after)
    return (before if alike or dark_before else 0), (after if alike or dark_after else 0)


def _bar(lines: NDArray[np.float32]) -> tuple[int, bool]:
    """How many of the first lines ``(n, pixels, 3)`` are a black bar, and whether its black is pure."""
    black = np.median(lines[0], axis=0)
    luma = float(black @ LUMA32)
    if luma > BAR_BLACK:
        return 0, False
    even = (np.abs(lines - black) <= BAR_EVEN).mean(axis=(1, 2)) > 0.995
    return (len(even) if even.all() else int(np.argmin(even))), luma < BAR_EVEN


def _clipped_notes(picture: NDArray[np.bool_], usable: NDArray[np.bool_]) -> list[str]:
    if not picture.any():
        return []
    clipped = 1.0 - usable.sum() / picture.sum()
    if clipped < 0.05:
        return []
    return [f"{clipped:.0%} of the picture is clipped to black or white and was not used"]
