"""Links by layout: two pictures of one composition that share no texture, as a picture drawn again by a generator.

Large edges are compared where points find nothing: histograms of gradient directions in windows of a fifth of the
picture (compare Dalal & Triggs, CVPR 2005). Windows that are each other's best match in the whole picture, and agree on
one zoom and shift, are places of one composition. Two faces, or two horizons, agree in few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Float64
from otiograde.color.luma import LUMA32
from otiograde.record.settings import Linking
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.even import correlation, solid, steepness
from otiograde.survey.links.pairs import Pairs, link_of
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.sample import Sample
from otiograde.survey.stored import Put, put_away, stored

#: Long side in pixels of the pictures whose edges are compared, and blur that leaves no texture in them.
SIDE, COARSE = 160, 1.5
#: Directions of a histogram; cells of a window in a row; distance of windows and of cells in pixels.
DIRECTIONS, CELLS, STEP, CELL = 8, 4, 4, 8
#: Descriptions of length 1 are scaled by this and rounded.
WHOLE = 4000
#: Gradients below this, in code values a pixel, are noise.
FAINT = 0.004
#: Side of a thumbnail, and least correlation of two thumbnails of pictures that are compared.
THUMBNAIL, PROMISING = 16, 0.35
#: Zooms from which the common one is found, and bounds of it.
ZOOMS = (0.7, 0.77, 0.84, 0.92, 1.0, 1.09, 1.19, 1.3, 1.42)
#: Distance in pixels from the common zoom and shift within which a match agrees.
AGREES = 8.0
#: Side of a place in pixels; fewest places that must agree, and the least share of the matches that must. Two faces
#: agreed in 20 places, two stretches of one road in 28 with a share of .75, another pose at one table with .69.
PLACE, FEWEST, SHARE = 16, 24, 0.75
#: Largest residual of the colors, in code values.
RESIDUAL = 0.04
#: Density of matches around a pixel, on the grid of windows, from which it has a position in the other picture.
NEAR = 0.15
#: Blur of the compared colors as a share of the picture's long side, and the largest slope at which a color counts.
BLUR, STEEP = 0.01, 0.012
#: Window of the luma that must correlate at a place, as a share of the long side, and the least correlation.
WINDOW, ALIKE = 0.09, 0.5


@stored("edges", "xy")
@dataclass(frozen=True, eq=False)
class Windows:
    """What the edges of a picture look like, window by window."""

    #: float32 ``(n, 128)``: root of the histograms, each of length 1.
    edges: Float32
    #: float32 ``(n, 2)``: centers in pixels.
    xy: Float32
    #: Width and height of the picture in pixels.
    size: tuple[int, int]


class Described(NamedTuple):
    """The first, the middle and the last frame of a sample."""

    #: ``(3, 256)``: thumbnails with mean 0 and length 1.
    thumbnails: Float32
    windows: tuple[Windows, ...]

    def put_away(self, put: Put) -> Described:
        """Return the description with its windows put away."""
        return self._replace(windows=tuple(put_away(windows, put) for windows in self.windows))


class Placed(NamedTuple):
    """Places of one composition in two pictures: n matches of windows."""

    #: ``(n, 2)`` each: centers in both pictures, in pixels.
    a: Float32
    b: Float32
    #: How much larger b shows the composition.
    zoom: float
    #: Squares of the picture that the matches lie in.
    places: int
    #: Share of the matches that agree.
    share: float


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links of candidate pairs that nothing joins for certain so far."""
    return search.remembered("layout", search.unjoined(links), partial(_search_pairs, search))


def _search_pairs(search: Search, pairs: Sequence[Pair]) -> Iterator[Clues]:
    shots = search.shots_of(pairs)
    samples = [search.samples[shot] for shot in shots]
    described = {
        shot: seen.put_away(search.put)
        for shot, seen in zip(shots, search.means.executor.map(describe, samples), strict=True)
    }
    promising = [pair for pair in pairs if (_alike(*(described[k] for k in pair)) > PROMISING).any()]
    first, second = ([(search.samples[pair[k]], described[pair[k]]) for pair in promising] for k in (0, 1))
    work = partial(link_by_layout, linking=search.linking)
    found = dict(zip(promising, search.means.executor.map(work, first, second), strict=True))
    for done, pair in enumerate(pairs, 1):
        yield Clues.of(found.get(pair))
        search.means.progress("layout", done, len(pairs))


