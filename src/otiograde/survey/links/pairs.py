"""The color pairs of two matched shots: at the matches, and densely by optical flow (DIS, Kroeger et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Bytes, Float32
from otiograde.color.gray import gray
from otiograde.color.prior import robust_fit
from otiograde.record.settings import Linking
from otiograde.survey.flow import flow_between
from otiograde.survey.link import Link
from otiograde.survey.links.clipped import Clipped, Side, clipped_pairs, credible, picture_in
from otiograde.survey.links.even import STEEP, correlation, even, same_texture, solid, steepness
from otiograde.survey.links.matching import FrameMatch, Matches
from otiograde.survey.links.points import Points
from otiograde.survey.sample import USABLE, Sample

#: Blurs in pixels of the colors that are taken at matches of different sizes.
BLURS = (1.0, 2.0, 4.0)


class Pairs(NamedTuple):
    """Colors of the same surfaces in two shots: n pairs."""

    #: ``(n, 3)``: code values in shot a.
    a: Float32
    #: ``(n, 3)``: code values in shot b.
    b: Float32
    #: ``(n, 2)``: position in shot a, in pixels.
    xy: Float32
    #: ``(n,)``: weight of the pair.
    weight: Float32


def link(a: Sample, b: Sample, matches: Matches, linking: Linking) -> Link | None:
    """Make the link of two matched shots from their color pairs, or None if too few are unclipped in both."""
    frame_a, frame_b = cache(partial(_Frame.of, a)), cache(partial(_Frame.of, b))
    shown = cache(lambda: (picture_in(a), picture_in(b)))
    parts, clipped = [], []
    for match, sparse in zip(matches.frames, _sparse_pairs(frame_a, frame_b, matches), strict=True):
        parts.append(sparse)
        if match.homography is not None:
            over = _overlaid(frame_a(match.i), frame_b(match.j), match.homography)
            parts.append(_dense_pairs(over, match.homography, linking))
            clipped.append(_clipped_pairs(*shown(), over, match.homography))
    pairs = Pairs(*(np.concatenate([part[k] for part in parts]) for k in range(4)))
    best = matches.frames[0]
    made = link_of((a.shot, b.shot), pairs, matches.inliers, linking, clipped)
    return made and replace(made, at=(a.at[best.i], b.at[best.j]), places=_places(a, b, matches, best))


def link_of(
    shots: tuple[str, str], pairs: Pairs, inliers: int, linking: Linking, clipped: Sequence[Clipped] = ()
) -> Link | None:
    """Make the link of two shots from the color pairs of ``inliers`` matches, or None if too few are unclipped."""
    index = np.flatnonzero(_unclipped(pairs.a) & _unclipped(pairs.b))
    if len(index) < 40:
        return None
    if len(index) > linking.pairs:
        index = np.sort(np.random.default_rng(linking.seed).choice(index, linking.pairs, replace=False))
    x, y = pairs.a[index].astype(np.float64), pairs.b[index].astype(np.float64)
    weights, held_out = pairs.weight[index].astype(np.float64), _held_out(pairs.xy[index], linking)
    # An object that moved is paired with its background. Such pairs must go before rare colors gain weight.
    evidence = min(400.0, 5.0 * inliers)
    first = robust_fit(x[~held_out], y[~held_out], weights[~held_out], evidence=evidence)
    sound = held_out.copy()
    sound[~held_out] = first.weights > 0.04
    x, y, held_out = x[sound], y[sound], held_out[sound]
    weights = balanced_weights(Pairs(*(column[index][sound] for column in pairs)), linking)
    if held_out.all():
        return None
    fit = robust_fit(x[~held_out], y[~held_out], weights[~held_out], evidence=evidence)
    made = Link(*shots, x, y, weights, held_out, inliers, fit.mad, confidence(inliers, fit.mad))
    clipped_a, clipped_b = credible(clipped, fit, len(x))
    return replace(made, clipped_a=clipped_a, clipped_b=clipped_b)


def _places(a: Sample, b: Sample, matches: Matches, best: FrameMatch) -> Float32:
    """Return the positions ``(m, 4)`` of a frame pair's matches, as shares of each picture's width and height."""
    columns = [
        points.xy[index] / np.array(sample.pixels.shape[:0:-1], np.float32)
        for sample, points, index in (
            (a, matches.a.frames[best.i], best.first),
            (b, matches.b.frames[best.j], best.second),
        )
    ]
    return np.hstack(columns).astype(np.float32)


def confidence(inliers: int, mad: float) -> float:
    """Return the confidence in [0, 1]: 1 to 0 as the residual grows from .012 to .06 and matches fall from 60 to 10."""
    return float(np.clip((0.06 - mad) / 0.048, 0, 1) * np.clip((inliers - 10) / 50, 0, 1))


def balanced_weights(pairs: Pairs, linking: Linking) -> NDArray[np.float64]:
    """Weight the pairs, with mean 1, so that no large even area and no single spot decides the fit.

    The weight falls with the number of pairs of the same color, in both shots. It is also lower for a color seen in few
    blocks of the picture: neighboring pixels have common errors, and an object in one place may have moved.
    """
    bins, weights = 10, pairs.weight.astype(np.float64)
    column, row = (pairs.xy // linking.block).astype(np.int64).T
    balanced = weights.copy()
    for colors in (pairs.a, pairs.b):
        index = np.clip((colors * bins).astype(int), 0, bins - 1) @ np.array([1, bins, bins * bins])
        spots = np.unique(np.stack([index, column, row]), axis=1)[0]
        spread = np.bincount(spots, minlength=bins**3)[index]
        balanced *= (np.bincount(index, weights, bins**3)[index] + 1) ** -0.25 * (
            spread / (spread + linking.spots)
        ) ** 0.5
    return np.asarray(balanced / balanced.mean())


def _unclipped(colors: Float32) -> NDArray[np.bool_]:
    return np.asarray((colors > 0.0075).all(1) & (colors < 0.9925).all(1))


def _held_out(xy: Float32, linking: Linking) -> NDArray[np.bool_]:
    """Return a mask of the held-out pairs: whole blocks, because neighboring pixels are not independent."""
    column, row = (xy // linking.block).astype(np.int64).T
    return np.asarray((column * 73856093 ^ row * 19349663) % linking.held_out == 0)


class _Frame(NamedTuple):
    """A frame from which colors are taken."""

    #: Colors ``(h, w, 3)``.
    colors: Float32
    #: uint8 mask of the pixels around which all are usable.
    solid: NDArray[np.uint8]

    @classmethod
    def of(cls, sample: Sample, number: int) -> _Frame:
        """Take a frame of a sample."""
        return cls(sample.frame(number), solid(np.asarray(sample.pixels[number] >= USABLE)))


class _Spots(NamedTuple):
    """Where colors are taken in a frame, and how much they are blurred."""

    #: Number of the frame.
    frame: int
    #: ``(n, 2)``: positions in pixels.
    xy: Float32
    #: ``(n,)``: blur in pixels.
    sigma: Float32


def _sparse_pairs(
    frame_a: Callable[[int], _Frame], frame_b: Callable[[int], _Frame], matches: Matches
) -> Iterator[Pairs]:
    """Take five colors a match, for each frame pair: at its center, and half its size along and across its direction.

    They are blurred to its size. A color on a steep slope counts less: at an edge, half a pixel of misalignment gives a
    wrong color.
    """
    spots = [_spots(frame_a(match.i).solid, frame_b(match.j).solid, matches, match) for match in matches.frames]
    first = _all_sampled(frame_a, [spots_a for spots_a, _ in spots])
    second = _all_sampled(frame_b, [spots_b for _, spots_b in spots])
    for (spots_a, _), (colors_a, steep_a), (colors_b, steep_b) in zip(spots, first, second, strict=True):
        steep = np.maximum(steep_a, steep_b) / STEEP
        yield Pairs(colors_a, colors_b, spots_a.xy, np.asarray(1 / (1 + steep**2), np.float32))


def _spots(
    solid_a: NDArray[np.uint8], solid_b: NDArray[np.uint8], matches: Matches, match: FrameMatch
) -> tuple[_Spots, _Spots]:
    """Return the spots of a frame pair that are usable in both frames: those of a, and those of b."""
    pa, pb = matches.a.frames[match.i], matches.b.frames[match.j]
    parts = []
    for offset in ((0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)):
        xa = _offset_points(pa, match.first, offset)
        xb = _offset_points(pb, match.second, offset)
        inside = _inside(xa, solid_a) & _inside(xb, solid_b)
        sizes = pa.size[match.first][inside], pb.size[match.second][inside]
        parts.append((xa[inside], sizes[0] * 0.25, xb[inside], sizes[1] * 0.25))
    xa, sigma_a, xb, sigma_b = (np.concatenate([part[k] for part in parts]) for k in range(4))
    return _Spots(match.i, xa, sigma_a), _Spots(match.j, xb, sigma_b)


def _all_sampled(frames: Callable[[int], _Frame], spots: Sequence[_Spots]) -> list[tuple[Float32, Float32]]:
    """Sample colors and their steepness at all spots, one frame after another: a blurred frame may take 20 MB."""
    sampled: dict[int, tuple[Float32, Float32]] = {}
    for number in sorted({one.frame for one in spots}):
        level = cache(partial(_level, frames(number).colors))
        sampled |= {k: _sampled(level, one.xy, one.sigma) for k, one in enumerate(spots) if one.frame == number}
    return [sampled[k] for k in range(len(spots))]


def _level(colors: Float32, number: int) -> tuple[Float32, Float32]:
    """Return colors and their steepness ``(h, w)`` at blur 0, 1 or 2."""
    blurred = _blur(colors, BLURS[number])
    return blurred, steepness(blurred)


def _offset_points(points: Points, index: NDArray[np.intp], offset: tuple[float, float]) -> Float32:
    turn, size = np.radians(points.angle[index]), points.size[index]
    x, y = offset
    step = np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], 1)
    return np.asarray(points.xy[index] + step * size[:, None], np.float32)


def _inside(xy: Float32, good: NDArray[np.uint8]) -> NDArray[np.bool_]:
    height, width = good.shape
    column, row = np.rint(xy).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside[inside] &= good[row[inside], column[inside]] > 0
    return np.asarray(inside)


def _sampled(leveled: Callable[[int], tuple[Float32, Float32]], xy: Float32, sigma: Float32) -> tuple[Float32, Float32]:
    """Sample the blur level nearest to ``sigma`` bilinearly at the positions ``xy``: colors ``(n, 3)``, steepness."""
    level = np.clip(np.rint(np.log2(np.maximum(sigma, 0.5))), 0, 2)
    colors, steep = np.zeros((len(xy), 3), np.float32), np.zeros(len(xy), np.float32)
    for k in range(len(BLURS)):
        mask = level == k
        if mask.any():
            x, y = np.ascontiguousarray(xy[mask].T)
            for out, image in zip((colors, steep), leveled(k), strict=True):
                out[mask] = cv2.remap(image, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return colors, steep


def _blur(image: Float32, sigma: float) -> Float32:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


class _Overlaid(NamedTuple):
    """A frame of shot a warped to the view of a frame of shot b."""

    image: Float32
    #: uint8 mask of the pixels that the frame covers with usable colors.
    covered: NDArray[np.uint8]
    #: Blur that gives both frames the resolution of the coarser one.
    sigma: float
    #: The frame of shot b, and its mask of the pixels around which all are usable.
    frame_b: Float32
    solid_b: NDArray[np.uint8]
    #: The frame of shot b, blurred.
    color_b: Float32


def _overlaid(frame_a: _Frame, frame_b: _Frame, homography: NDArray[np.float64]) -> _Overlaid:
    """Warp a frame of a to a frame of b. ``homography`` takes b to a.

    Both are later blurred to the resolution of the coarser one. Otherwise the finer one would have more contrast.
    """
    a, like = frame_a.colors, frame_b.colors
    size = (like.shape[1], like.shape[0])
    zoom = abs(float(np.linalg.det(homography[:2, :2])) or 1.0) ** -0.5
    if zoom < 1:
        a = _blur(a, 0.6 * (zoom**-2 - 1) ** 0.5 + 0.01)
    image = cv2.warpPerspective(a, homography, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    covered = cv2.warpPerspective(frame_a.solid, homography, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    sigma = 1.2 * max(1.0, zoom)
    usable_a, warped = np.asarray(covered, np.uint8), np.asarray(image, np.float32)
    return _Overlaid(warped, usable_a, sigma, like, frame_b.solid, _blur(like, sigma))


def _dense_pairs(over: _Overlaid, plane: NDArray[np.float64], linking: Linking) -> Pairs:
    """Take pairs all over the common part, by flow from b to the warped a, or without flow if it finds too few."""
    zero = np.zeros((0, 3), np.float32)
    empty = Pairs(zero, zero, zero[:, :2], zero[:, 0])
    if over.covered.mean() < 0.02:
        return empty
    color_b, even_b = over.color_b, even(over.color_b)
    for moving in (True, False):
        x, y, good = _tracked(gray(over.frame_b), gray(over.image)) if moving else _unmoved(over.image, over.frame_b)
        color_a = _blur(np.asarray(cv2.remap(over.image, x, y, cv2.INTER_LINEAR), np.float32), over.sigma)
        whole = cv2.erode(cv2.remap(over.covered, x, y, cv2.INTER_NEAREST), np.ones((3, 3), np.uint8))
        good &= (np.asarray(whole) > 0) & (over.solid_b > 0) & same_texture(color_a, color_b) & even(color_a) & even_b
        if not moving:
            good = np.asarray(cv2.erode(good.astype(np.uint8), np.ones((5, 5), np.uint8))) > 0
        if good.sum() >= linking.dense:
            break
    rows, columns = np.nonzero(good)
    if len(rows) < 200:
        return empty
    index = np.sort(np.random.default_rng(linking.seed).choice(len(rows), min(linking.dense, len(rows)), replace=False))
    rows, columns = rows[index], columns[index]
    position = np.stack([x[rows, columns], y[rows, columns]], -1)[None]
    xy = np.asarray(cv2.perspectiveTransform(position, plane), np.float32)[0]
    return Pairs(color_a[rows, columns], color_b[rows, columns], xy, np.full(len(rows), 0.5, np.float32))


def _clipped_pairs(shown_a: Bytes, shown_b: Bytes, over: _Overlaid, plane: NDArray[np.float64]) -> Clipped:
    """Take the colors of places that one of two frames clips, where the plane puts them.

    The masks are those of the pixels whose neighborhood is in the picture.
    """
    size, how = (over.frame_b.shape[1], over.frame_b.shape[0]), cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    inside = np.asarray(cv2.warpPerspective(shown_a, plane, size, flags=how), np.uint8)
    there = Side(_blur(over.image, over.sigma), over.covered, inside)
    return clipped_pairs(there, Side(over.color_b, over.solid_b, shown_b))


def _tracked(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> tuple[Float32, Float32, NDArray[np.bool_]]:
    """Return the position (x, y) of each pixel of ``start`` in ``end``, and a mask of the reliable ones."""
    x, y, moved, off = flow_between(start, end)
    return x, y, (off < 1) & (moved < 12)


def _unmoved(a: Float32, b: Float32) -> tuple[Float32, Float32, NDArray[np.bool_]]:
    """Return the positions (x, y) of pixels that did not move, and a mask of those whose luma correlates.

    The window is wide. This is for pictures in which moving actors mislead the flow.
    """
    row, column = np.mgrid[0 : b.shape[0], 0 : b.shape[1]].astype(np.float32)
    alike, *_ = correlation(a, b, 41)
    return column, row, np.asarray(alike > 0.85)
