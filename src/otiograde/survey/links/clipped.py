"""Places that one of two shots clips, or both, and what is to be seen there.

A clipped color carries no grade, so no link is made of it. But paper that one shot clips and the other does not is one
surface. It must not look white in one of them and pink in the other. Such places count in the solve beside the pairs of
their link, by their area. Only even places count: they need no exact position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from otiograde.color.arrays import Bytes, Float32, Float64
from otiograde.color.cubic import monomials
from otiograde.color.prior import Fit
from otiograde.survey.links.even import even, same_texture, solid
from otiograde.survey.sample import Sample

#: Code values at and beyond which a channel may be clipped.
BLACK, WHITE = 0.0075, 0.9925
#: Bits of a packed pixel of which one is set where a channel is above .5: it is in no black bar.
BRIGHT = np.uint32(1 << 9 | 1 << 19 | 1 << 29)
#: Largest distance of a color from what the fit of the link predicts: so many times its residual, and more.
TIMES, MORE = 2.5, 0.02
#: Colors of clipped places of a link, at most and at least.
MOST, FEWEST = 1500, 20


class Side(NamedTuple):
    """A picture in the view of another one."""

    #: Blurred colors ``(h, w, 3)``.
    colors: Float32
    #: Masks ``(h, w)`` of pixels whose neighborhood is usable, and of those whose neighborhood is in the picture.
    solid: Bytes
    inside: Bytes


class Clipped(NamedTuple):
    """Colors of n places that one of two shots clips, or both."""

    #: ``(n, 3)``: code values in shot a, and in shot b.
    a: Float64
    b: Float64
    #: Number of such places for each place that neither clips.
    share: float


def picture_in(sample: Sample) -> Bytes:
    """Return a mask ``(h, w)`` of pixels whose neighborhood is in the picture.

    Rows and columns at the border that are neither usable nor bright anywhere are bars.
    """
    shown = np.any(sample.usable | (sample.pixels & BRIGHT > 0), axis=0)
    inside = np.zeros(shown.shape, np.bool_)
    if shown.any():
        rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
        inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return solid(inside)


def clipped_pairs(a: Side, b: Side) -> Clipped:
    """Return the colors of the places that one of two pictures clips, where both are even and alike."""
    both = (a.solid > 0) & (b.solid > 0)
    places = (a.inside > 0) & (b.inside > 0) & ~both
    places &= even(a.colors) & even(b.colors) & same_texture(a.colors, b.colors)
    count = int(places.sum())
    chosen = np.flatnonzero(places)[np.arange(min(MOST, count)) * count // max(min(MOST, count), 1)]
    first, second = (side.colors.reshape(-1, 3)[chosen].astype(np.float64) for side in (a, b))
    return Clipped(first, second, count / max(int(both.sum()), 1))


def credible(found: Sequence[Clipped], fit: Fit, pairs: int) -> tuple[Float64, Float64]:
    """Return the colors of places that the fit of a link does not rule out, as many as their share of ``pairs``.

    What is clipped to white was brighter, so the fit may predict more than white, and the other shot may show less than
    the fit makes of white. Anything else is another surface.
    """
    share = float(np.mean([part.share for part in found])) if found else 0.0
    a, b = (np.concatenate([np.zeros((0, 3)), *(part[k] for part in found)]) for k in (0, 1))
    over = b - a - np.asarray(monomials(a)) @ fit.coefficients
    limit = TIMES * fit.mad + MORE
    above, below = (a >= WHITE) | (b <= BLACK), (b >= WHITE) | (a <= BLACK)
    good = ((over <= limit) | above).all(1) & ((over >= -limit) | below).all(1)
    a, b = a[good], b[good]
    count = min(MOST, len(a), round(pairs * share * float(good.mean()))) if good.any() else 0
    if count < FEWEST:
        return np.zeros((0, 3)), np.zeros((0, 3))
    chosen = np.arange(count) * len(a) // count
    return a[chosen], b[chosen]