def _chosen(sample: Sample) -> list[int]:
    count = len(sample.at)
    return sorted({0, count // 2, count - 1}) if count else []


def describe(sample: Sample) -> Described:
    """Describe the first, the middle and the last frame of a sample."""
    frames = [sample.frame(k) for k in _chosen(sample)]
    thumbnails = np.array([_thumbnail(frame) for frame in frames], np.float32)
    return Described(thumbnails.reshape(len(frames), THUMBNAIL**2), tuple(map(windows_of, frames)))


def _thumbnail(frame: Float32) -> Float32:
    """Return the ranks of the luma of a small picture, with mean 0 and length 1: no tone curve changes them."""
    luma = cv2.resize(frame, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA) @ LUMA32
    ranks = luma.ravel().argsort(kind="stable").argsort(kind="stable") - (luma.size - 1) / 2
    return np.asarray(ranks / np.linalg.norm(ranks), np.float32)


def _alike(a: Described, b: Described) -> Float32:
    """Return the correlations of two shots' thumbnails at the same times."""
    count = min(len(a.thumbnails), len(b.thumbnails))
    return np.asarray((a.thumbnails[:count] * b.thumbnails[:count]).sum(1))


def windows_of(frame: Float32) -> Windows:
    """Describe the edges of a frame ``(h, w, 3)``, window by window."""
    scale = SIDE / max(frame.shape[:2])
    width, height = (max(CELLS * CELL + STEP, round(side * scale)) for side in frame.shape[1::-1])
    small = np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    cells = _cells(np.sqrt(np.clip(small @ LUMA32, 0, 1)))[::STEP, ::STEP]
    every, span = CELL // STEP, (CELLS - 1) * CELL // STEP
    rows, columns = cells.shape[0] - span, cells.shape[1] - span
    steps = range(0, span + 1, every)
    parts = [cells[row : row + rows, column : column + columns] for row in steps for column in steps]
    edges = np.stack(parts, axis=2).reshape(rows * columns, -1)
    edges = np.minimum(_unit(edges), 0.25)
    row, column = np.divmod(np.arange(rows * columns), columns)
    xy = np.stack([column, row], 1) * STEP + span * STEP / 2
    return Windows(np.sqrt(_unit(edges)), xy.astype(np.float32), (width, height))


def _cells(luma: Float32) -> Float32:
    """Return histograms of the gradient's direction around each pixel: ``(h, w, 8)``.

    Gradients count relative to those near by, so edges in the dark count as much as others.
    """
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), COARSE), np.float32)
    across, down = (np.asarray(cv2.Sobel(luma, cv2.CV_32F, *axis, scale=0.125)) for axis in ((1, 0), (0, 1)))
    strength = np.hypot(across, down)
    near = np.sqrt(np.asarray(cv2.GaussianBlur(strength * strength, (0, 0), 1.5 * CELL), np.float32))
    turn = np.arctan2(down, across) * np.float32(DIRECTIONS / (2 * np.pi))
    half = DIRECTIONS // 2
    strength /= near + FAINT
    shares = [np.maximum(1 - np.abs((turn - k + half) % DIRECTIONS - half), 0) * strength for k in range(DIRECTIONS)]
    return np.stack([np.asarray(cv2.GaussianBlur(share, (0, 0), CELL * 3 / 8), np.float32) for share in shares], 2)


def _unit(rows: Float32) -> Float32:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + np.float32(1e-6)), np.float32)


