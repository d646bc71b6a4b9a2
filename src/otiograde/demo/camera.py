"""Camera of the still life: its pose, its slow move during a take, and the picture that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Floating
from otiograde.demo.light import Light, Stage, Thing
from otiograde.demo.shapes import FAR, Point, Vector

Window: TypeAlias = tuple[slice, slice]
Picture: TypeAlias = NDArray[np.float32]

#: Rays for each pixel of a row and of a column.
RAYS = 1.5

#: Step between the rays, in rows and in columns, along which reflections are traced.
MIRROR_STEP = 2


@dataclass(frozen=True)
class Pose:
    """Position and direction of the camera, in the space of the room."""

    #: Where the camera stands.
    eye: Point
    #: What it looks at.
    target: Point
    #: Half the width that it sees at distance 1.
    view: float

    def towards(self, other: Pose, share: float) -> Pose:
        """Return the pose that is ``share`` of the way to another pose."""
        start, end = np.array([*self.eye, *self.target, self.view]), [*other.eye, *other.target, other.view]
        x, y, z, tx, ty, tz, view = (start + share * (np.array(end) - start)).tolist()
        return Pose((x, y, z), (tx, ty, tz), view)

    @cached_property
    def axes(self) -> NDArray[np.float64]:
        """Unit vectors ``(3, 3)``, one a row: forward, right, up."""
        forward = np.subtract(self.target, self.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 1.0, 0.0))
        right = right / np.linalg.norm(right)
        return np.stack([forward, right, np.cross(right, forward)])


@dataclass(frozen=True, eq=False)
class _Rays:
    """The rays of a picture. The ray of column ``i`` and row ``j`` is ``forward + across[i] right + up[j] up``."""

    pose: Pose
    across: NDArray[np.float32]
    up: NDArray[np.float32]

    def window(self, thing: Thing) -> Window:
        """Return rows and columns outside of which the thing cannot be seen."""
        corners = np.array(list(product((-1.0, 1.0), repeat=3))) @ thing.placement.axes.T + thing.placement.center
        depth, x, y = self.pose.axes @ (corners - self.pose.eye).T
        if depth.min() < 0.1:
            return slice(0, len(self.up)), slice(0, len(self.across))
        left, right = np.searchsorted(self.across, [(x / depth).min(), (x / depth).max()])
        top, bottom = np.searchsorted(-self.up, [-(y / depth).max(), -(y / depth).min()])
        return slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)

    def part(self, window: Window, step: int = 1) -> _Rays:
        """Return the rays of a window, or one in ``step`` of its rows and columns."""
        return _Rays(self.pose, self.across[window[1]][::step], self.up[window[0]][::step])

    def directions(self, matrix: NDArray[np.floating]) -> Vector:
        """Return the directions of the rays, multiplied by a matrix."""
        x, y, z = (
            (np.float32(f) + np.float32(r) * self.across[None]) + np.float32(u) * self.up[:, None]
            for f, r, u in matrix.astype(np.float64) @ self.pose.axes.T
        )
        return x, y, z

    def start(self, thing: Thing) -> Vector:
        """Return the camera's position in the space of a thing."""
        x, y, z = (np.asarray(np.float32(value)) for value in self.pose.eye)
        return thing.placement.into((x, y, z), point=True)


