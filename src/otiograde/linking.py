"""Find the same surfaces in two shots: which shots to try, which points match, and the color pairs they give.

Three steps, each a plain function that an executor can map: ``features`` once a sample, ``match`` once a candidate pair
(light to send between processes), ``link`` once a pair that matched. ``link_all`` runs them.

Sources: SIFT (Lowe 2004) with RootSIFT (Arandjelović & Zisserman 2012), MAGSAC++ (Barath et al. 2020), DIS optical flow
(Kroeger et al. 2016). Luma is stretched and equalised (CLAHE) first, so that a cast or a contrast does not hide a match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.prior import robust_fit
from otiograde.link import Link
from otiograde.sample import Sample
from otiograde.shot import Shot

Floats = NDArray[np.float32]
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True)
class Linking:
    """How links are found.

    ``reach`` shots on either side in record order and the ``nearest`` shots in a cast-blind descriptor are tried. A frame
    keeps its ``keypoints`` strongest SIFT points; ``screened`` of them decide which ``frame_pairs`` are matched in full.
    A frame pair counts with ``fewest`` verified matches; a link needs ``inliers`` of them at ``ratio`` of the matches tried,
    or ``many`` whatever the ratio. ``dense`` flow pairs a frame pair, ``pairs`` in all; one block in ``held_out`` is kept back.
    """

    reach: int = 3
    nearest: int = 4
    keypoints: int = 1500
    screened: int = 500
    frame_pairs: int = 4
    fewest: int = 8
    plane: int = 15
    ratio: float = 0.3
    many: int = 30
    places: int = 6
    dense: int = 1500
    pairs: int = 4000
    held_out: int = 5
    seed: int = 0


class Points(NamedTuple):
    """Keypoints of one frame, strongest first: ``xy`` (n, 2), ``size`` and ``angle`` (n,), ``root`` RootSIFT uint8 (n, 128)."""

    xy: Floats
    size: Floats
    angle: Floats
    root: NDArray[np.uint8]


class Features(NamedTuple):
    """The keypoints of each frame of one shot."""

    shot: str
    frames: tuple[Points, ...]


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
    """The verified frame matches of two shots, the best first, with the keypoints they speak of; ``inliers`` in the best."""

    a: Features
    b: Features
    frames: tuple[FrameMatch, ...]
    inliers: int


def link_all(
    shots: Sequence[Shot], samples: Mapping[str, Sample], linking: Linking, executor: Executor
) -> list[Link]:
    """The links among the candidate pairs, in candidate order whatever the executor."""
    found = dict(zip(samples, executor.map(features, samples.values(), [linking] * len(samples)), strict=True))
    tried = candidates(shots, samples, linking)
    first, second = [found[a] for a, _ in tried], [found[b] for _, b in tried]
    matched = [m for m in executor.map(match, first, second, [linking] * len(tried)) if m is not None]
    links = executor.map(
        link, [samples[m.a.shot] for m in matched], [samples[m.b.shot] for m in matched], matched, [linking] * len(matched)
    )
    return [found_link for found_link in links if found_link is not None]


# --------------------------------------------------------------------------------------------- which pairs to try


def candidates(shots: Sequence[Shot], samples: Mapping[str, Sample], linking: Linking) -> list[tuple[str, str]]:
    """Pairs worth matching, in record order: neighbours in time and nearest in a cast-blind descriptor.

    Their number grows linearly with the number of shots. Shots of one wished scene are all tried against the scene's
    first; SDR and HDR shots are never paired.
    """
    usable = [shot for shot in shots if len(samples[shot.id].frames)]
    order = {shot.id: index for index, shot in enumerate(usable)}
    pairs = {(i, j) for i in order.values() for j in range(i + 1, min(i + 1 + linking.reach, len(usable)))}
    if len(usable) > 1:
        descriptors = np.array([descriptor(samples[shot.id]) for shot in usable])
        for i, own in enumerate(descriptors):
            distance = np.linalg.norm(descriptors - own, axis=1)
            distance[i] = np.inf
            pairs |= {(min(i, int(j)), max(i, int(j))) for j in np.argsort(distance, kind="stable")[: linking.nearest]}
    pairs |= _wished_pairs(usable)
    return [
        (usable[i].id, usable[j].id)
        for i, j in sorted(pairs)
        if i != j and usable[i].media.encoding.is_hdr == usable[j].media.encoding.is_hdr
    ]


def _wished_pairs(shots: Sequence[Shot]) -> set[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = set()
    for index, shot in enumerate(shots):
        if shot.wishes.scene is not None:
            pairs.add((first.setdefault(shot.wishes.scene, index), index))
    return pairs


def descriptor(sample: Sample) -> Floats:
    """A cast-blind histogram: each channel stretched and its median put to .45, then 8 x 8 x 8 opponent bins, rooted."""
    rgb = sample.colors(4000)
    if len(rgb) < 16:
        return np.zeros(512, np.float32)
    low, high = np.quantile(rgb, [0.02, 0.98], axis=0)
    level = np.clip((rgb - low) / (high - low + 1e-3), 0, 1)
    level = level ** np.clip(np.log(0.45) / np.log(np.median(level, axis=0) + 0.02), 0.4, 2.5)
    opponent = np.stack([level @ LUMA, level[:, 0] - level[:, 1], level[:, 2] - (level[:, 0] + level[:, 1]) / 2], -1)
    ranges = [(0.0, 1.0), (-0.6, 0.6), (-0.6, 0.6)]
    counts = np.histogramdd(np.clip(opponent, [0, -0.6, -0.6], [1, 0.6, 0.6]), bins=8, range=ranges)[0].ravel()
    return np.sqrt(counts / counts.sum()).astype(np.float32)


# --------------------------------------------------------------------------------------------- points and their matches


def features(sample: Sample, linking: Linking) -> Features:
    """SIFT points of every frame of a sample, letterbox bars left out."""
    seen = _picture_area(sample.usable)
    return Features(sample.shot, tuple(_points(frame, seen, linking) for frame in sample.frames))


def _picture_area(usable: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """255 where the picture is, 0 on bars (rows or columns never usable) and eight pixels round them."""
    import cv2

    if not len(usable):
        return np.zeros((0, 0), np.uint8)
    rows, columns = usable.mean(axis=(0, 2)) > 0.02, usable.mean(axis=(0, 1)) > 0.02
    area = np.outer(rows, columns).astype(np.uint8) * 255
    return np.asarray(cv2.erode(area, np.ones((17, 17), np.uint8), borderValue=255), np.uint8)


def gray(frame: Floats) -> NDArray[np.uint8]:
    """Luma stretched between its 1st and 99th percentiles and equalised locally: blind to exposure and contrast."""
    import cv2

    luma = frame @ LUMA
    low, high = np.quantile(luma, [0.01, 0.99])
    level = (np.clip((luma - low) / (high - low + 1e-4), 0, 1) * 255).astype(np.uint8)
    return np.asarray(cv2.createCLAHE(3.0, (4, 4)).apply(level), np.uint8)


def _points(frame: Floats, seen: NDArray[np.uint8], linking: Linking) -> Points:
    import cv2

    scale = 2 if max(frame.shape[:2]) < 320 else 1
    image = cv2.resize(gray(frame), None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    sift = cv2.SIFT_create(linking.keypoints, contrastThreshold=0.015)
    keys, descriptors = sift.detectAndCompute(image, mask)
    if descriptors is None or not keys:
        empty = np.zeros(0, np.float32)
        return Points(np.zeros((0, 2), np.float32), empty, empty, np.zeros((0, 128), np.uint8))
    rows = np.array([(*key.pt, key.size, key.angle, key.response) for key in keys], np.float32)
    strongest = np.lexsort((rows[:, 1], rows[:, 0], -rows[:, 4]))[: linking.keypoints]
    rows, descriptors = rows[strongest], descriptors[strongest]
    root = np.sqrt(descriptors / (descriptors.sum(1, keepdims=True) + 1e-6))
    return Points(rows[:, :2] / scale, rows[:, 2] / scale, rows[:, 3], np.rint(root * 255).astype(np.uint8))


def match(a: Features, b: Features, linking: Linking) -> Matches | None:
    """Geometrically verified matches of two shots, or None when they are too few to be believed."""
    few = linking.screened
    screened = {
        (i, j): _nearest(a.frames[i].root[:few], b.frames[j].root[:few])
        for i, j in product(range(len(a.frames)), range(len(b.frames)))
    }
    pairs = _frame_pairs({pair: len(first) for pair, (first, _) in screened.items()}, linking)
    frames = [_match_frames(a.frames[i], b.frames[j], i, j, linking) for i, j in pairs]
    good = sorted((m for m in frames if m is not None), key=lambda m: (-len(m.first), m.i, m.j))
    most = len(good[0].first) if good else 0
    plane = any(m.homography is not None for m in good)
    if plane and (most >= linking.many or max(len(m.first) / m.tried for m in good) >= linking.ratio):
        return Matches(a, b, tuple(good), most)
    still = _match_still(a, b, screened, linking)
    if still is None and most >= linking.many:
        return Matches(a, b, tuple(good), most)
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
    homography, kept, places = zoom
    found = []
    support = Counter(zip(pool.i[kept].tolist(), pool.j[kept].tolist(), strict=True))
    for i, j in _frame_pairs({pair: support[pair] for pair in every}, linking):
        own = kept & (pool.i == i) & (pool.j == j)
        found.append(FrameMatch(i, j, pool.first[own], pool.second[own], len(every[i, j][0]), homography))
    return Matches(a, b, tuple(found), places)


class _Pool(NamedTuple):
    """Matches of many frame pairs: frames ``i``, ``j``, keypoints ``first``, ``second``, their places and changes of pose."""

    i: NDArray[np.intp]
    j: NDArray[np.intp]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    xa: Floats
    xb: Floats
    zoom: Floats
    turn: Floats

    @classmethod
    def of(cls, a: Features, b: Features, matched: Screened) -> _Pool:
        columns: list[list[NDArray[np.generic]]] = []
        for (i, j), (first, second) in matched.items():
            pa, pb = a.frames[i], b.frames[j]
            where = [np.full(len(first), i, np.intp), np.full(len(first), j, np.intp), first, second]
            pose = [np.log2(pa.size[first] / pb.size[second]), _turn(pa.angle[first], pb.angle[second])]
            columns.append([*where, pa.xy[first], pb.xy[second], *pose])
        return cls(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _turn(a: Floats, b: Floats) -> Floats:
    return (a - b + 180) % 360 - 180


def _one_zoom(pool: _Pool, fewest: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], int] | None:
    """The zoom and shift (3, 3) that takes b to a, the matches that obey it, and the number of places they cover."""
    import cv2

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
    return (np.vstack([frame, [0, 0, 1]]), kept, places) if places >= fewest else None


def _nearest(a: NDArray[np.uint8], b: NDArray[np.uint8], ratio: float = 0.85) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Mutual nearest neighbours that pass Lowe's ratio test: indices into a and into b."""
    if len(a) < 2 or len(b) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    # The dot products of RootSIFT vectors give Euclidean distances, and whole numbers of 8 bits keep them exact in float32.
    alike = a.astype(np.float32) @ b.astype(np.float32).T
    two = np.argpartition(-alike, 1, axis=1)[:, :2]
    values = np.take_along_axis(alike, two, 1)
    best = two[np.arange(len(a)), values.argmax(1)]
    norm_a, norm_b = (a.astype(np.float32) ** 2).sum(1), (b.astype(np.float32) ** 2).sum(1)
    distance = np.sqrt(np.maximum(norm_a[:, None] + norm_b[two] - 2 * values, 0))
    near, far = distance.min(1), distance.max(1)
    kept = (near < ratio * far) & (alike.argmax(0)[best] == np.arange(len(a)))
    return np.flatnonzero(kept), best[kept]


