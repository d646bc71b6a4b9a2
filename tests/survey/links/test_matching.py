"""Nearest neighbors, and how steep colors are, against their definitions: the same to the bit.

Tests: survey/links/matching.py, survey/links/moved.py, survey/links/pairs.py
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.arrays import Float32, Indices
from otiograde.color.neighbors import mutual_nearest
from otiograde.record.settings import Linking
from otiograde.survey.links.even import steepness
from otiograde.survey.links.matching import RATIO, TURN, ZOOM, _verified, nearest_alike, verified
from otiograde.survey.links.moved import _apart
from otiograde.survey.links.points import Features, Points


def points(count: int, seed: int, like: Points | None = None) -> Points:
    """Make keypoints. A third are those of ``like``, and some of these occur twice, so distances are equal."""
    rng = np.random.default_rng(seed)
    root = np.rint(np.sqrt(rng.dirichlet(np.full(128, 0.3), count)) * 255).astype(np.uint8)
    size, angle = np.exp(rng.normal(1.2, 0.5, count)).astype(np.float32), rng.uniform(0, 360, count).astype(np.float32)
    angle[-8:] = [0, 359.999, 15, 14.999999, 345, 30, 360, 180]
    if like is not None:
        third = count // 3
        for start in (0, third):
            part = slice(start, start + (third if start == 0 else 9))
            taken = slice(0, part.stop - part.start)
            root[part], size[part], angle[part] = like.root[taken], like.size[taken], like.angle[taken]
    return Points(rng.random((count, 2)).astype(np.float32), size, angle, root)


def distances(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Float32:
    first, second = a.astype(np.float32), b.astype(np.float32)
    return np.asarray((first**2).sum(1)[:, None] + (second**2).sum(1) - 2 * (first @ second.T), np.float32)


def mutual(distance: Float32, order: Float32, ratio: float) -> tuple[Indices, Indices]:
    """Return the mutual nearest by ``order`` that pass the ratio test of distances."""
    rows = np.arange(len(distance))
    best, back = order.argmin(1), order.argmin(0)
    near, order = distance[rows, best], order.copy()
    order[rows, best] = np.inf
    far = distance[rows, order.argmin(1)]
    far = np.where(np.isfinite(order.min(1)), far, np.inf)
    clear = np.isfinite(near) & (near < ratio**2 * far) & (back[best] == rows)
    return np.flatnonzero(clear), best[clear]


@pytest.mark.parametrize("count", [30, 90, 400])
def test_nearest_is_its_definition(count: int) -> None:
    a = points(count, 1)
    b = points(count + 5, 2, a)
    order = -(a.root.astype(np.float32) @ b.root.astype(np.float32).T)
    wanted = mutual(distances(a.root, b.root), order, RATIO)
    got = mutual_nearest(a.root, b.root, RATIO)
    assert all(np.array_equal(one, two) for one, two in zip(got, wanted, strict=True))
    assert count < 90 or len(got[0]) > count // 9


@pytest.mark.parametrize("count", [30, 90, 400])
@pytest.mark.parametrize(("zoom", "turn"), [(0.0, 0.0), (0.1, 3.0), (-0.4, -170.0), (0.0, 359.0)])
def test_nearest_alike_is_its_definition(count: int, zoom: float, turn: float) -> None:
    a = points(count, 3)
    b = points(count + 5, 4, a)
    distance = distances(a.root, b.root)
    distance[np.abs(np.log2(a.size)[:, None] - np.log2(b.size) - zoom) > ZOOM] = np.inf
    heading_a, heading_b = np.radians(a.angle), np.radians(b.angle + turn)
    cosines = np.cos(heading_a)[:, None] * np.cos(heading_b) + np.sin(heading_a)[:, None] * np.sin(heading_b)
    distance[cosines < np.cos(np.radians(TURN))] = np.inf
    wanted = mutual(distance, distance, 0.9)
    got = nearest_alike(a, b, zoom, turn)
    assert all(np.array_equal(one, two) for one, two in zip(got, wanted, strict=True))
    assert count < 90 or turn == -170 or len(got[0]) > count // 9


def test_no_points_have_no_neighbors() -> None:
    few, many = points(12, 5), points(30, 6)
    none = Points(few.xy[:1], few.size[:1], few.angle[:1], few.root[:1])
    for a, b in ((none, many), (many, none)):
        assert [len(part) for part in (*mutual_nearest(a.root, b.root, RATIO), *nearest_alike(a, b, 0, 0))] == [0] * 4


def test_steepness_is_the_largest_slope_of_a_channel() -> None:
    colors = np.random.default_rng(7).random((23, 31, 3)).astype(np.float32)
    before = colors.copy()
    across, down = (cv2.Sobel(colors, cv2.CV_32F, *axis, ksize=3, scale=0.125) for axis in ((1, 0), (0, 1)))
    assert np.array_equal(steepness(colors), np.sqrt((across**2 + down**2).max(-1)))
    assert np.array_equal(colors, before)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_points_apart(kind: type) -> None:
    xy = (np.random.default_rng(8).random((50, 2)) * 480).astype(kind)
    assert np.array_equal(_apart(xy), np.linalg.norm(xy[:, None] - xy, axis=2))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("count", [12, 30, 60])
def test_rays_are_left_out_only_where_they_make_no_link(share: float, count: int) -> None:
    """Points shifted along rows by their depth: so many have one pose and lie on rays, the others lie anywhere."""
    linking, frames = Linking(), []
    for seed in range(3):
        rng, a = np.random.default_rng(100 * count + seed), points(count, seed)
        xy = (rng.random((count, 2)) * [480, 270]).astype(np.float32)
        there, angle = xy + np.stack([rng.uniform(-60, 60, count), np.zeros(count)], 1), a.angle.copy()
        wrong = rng.random(count) >= share
        there[wrong], angle[wrong] = rng.random((wrong.sum(), 2)) * [480, 270], rng.uniform(0, 360, wrong.sum())
        frames.append((a._replace(xy=xy), a._replace(xy=there.astype(np.float32), angle=angle)))
    a, b = (Features.of(name, [frame[k] for frame in frames]) for k, name in enumerate("ab"))
    matched = {(k, k): (np.arange(count), np.arange(count)) for k in range(3)}
    every = [verified(a.frames[k], b.frames[k], k, k, *matched[k, k], linking) for k in range(3)]
    some = _verified(a, b, matched, linking)
    if some:
        assert [match and match.first.tolist() for match in some] == [match and match.first.tolist() for match in every]
    else:
        assert all(match is None or (match.homography is None and len(match.first) < linking.many) for match in every)
    assert bool(some) or share * count < linking.many + 10
