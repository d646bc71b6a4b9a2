"""Paints of the still life: procedural textures in code values.

A paint is float32 ``(rows, columns, 3)``. All paints come from one random generator, so the same seed paints the same
movie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Paint: TypeAlias = NDArray[np.float32]
Size: TypeAlias = tuple[int, int]
Spot: TypeAlias = tuple[float, float]


def rgb(code: int) -> Paint:
    """Return the code values ``(3,)`` of a color written as ``0xRRGGBB``."""
    return np.array([code >> 16, code >> 8 & 255, code & 255], np.float32) / np.float32(255)


@dataclass(frozen=True, eq=False)
class Brush:
    """Draws paints from one random generator."""

    rng: np.random.Generator
    #: Factor of the size of paints.
    detail: float = 1.0

    def size(self, rows: float, columns: float) -> Size:
        """Return the size of a paint in pixels: ``rows`` and ``columns`` times the detail, at least 4."""
        return max(4, round(rows * self.detail)), max(4, round(columns * self.detail))

    def noise(self, size: Size, grain: float, stretch: float = 1.0, slope: float = 2.0) -> Paint:
        """Draw clouds with mean 0 and standard deviation 1.

        ``grain`` is the number of the largest clouds along the height. ``stretch`` lengthens clouds along the rows.
        ``slope`` is the exponent with which power falls with frequency.
        """
        rows, columns = size
        down = np.fft.fftfreq(rows).astype(np.float32)[:, None] * rows
        along = np.fft.rfftfreq(columns).astype(np.float32)[None] * rows * stretch
        power = (grain**2 + down**2 + along**2) ** (-slope / 2)
        power[0, 0] = 0
        waves = np.fft.rfft2(self.rng.standard_normal(size, np.float32))
        clouds = np.fft.irfft2(waves * power, size).astype(np.float32)
        return np.asarray(clouds / clouds.std())

    def flat(self, color: int, size: Size, uneven: float = 0.03, grain: float = 4.0) -> Paint:
        """Paint one color, a little unevenly."""
        return self.shaded(np.broadcast_to(rgb(color), (*size, 3)), self.noise(size, grain) * uneven)

    def shaded(self, paint: Paint, share: Paint) -> Paint:
        """Lighten or darken each pixel by a share of its value."""
        return np.asarray(paint * (1 + share[..., None]), np.float32)

    def relief(self, paint: Paint, height: Paint, depth: float) -> Paint:
        """Shade a paint by a height field: slopes that face the upper left become lighter."""
        slope = height - np.roll(height, (1, 1), (0, 1))
        return self.shaded(paint, np.clip(slope / (slope.std() + 1e-6) * depth, -0.6, 0.6))

    def speckled(self, paint: Paint, color: int, share: float, grain: float) -> Paint:
        """Cover ``share`` of the area with blobs of a color."""
        clouds = self.noise(paint.shape[:2], grain, slope=6.0)
        edge = float(np.quantile(clouds, 1 - share))
        cover = np.clip((clouds - edge) * 8, 0, 1)[..., None]
        return np.asarray(paint * (1 - cover) + cover * rgb(color), np.float32)

    def wood(self, size: Size, dark: int, light: int, planks: int = 1) -> Paint:
        """Paint planks along the rows, with rings, fibers and a gap between planks."""
        rows, columns = size
        v, u = _grid(size)
        plank = (v * planks).astype(int)
        shift = self.rng.random((planks, 3), np.float32)[plank]
        bent = self.noise(size, 1.5, stretch=5.0, slope=3.5) * 0.25
        center = (v * planks - plank - 0.5) * (1 + shift[..., 1])
        rings = (center**2 * 3 + bent + shift[..., 0] * 5 + u * (shift[..., 2] - 0.5)) * 9
        rings = (rings % 1) ** 2
        fiber = self.noise(size, 60, stretch=30.0, slope=2.0)
        share = np.clip(rings * 0.45 + fiber * 0.11 + 0.28, 0, 1)[..., None]
        paint = rgb(light) * (1 - share) + rgb(dark) * share
        paint = self.shaded(paint, (shift[..., 2] - 0.5) * 0.28)
        if planks > 1:
            gap = np.abs((v * planks + 0.5) % 1 - 0.5) * rows / planks
            paint = self.shaded(paint, -0.65 * np.clip(2.2 * self.detail - gap, 0, 1))
        return np.asarray(paint[:rows, :columns], np.float32)

    def gingham(self, size: Size, color: int, cells: Size, ground: int = 0xEFE8DA) -> Paint:
        """Paint a woven check of two colors with ``cells`` (down, along)."""
        v, u = _grid(size)
        down, along = np.floor(v * cells[0] * 2) % 2, np.floor(u * cells[1] * 2) % 2
        share = ((down + along) * 0.47)[..., None]
        return self.woven(rgb(ground) * (1 - share) + rgb(color) * share, 14 * max(cells))

    def woven(self, paint: Paint, threads: float) -> Paint:
        """Add the threads of cloth to a paint."""
        size = paint.shape[:2]
        v, u = _grid(size)
        turns = min(threads, min(size) / 4) * np.pi
        thread = np.sin(v * turns) * np.sin(u * turns * (size[1] / size[0])) * 0.10
        return self.shaded(paint, thread + self.noise(size, 30, slope=1.2) * 0.045)

    def tiles(self, size: Size, colors: Sequence[int], cells: Size, grout: int = 0x9A9488) -> Paint:
        """Paint glazed tiles in random ``colors`` with small deviations. Some have an ornament."""
        v, u = _grid(size)
        down, along = v * cells[0], u * cells[1]
        row, column = down.astype(int), along.astype(int)
        chosen = self.rng.integers(len(colors), size=cells)
        palette = np.stack([rgb(color) for color in colors])[chosen]
        palette = palette * (1 + self.rng.uniform(-0.07, 0.07, (*cells, 1)).astype(np.float32))
        x, y = np.abs(along % 1 - 0.5), np.abs(down % 1 - 0.5)
        paint = palette[row, column]
        star = (x * x + y * y < 0.10) & ((np.abs(x - y) > 0.05) | (x + y < 0.12))
        ornament = (self.rng.random(cells) < 0.30)[row, column]
        paint = np.where((star & ornament)[..., None], rgb(0x33597A) * 1.1, paint)
        paint = self.relief(paint, self.noise(size, 12, slope=3.0), 0.05)
        return np.asarray(np.where((np.maximum(x, y) > 0.47)[..., None], rgb(grout), paint), np.float32)

    def plaster(self, size: Size, color: int, grain: float = 6.0) -> Paint:
        """Trowel a wall: large clouds, small bumps."""
        paint = self.shaded(self.flat(color, size, 0.05, grain / 3), self.noise(size, grain, slope=1.6) * 0.035)
        return self.relief(paint, self.noise(size, grain * 6, slope=2.0), 0.035)

    def terrazzo(self, size: Size, ground: int, chips: Sequence[int], grain: float = 40.0) -> Paint:
        """Paint stone chips of several colors on a ground."""
        paint = self.flat(ground, size, 0.03, 8)
        for chip in chips:
            paint = self.speckled(paint, chip, 0.10, grain * float(self.rng.uniform(0.6, 1.5)))
        return self.shaded(paint, self.noise(size, 80, slope=0.5) * 0.02)

    def peel(self, size: Size, color: int, second: int, dimples: float = 0.0, streaks: float = 0.0) -> Paint:
        """Paint the peel of a fruit: two colors that blend, with streaks from pole to pole, and dimples."""
        clouds = self.noise(size, 1.2, slope=3.0)
        if streaks:
            clouds = clouds * 0.5 + self.noise(size, 14, stretch=0.06, slope=2.0) * streaks
        share = np.clip(0.35 + clouds * 0.3, 0, 1)[..., None]
        paint = rgb(color) * (1 - share) + rgb(second) * share
        v, _ = _grid(size)
        paint = self.shaded(paint, -0.35 * np.clip(1 - np.minimum(v, 1 - v) * 12, 0, 1))
        return self.relief(paint, self.noise(size, 30, slope=5.0), dimples) if dimples else paint

    def knit(self, size: Size, color: int, stitches: Size) -> Paint:
        """Paint knitted rows of slanted stitches."""
        v, u = _grid(size)
        along = u * stitches[1]
        slant = np.abs(along % 1 - 0.5)
        wave = np.cos((v * stitches[0] + slant) * 2 * np.pi) * np.cos((slant - 0.25) * 2 * np.pi)
        return self.shaded(self.flat(color, size, 0.05, 10), 0.22 * wave)

    def printed(self, paint: Paint, text: str, at: Spot, height: float, color: int) -> Paint:
        """Print a line of text on a paint.

        ``at`` is (left end, baseline). Positions and ``height`` are shares of the paint's size.
        """
        rows, columns = paint.shape[:2]
        scale = height * rows / 22
        ink, start = np.zeros((rows, columns), np.uint8), (round(at[0] * columns), round(at[1] * rows))
        cv2.putText(ink, text, start, cv2.FONT_HERSHEY_DUPLEX, scale, 255, max(1, round(scale * 2.2)), cv2.LINE_AA)
        cover = ink[..., None] / np.float32(255)
        return np.asarray(paint * (1 - cover) + cover * rgb(color), np.float32)

    def dabbed(self, paint: Paint, at: Spot, half: Spot, color: int, soft: float = 0.2) -> Paint:
        """Paint an elliptical spot.

        ``at`` is its center and ``half`` its half size, both (down, along) as shares of the paint's size. ``soft`` is
        the width of its soft edge, as a share of the half size.
        """
        v, u = _grid(paint.shape[:2])
        distance = np.sqrt(((v - at[0]) / half[0]) ** 2 + ((u - at[1]) / half[1]) ** 2)
        cover = np.clip((1 - distance) / soft, 0, 1)[..., None]
        return np.asarray(paint * (1 - cover) + cover * rgb(color), np.float32)

    def checkered(self, size: Size, colors: Sequence[int], cells: Size) -> Paint:
        """Paint cells in turn with the colors, row by row. Two colors make a checkerboard."""
        v, u = _grid(size)
        row, column = (v * cells[0]).astype(int), (u * cells[1]).astype(int)
        number = row * cells[1] + column if len(colors) > 2 else row + column
        return np.asarray(np.stack([rgb(color) for color in colors])[number % len(colors)])

    def striped(self, paint: Paint, color: int, bands: Sequence[tuple[float, float]], along: bool = False) -> Paint:
        """Paint bands of a color from ``low`` to ``high``, counted down the paint, or along it."""
        v, u = _grid(paint.shape[:2])
        position = u if along else v
        cover = np.any([(position > low) & (position < high) for low, high in bands], axis=0)
        return np.asarray(np.where(cover[..., None], rgb(color), paint), np.float32)


def faces(front: Paint, side: Paint | None = None, top: Paint | None = None) -> Paint:
    """Stack paints of equal size as the charts of a box: right, top, front, left."""
    side, top = front if side is None else side, front if top is None else top
    return np.concatenate([side, top, front, side])


def _grid(size: Size) -> tuple[Paint, Paint]:
    """Return the positions of pixels down and along, in (0, 1), as two arrays of this size."""
    v, u = ((np.indices(size, np.float32).T + 0.5) / size).T.astype(np.float32)
    return v, u
