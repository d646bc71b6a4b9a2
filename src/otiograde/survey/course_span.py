"""Which frames of a shot count for its course: fades, flashes and strobes do not; a cut or a dissolve ends it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float64
from otiograde.survey.course_edges import STRIDES, Edge

#: A fade ends below this share of the median contrast; a frame below the smaller one shows nothing.
FADED, EMPTY = 0.4, 0.1
#: A flash differs from the light around it by so many code values, and by so many times the usual difference.
FLASH, UNUSUAL = 0.03, 6.0
#: Frames on each side that are the light around a frame.
AROUND = 4
#: Coverage below which two frames show different pictures, and above which they show the same.
DIFFERENT, SAME = 0.2, 0.35


def lit_span(contrast: Float64) -> tuple[int, int]:
    """Return the first frame after a fade at the start of a shot, and the first frame of a fade at its end.

    ``contrast`` (n,) is the spread of luma in each frame. It falls to nothing in a fade to any color.
    """
    end = _fade(contrast)
    first = len(contrast) - _fade(contrast[::-1])
    return (first, end) if first < end else (0, 0)


def _fade(contrast: Float64) -> int:
    """Return the first frame of a fade at the end, or the number of frames."""
    usual = float(np.median(contrast)) if len(contrast) else 0.0
    if not len(contrast) or contrast[-1] >= FADED * usual:
        return len(contrast)
    at = len(contrast) - 1
    while at > 0 and (contrast[at - 1] > 1.002 * contrast[at] or contrast[at] < EMPTY * usual):
        at -= 1
    return at


def flashes_in(light: Float64, contrast: Float64) -> NDArray[np.bool_]:
    """Tell which frames ``(n,)`` flash, or show nothing, by the mean luma of each frame and by its spread."""
    padded = np.pad(light, AROUND, mode="reflect")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1), axis=1)
    apart = np.abs(light - around)
    usual = 1.4826 * float(np.median(apart))
    return np.asarray((apart > max(FLASH, UNUSUAL * usual)) | (contrast < EMPTY * np.median(contrast)))


def cut_in(edges: Iterable[Edge], span: tuple[int, int]) -> int | None:
    """Return the first frame of another picture within a span, or None.

    No edge over it tracks anything, and those on both of its sides do.
    """
    first, end = span
    over, near = np.zeros(end + 1), np.zeros(end + 1)
    reach = STRIDES[1][0]
    for edge in edges:
        over[edge.start + 1 : edge.end + 1] = np.maximum(over[edge.start + 1 : edge.end + 1], edge.coverage)
        if edge.end - edge.start <= reach and edge.end <= end:
            near[edge.end] = max(near[edge.end], edge.coverage)
    for frame in range(first + 2, end - 2):
        before, after = near[max(first + 1, frame - reach) : frame], near[frame + 1 : frame + 1 + reach]
        if over[frame] < DIFFERENT and min(before.max(initial=0), after.max(initial=0)) > SAME:
            return frame
    return None


def dissolve_in(edges: Iterable[Edge], span: tuple[int, int]) -> int | None:
    """Return the middle of a stretch in which another picture takes over bit by bit, or None.

    From frame to frame, all of it is tracked. Over the whole stretch nothing is, nor is anything over a longer one;
    before and after, the picture is tracked over as many frames.
    """
    first, end = span
    (reach, every), (longer, _) = STRIDES[-2:]
    inside = [edge for edge in edges if first <= edge.start and edge.end < end]
    seen = {edge.start: edge.coverage for edge in inside if edge.end - edge.start == reach}
    far = [edge for edge in inside if edge.end - edge.start == longer and edge.coverage >= DIFFERENT]
    for start in range(-(-first // every) * every + reach, end - 2 * reach, every):
        around = min(seen.get(start - reach, 0.0), seen.get(start + reach, 0.0))
        if seen.get(start, 0.0) >= DIFFERENT or around <= SAME:
            continue
        if not any(edge.start <= start and start + reach <= edge.end for edge in far):
            return start + reach // 2
    return None
