"""Links across cuts at which a clip continues: the frames on both sides are nearly one picture.

Such clips were extended one from the other, or were cut from one take. The same surfaces in the same light are then
seen twice, a frame apart. No other evidence is so exact. Thresholds were chosen on clips split in two and on the real
cuts of built movies (``benchmarks/joins.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Bytes, Float32
from otiograde.color.gray import gray
from otiograde.color.luma import LUMA32
from otiograde.record.settings import Linking
from otiograde.survey.flow import flow_between
from otiograde.survey.link import Clues, Link
from otiograde.survey.links.clipped import Side, clipped_pairs, picture_in
from otiograde.survey.links.even import even, same_texture, solid
from otiograde.survey.links.pairs import Pairs, link_of
from otiograde.survey.links.search import Pair, Search
from otiograde.survey.sample import Sample, end_numbers

#: Least share of the picture that is followed across the cut, and least correlation of the grays of the whole picture.
COVERAGE, CORRELATION = 0.6, 0.8
#: Largest residual of the colors, in code values.
RESIDUAL = 0.012
#: Largest way back of the flow that counts as followed, in pixels.
RETURNED = 0.8
#: Largest change of luma between the two frames at one end: above it, a flash or a fade is at the cut.
UNSTEADY = 0.02
#: Blur of the compared colors in pixels.
BLUR = 0.7
#: Columns of the grid of places that are counted as matches.
COLUMNS = 20
#: Largest difference of the two pictures' aspects, as a share.
ASPECT = 0.02


class _Picture(NamedTuple):
    """A frame at an end of a shot."""

    colors: Float32
    gray: Bytes
    #: Pixels whose neighborhood is usable.
    solid: Bytes
    #: Pixels whose neighborhood is in the picture.
    inside: Bytes


class _Followed(NamedTuple):
    """The places of a picture in another one, all ``(h, w)``."""

    #: ``(h, w, 3)``: the colors of the other picture at these places, and of the picture.
    there: Float32
    here: Float32
    #: Column and row in the other picture.
    x: Float32
    y: Float32
    #: Places that were followed, clipped or not.
    seen: NDArray[np.bool_]
    #: Those of them that neither picture clips.
    good: NDArray[np.bool_]
    #: Their share of the usable pixels, and the correlation of the grays of both pictures.
    coverage: float
    correlation: float


def find(search: Search, links: Sequence[Link]) -> Clues:
    """Find the links across the cuts between neighbors that are nearly one picture."""
    del links
    ends = {shot: sample.ends for shot, sample in search.samples.items() if sample.ends is not None}
    cuts = [(a, b) for a, b in search.cuts if a in ends and b in ends]
    # What is remembered depends on the frames at the cut and on no others.
    return search._replace(samples=ends).remembered("joins", cuts, partial(_search_cuts, search, ends))


def _search_cuts(search: Search, ends: dict[str, Sample], cuts: Sequence[Pair]) -> Iterator[Clues]:
    numbers = {shot.id: end_numbers(shot) for shot in search.shots}
    before, after = [ends[a] for a, _ in cuts], [ends[b] for _, b in cuts]
    tails, heads = [numbers[a][1] for a, _ in cuts], [numbers[b][0] for _, b in cuts]
    widths = [search.samples[a].pixels.shape[2] for a, _ in cuts]
    work = partial(_joined, linking=search.linking)
    for done, link in enumerate(search.means.executor.map(work, before, after, tails, heads, widths), 1):
        yield Clues.of(link)
        search.means.progress("joins", done, len(cuts))


def _joined(
    before: Sample, after: Sample, tail: Sequence[int], head: Sequence[int], width: int, *, linking: Linking
) -> Link | None:
    """Link two shots by the frames at their ends. ``width`` is that of a sampled frame of the first one."""
    return join(_part(before, tail), _part(after, head), width / before.pixels.shape[2], linking)


def _part(ends: Sample, numbers: Sequence[int]) -> Sample:
    """Return the frames of one end. There may be none: dark frames were left out."""
    chosen = [ends.at.index(number) for number in dict.fromkeys(numbers) if number in ends.at]
    return replace(ends, pixels=ends.pixels[chosen], at=tuple(ends.at[k] for k in chosen))


def join(tail: Sample, head: Sample, scale: float, linking: Linking) -> Link | None:
    """Link two shots by the last frames of one and the first of the other; None if the clip does not continue.

    Of two frames each, those that differ least are compared: an end may repeat a frame. ``scale`` is the width of a
    sampled frame of the first shot as a multiple of that of ``tail``.
    """
    last, first = _pictures(tail, head), _pictures(head, tail)
    if not last or not first:
        return None
    apart = {(i, j): _apart(last[i].gray, first[j].gray) for i, j in product(range(len(last)), range(len(first)))}
    i, j = min(apart, key=apart.__getitem__)
    followed = _follow(first[j], last[i])
    if followed.coverage < COVERAGE or followed.correlation < CORRELATION:
        return None
    if not (_steady(last) and _steady(first)):
        return None
    places = _places(followed)
    if len(places) < linking.many:
        return None
    clipped = clipped_pairs(_side(last[i]), _side(first[j]))
    link = link_of((tail.shot, head.shot), _pairs(followed, scale), len(places), linking, [clipped])
    if link is None or link.mad > RESIDUAL:
        return None
    return replace(link, kind="joins", at=(tail.at[i], head.at[j]), places=places)


def _pictures(sample: Sample, other: Sample) -> list[_Picture]:
    """Return the frames of a sample, at the size of the smaller of two; none if they differ in shape."""
    size, like = sample.pixels.shape[1:], other.pixels.shape[1:]
    if abs(size[0] * like[1] / (size[1] * like[0]) - 1) > ASPECT:
        return []
    height, width = min(size, like, key=lambda shape: (shape[1], shape[0]))
    pictures = []
    for number in range(len(sample.at)):
        frame = cv2.resize(sample.frame(number), (width, height), interpolation=cv2.INTER_AREA)
        usable, inside = (
            np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
            for mask in (sample.usable[number].astype(np.uint8), picture_in(sample))
        )
        colors = np.asarray(frame, np.float32)
        pictures.append(_Picture(colors, gray(colors), solid(usable > 0), inside))
    return pictures


def _side(picture: _Picture) -> Side:
    """Return a picture as its clipped places are looked for: nearly nothing moves from one frame to the next."""
    return Side(np.asarray(cv2.GaussianBlur(picture.colors, (0, 0), BLUR), np.float32), picture.solid, picture.inside)


def _apart(a: Bytes, b: Bytes) -> float:
    return float(cv2.absdiff(a, b).mean())


def _follow(here: _Picture, there: _Picture) -> _Followed:
    """Follow the places of a picture to another one."""
    x, y, _, off = flow_between(here.gray, there.gray)
    shown = np.asarray(cv2.remap(there.gray, x, y, cv2.INTER_LINEAR), np.float32)
    color_here = np.asarray(cv2.GaussianBlur(here.colors, (0, 0), BLUR), np.float32)
    blurred = cv2.GaussianBlur(there.colors, (0, 0), BLUR)
    color_there = np.asarray(cv2.remap(blurred, x, y, cv2.INTER_LINEAR), np.float32)
    usable, inside = (
        (mask_here > 0)
        & (np.asarray(cv2.remap(mask_there, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)) > 0)
        for mask_here, mask_there in ((here.solid, there.solid), (here.inside, there.inside))
    )
    seen = inside & (off < RETURNED) & same_texture(color_there, color_here)
    good = usable & seen
    correlation = float(np.corrcoef(here.gray.ravel(), shown.ravel())[0, 1]) if shown.std() and here.gray.std() else 0.0
    return _Followed(color_there, color_here, x, y, seen, good, float(good.sum() / max(usable.sum(), 1)), correlation)


def _steady(end: Sequence[_Picture]) -> bool:
    """Whether the light of the two frames at one end is the same. One frame alone, or one unlike the other, is."""
    if len(end) < 2:
        return True
    followed = _follow(end[0], end[1])
    if followed.coverage < COVERAGE:
        return True
    before, after = (colors[followed.good] @ LUMA32 for colors in (followed.here, followed.there))
    return bool(abs(np.median(after / np.maximum(before, 1e-3)) - 1) <= UNSTEADY)


def _pairs(followed: _Followed, scale: float) -> Pairs:
    """Return the colors at the places that were followed, where the color is even."""
    rows, columns = np.nonzero(followed.good & even(followed.there) & even(followed.here))
    xy = np.stack([followed.x[rows, columns], followed.y[rows, columns]], 1) * np.float32(scale)
    there, here = followed.there[rows, columns], followed.here[rows, columns]
    return Pairs(there, here, xy, np.ones(len(rows), np.float32))


def _places(followed: _Followed) -> Float32:
    """Return the places of a grid that were followed, as shares of both pictures' width and height: ``(m, 4)``."""
    height, width = followed.good.shape
    step = width / COLUMNS
    rows = (np.arange(max(1, round(height / step))) + 0.5) * height / max(1, round(height / step))
    grid = np.array(list(product(rows.astype(int), ((np.arange(COLUMNS) + 0.5) * step).astype(int))))
    row, column = grid[followed.seen[grid[:, 0], grid[:, 1]]].T
    places = [followed.x[row, column] / width, followed.y[row, column] / height, column / width, row / height]
    return np.asarray(np.clip(np.stack(places, 1), 0, 1), np.float32)
