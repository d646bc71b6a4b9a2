"""Shapes of the still life: where a ray hits them, and how their surface unrolls into a texture.

Every shape has its own space around the origin. A ``Placement`` puts it into the room. A vector is three arrays
``(x, y, z)`` that broadcast against each other, so that the rays of a picture need only one row and one column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.arrays import Floating

Vector: TypeAlias = tuple[Floating, Floating, Floating]
Point: TypeAlias = tuple[float, float, float]

#: Smallest ray parameter of a hit, so that a ray that starts on a surface does not hit it again.
NEAR = 2e-3

#: Ray parameter of a ray that hits nothing.
FAR = 1e9

#: Smallest divisor.
TINY = 1e-9


class Shape(Protocol):
    """A surface around the origin. It unrolls into square charts, which a paint stacks one above the other."""

    @property
    def charts(self) -> int:
        """Number of charts."""
        ...

    def hit(self, origin: Vector, direction: Vector) -> Floating:
        """Return the ray parameter of the first hit beyond ``NEAR``, or at least ``FAR`` if there is none."""
        ...

    def normal(self, point: Vector) -> Vector:
        """Return the outward direction, of any length, at points of the surface."""
        ...

    def unroll(self, point: Vector) -> tuple[Floating, Floating, Floating]:
        """Return the chart number and the position ``u, v`` in [0, 1] of points of the surface."""
        ...

    def points(self, chart: int, u: Floating, v: Floating) -> Vector:
        """Return the points of the surface at ``u, v`` of a chart. Undoes ``unroll``."""
        ...


@dataclass(frozen=True)
class Sheet:
    """The square ``|x|, |z| <= 1`` at ``y = 0``, facing up."""

    #: Whether it is the disc inside the square.
    disc: bool = False
    #: Radius of the disc's hole.
    hole: float = 0.0
    charts: int = 1

    def hit(self, origin: Vector, direction: Vector) -> Floating:
        """Return where rays hit it; see ``Shape.hit``."""
        t = -origin[1] / _safe(direction[1])
        x, z = origin[0] + t * direction[0], origin[2] + t * direction[2]
        square = x * x + z * z
        inside = (square <= 1) & (square >= self.hole**2) if self.disc else (np.abs(x) <= 1) & (np.abs(z) <= 1)
        return np.where(inside & (t > NEAR), t, FAR)

    def normal(self, point: Vector) -> Vector:
        """Return outward directions; see ``Shape.normal``."""
        return np.zeros_like(point[0]), np.ones_like(point[0]), np.zeros_like(point[0])

    def unroll(self, point: Vector) -> tuple[Floating, Floating, Floating]:
        """Return chart positions; see ``Shape.unroll``."""
        return np.zeros_like(point[0]), (point[0] + 1) / 2, (point[2] + 1) / 2

    def points(self, chart: int, u: Floating, v: Floating) -> Vector:  # noqa: ARG002 - a sheet has one chart
        """Return points of a chart; see ``Shape.points``."""
        return 2 * u - 1, np.zeros_like(u), 2 * v - 1


@dataclass(frozen=True)
class Box:
    """The cube ``|x|, |y|, |z| <= 1``. Its charts are the faces right, top, front and left.

    Bottom and back are never seen, and share the charts of top and front.
    """

    charts: int = 4

    def hit(self, origin: Vector, direction: Vector) -> Floating:
        """Return where rays hit it; see ``Shape.hit``."""
        enter, leave = np.asarray(-FAR), np.asarray(FAR)
        for o, d in zip(origin, direction, strict=True):
            inverse = 1 / _safe(d)
            middle, half = -o * inverse, np.abs(inverse)
            enter, leave = np.maximum(enter, middle - half), np.minimum(leave, middle + half)
        return np.where((enter <= leave) & (enter > NEAR), enter, FAR)

    def normal(self, point: Vector) -> Vector:
        """Return outward directions; see ``Shape.normal``."""
        x, y, z = point
        far = np.maximum(np.maximum(np.abs(x), np.abs(y)), np.abs(z)) * 0.9999
        return _beyond(x, far), _beyond(y, far), _beyond(z, far)

    def unroll(self, point: Vector) -> tuple[Floating, Floating, Floating]:
        """Return chart positions; see ``Shape.unroll``."""
        x, y, z = point
        right, top, _ = (np.asarray(np.abs(part) > 0.5) for part in self.normal(point))
        chart = np.where(right, np.where(x > 0, 0, 3), np.where(top, 1, 2))
        across = np.where(right, np.where(x > 0, -z, z), x)
        down = np.where(top, z, -y)
        return chart.astype(np.float32), (across + 1) / 2, (down + 1) / 2

    def points(self, chart: int, u: Floating, v: Floating) -> Vector:
        """Return points of a chart; see ``Shape.points``."""
        across, down, one = 2 * u - 1, 2 * v - 1, np.ones_like(u)
        if chart == 1:
            return across, one, down
        if chart == 2:
            return across, -down, one
        return (one, -down, -across) if chart == 0 else (-one, -down, across)


@dataclass(frozen=True)
class Round:
    """A surface of revolution ``x² + z² = c0 + c1 y + c2 y²`` between ``y = low`` and ``y = high``.

    A ball has the coefficients ``(1, 0, -1)``, a cylinder ``(1, 0, 0)``, a cone ``(a², 2ab, b²)``. On the chart, ``u``
    runs around the axis with its seam at the back, and ``v`` runs from top to bottom.
    """

    c0: float = 1.0
    c1: float = 0.0
    c2: float = -1.0
    low: float = -1.0
    high: float = 1.0
    #: Whether it is the inner wall, such as that of a bowl.
    inside: bool = False
    charts: int = 1

    def hit(self, origin: Vector, direction: Vector) -> Floating:
        """Return where rays hit it; see ``Shape.hit``."""
        (ox, oy, oz), (dx, dy, dz) = origin, direction
        c0, c1, c2 = self.c0, self.c1, self.c2
        a = _safe(dx * dx + dz * dz - c2 * dy * dy)
        b = ox * dx + oz * dz - (c2 * oy + c1 / 2) * dy
        c = ox * ox + oz * oz - c0 - (c1 + c2 * oy) * oy
        square = b * b - a * c
        root = np.sqrt(np.maximum(square, 0))
        t = ((root if self.inside else -root) - b) / a
        y = oy + t * dy
        met = (square > 0) & (t > NEAR) & (y >= self.low) & (y <= self.high)
        return np.where(met, t, FAR)

    def normal(self, point: Vector) -> Vector:
        """Return outward directions; see ``Shape.normal``."""
        x, y, z = point
        sign = -1 if self.inside else 1
        return sign * x, -sign * (self.c1 / 2 + self.c2 * y), sign * z

    def unroll(self, point: Vector) -> tuple[Floating, Floating, Floating]:
        """Return chart positions; see ``Shape.unroll``."""
        x, y, z = point
        turn = np.arctan2(x, z) / (2 * np.pi) + 0.5
        return np.zeros_like(x), turn, (self.high - y) / (self.high - self.low)

    def points(self, chart: int, u: Floating, v: Floating) -> Vector:  # noqa: ARG002 - a round has one chart
        """Return points of a chart; see ``Shape.points``."""
        y = self.high - v * (self.high - self.low)
        radius = np.sqrt(np.maximum(self.c0 + (self.c1 + self.c2 * y) * y, 0))
        angle = (u - 0.5) * 2 * np.pi
        return radius * np.sin(angle), y, radius * np.cos(angle)


def cone(bottom: float, top: float, **rest: Any) -> Round:
    """Return a cone with radius ``bottom`` at ``y = -1`` and radius ``top`` at ``y = 1``."""
    middle, slope = (bottom + top) / 2, (top - bottom) / 2
    return Round(middle**2, 2 * middle * slope, slope**2, **rest)


@dataclass(frozen=True, eq=False)
class Placement:
    """Position, size and orientation of a shape in the room. Angles are in degrees.

    The shape is rolled first, then tilted, then turned.
    """

    center: Point
    #: Half sizes along the shape's axes.
    size: Point = (1.0, 1.0, 1.0)
    #: Angle about y.
    turn: float = 0.0
    #: Angle about x.
    tilt: float = 0.0
    #: Angle about z.
    roll: float = 0.0

    @cached_property
    def axes(self) -> NDArray[np.float64]:
        """Matrix ``(3, 3)`` from the shape's space to the room."""
        turn = _rotation(0, 2, self.turn) @ _rotation(2, 1, self.tilt) @ _rotation(1, 0, self.roll)
        return np.asarray(turn * np.array(self.size), np.float64)

    @cached_property
    def inverse(self) -> NDArray[np.float32]:
        """Matrix ``(3, 3)`` from the room to the shape's space."""
        return np.linalg.inv(self.axes).astype(np.float32)

    def into(self, vector: Vector, *, point: bool) -> Vector:
        """Map a point or a direction from the room to the shape's space."""
        if point:
            x, y, z = (np.asarray(part - center) for part, center in zip(vector, self.center, strict=True))
            vector = (x, y, z)
        return _apply(self.inverse, vector)

    def out(self, point: Vector) -> Vector:
        """Map a point from the shape's space to the room."""
        x, y, z = _apply(self.axes.astype(np.float32), point)
        cx, cy, cz = self.center
        return x + cx, y + cy, z + cz

    def normal_out(self, normal: Vector) -> Vector:
        """Map a normal from the shape's space to the room, and scale it to length 1."""
        x, y, z = _apply(self.inverse.T, normal)
        scale = 1 / np.sqrt(np.maximum(x * x + y * y + z * z, TINY))
        return x * scale, y * scale, z * scale


def _rotation(to: int, of: int, degrees: float) -> NDArray[np.float64]:
    """Return the matrix that turns axis ``of`` towards axis ``to``."""
    matrix = np.eye(3)
    matrix[of, of] = matrix[to, to] = np.cos(np.radians(degrees))
    matrix[to, of] = np.sin(np.radians(degrees))
    matrix[of, to] = -matrix[to, of]
    return matrix


def _apply(matrix: NDArray[Any], vector: Vector) -> Vector:
    x, y, z = (row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2] for row in matrix)
    return x, y, z


def _beyond(value: Floating, far: Floating) -> Floating:
    """Return 1 if a coordinate is on the positive face, -1 if it is on the negative face, else 0."""
    return (value > far).astype(np.float32) - (value < -far)


def _safe(divisor: Floating) -> Floating:
    """Replace a divisor near zero, which a ray along a surface has, by ``TINY``."""
    return np.where(np.abs(divisor) < TINY, TINY, divisor)
