"""Bursts: runs of frames that all differ much from the one before. Some are pushes, and some are shots of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from otiograde.survey.thumbnails import Film, Floats

#: Least change of a frame of a burst, and how much larger it is than the changes of quiet frames near.
LEAST_CHANGE, LOUD = 0.012, 2.0
#: Share of its usual change at which a burst begins and ends.
FULL = 0.35
#: Frames on each side among which quiet ones are looked for, and how many changes of them may be smaller yet.
AROUND, QUIET = 48, 24
#: Lengths of pushes and of runs of short shots, in frames.
PUSH, RAPID = (4, 40), (3, 48)

#: Correlation from which on a third of a picture is found in another one, and how far off its place, in pixels.
ALIKE, OFF = 0.6, 12
#: Share of the frames of a push that show both pictures where they belong; the others show too little of one.
SHOWING = 0.15

#: Share that the pictures around short shots, and within them, have in common at most; and around still pictures least.
APART, CALM = 0.45, 0.8
#: Least steps between neighbors within a burst, beside those of the frames around: a camera that is whipped blurs them.
SHARP = 0.75

#: Correlation from which on two pictures are one in other light, and the same where one has a third of the contrast.
LIT_ALIKE, DIM_ALIKE, DIM = 0.9, 0.7, 3.0


class Burst(NamedTuple):
    """The last frame before a burst, and the first one after it."""

    before: int
    after: int


def bursts(film: Film) -> Iterator[Burst]:
    """Find the bursts of a film, in order."""
    if film.count < 3:
        return
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(film.change, AROUND, mode="edge"), 2 * AROUND + 1)
    quiet = np.partition(windows, QUIET, axis=1)[:, QUIET]
    loud = np.r_[False, film.change > np.maximum(LOUD * quiet, LEAST_CHANGE), False]
    edges = np.flatnonzero(np.diff(loud.astype(np.int8)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        full = np.flatnonzero(film.change[first:end] >= FULL * np.median(film.change[first:end]))
        yield Burst(int(first + full[0]), int(first + full[-1]) + 1)


def is_push(film: Film, burst: Burst) -> bool:
    """Tell whether the picture after the burst pushes the one before it out, at any side."""
    length = burst.after - burst.before
    if not PUSH[0] <= length <= PUSH[1] or not _is_sharp(film, burst):
        return False
    start, *inner, end = (film.details(k) for k in range(burst.before, burst.after + 1))
    for turned in (False, True):
        for first, second in ((start, end), (end, start)):
            pictures = [np.ascontiguousarray(p.T if turned else p) for p in (first, second, *inner)]
            showing = sum(_shows_both(frame, pictures[0], pictures[1]) for frame in pictures[2:])
            if showing >= max(1, SHOWING * len(inner)):
                return True
    return False


def _shows_both(frame: Floats, left: Floats, right: Floats) -> bool:
    """Tell whether a frame shows the right part of one picture, and beside it the left part of another."""
    height, width = frame.shape
    third = width // 3
    inside = slice(OFF // 2, height - OFF // 2)
    places = []
    for part, whole in ((frame[inside, :third], left), (frame[inside, -third:], right)):
        scores = cv2.matchTemplate(whole, np.ascontiguousarray(part), cv2.TM_CCOEFF_NORMED)
        _, best, _, place = cv2.minMaxLoc(scores)
        if best < ALIKE:
            return False
        places.append(place[0])
    return bool(abs(places[0] - places[1] - third) <= OFF)


def is_rapid(film: Film, burst: Burst) -> bool:
    """Tell whether the frames of a burst are shots of one frame each, between two others."""
    before, after = burst
    if not RAPID[0] <= after - before <= RAPID[1] or after > film.count - 3 or before < 2:
        return False
    if min(film.cover(before - 1, before), film.cover(after, after + 1)) < CALM or film.cover(before, after) > APART:
        return False
    if not _is_sharp(film, burst):
        return False
    return float(np.median([film.cover(k, k + 1) for k in range(before, after)])) <= APART


def _is_sharp(film: Film, burst: Burst) -> bool:
    """Tell whether most frames of a burst are as sharp as those around, along columns and along rows."""
    inside = [_steps(film, k) for k in range(burst.before + 1, burst.after)]
    around = np.minimum(_steps(film, burst.before), _steps(film, burst.after))
    return bool((np.median(inside, axis=0) >= SHARP * around).all())


def _steps(film: Film, k: int) -> Floats:
    """Return the mean differences between neighbors of a frame, along columns and along rows."""
    picture = film.frames[k].astype(np.float32)
    return np.array([np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1)], np.float32)


def is_dimmed(start: Floats, end: Floats) -> bool:
    """Tell whether one small picture is the other in less light or more, so that no dissolve lies between them."""
    a, b = (picture.mean(-1).ravel() for picture in (start, end))
    low, high = sorted((float(a.std()), float(b.std())))
    alike = DIM_ALIKE if high > DIM * low else LIT_ALIKE
    return low > 1e-3 and float(np.corrcoef(a, b)[0, 1]) > alike