def take_picture(stage: Stage, pose: Pose, size: tuple[int, int]) -> Picture:
    """Take a picture of a lit stage from a pose.

    ``size`` is (width, height) in pixels. Returns linear light ``(height, width, 3)``.
    """
    across, up = (np.arange(0.5, round(side * RAYS)) / round(side * RAYS) * 2 - 1 for side in size)
    up = -up * size[1] / size[0]
    rays = _Rays(pose, (across * pose.view).astype(np.float32), (up * pose.view).astype(np.float32))
    windows = [rays.window(thing) for thing in stage.things]
    depth = np.full((len(up), len(across)), FAR, np.float32)
    owner = np.full(depth.shape, -1, np.int16)
    for number, (thing, window) in enumerate(zip(stage.things, windows, strict=True)):
        part = rays.part(window)
        t = thing.shape.hit(part.start(thing), part.directions(thing.placement.inverse))
        nearer = t < depth[window]
        np.copyto(depth[window], t, where=nearer)
        np.copyto(owner[window], np.int16(number), where=nearer)
    picture = np.zeros((*depth.shape, 3), np.float32)
    for number, window in enumerate(windows):
        if (visible := _visible_window(window, owner[window] == number)) is not None:
            mask = owner[visible] == number
            light = _reflected_light(stage, number, rays.part(visible), np.where(mask, depth[visible], 1))
            cv2.copyTo(light, mask.astype(np.uint8), picture[visible])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _visible_window(window: Window, mask: NDArray[np.bool_]) -> Window | None:
    """Shrink a window to the rays that hit a thing. Returns None if none does."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) == 0:
        return None
    top, left = window[0].start, window[1].start
    return slice(top + rows[0], top + rows[-1] + 1), slice(left + columns[0], left + columns[-1] + 1)


def _reflected_light(stage: Stage, number: int, rays: _Rays, t: Floating) -> Picture:
    """Return the light that a thing reflects along rays. ``t`` is the distance along each ray."""
    thing = stage.things[number]
    x, y, z = (o + t * d for o, d in zip(rays.start(thing), rays.directions(thing.placement.inverse), strict=True))
    chart, u, v = thing.shape.unroll((x, y, z))
    height, width = thing.paint.shape[0] // thing.shape.charts, thing.paint.shape[1]
    row = np.clip(v * height - 0.5, 0, height - 1) + chart * height
    column = np.clip(u * width - 0.5, 0, width - 1)
    reflected = np.asarray(cv2.remap(thing.paint, column, row, cv2.INTER_LINEAR))
    if thing.gloss and min(t.shape) >= MIRROR_STEP:
        step = slice(None, None, MIRROR_STEP)
        point = (x[step, step], y[step, step], z[step, step])
        mirrored = _mirror_image(thing, stage.light, point, rays.part((slice(None), slice(None)), MIRROR_STEP))
        reflected = reflected + cv2.resize(mirrored, t.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(reflected, np.float32)


def _mirror_image(thing: Thing, light: Light, local: Vector, rays: _Rays) -> Picture:
    """Return the reflection of window and room in a glossy surface, by Schlick's approximation (1994)."""
    point, direction = thing.placement.out(local), rays.directions(np.eye(3))
    normal = thing.placement.normal_out(thing.shape.normal(local))
    length = np.sqrt(_dot(direction, direction))
    cosine = -_dot(direction, normal) / length
    mirrored = [d / length + 2 * cosine * n for d, n in zip(direction, normal, strict=True)]
    across, up = np.array(light.across), np.array(light.up)
    facing = np.cross(across, up)
    reach = _dot([c - p for c, p in zip(light.center, point, strict=True)], facing)
    speed = _dot(mirrored, facing)
    reach = reach / np.where(np.abs(speed) < 1e-6, 1e-6, speed)
    offset = [p + reach * r - c for p, r, c in zip(point, mirrored, light.center, strict=True)]
    a, b = np.abs(_dot(offset, across / (across @ across))), np.abs(_dot(offset, up / (up @ up)))
    pane = np.clip((1.08 - np.maximum(a, b)) * 6, 0, 1) * (reach > 0)
    pane = pane * np.clip(np.minimum(a, b) * 12 - 0.3, 0, 1)  # the window's cross bar
    share = thing.gloss * (0.05 + 0.95 * np.clip(1 - cosine, 0, 1) ** 5)
    shine = pane[..., None] * (9 * np.array(light.window, np.float32)) + light.around(mirrored[1])
    return np.asarray(share[..., None] * shine, np.float32)


def _dot(a: Sequence[Floating], b: Sequence[Floating] | NDArray[np.float64]) -> Floating:
    x, y, z = (p * q.astype(np.float32) for p, q in zip(a, b, strict=True))
    return np.asarray(x + y + z)
