"""Geometrically verified matches of two shots.

A frame pair is verified by a homography (planes, pans, zooms) or a fundamental matrix (parallax), both by MAGSAC++
(Barath et al. 2020); failing that, all frame pairs together by one zoom and shift, which needs few matches and no
texture to spare.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.record.settings import Linking
from otiograde.survey.links.points import Features, Points

#: How far the pose of a match may be from the common one: in doublings of size, and in degrees.
ZOOM, TURN = 0.6, 25.0


class FrameMatch(NamedTuple):
    """Verified matches of frame ``i`` of shot a with frame ``j`` of shot b: indices into their keypoints.

    ``tried`` counts the matches before verification; ``homography`` takes b to a, None where no plane explains enough.
    """

    i: int
    j: int
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    tried: int
    homography: NDArray[np.float64] | None


class Matches(NamedTuple):
    """Verified matches of two shots, best first, with the keypoints they speak of; ``inliers`` counts the best ones."""

    a: Features
    b: Features
    frames: tuple[FrameMatch, ...]
    inliers: int


def match(a: Features, b: Features, linking: Linking) -> Matches | None:
    """Geometrically verified matches of two shots, or None when they are too few to be believed."""
    few = linking.screened
    screened = {
        (i, j): _nearest(a.frames[i].root[:few], b.frames[j].root[:few])
        for i, j in product(range(len(a.frames)), range(len(b.frames)))
    }
    if not screened:
        return None
    pairs = _frame_pairs({pair: len(first) for pair, (first, _) in screened.items()}, linking)
    frames = [_match_frames(a.frames[i], b.frames[j], i, j, linking) for i, j in pairs]
    good = sorted((m for m in frames if m is not None), key=lambda m: (-len(m.first), m.i, m.j))
    most = len(good[0].first) if good else 0
    plane = any(m.homography is not None for m in good)
    sure = plane and (most >= linking.many or max(len(m.first) / m.tried for m in good) >= linking.ratio)
    still = None if sure and most >= linking.plenty else _match_still(a, b, screened, linking)
    if sure or (still is None and most >= linking.many):
        # The plane may be that of something that moved, while the rest stood still: both are evidence.
        return Matches(a, b, (*good, *(still.frames if still is not None else ())), most)
    return still


def _frame_pairs(counts: Mapping[tuple[int, int], int], linking: Linking) -> list[tuple[int, int]]:
    """The frame pairs whose strongest points match best, each frame used once as long as others are left."""
    chosen: list[tuple[int, int]] = []
    while len(chosen) < min(linking.frame_pairs, len(counts)):
        used = [sum(i == p for p, _ in chosen) + sum(j == q for _, q in chosen) for i, j in counts]
        scores = [-1.0 if pair in chosen else n / 3**u for (pair, n), u in zip(counts.items(), used, strict=True)]
        chosen.append(list(counts)[int(np.argmax(scores))])
    return chosen


Screened: TypeAlias = Mapping[tuple[int, int], tuple[NDArray[np.intp], NDArray[np.intp]]]


def _match_still(a: Features, b: Features, screened: Screened, linking: Linking) -> Matches | None:
    """Matches of all frame pairs together under one zoom and shift: what two still cameras, or two croppings, leave.

    Counted are different places, not matches: what stands still is matched in every frame pair.
    """
    if _one_zoom(_Pool.of(a, b, screened), linking.places // 2) is None:
        return None
    every = {(i, j): _nearest(a.frames[i].root, b.frames[j].root) for i, j in screened}
    pool = _Pool.of(a, b, every)
    zoom = _one_zoom(pool, linking.places)
    if zoom is None:
        return None
    # Now points need only be told from others of their pose: that finds more matches, and a zoom nearer the truth.
    posed = {(i, j): nearest_alike(a.frames[i], b.frames[j], *zoom.pose) for i, j in screened}
    closer = _Pool.of(a, b, posed)
    if (again := _one_zoom(closer, zoom.places)) is not None:
        every, pool, zoom = posed, closer, again
    found = []
    support = Counter(zip(pool.i[zoom.kept].tolist(), pool.j[zoom.kept].tolist(), strict=True))
    for i, j in _frame_pairs({pair: support[pair] for pair in every}, linking):
        own = zoom.kept & (pool.i == i) & (pool.j == j)
        found.append(FrameMatch(i, j, pool.first[own], pool.second[own], len(every[i, j][0]), zoom.plane))
    return Matches(a, b, tuple(found), zoom.places)


class _Zoom(NamedTuple):
    """The zoom and shift (3, 3) that takes b to a, the matches that obey it, and the number of places they cover."""

    plane: NDArray[np.float64]
    kept: NDArray[np.bool_]
    places: int

    @property
    def pose(self) -> tuple[float, float]:
        """The change of size (log2) and of direction (degrees)."""
        x, y = self.plane[:2, 0]
        return float(np.log2(np.hypot(x, y))), float(np.degrees(np.arctan2(y, x)))


class _Pool(NamedTuple):
    """Matches of many frame pairs: frames ``i``, ``j``, keypoints ``first``, ``second``, places, poses."""

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    xa: Float32
    xb: Float32
    zoom: Float32
    turn: Float32

    @classmethod
    def of(cls, a: Features, b: Features, matched: Screened) -> _Pool:
        columns: list[list[NDArray[np.generic]]] = []
        for (i, j), (first, second) in matched.items():
            pa, pb = a.frames[i], b.frames[j]
            where = [np.full(len(first), i, np.intp), np.full(len(first), j, np.intp), first, second]
            pose = [np.log2(pa.size[first] / pb.size[second]), turned(pa.angle[first], pb.angle[second])]
            columns.append([*where, pa.xy[first], pb.xy[second], *pose])
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def turned(a: Float32, b: Float32 | float) -> Float32:
    """The directions a less b, in degrees from -180 to 180."""
    return np.asarray((a - b + 180) % 360 - 180)


def _one_zoom(pool: _Pool, fewest: int) -> _Zoom | None:
    """The zoom and shift that most matches obey, None where they cover too few places."""
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
    away = np.linalg.norm(pool.xb @ frame[:, :2].T + frame[:, 2] - pool.xa, axis=1)
    kept = (np.abs(pool.turn) < 30) & (away < 3) & (np.abs(pool.zoom - np.log2(scale)) < 0.5)
    places = min(len(np.unique(xy[kept] // 12, axis=0)) for xy in (pool.xa, pool.xb))
    return _Zoom(np.vstack([frame, [0, 0, 1]]), kept, places) if places >= fewest else None


def _nearest(
    a: NDArray[np.uint8], b: NDArray[np.uint8], ratio: float = 0.85
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Mutual nearest neighbors that pass Lowe's ratio test: indices into a and into b."""
    if len(a) < 2 or len(b) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    first, second = a.astype(np.float32), b.astype(np.float32)
    alike = first @ second.T  # whole numbers below 2^24: exact, so the same on every machine
    rows = np.arange(len(a))
    best, mutual = alike.argmax(1), alike.argmax(0)
    # The nearest by angle is the nearest by distance, but for rounding: all RootSIFT vectors are of one length.
    lengths = (first**2).sum(1)[:, None] + (second**2).sum(1)
    near = lengths[rows, best] - 2 * alike[rows, best]
    alike[rows, best] = -np.inf
    other = alike.argmax(1)
    far = lengths[rows, other] - 2 * alike[rows, other]
    kept = (near < ratio**2 * far) & (mutual[best] == rows)
    return np.flatnonzero(kept), best[kept]