def _match_frames(a: Points, b: Points, i: int, j: int, linking: Linking) -> FrameMatch | None:
    """Match two frames and verify with a homography (planes, pans, zooms) and a fundamental matrix (parallax)."""
    import cv2

    first, second = _nearest(a.root, b.root)
    if len(first) < linking.fewest:
        return None
    xa, xb = a.xy[first], b.xy[second]
    plane, on_plane = cv2.findHomography(xb, xa, cv2.USAC_MAGSAC, 2.5, maxIters=3000, confidence=0.999)
    flat = on_plane.ravel() > 0 if plane is not None else np.zeros(len(first), bool)
    kept = flat.copy() if flat.sum() >= linking.fewest else np.zeros(len(first), bool)
    if len(first) >= 14:
        _, on_rays = cv2.findFundamentalMat(xb, xa, cv2.USAC_MAGSAC, 1.5, 0.999, 3000)
        deep = on_rays.ravel() > 0 if on_rays is not None else np.zeros(len(first), bool)
        if deep.sum() >= 14 and deep.mean() > 0.3:
            kept |= deep & _same_pose(a, b, first, second, deep)
    if kept.sum() < linking.fewest:
        return None
    homography = np.asarray(plane, np.float64) if flat.sum() >= linking.plane else None
    return FrameMatch(i, j, first[kept], second[kept], len(kept), homography)


