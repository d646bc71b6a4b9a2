"""Geometrically verified matches of two shots.

A frame pair is verified by a homography (planes, pans, zooms) or a fundamental matrix (parallax), both by MAGSAC++
(Barath et al. 2020). If that fails, all frame pairs are verified together by one zoom and shift, which works with few
matches and little texture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.color.neighbors import Posed, mutual_nearest, mutual_nearest_posed
from otiograde.record.settings import Linking
from otiograde.survey.links.points import Features, Points

#: Largest difference of a match's change of pose from the dominant one: in log2 of size, and in degrees.
ZOOM, TURN = 0.6, 25.0
#: Largest difference in degrees of a match's turn from that of the other matches of one pair of rays.
TURNED = 30.0
#: Lowe's ratio: a match is this much nearer than the second nearest point.
RATIO = 0.85


class FrameMatch(NamedTuple):
    """The n verified matches of a frame of shot a with a frame of shot b."""

    #: Index of the frame of shot a.
    i: int
    #: Index of the frame of shot b.
    j: int
    #: ``(n,)``: indices into the keypoints of frame ``i``.
    first: NDArray[np.intp]
    #: ``(n,)``: indices into the keypoints of frame ``j``.
    second: NDArray[np.intp]
    #: Number of matches before verification.
    tried: int
    #: ``(3, 3)``, from b to a; None if no plane explains enough matches.
    homography: NDArray[np.float64] | None


class Matches(NamedTuple):
    """The verified matches of two shots."""

    #: Keypoints of shot a.
    a: Features
    #: Keypoints of shot b.
    b: Features
    #: Matches of frame pairs, the pair with most matches first.
    frames: tuple[FrameMatch, ...]
    #: Number of matches that counts for the link: of the best frame pair, or of the places that one zoom covers.
    inliers: int


def match_shots(a: Features, b: Features, linking: Linking) -> Matches | None:
    """Return the geometrically verified matches of two shots, or None if they are too few to trust."""
    few = linking.screened
    screened = {
        (i, j): mutual_nearest(a.frames[i].root[:few], b.frames[j].root[:few], RATIO)
        for i, j in product(range(len(a.frames)), range(len(b.frames)))
    }
    if not screened:
        return None
    pairs = _frame_pairs({pair: len(first) for pair, (first, _) in screened.items()}, linking)

    @cache
    def nearest(i: int, j: int) -> tuple[Indices, Indices]:
        return mutual_nearest(a.frames[i].root, b.frames[j].root, RATIO)

    frames = _verified(a, b, {pair: nearest(*pair) for pair in pairs}, linking)
    good = sorted((m for m in frames if m is not None), key=lambda m: (-len(m.first), m.i, m.j))
    most = len(good[0].first) if good else 0
    plane = any(m.homography is not None for m in good)
    sure = plane and (most >= linking.many or max(len(m.first) / m.tried for m in good) >= linking.ratio)
    still = None if sure and most >= linking.plenty else _match_still(a, b, screened, nearest, linking)
    if sure or (still is None and most >= linking.many):
        # The plane may belong to an object that moved while the rest stood still: both are evidence.
        return Matches(a, b, (*good, *(still.frames if still is not None else ())), most)
    return still


def _verified(a: Features, b: Features, matched: Screened, linking: Linking) -> list[FrameMatch | None]:
    """Verify the matches of frame pairs, or return none if they cannot make a link.

    Without a plane, one pair needs ``linking.many`` of them. Rays are tried where there may be so many of one pose.
    """
    planes = {
        (i, j): _plane(a.frames[i].xy[first], b.frames[j].xy[second], linking)
        for (i, j), (first, second) in matched.items()
    }

    @cache
    def checked(i: int, j: int) -> FrameMatch | None:
        return verified(a.frames[i], b.frames[j], i, j, *matched[i, j], linking, planes[i, j])

    if all(plane.on.sum() < linking.plane for plane in planes.values()):
        most = {pair: _most(a.frames[pair[0]], b.frames[pair[1]], *matched[pair], planes[pair]) for pair in matched}
        likely = [checked(*pair) for pair in matched if most[pair] >= linking.many]
        if all(match is None or len(match.first) < linking.many for match in likely):
            return []
    return [checked(*pair) for pair in matched]


def _frame_pairs(counts: Mapping[tuple[int, int], int], linking: Linking) -> list[tuple[int, int]]:
    """Choose the frame pairs whose strongest points match best. A frame that is in a chosen pair counts less."""
    chosen: list[tuple[int, int]] = []
    while len(chosen) < min(linking.frame_pairs, len(counts)):
        used = [sum(i == p for p, _ in chosen) + sum(j == q for _, q in chosen) for i, j in counts]
        scores = [-1.0 if pair in chosen else n / 3**u for (pair, n), u in zip(counts.items(), used, strict=True)]
        chosen.append(list(counts)[int(np.argmax(scores))])
    return chosen


Screened: TypeAlias = Mapping[tuple[int, int], tuple[NDArray[np.intp], NDArray[np.intp]]]


def _match_still(
    a: Features,
    b: Features,
    screened: Screened,
    nearest: Callable[[int, int], tuple[Indices, Indices]],
    linking: Linking,
) -> Matches | None:
    """Match all frame pairs together under one zoom and shift, as between two still cameras or two crops.

    Different places are counted, not matches: a still object is matched in every frame pair. ``nearest`` returns the
    nearest neighbors of a frame pair.
    """
    if _one_zoom(_Pool.of(a, b, screened), linking.places // 2) is None:
        return None
    matched = {(i, j): nearest(i, j) for i, j in screened}
    pool = _Pool.of(a, b, matched)
    zoom = _one_zoom(pool, linking.places)
    if zoom is None:
        return None
    # Now a point competes only with points of its pose: this finds more matches and a more accurate zoom.
    posed = {(i, j): nearest_alike(a.frames[i], b.frames[j], *zoom.pose) for i, j in screened}
    closer = _Pool.of(a, b, posed)
    if (again := _one_zoom(closer, zoom.places)) is not None:
        matched, pool, zoom = posed, closer, again
    frames = []
    support = Counter(zip(pool.i[zoom.inlier].tolist(), pool.j[zoom.inlier].tolist(), strict=True))
    for i, j in _frame_pairs({pair: support[pair] for pair in matched}, linking):
        mask = zoom.inlier & (pool.i == i) & (pool.j == j)
        frames.append(FrameMatch(i, j, pool.first[mask], pool.second[mask], len(matched[i, j][0]), zoom.plane))
    return Matches(a, b, tuple(frames), zoom.places)


class _Zoom(NamedTuple):
    """A zoom and shift from b to a."""

    #: ``(3, 3)``: the transform of pixel positions.
    plane: NDArray[np.float64]
    #: ``(n,)``: mask of the pooled matches that agree with it.
    inlier: NDArray[np.bool_]
    #: Number of different places that these cover.
    places: int

    @property
    def pose(self) -> tuple[float, float]:
        """Its change of size (log2) and of direction (degrees)."""
        x, y = self.plane[:2, 0]
        return float(np.log2(np.hypot(x, y))), float(np.degrees(np.arctan2(y, x)))


class _Pool(NamedTuple):
    """The n matches of many frame pairs, one array a property."""

    #: ``(n,)``: frame of shot a.
    i: NDArray[np.intp]
    #: ``(n,)``: frame of shot b.
    j: NDArray[np.intp]
    #: ``(n,)``: keypoint in frame ``i``.
    first: NDArray[np.intp]
    #: ``(n,)``: keypoint in frame ``j``.
    second: NDArray[np.intp]
    #: ``(n, 2)``: its position in a, in pixels.
    xa: Float32
    #: ``(n, 2)``: its position in b, in pixels.
    xb: Float32
    #: ``(n,)``: change of size from b to a, log2.
    zoom: Float32
    #: ``(n,)``: change of direction from b to a, in degrees.
    turn: Float32

    @classmethod
    def of(cls, a: Features, b: Features, matched: Screened) -> _Pool:
        columns: list[list[NDArray[np.generic]]] = []
        for (i, j), (first, second) in matched.items():
            pa, pb = a.frames[i], b.frames[j]
            indices = [np.full(len(first), i, np.intp), np.full(len(first), j, np.intp), first, second]
            pose = [np.log2(pa.size[first] / pb.size[second]), turned(pa.angle[first], pb.angle[second])]
            columns.append([*indices, pa.xy[first], pb.xy[second], *pose])
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def turned(a: Float32, b: Float32 | float) -> Float32:
    """Return the angle from direction b to direction a, in degrees from -180 to 180."""
    return np.asarray((a - b + 180) % 360 - 180)


def _one_zoom(pool: _Pool, fewest: int) -> _Zoom | None:
    """Return the zoom and shift that most matches agree with, or None if they cover too few places."""
    upright = np.flatnonzero(np.abs(pool.turn) < 30)
    cells = np.hstack([pool.xa, pool.xb])[upright] // 6
    single = upright[np.sort(np.unique(cells, axis=0, return_index=True)[1])]
    if len(single) < max(fewest, 4):
        return None
    xa, xb = pool.xa[single], pool.xb[single]
    frame, _ = cv2.estimateAffinePartial2D(xb, xa, ransacReprojThreshold=3, maxIters=5000, confidence=0.999)
    if frame is None:
        return None
    scale, tilt = float(np.hypot(*frame[:, 0])), float(np.degrees(np.arctan2(frame[1, 0], frame[0, 0])))
    if not 0.125 <= scale <= 8 or abs(tilt) > 30:
        return None
    error = np.linalg.norm(pool.xb @ frame[:, :2].T + frame[:, 2] - pool.xa, axis=1)
    inlier = (np.abs(pool.turn) < 30) & (error < 3) & (np.abs(pool.zoom - np.log2(scale)) < 0.5)
    places = min(len(np.unique(xy[inlier] // 12, axis=0)) for xy in (pool.xa, pool.xb))
    return _Zoom(np.vstack([frame, [0, 0, 1]]), inlier, places) if places >= fewest else None


def nearest_alike(a: Points, b: Points, zoom: float, turn: float, ratio: float = 0.9) -> tuple[Indices, Indices]:
    """Return mutual nearest neighbors among points whose pose changes by about ``zoom`` (log2) and ``turn`` (degrees).

    The ratio test compares a match only with other points of that pose. The result is indices into a and into b.
    """
    first, second = (Posed(points.root, points.size, points.angle) for points in (a, b))
    return mutual_nearest_posed(first, second, (zoom, turn), (ZOOM, TURN), ratio)


class _Plane(NamedTuple):
    """A homography that many of n matches agree with."""

    #: ``(3, 3)``, from b to a; None if there is none.
    homography: NDArray[np.float64] | None
    #: ``(n,)``: mask of the matches that agree.
    on: NDArray[np.bool_]


def _plane(xa: Float32, xb: Float32, linking: Linking) -> _Plane:
    if len(xa) >= linking.fewest:
        homography, on = _magsac(cv2.findHomography, xb, xa, 2.5)
        if homography is not None:
            return _Plane(np.asarray(homography, np.float64), on.ravel() > 0)
    return _Plane(None, np.zeros(len(xa), np.bool_))


def verified(
    a: Points,
    b: Points,
    i: int,
    j: int,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    linking: Linking,
    plane: _Plane | None = None,
) -> FrameMatch | None:
    """Return the matches of frames ``i`` and ``j`` that agree with a homography or a fundamental matrix.

    ``plane`` is the homography if it was found before. Return None if they are too few.
    """
    if len(first) < linking.fewest:
        return None
    xa, xb = a.xy[first], b.xy[second]
    homography, flat = plane or _plane(xa, xb, linking)
    inlier = flat.copy() if flat.sum() >= linking.fewest else np.zeros(len(first), bool)
    if len(first) >= 14:
        _, on_rays = _magsac(cv2.findFundamentalMat, xb, xa, 1.5)
        deep = on_rays.ravel() > 0 if on_rays is not None else np.zeros(len(first), bool)
        if deep.sum() >= 14 and deep.mean() > 0.3:
            inlier |= deep & _same_pose(a, b, first, second, deep)
    if inlier.sum() < linking.fewest:
        return None
    known = homography if flat.sum() >= linking.plane else None
    return FrameMatch(i, j, first[inlier], second[inlier], len(inlier), known)


def _most(a: Points, b: Points, first: Indices, second: Indices, plane: _Plane) -> int:
    """Return how many matches can be verified at most: those of the plane, and those of one pose."""
    turn = np.sort(turned(a.angle[first], b.angle[second]))
    around = np.searchsorted(np.concatenate([turn, turn + 360]), turn + (2 * TURNED + 1))  # a degree for rounding
    return int(plane.on.sum() + (around - np.arange(len(turn))).max(initial=0))


def _magsac(find: Callable[..., tuple[Any, Any]], xb: Float32, xa: Float32, within: float) -> tuple[Any, Any]:
    """Find a model and the mask of the matches ``within`` this many pixels of it. Return two Nones if there is none.

    OpenCV 5 raises an error for some degenerate matches (for example all on one line) instead of finding no model.
    """
    with suppress(cv2.error):
        return find(xb, xa, method=cv2.USAC_MAGSAC, ransacReprojThreshold=within, confidence=0.999, maxIters=3000)
    return None, None


def _same_pose(
    a: Points, b: Points, first: NDArray[np.intp], second: NDArray[np.intp], deep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return a mask of the matches with about the median change of pose. Chance matches on an epipolar line differ."""
    zoom = np.log2(a.size[first] / b.size[second])
    turn = turned(a.angle[first], b.angle[second])
    off = turned(turn, float(np.median(turn[deep])))
    return np.asarray((np.abs(zoom - np.median(zoom[deep])) < 0.8) & (np.abs(off) < TURNED))
