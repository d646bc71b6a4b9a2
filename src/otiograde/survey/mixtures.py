"""Runs of thumbnails that are mixtures of the pictures at their ends, or are pieced together from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.survey.thumbnails import Floats

Kind: TypeAlias = Literal["cut", "dissolve", "fade", "wipe"]

#: Least mean square difference of the ends of a dissolve, and its share that a mixture may leave unexplained.
LEAST_ENERGY, UNEXPLAINED = 0.0016, 0.10
#: Shares of the end that tell how fast a dissolve goes, and the fewest frames that must show them.
RISING, FEWEST_RISING = (0.12, 0.88), 3
#: How much the share of the end rises from frame to frame, at least, in a mixture of a few frames.
LEAST_RISE = 0.1


class Run(NamedTuple):
    """A run of ``length + 1`` frames that may be a dissolve or a wipe, and the cost of taking it for one."""

    cost: float
    start: int
    length: int
    kind: Kind
    #: Whether it is a mixture in coarse pictures only, because the camera moves.
    moved: bool


def mixture_runs(pictures: Floats, starts: NDArray[np.intp], length: int, *, moved: bool = False) -> Iterator[Run]:
    """Yield the runs whose inner frames are mixtures of both ends, or are pieced together from them."""
    flat = pictures.reshape(len(pictures), -1)
    step = flat[starts + length] - flat[starts]
    keep = (step * step).sum(1) > LEAST_ENERGY * flat.shape[1]
    starts, step = starts[keep], step[keep]
    inner = [flat[starts + round(length * part)] - flat[starts] for part in (0.25, 0.5, 0.75)]
    explained: list[tuple[Kind, float, tuple[list[Floats], Floats]]] = [("dissolve", UNEXPLAINED, blended(inner, step))]
    if not moved:
        explained.append(("wipe", UNEXPLAINED / 2, wiped(inner, step)))
    for kind, most, (shares, rest) in explained:
        a, b, c = shares
        good = (a > 0.08) & (a < 0.42) & (b > 0.33) & (b < 0.67) & (c > 0.58) & (c < 0.92) & (rest < most)
        for cost, start in zip(rest[good], starts[good], strict=True):
            yield Run(float(cost) - 0.004 * length + (1 if moved else 0), int(start), length, kind, moved)


def blended(inner: list[Floats], step: Floats) -> tuple[list[Floats], Floats]:
    """Explain frames as mixtures: of each the share of the end, and of all the energy that is left, ``(n,)`` each.

    ``inner`` and ``step`` are the differences of frames and of the end to the start, ``(n, pixels)``.
    """
    energy = (step * step).sum(1)
    shares = [(frame * step).sum(1) / energy for frame in inner]
    rests = [frame - share[:, None] * step for frame, share in zip(inner, shares, strict=True)]
    return shares, sum(((rest * rest).sum(1) for rest in rests), np.zeros_like(energy)) / energy / len(inner)


def wiped(inner: list[Floats], step: Floats) -> tuple[list[Floats], Floats]:
    """Explain frames as pieced together from both ends: the arguments and results of ``blended``.

    A place that shows the end goes on to show it; where it does not, its energy counts as left.
    """
    energy = (step * step).sum(1)
    shares, rest, shown = [], np.zeros_like(energy), np.zeros(step.shape, np.bool_)
    for frame in inner:
        to_start, to_end = frame * frame, (frame - step) ** 2
        end = to_end < to_start
        shares.append((end * (step * step)).sum(1) / energy)
        rest += (np.minimum(to_start, to_end) + (shown & ~end) * (step * step)).sum(1) / energy / len(inner)
        shown |= end
    return shares, rest


def extent(pictures: Floats, run: Run) -> tuple[int, int]:
    """Return the first and the last frame that shows both ends of a dissolve: where the share of its end rises.

    Pictures that hardly move are mixtures of the ends of a longer run, too. So a line is fitted to the middle shares.
    """
    first, last = run.start + 1, run.start + run.length - 1
    flat = pictures[run.start : last + 2].reshape(run.length + 1, -1) - pictures[run.start].ravel()
    shares = flat @ flat[-1] / float(flat[-1] @ flat[-1])
    middle = np.flatnonzero((shares > RISING[0]) & (shares < RISING[1]))
    if len(middle) < FEWEST_RISING:
        return first, last
    slope, level = np.polyfit(middle, shares[middle], 1)
    if slope <= 1 / run.length:
        return first, last
    begin, end = run.start + round(-level / slope) + 1, run.start + round((1 - level) / slope) - 1
    return max(first, min(begin, end)), min(last, max(begin, end))


def is_mixed(pictures: Floats) -> bool:
    """Tell whether the inner ones of a few pictures ``(n, h, w, 3)`` are mixtures of the ends, with rising shares."""
    _, *inner = (picture.reshape(1, -1) - pictures[0].reshape(1, -1) for picture in pictures)
    *between, step = inner
    shares, rest = blended(between, step)
    rising = np.diff([0.0, *(float(share[0]) for share in shares), 1.0])
    return bool(rest[0] <= UNEXPLAINED and rising.min() > LEAST_RISE)
