"""Cuts over a few blended frames, as converted rates and fields that were woven into frames leave them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from otiograde.survey.bursts import LEAST_CHANGE, is_dimmed
from otiograde.survey.mixtures import is_mixed
from otiograde.survey.thumbnails import Film

#: Most blended frames: with more of them, it is a dissolve.
MOST = 3
#: Share of the changes from frame to frame that is left from end to end, at least: what comes back leaves less.
STRAIGHT = 0.85
#: How much larger the change of each frame is, on average, than those of frames near; and how many those are.
OUTSTANDING, NEAR = 1.6, 8
#: Share of the textured places that the ends have in common, at most, and that each has with the frame beside it.
APART, CALM = 0.45, 0.7
#: Share from which on frames around show the same picture: it was a flash, or something passed by.
SAME = 0.6
#: How far before and after the ends that is looked for.
AROUND = ((0, 1), (0, 2), (0, 4), (1, 0), (2, 0), (4, 0), (1, 1), (2, 2))
#: Correlation, and share repeated to the code, from which on the picture scrolls, or changes in a part only.
SCROLLED, REPEATED = 0.8, 0.3


class Blend(NamedTuple):
    """The last frame before a cut over blended frames, and the first one after them."""

    before: int
    after: int


def blends(film: Film) -> Iterator[Blend]:
    """Find the cuts over one to three blended frames, in order; no two share a blended frame."""
    free = 0
    for before, after in sorted(pair for length in range(2, MOST + 2) for pair in _straight(film, length)):
        if before >= free and _is_blend(film, before, after):
            yield Blend(before, after)
            free = after


def _straight(film: Film, length: int) -> Iterator[tuple[int, int]]:
    """Yield the ends of runs whose frames all change, and add up to a change that stands out."""
    if film.count <= length:
        return
    changes = np.lib.stride_tricks.sliding_window_view(film.change, length)
    whole = np.abs(film.small[length:] - film.small[:-length]).mean((1, 2, 3))
    straight = (whole >= STRAIGHT * changes.sum(1)) & (changes.min(1) > LEAST_CHANGE / 2)
    for start in np.flatnonzero(straight & (whole > 2 * LEAST_CHANGE)):
        near = np.r_[film.change[max(0, start - NEAR) : start], film.change[start + length : start + length + NEAR]]
        # Where the change goes on beside it, it is part of a longer dissolve.
        beside = film.change[max(0, start - 1) : start].sum(), film.change[start + length : start + length + 1].sum()
        usual = max(float(np.median(near)) if near.size else 0.0, *beside)
        if whole[start] > OUTSTANDING * length * usual:
            yield int(start), int(start) + length


def _is_blend(film: Film, before: int, after: int) -> bool:
    """Tell whether the frames between two are mixtures of them, and the two are of different shots."""
    if not is_mixed(film.small[before : after + 1]) or is_dimmed(film.small[before], film.small[after]):
        return False
    if min(film.cover(before - 1, before), film.cover(after, after + 1)) < CALM or film.cover(before, after) > APART:
        return False
    if max(film.cover(before - a, after + b) for a, b in AROUND) > SAME:
        return False
    return film.shifted(before, after) <= SCROLLED and film.still(before, after) <= REPEATED