def nearest_alike(a: Points, b: Points, zoom: float, turn: float, ratio: float = 0.9) -> tuple[Indices, Indices]:
    """Mutual nearest neighbors among points whose pose changed as the common one, told from others of that pose."""
    if len(a.root) < 2 or len(b.root) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    first, second = a.root.astype(np.float32), b.root.astype(np.float32)
    apart = (first**2).sum(1)[:, None] + (second**2).sum(1)
    apart -= 2 * (first @ second.T)  # whole numbers below 2^24: exact, so the same on every machine
    apart[np.abs(np.log2(a.size)[:, None] - np.log2(b.size) - zoom) > ZOOM] = np.inf
    heading_a, heading_b = np.radians(a.angle), np.radians(b.angle + turn)
    agreeing = np.cos(heading_a)[:, None] * np.cos(heading_b) + np.sin(heading_a)[:, None] * np.sin(heading_b)
    apart[agreeing < np.cos(np.radians(TURN))] = np.inf
    rows = np.arange(len(first))
    best, mutual = apart.argmin(1), apart.argmin(0)
    near = apart[rows, best]
    apart[rows, best] = np.inf
    kept = np.isfinite(near) & (near < ratio**2 * apart.min(1)) & (mutual[best] == rows)
    return np.flatnonzero(kept), best[kept]


def _match_frames(a: Points, b: Points, i: int, j: int, linking: Linking) -> FrameMatch | None:
    return verified(a, b, i, j, *_nearest(a.root, b.root), linking)


def verified(
    a: Points, b: Points, i: int, j: int, first: NDArray[np.intp], second: NDArray[np.intp], linking: Linking
) -> FrameMatch | None:
    """The matches of frames ``i`` and ``j`` that obey a homography (planes, pans, zooms) or a fundamental matrix."""
    if len(first) < linking.fewest:
        return None
    xa, xb = a.xy[first], b.xy[second]
    plane, on_plane = _magsac(cv2.findHomography, xb, xa, 2.5)
    flat = on_plane.ravel() > 0 if plane is not None else np.zeros(len(first), bool)
    kept = flat.copy() if flat.sum() >= linking.fewest else np.zeros(len(first), bool)
    if len(first) >= 14:
        _, on_rays = _magsac(cv2.findFundamentalMat, xb, xa, 1.5)
        deep = on_rays.ravel() > 0 if on_rays is not None else np.zeros(len(first), bool)
        if deep.sum() >= 14 and deep.mean() > 0.3:
            kept |= deep & _same_pose(a, b, first, second, deep)
    if kept.sum() < linking.fewest:
        return None
    homography = np.asarray(plane, np.float64) if flat.sum() >= linking.plane else None
    return FrameMatch(i, j, first[kept], second[kept], len(kept), homography)


def _magsac(find: Callable[..., tuple[Any, Any]], xb: Float32, xa: Float32, within: float) -> tuple[Any, Any]:
    """Find a model and the matches ``within`` so many pixels of it; None and None where there is none.

    OpenCV 5 fails on some degenerate matches (all on one line, say) where it should find nothing.
    """
    with suppress(cv2.error):
        return find(xb, xa, method=cv2.USAC_MAGSAC, ransacReprojThreshold=within, confidence=0.999, maxIters=3000)
    return None, None


def _same_pose(
    a: Points, b: Points, first: NDArray[np.intp], second: NDArray[np.intp], deep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Matches whose change of size and direction is the common one: chance matches on an epipolar line are not."""
    zoom = np.log2(a.size[first] / b.size[second])
    turn = turned(a.angle[first], b.angle[second])
    off = turned(turn, float(np.median(turn[deep])))
    return np.asarray((np.abs(zoom - np.median(zoom[deep])) < 0.8) & (np.abs(off) < 30))
