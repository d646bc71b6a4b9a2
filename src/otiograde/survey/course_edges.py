"""Edges of a shot's course: surfaces tracked between two frames, and the change of color that they share.

Frames near to each other share most surfaces, frames far apart show a slow change best. So each frame is compared with
frames at several strides ahead, and all of these edges are solved together (``survey.course_graph``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Bytes, Float32, Float64, Indices
from otiograde.color.gray import gray
from otiograde.color.prior import inner
from otiograde.color.steady import NUMBERS, SPREAD, effects
from otiograde.survey.flow import flow_between, same_texture

#: Width in pixels at which frames are compared: enough to track surfaces, and averaging takes out noise.
WIDTH = 160
#: Frames between the two of an edge, and how far the first ones of such edges lie apart.
STRIDES = ((1, 1), (4, 2), (12, 4), (32, 8))
#: The darkest and the brightest code value of a pixel that is compared: one near clipping does not show its change.
BLACK, WHITE = 0.03, 0.97
#: A pixel is tracked if its forward-backward flow error is below this, in pixels.
RETURNED = 0.8
#: Pixels of an edge, at most and at least.
MOST, FEWEST = 400, 120
#: Rows and columns of the cells of the picture whose changes are compared.
CELLS = 3
#: Standard deviation of a blur that evens out errors of the flow, in pixels.
BLUR = 1.2
#: Rounds of the robust fit; the first ones find the majority.
ROUNDS = 5
#: Independent pixels that all pixels of an edge count for.
EVIDENCE = 300.0


class Edge(NamedTuple):
    """The change of color from one frame of a shot to another. Numbers are multiples of ``SPREAD``."""

    #: Numbers of the two frames, counted from the first of the shot.
    start: int
    end: int
    #: The most probable change ``(10,)``.
    change: Float64
    #: What the pixels say of it: inverse covariance ``(10, 10)``, and that times the mean ``(10,)``.
    information: Float64
    pull: Float64
    #: The same of each cell alone: ``(9, 10, 10)`` and ``(9, 10)``. The majority of a cell's pixels counts in it.
    cells: Float64
    pulls: Float64
    #: Share of the usable pixels that were tracked, in [0, 1].
    coverage: float


class _Frame(NamedTuple):
    """A small frame as it is compared."""

    gray: Bytes
    #: Blurred colors ``(h, w, 3)``.
    colors: Float32
    #: Pixels ``(h, w)`` that are not clipped.
    usable: NDArray[np.bool_]


def edges_of(frames: Iterable[Float32]) -> Iterator[Edge]:
    """Compare the frames ``(h, w, 3)`` of a shot, in code values in [0, 1]; only the last 33 are held."""
    held: deque[_Frame] = deque(maxlen=STRIDES[-1][0] + 1)
    for end, frame in enumerate(frames):
        held.append(_prepared(frame))
        for stride, every in STRIDES:
            if end >= stride and (end - stride) % every == 0:
                edge = _edge_between(held[-1 - stride], held[-1], (end - stride, end))
                if edge is not None:
                    yield edge


def _prepared(frame: Float32) -> _Frame:
    finite = np.isfinite(frame).all(-1)
    frame = np.clip(np.nan_to_num(np.asarray(frame, np.float32)), 0, 1)
    colors = np.asarray(cv2.GaussianBlur(frame, (0, 0), BLUR), np.float32)
    return _Frame(gray(frame), colors, finite & (colors.min(-1) > BLACK) & (colors.max(-1) < WHITE))


def _edge_between(first: _Frame, second: _Frame, numbers: tuple[int, int]) -> Edge | None:
    """Fit the change between two frames; None where too little of the picture is tracked."""
    usable = int(first.usable.sum())
    if usable < FEWEST:
        return None
    x, y, _, off = flow_between(first.gray, second.gray)
    seen = cv2.remap(second.usable.astype(np.uint8), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    alike = same_texture(first.gray, cv2.remap(second.gray, x, y, cv2.INTER_LINEAR))
    tracked = np.flatnonzero((first.usable & (np.asarray(seen) > 0) & (off < RETURNED) & alike).ravel())
    if len(tracked) < FEWEST:
        return None
    chosen = tracked[np.arange(min(MOST, len(tracked))) * len(tracked) // min(MOST, len(tracked))]
    where = x.ravel()[chosen][None], y.ravel()[chosen][None]
    after = np.asarray(cv2.remap(second.colors, *where, cv2.INTER_LINEAR), np.float64)[0]
    before = first.colors.reshape(-1, 3)[chosen].astype(np.float64)
    return fitted(numbers, before, after, _cells(chosen, first.gray.shape), len(tracked) / usable)


def _cells(pixels: Indices, shape: tuple[int, ...]) -> Indices:
    """Return the number of the cell that each pixel lies in."""
    row, column = np.divmod(pixels, shape[1])
    return np.asarray(row * CELLS // shape[0] * CELLS + column * CELLS // shape[1])


def fitted(numbers: tuple[int, int], before: Float64, after: Float64, cells: Indices, coverage: float) -> Edge:
    """Fit the change that takes the colors ``before`` (n, 3) of a frame to ``after`` (n, 3), robust to outliers.

    ``cells`` (n,) are the numbers of the pixels' cells. The loss is that of Geman and McClure (1987), after two rounds
    of L1.
    """
    count = len(before)
    shape = np.asarray(effects((before + after) / 2) * SPREAD)
    moved = after - before
    change, pull, information = np.zeros(NUMBERS), np.zeros(NUMBERS), np.zeros((NUMBERS, NUMBERS))
    rest, scale = moved - _median(moved), 0.02
    for turn in range(ROUNDS):
        length = np.sqrt(np.square(rest).sum(1))
        middle = float(_median(length))
        weights = np.minimum(1, scale / (length + 1e-6)) if turn < 2 else _outlier_weights(length, middle)
        gain = EVIDENCE / count / min(max(middle, 0.004), 0.06) ** 2
        weighted = (shape * (weights * gain)[:, None, None]).reshape(-1, NUMBERS)
        information = inner(weighted, shape.reshape(-1, NUMBERS))
        pull = inner(weighted, moved.reshape(-1, 1))[:, 0]
        # Half of the spread of changes in a shot is the prior of one edge.
        change = np.asarray(np.linalg.solve(information + 4 * np.eye(NUMBERS), pull), np.float64)
        rest, scale = moved - shape @ change, 0.01
    matrices, pulls = _by_cell(shape, moved, rest, cells)
    return Edge(*numbers, change, information, pull, matrices, pulls, coverage)


def _median(values: Float64) -> Float64:
    """Return the median along the first axis, as NumPy's function does; for few values it takes a tenth of the time."""
    half = len(values) // 2
    if len(values) % 2:
        return np.asarray(np.partition(values, half, axis=0)[half])
    ordered = np.partition(values, (half - 1, half), axis=0)
    return np.asarray((ordered[half - 1] + ordered[half]) / 2)


def _outlier_weights(length: Float64, median: float) -> Float64:
    scale = min(max(2 * median, 0.006), 0.06)
    return np.asarray((scale**2 / (scale**2 + length**2)) ** 2)


def _by_cell(shape: Float64, moved: Float64, rest: Float64, cells: Indices) -> tuple[Float64, Float64]:
    """Return each cell's information and pull; the majority of each cell counts, whatever the others do."""
    matrices, pulls = np.zeros((CELLS**2, NUMBERS, NUMBERS)), np.zeros((CELLS**2, NUMBERS))
    for cell in range(CELLS**2):
        inside = np.flatnonzero(cells == cell)
        if len(inside) < 8:
            continue
        near = rest[inside]
        lone = np.sqrt(np.square(near - _median(near)).sum(1))
        middle = float(_median(lone))
        gain = EVIDENCE / len(cells) / min(max(middle, 0.004), 0.06) ** 2
        weighted = (shape[inside] * (_outlier_weights(lone, middle) * gain)[:, None, None]).reshape(-1, NUMBERS)
        matrices[cell] = inner(weighted, shape[inside].reshape(-1, NUMBERS))
        pulls[cell] = inner(weighted, moved[inside].reshape(-1, 1))[:, 0]
    return matrices, pulls