def place(a: Windows, b: Windows) -> Placed | None:
    """Find the places of one composition in two pictures. Return None if they are too few."""
    edges = a.edges, b.edges
    usual = (edges[0].mean(0) + edges[1].mean(0)) / 2  # what all windows have in common tells nothing
    first, second = (_unit(rows - usual) for rows in edges)
    # Sums of whole numbers below 2^24 are exact in float32, so the matches are the same on every machine.
    likeness = np.rint(first * WHOLE) @ np.rint(second * WHOLE).T
    best, back = likeness.argmax(1), likeness.argmax(0)
    mutual = np.flatnonzero(back[best] == np.arange(len(best)))
    xa, xb = a.xy[mutual], b.xy[best[mutual]]
    if len(xa) < FEWEST:
        return None
    zoom, agree = _common_zoom(xa - np.array(a.size) / 2, xb - np.array(b.size) / 2)
    if agree.mean() < SHARE:
        return None
    xa, xb = xa[agree], xb[agree]
    places = min(len(np.unique(xy // PLACE, axis=0)) for xy in (xa, xb))
    return Placed(xa, xb, zoom, places, float(agree.mean())) if places >= FEWEST else None


def _common_zoom(a: Float64, b: Float64) -> tuple[float, NDArray[np.bool_]]:
    """Return the zoom that most matches agree on, and a mask of those that agree on it and on one shift."""
    agree, zoom = np.zeros(len(a), np.bool_), 1.0
    for tried in ZOOMS:
        shift = b - tried * a
        bins = np.floor(shift / (AGREES * 0.75)).astype(int)
        values, counts = np.unique(bins, axis=0, return_counts=True)
        center = (values[counts.argmax()] + 0.5) * AGREES * 0.75
        near = np.abs(shift - center).max(1) < AGREES
        if near.sum() > agree.sum():
            agree, zoom = near, tried
    for _ in range(4):
        if agree.sum() < 4:
            break
        from_a, from_b = a - a[agree].mean(0), b - b[agree].mean(0)
        zoom = float((from_a[agree] * from_b[agree]).sum() / max(float((from_a[agree] ** 2).sum()), 1.0))
        zoom = float(np.clip(zoom, ZOOMS[0], ZOOMS[-1]))
        agree = np.linalg.norm(from_b - zoom * from_a, axis=1) < AGREES
    return zoom, agree


def link_by_layout(first: tuple[Sample, Described], second: tuple[Sample, Described], linking: Linking) -> Link | None:
    """Link two shots by the colors at places of one composition, or return None if they are too few or too unlike."""
    (a, in_a), (b, in_b) = first, second
    frames = list(zip(_chosen(a), _chosen(b), strict=False))
    found: list[tuple[Placed, int, int]] = []
    for k in np.argsort(-_alike(in_a, in_b), kind="stable"):
        placed = place(in_a.windows[k], in_b.windows[k])
        if placed is not None:
            found.append((placed, *frames[k]))
        elif not found:
            return None
    best, at_a, at_b = max(found, key=lambda item: item[0].places)
    sizes = [np.array(described.windows[0].size, np.float32) for described in (in_a, in_b)]
    parts = [_pairs(a, b, placed, (i, j), linking) for placed, i, j in found]
    pairs = Pairs(*(np.concatenate([part[k] for part in parts]) for k in range(4)))
    made = link_of((a.shot, b.shot), pairs, best.places, linking)
    if made is None or made.mad > RESIDUAL:
        return None
    places = np.hstack([best.a / sizes[0], best.b / sizes[1]])
    return replace(made, kind="layout", at=(a.at[at_a], b.at[at_b]), places=places.astype(np.float32))


def _pairs(a: Sample, b: Sample, placed: Placed, at: tuple[int, int], linking: Linking) -> Pairs:
    """Take the blurred colors of even places, as far as their luma correlates."""
    frame_a, frame_b = a.frame(at[0]), b.frame(at[1])
    side = max(frame_a.shape[:2])
    x, y, near = _positions(placed, frame_a.shape[:2], max(frame_b.shape[:2]))
    color_a = np.asarray(cv2.GaussianBlur(frame_a, (0, 0), BLUR * side), np.float32)
    blurred = np.asarray(cv2.GaussianBlur(frame_b, (0, 0), BLUR * max(frame_b.shape[:2])), np.float32)
    color_b = np.asarray(cv2.remap(blurred, x, y, cv2.INTER_LINEAR), np.float32)
    usable_b = cv2.remap(solid(b.usable[at[1]]), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    alike, *_ = correlation(color_a, color_b, round(WINDOW * side) | 1)
    good = near & (solid(a.usable[at[0]]) > 0) & (np.asarray(usable_b) > 0) & (alike > ALIKE)
    steep = np.maximum(steepness(color_a), steepness(color_b))
    rows, columns = np.nonzero(good & (steep < STEEP))
    drawn = np.random.default_rng(linking.seed).choice(len(rows), min(linking.dense, len(rows)), replace=False)
    rows, columns = rows[np.sort(drawn)], columns[np.sort(drawn)]
    xy = np.stack([columns, rows], 1).astype(np.float32)
    return Pairs(color_a[rows, columns], color_b[rows, columns], xy, alike[rows, columns].astype(np.float32))


def _positions(placed: Placed, shape: tuple[int, int], other: int) -> tuple[Float32, Float32, NDArray[np.bool_]]:
    """Return the position of each pixel of a in b ``(h, w)``, and a mask of the pixels near a match.

    Matches move away from the common zoom and shift, as what is drawn again does. So shifts are interpolated.
    """
    scale = SIDE / max(shape)
    height, width = (max(1, round(side * scale / STEP)) for side in shape)
    column, row = np.clip(placed.a // STEP, 0, [width - 1, height - 1]).astype(int).T
    from_a, from_b = placed.a.mean(0), placed.b.mean(0)
    rest = placed.b - from_b - placed.zoom * (placed.a - from_a)
    sums = np.zeros((height, width, 3), np.float32)
    np.add.at(sums, (row, column), np.hstack([rest, np.ones((len(rest), 1), np.float32)]))
    sums = np.asarray(cv2.GaussianBlur(sums, (0, 0), 1.5, borderType=cv2.BORDER_CONSTANT), np.float32)
    local = np.asarray(cv2.resize(sums[..., :2] / (sums[..., 2:] + 1e-3), shape[::-1], interpolation=cv2.INTER_LINEAR))
    near = np.asarray(cv2.resize(sums[..., 2], shape[::-1], interpolation=cv2.INTER_LINEAR)) > NEAR
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    pixels = np.stack([columns, rows], 2) * np.float32(scale)
    there = (local + from_b + placed.zoom * (pixels - from_a)) * np.float32(other / SIDE)
    return np.asarray(there[..., 0], np.float32), np.asarray(there[..., 1], np.float32), np.asarray(near)
