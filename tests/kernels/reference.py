"""The kernels' twins in plain NumPy float64: slow, obvious, from the definitions, the oracle of the tests."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde import _kernels

Doubles = NDArray[np.float64]


Cells = NDArray[np.intp]


def coordinates(colors: ArrayLike, size: int, low: ArrayLike = 0.0, high: ArrayLike = 1.0) -> tuple[Doubles, Cells]:
    """Fractions (N, 3) inside a cell and the cells' first nodes (N, 3), both in the order r, g, b."""
    values = np.nan_to_num(np.asarray(colors, float), nan=0.0, posinf=1e9, neginf=-1e9)
    position = np.clip((values - low) / (np.asarray(high, float) - low), 0, 1) * (size - 1)
    cell = np.minimum(position.astype(np.intp), size - 2)
    return position - cell, cell


def node(lattice: Doubles, cell: Cells, step: ArrayLike) -> Doubles:
    """The nodes (N, 3) that lie `step` (r, g, b) from the cells' first."""
    r, g, b = np.moveaxis(cell + np.asarray(step, np.intp), -1, 0)
    return lattice[b, g, r]


def trilinear(colors: ArrayLike, lattice: ArrayLike, low: ArrayLike = 0.0, high: ArrayLike = 1.0) -> Doubles:
    """Eight nodes, each weighed by the volume opposite it."""
    lattice = np.asarray(lattice, float)
    fraction, cell = coordinates(colors, len(lattice), low, high)
    result = np.zeros(fraction.shape)
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.where(corner, fraction, 1 - fraction).prod(-1)
        result += weight[:, None] * node(lattice, cell, corner)
    return result


def tetrahedral(colors: ArrayLike, lattice: ArrayLike, low: ArrayLike = 0.0, high: ArrayLike = 1.0) -> Doubles:
    """From the first node to the last along the axes, the largest fraction first."""
    lattice = np.asarray(lattice, float)
    fraction, cell = coordinates(colors, len(lattice), low, high)
    order = np.argsort(-fraction, axis=-1)
    step = np.zeros_like(cell)
    here = node(lattice, cell, step)
    result = here.copy()
    rows = np.arange(len(cell))
    for axis in order.T:
        step[rows, axis] = 1
        there = node(lattice, cell, step)
        result += fraction[rows, axis][:, None] * (there - here)
        here = there
    return result


def accumulate(colors: ArrayLike, values: ArrayLike, size: int) -> Doubles:
    """Sums (n, n, n, 4) of weight * (value, 1) at each node."""
    fraction, cell = coordinates(colors, size)
    weighted = np.concatenate([np.asarray(values, float), np.ones((len(cell), 1))], axis=1)
    sums = np.zeros((size, size, size, 4))
    for corner in itertools.product((0, 1), repeat=3):
        weight = np.where(corner, fraction, 1 - fraction).prod(-1)
        r, g, b = (cell + np.array(corner)).T
        np.add.at(sums, (b, g, r), weight[:, None] * weighted)
    return sums


def delta_e00(lab1: ArrayLike, lab2: ArrayLike) -> Doubles:
    """Sharma, Wu, Dalal (2005), equations 2 to 22, in degrees and word for word."""
    l1, a1, b1 = np.moveaxis(np.asarray(lab1, float), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(lab2, float), -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    gray = c1 * c2 == 0

    dl, dc, dh = l2 - l1, c2 - c1, h2 - h1
    dh = np.where(gray, 0, np.where(dh > 180, dh - 360, np.where(dh < -180, dh + 360, dh)))
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)

    lightness, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, h1 + h2
    hue = np.where(np.abs(hue - 360) < 1e-11, 360, hue)  # [14] jumps there, and degrees are rounded
    far = np.abs(h1 - h2) > 180
    hue = np.where(gray, hue, np.where(~far, hue / 2, np.where(hue < 360, hue / 2 + 180, hue / 2 - 180)))
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    turn = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rt = -np.sin(np.radians(2 * turn)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    sl = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


#: BT.709's primaries and D65 (IEC 61966-2-1, table 1) as chromaticities x, y; columns of RGB to XYZ.
PRIMARIES, WHITE = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]]), np.array([0.3127, 0.3290])


def rgb_to_white() -> Doubles:
    """Linear R, G, B to X, Y, Z relative to the white: rows add to 1."""
    xyz = np.stack([*PRIMARIES.T, 1 - PRIMARIES.sum(1)])
    white = np.array([*WHITE, 1 - WHITE.sum()]) / WHITE[1]
    return xyz * np.linalg.solve(xyz, white) / white[:, None]


def srgb_to_lab(rgb: ArrayLike) -> Doubles:
    """IEC 61966-2-1, 5.2 (mirrored below zero), then CIE 15:2004, 8.2.1.1."""
    rgb = np.asarray(rgb, float)
    size = np.abs(rgb)
    light = np.copysign(np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4), rgb)
    t = light @ rgb_to_white().T
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def lab_to_srgb(lab: ArrayLike) -> Doubles:
    """The inverse of `srgb_to_lab`."""
    lightness, a, b = np.moveaxis(np.asarray(lab, float), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], -1)
    t = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    light = t @ np.linalg.inv(rgb_to_white()).T
    size = np.abs(light)
    return np.copysign(np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055), light)


def check_tails(src: NDArray[Any], nodes: NDArray[Any], interpolation: int) -> None:
    """Images of 1 to 129 of the colors are the same bytes as in the whole one, and nothing beside them is written."""
    whole = np.empty_like(src)
    _kernels.lut_apply(src, whole, nodes, interpolation)
    for count in range(1, 130):
        room = np.full_like(src, 77)
        _kernels.lut_apply(src[3 : 3 + count], room[5 : 5 + count], nodes, interpolation)
        assert np.array_equal(room[5 : 5 + count], whole[3 : 3 + count]), count
        assert (room[:5] == 77).all(), count
        assert (room[5 + count :] == 77).all(), count
