"""Light of the still life: the light of one window and of the room, computed once for every surface.

Only the camera moves. The light on a surface is therefore computed once, on a coarse grid of points, and multiplied
into its paint. It includes soft shadows, darker corners, and the tint that things reflect onto others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Floating
from otiograde.demo.shapes import FAR, Placement, Point, Shape, Vector

#: Rows and columns of grid points that are computed together. Their rays fit into the CPU's cache.
TILE = (16, 24)

#: Square root of the number of rays from a point to the window, and of those into the room.
RAYS = 4

#: A thing whose radius divided by its distance is below this takes no light from the room.
SMALL = 0.12


@dataclass(frozen=True, eq=False)
class Thing:
    """A painted shape in the room."""

    shape: Shape
    placement: Placement
    #: float32 ``(charts * h, w, 3)``, the charts one above the other. Reflectance in linear light; after ``Stage.lit``,
    #: the light that the surface reflects.
    paint: NDArray[np.float32]
    #: Share of the window's light that it mirrors, 0 to 1.
    gloss: float = 0.0
    #: Rows and columns of each chart's grid of points, on which the light is computed.
    texels: tuple[int, int] = (20, 28)

    @cached_property
    def tint(self) -> NDArray[np.float32]:
        """Mean reflectance ``(3,)``."""
        return np.asarray(self.paint.mean((0, 1)))

    @cached_property
    def radius(self) -> float:
        """Largest distance of the surface from the placement's center."""
        v, u = (part.ravel() for part in np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9)))
        points = [self.shape.points(chart, u, v) for chart in range(self.shape.charts)]
        square = [((self.placement.axes @ np.stack(point)) ** 2).sum(0).max() for point in points]
        return float(np.sqrt(max(square)))

    def hit(self, point: Vector, direction: Vector) -> Floating:
        """Return the ray parameter at which rays of the room first hit the thing."""
        return self.shape.hit(self.placement.into(point, point=True), self.placement.into(direction, point=False))


def place(
    shape: Shape,
    center: Point,
    size: Point,
    paint: NDArray[np.float32],
    gloss: float = 0.0,
    *,
    texels: tuple[int, int] = (20, 28),
    **turns: float,
) -> Thing:
    """Place a shape in the room.

    ``size`` is half its size, ``paint`` has code values, and ``turns`` are the angles of its ``Placement``.
    """
    reflectance = np.asarray(np.clip(paint, 0, 1) ** 2.2, np.float32)
    return Thing(shape, Placement(center, size, **turns), reflectance, gloss, texels)


@dataclass(frozen=True)
class Light:
    """The light of a window and of the room. Colors are linear light."""

    #: Center of the window.
    center: Point
    #: Half its horizontal edge.
    across: Point
    #: Half its vertical edge.
    up: Point
    #: Color of the window's light.
    window: Point
    #: Color of the room's light from above.
    above: Point
    #: Color of the room's light from below.
    below: Point

    def around(self, height: Floating) -> Floating:
        """Return the room's light ``(..., 3)`` from directions. ``height`` is the y of each unit vector."""
        above, below = np.array(self.above, np.float32), np.array(self.below, np.float32)
        return below + (height[..., None] + 1) / 2 * (above - below)


@dataclass(frozen=True, eq=False)
class Stage:
    """Painted things and the light around them."""

    things: tuple[Thing, ...]
    light: Light

    def lit(self, rng: np.random.Generator) -> Stage:
        """Return the stage with the light multiplied into every paint."""
        return Stage(tuple(replace(thing, paint=_lit_paint(thing, self, rng)) for thing in self.things), self.light)


@dataclass(frozen=True, eq=False)
class _Tile:
    """Points of a surface and their normals."""

    points: Vector
    normals: Vector

    @cached_property
    def ball(self) -> tuple[NDArray[np.float64], float]:
        """Center and radius of a ball that contains the points."""
        points = np.stack([part.ravel() for part in self.points]).astype(np.float64)
        center = points.mean(1)
        return center, float(np.sqrt(((points.T - center) ** 2).sum(1).max()))

    def shaded_by(self, thing: Thing, light: Light) -> bool:
        """Whether the thing may be between the points and the window."""
        start, radius = self.ball
        path = light.center - start
        share = float(np.clip((thing.placement.center - start) @ path / (path @ path), 0, 1))
        wide = float(np.linalg.norm(light.across) + np.linalg.norm(light.up))
        distance = float(np.linalg.norm(start + share * path - thing.placement.center))
        return distance < thing.radius + (1 - share) * radius + share * wide

    def near(self, thing: Thing) -> bool:
        """Whether the thing is large enough, as seen from the points, to take light from the room."""
        start, radius = self.ball
        return thing.radius > SMALL * (float(np.linalg.norm(start - thing.placement.center)) - radius)