def _same_pose(
    a: Points, b: Points, first: NDArray[np.intp], second: NDArray[np.intp], deep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Matches whose change of size and direction is the common one: chance matches on an epipolar line are not."""
    zoom = np.log2(a.size[first] / b.size[second])
    turn = _turn(a.angle[first], b.angle[second])
    off = _turn(turn, np.median(turn[deep]))
    return np.asarray((np.abs(zoom - np.median(zoom[deep])) < 0.8) & (np.abs(off) < 30))


# --------------------------------------------------------------------------------------------- from matches to color pairs


class _Pairs(NamedTuple):
    """Colors of the same surfaces, where they are in shot a (pixels), and how much one counts."""

    a: Floats
    b: Floats
    xy: Floats
    weight: Floats


def link(a: Sample, b: Sample, matches: Matches, linking: Linking) -> Link | None:
    """The color pairs of two matched shots, or None when too few of them are unclipped in both."""
    parts = []
    for found in matches.frames:
        parts.append(_sparse_pairs(a, b, matches, found))
        if found.homography is not None:
            parts.append(_dense_pairs(a, b, found, linking))
    pairs = _Pairs(*(np.concatenate([part[k] for part in parts]) for k in range(4)))
    kept = np.flatnonzero(_unclipped(pairs.a) & _unclipped(pairs.b))
    if len(kept) < 40:
        return None
    if len(kept) > linking.pairs:
        kept = np.sort(np.random.default_rng(linking.seed).choice(kept, linking.pairs, replace=False))
    x, y = pairs.a[kept].astype(np.float64), pairs.b[kept].astype(np.float64)
    weights, held_out = pairs.weight[kept].astype(np.float64), _held_out(pairs.xy[kept], linking)
    # What moved between the shots pairs with what was behind it: gone before rare colors are given more weight.
    evidence = min(400.0, 5.0 * matches.inliers)
    first = robust_fit(x[~held_out], y[~held_out], weights[~held_out], evidence=evidence)
    sound = held_out.copy()
    sound[~held_out] = first.weights > 0.04
    x, y, held_out = x[sound], y[sound], held_out[sound]
    weights = balanced_weights(x, y, weights[sound])
    if held_out.all():
        return None
    fit = robust_fit(x[~held_out], y[~held_out], weights[~held_out], evidence=evidence)
    return Link(a.shot, b.shot, x, y, weights, held_out, matches.inliers, fit.mad, confidence(matches.inliers, fit.mad))


def confidence(inliers: int, mad: float) -> float:
    """In [0, 1]: falls from 1 to 0 as the residual goes from .012 to .06, and as matches go from 60 down to 10."""
    return float(np.clip((0.06 - mad) / 0.048, 0, 1) * np.clip((inliers - 10) / 50, 0, 1))


def balanced_weights(x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights divided by the root of how crowded a pair's color is (both shots), mean 1: one wall does not own the fit."""
    bins = 10
    crowd = np.ones(len(x))
    for colors in (x, y):
        index = np.clip((colors * bins).astype(int), 0, bins - 1) @ np.array([1, bins, bins * bins])
        crowd *= np.bincount(index, weights, bins**3)[index] + 1
    weights = weights / crowd**0.25
    return np.asarray(weights / weights.mean())


def _unclipped(colors: Floats) -> NDArray[np.bool_]:
    return np.asarray((colors > 0.0075).all(1) & (colors < 0.9925).all(1))


def _held_out(xy: Floats, linking: Linking, block: int = 24) -> NDArray[np.bool_]:
    """Whole blocks of the picture are kept back, so that a pair's neighbour does not vouch for it."""
    column, row = (xy // block).astype(np.int64).T
    return np.asarray((column * 73856093 ^ row * 19349663) % linking.held_out == 0)


def _sparse_pairs(a: Sample, b: Sample, matches: Matches, found: FrameMatch) -> _Pairs:
    """Five points a match (the centre and half a size along and across its direction), blurred to its size."""
    pa, pb = matches.a.frames[found.i], matches.b.frames[found.j]
    levels_a, levels_b = _blurred(a.frames[found.i]), _blurred(b.frames[found.j])
    good_a, good_b = _solid(a.usable[found.i]), _solid(b.usable[found.j])
    parts = []
    for offset in ((0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)):
        xa = _aside(pa, found.first, offset)
        xb = _aside(pb, found.second, offset)
        kept = _inside(xa, good_a) & _inside(xb, good_b)
        xa, xb = xa[kept], xb[kept]
        size_a, size_b = pa.size[found.first][kept], pb.size[found.second][kept]
        colors = _at(levels_a, xa, size_a * 0.25), _at(levels_b, xb, size_b * 0.25)
        parts.append((*colors, xa, np.ones(len(xa), np.float32)))
    return _Pairs(*(np.concatenate([part[k] for part in parts]) for k in range(4)))


def _aside(points: Points, index: NDArray[np.intp], offset: tuple[float, float]) -> Floats:
    turn, size = np.radians(points.angle[index]), points.size[index]
    x, y = offset
    step = np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], 1)
    return np.asarray(points.xy[index] + step * size[:, None], np.float32)