def _lit_paint(thing: Thing, stage: Stage, rng: np.random.Generator) -> NDArray[np.float32]:
    """Multiply the paint of a thing by the light that reaches it."""
    rows, columns = thing.texels
    height, width = thing.paint.shape[0] // thing.shape.charts, thing.paint.shape[1]
    lit = np.empty_like(thing.paint)
    for chart in range(thing.shape.charts):
        received = np.empty((rows, columns, 3), np.float32)
        for row in range(0, rows, TILE[0]):
            for column in range(0, columns, TILE[1]):
                part = received[row : row + TILE[0], column : column + TILE[1]]
                tile = _tile(thing, chart, (row, column), part.shape[:2])
                part[...] = _arriving_light(tile, stage, rng).reshape(part.shape)
        fine = cv2.resize(cv2.GaussianBlur(received, (0, 0), 0.8), (width, height), interpolation=cv2.INTER_LINEAR)
        strip = slice(chart * height, (chart + 1) * height)
        np.multiply(thing.paint[strip], fine, out=lit[strip])
    return lit


def _tile(thing: Thing, chart: int, first: tuple[int, int], size: tuple[int, int]) -> _Tile:
    down, along = np.indices(size, np.float32).reshape(2, -1, 1)
    u, v = (along + first[1] + 0.5) / thing.texels[1], (down + first[0] + 0.5) / thing.texels[0]
    local = thing.shape.points(chart, u, v)
    normal = thing.placement.normal_out(thing.shape.normal(local))
    x, y, z = (p + 0.01 * n for p, n in zip(thing.placement.out(local), normal, strict=True))
    return _Tile((x, y, z), normal)


def _arriving_light(tile: _Tile, stage: Stage, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light ``(n, 3)`` that arrives at the points of a tile."""
    shading = [thing for thing in stage.things if tile.shaded_by(thing, stage.light)]
    near = [thing for thing in stage.things if tile.near(thing)]
    return _from_window(tile, shading, stage.light, rng) + _from_room(tile, near, stage.light, rng)


def _from_window(tile: _Tile, things: Sequence[Thing], light: Light, rng: np.random.Generator) -> NDArray[np.float32]:
    a, b = _strata(len(tile.points[0]), rng)
    a, b = 2 * a - 1, 2 * b - 1
    ends = zip(tile.points, light.center, light.across, light.up, strict=True)
    x, y, z = (c + a * e + b * f - p for p, c, e, f in ends)
    square = x * x + y * y + z * z
    cosine = (x * tile.normals[0] + y * tile.normals[1] + z * tile.normals[2]) / np.sqrt(square)
    strength = np.maximum(cosine, 0) * float(np.dot(light.center, light.center)) / square
    for thing in things:
        strength[thing.hit(tile.points, (x, y, z)) < 1] = 0
    return np.asarray(strength.mean(1, keepdims=True) * np.array(light.window, np.float32))


def _from_room(tile: _Tile, things: Sequence[Thing], light: Light, rng: np.random.Generator) -> NDArray[np.float32]:
    """Integrate the room's light over the half space above each point. A thing in the way reflects its tint.

    The directions end on a unit sphere around the tip of the normal, which distributes them by the cosine.
    """
    a, b = _strata(len(tile.points[0]), rng)
    height, angle = 1 - 2 * a, 2 * np.pi * b
    ring = np.sqrt(np.maximum(1 - height * height, 0))
    nx, ny, nz = tile.normals
    x, y, z = nx + ring * np.cos(angle), ny + height, nz + ring * np.sin(angle)
    scale = 1 / np.sqrt(np.maximum(x * x + y * y + z * z, 1e-6))
    direction = (x * scale, y * scale, z * scale)
    arrives = light.around(direction[1])
    bounce = 0.55 * (np.array(light.window, np.float32) / 2 + np.array(light.above, np.float32))
    nearest = np.full(x.shape, FAR, np.float32)
    for thing in things:
        t = thing.hit(tile.points, direction)
        nearer = t < nearest
        np.copyto(nearest, t, where=nearer)
        np.copyto(arrives, thing.tint * bounce, where=nearer[..., None])
    return np.asarray(arrives.mean(1), np.float32)


def _strata(count: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return jittered positions in the unit square: ``RAYS * RAYS`` for each of ``count`` points."""
    down, along = np.divmod(np.arange(RAYS * RAYS, dtype=np.float32), RAYS)
    a = (along + rng.random((count, RAYS * RAYS), np.float32)) / RAYS
    b = (down + rng.random((count, RAYS * RAYS), np.float32)) / RAYS
    return a.astype(np.float32), b.astype(np.float32)