def _solid(usable: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Pixels whose 5 x 5 neighbourhood is usable: a blur there takes no clipped color in."""
    import cv2

    return np.asarray(cv2.erode(usable.astype(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)


def _inside(xy: Floats, good: NDArray[np.uint8]) -> NDArray[np.bool_]:
    height, width = good.shape
    column, row = np.rint(xy).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside[inside] &= good[row[inside], column[inside]] > 0
    return np.asarray(inside)


def _blurred(frame: Floats) -> list[Floats]:
    import cv2

    return [cv2.GaussianBlur(frame, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0)]


def _at(levels: list[Floats], xy: Floats, sigma: Floats) -> Floats:
    """Bilinear samples of the blur level nearest to ``sigma``."""
    import cv2

    level = np.clip(np.rint(np.log2(np.maximum(sigma, 0.5))), 0, 2)
    out = np.zeros((len(xy), 3), np.float32)
    for k, image in enumerate(levels):
        own = level == k
        if own.any():
            x, y = np.ascontiguousarray(xy[own].T)
            out[own] = cv2.remap(image, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return out


def _dense_pairs(a: Sample, b: Sample, found: FrameMatch, linking: Linking) -> _Pairs:
    """Flow from b to the plane-warped a; kept where it returns to where it came from and the texture agrees."""
    import cv2

    frame_a, frame_b = a.frames[found.i], b.frames[found.j]
    height, width = frame_b.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    # The homography takes b to a: with WARP_INVERSE_MAP it draws a as b's camera saw it. Both are blurred to the coarser of
    # the two, or the finer one would keep its contrast and the other look flat.
    zoom = abs(float(np.linalg.det(found.homography[:2, :2]))) ** -0.5
    sigma = 1.2 * max(1.0, zoom)
    if zoom < 1:
        frame_a = cv2.GaussianBlur(frame_a, (0, 0), 0.6 * (zoom**-2 - 1) ** 0.5 + 0.01)
    warped = cv2.warpPerspective(frame_a, found.homography, (width, height), flags=flags)
    seen = cv2.warpPerspective(_solid(a.usable[found.i]), found.homography, (width, height), flags=cv2.WARP_INVERSE_MAP)
    empty = _Pairs(*(np.zeros((0, n), np.float32) for n in (3, 3, 2)), np.zeros(0, np.float32))
    if seen.mean() < 0.02:
        return empty
    solid = _solid(b.usable[found.j]) > 0
    color_b = cv2.GaussianBlur(frame_b, (0, 0), sigma)
    for moving in (True, False):
        x, y, good = _flow(gray(frame_b), gray(warped)) if moving else _in_place(warped @ LUMA, frame_b @ LUMA)
        color_a = cv2.GaussianBlur(cv2.remap(warped, x, y, cv2.INTER_LINEAR), (0, 0), sigma)
        whole = cv2.erode(cv2.remap(seen, x, y, cv2.INTER_NEAREST), np.ones((3, 3), np.uint8)) > 0
        good = good & whole & solid & _same_texture(color_a @ LUMA, color_b @ LUMA)
        if not moving:
            good = cv2.erode(good.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if good.sum() >= linking.dense:
            break
    rows, columns = np.nonzero(good)
    if len(rows) < 200:
        return empty
    kept = np.sort(np.random.default_rng(linking.seed).choice(len(rows), min(linking.dense, len(rows)), replace=False))
    rows, columns = rows[kept], columns[kept]
    place = np.stack([x[rows, columns], y[rows, columns]], -1)[None]
    xy = cv2.perspectiveTransform(place, found.homography)[0]
    weight = np.full(len(rows), 0.5, np.float32)
    return _Pairs(color_a[rows, columns], color_b[rows, columns], xy.astype(np.float32), weight)


def _flow(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Where each pixel of ``start`` lies in ``end`` (x, y), and whether the way back agrees within a pixel."""
    import cv2

    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = flow.calc(start, end, None), flow.calc(end, start, None)
    row, column = np.mgrid[0 : start.shape[0], 0 : start.shape[1]].astype(np.float32)
    x, y = column + there[..., 0], row + there[..., 1]
    returned = there + cv2.remap(back, x, y, cv2.INTER_LINEAR)
    agree = (np.hypot(returned[..., 0], returned[..., 1]) < 1) & (np.hypot(there[..., 0], there[..., 1]) < 12)
    return x, y, agree


def _in_place(a: Floats, b: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """No flow: each pixel stays, and counts where luma correlates in a wide window. For pictures whose actors misled the flow."""
    row, column = np.mgrid[0 : b.shape[0], 0 : b.shape[1]].astype(np.float32)
    correlation, *_ = _correlation(a, b, 41)
    return column, row, np.asarray(correlation > 0.85)


def _same_texture(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Local correlation of 9 x 9 luma above .75, or no texture in either."""
    correlation, spread_a, spread_b = _correlation(a, b, 9)
    return np.asarray((correlation > 0.75) | ((spread_a < 2e-5) & (spread_b < 1e-4)))


def _correlation(a: Floats, b: Floats, window: int) -> tuple[Floats, Floats, Floats]:
    """Normalised cross-correlation of two images in square windows, and the variance of each."""
    import cv2

    def mean(image: Floats) -> Floats:
        return np.asarray(cv2.blur(image, (window, window)), np.float32)

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    return (mean(a * b) - mean_a * mean_b) / np.sqrt(np.maximum(spread_a * spread_b, 1e-10)), spread_a, spread_b
