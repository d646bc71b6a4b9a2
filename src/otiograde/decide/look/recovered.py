"""The look of stills, recovered: a network reads what was done to them, not what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from otiograde.color.cubic import EXPONENTS, Cubic, monomials
from otiograde.color.difference import delta_e00
from otiograde.color.look_network import read_look
from otiograde.color.luma import LUMA
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.statistics import statistics
from otiograde.color.transform import Colors, Identity, Transform, as_colors
from otiograde.decide.look.look import FEWEST, Look, measurable, safe
from otiograde.decide.look.still import still_look
from otiograde.errors import MatchError
from otiograde.record.settings import Sampling
from otiograde.survey.sample import make_sample

Float64 = NDArray[np.float64]

#: A still is scaled down to about this size. At twice the size, photographs gave the same error; a small size makes
#: the look of a still and of its enlargement the same.
WIDTH = 144

#: Colors of a still that the network reads.
COLORS = 8192

#: A border of even lines is cut off: their pixels differ no more than this from the line's color.
EVEN = 0.02

#: Deviation of the colors of a still below which it shows a single color.
FLAT = 0.004

#: Chroma (Oklab) off the curve of grays at which a still is monochrome for certain, and at which it is in color.
MONOCHROME, COLORED = 0.004, 0.010

#: Stills of one look whose looks differ more than this (ΔE00) on a scene disagree.
DISAGREEMENT = 6.0

#: The share of a still in one color from which it may show more than a picture: a frame, a title, a window.
ONE_COLOR = 0.3

#: Nodes on a side of the lattice of colors that a look without a scene is guarded for.
PRESET = 13

#: A grade that moves the still by less than this share of its expected error is lessened: it may be none.
SURE = 0.45

#: Stills that the network learned to read together, at most. More are read as if they were so many.
MOST = 8

#: Stills that are compared with each other, at most, and the colors that they are compared on.
COMPARED, POOL = 12, 2000


@dataclass(frozen=True, slots=True)
class Recovered:
    """The look of one or several stills of one film, as the network reads it. It does not depend on the scene."""

    #: What was done to the stills.
    grade: Cubic
    #: What was done to each still, read alone.
    grades: tuple[Cubic, ...]
    #: The error (ΔE00) that is to be expected.
    error: float
    #: The part of the grade that is used, from 0 to 1: less than 1 where the stills hardly show one.
    amount: float = 1.0
    #: Whether the stills are monochrome. The guard then reaches all colors: outside of it, colors keep some of theirs.
    gray: bool = False
    #: From 0 to 1, or to 1.5 for more than was done to the stills.
    strength: float = 1.0
    #: The palette of the stills, which is mixed in with a weight from 0 to 1.
    palette: Look | None = None
    weight: float = 0.0
    #: The names of the stills, for people.
    names: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Where the look comes from, for people."""
        more = f" and {len(self.names) - 1} more" if len(self.names) > 1 else ""
        mixed = f", with {self.weight:.0%} of the palette" if self.weight else ""
        less = f", lessened to {self.amount:.0%} because the stills hardly show one" if self.amount < 1 else ""
        first = self.names[0] if self.names else "a still"
        return f"grade recovered from {first}{more} (±{self.error:.0f} ΔE00){less}{mixed}"

    def __call__(self, colors: Colors) -> Transform:
        """Return the transform for a scene of these colors ``(n, 3)``: guarded, so that it is healthy there."""
        if self.strength == 0 or len(colors) < FEWEST or not measurable(colors, statistics(colors, "oklab")):
            return Identity()
        coefficients = np.array(self.grade.coefficients) * max(self.strength, 1.0)
        if self.palette is not None and self.weight:
            toward = _as_cubic(self.palette(colors), colors)
            coefficients += self.weight * (toward - coefficients)
        guard = np.concatenate([colors, _whole_cube(len(colors))]) if self.gray else colors
        return safe(Cubic(coefficients.tolist()), guard, min(self.strength, 1.0))

    def preset(self) -> Transform:
        """Return the look without a scene: guarded for all colors."""
        return self(Lut3D.identity(PRESET).lattice.reshape(-1, 3).astype(np.float64))

    def disagreement(self, colors: Colors) -> float:
        """Return the largest mean difference (ΔE00) between the looks of two of the stills, on these colors."""
        pool = as_colors(colors)[:: max(1, len(colors) // POOL)]
        labs = [srgb_to_lab(np.clip(grade(pool), 0, 1)) for grade in self.grades[:COMPARED]]
        pairs = [delta_e00(a, b).mean() for i, a in enumerate(labs) for b in labs[:i]]
        return self.strength * float(max(pairs, default=0.0))


def recovered_look(
    stills: Sequence[ArrayLike], strength: float = 1.0, palette: float = 0.0, names: Sequence[str] = ()
) -> Recovered:
    """Recover the look of stills ``(h, w, 3)``, sRGB-like code values in [0, 1]; several are stills of one look.

    Frames of one clip ``(f, h, w, 3)`` count as one still. ``strength`` is in [0, 1.5]. ``palette`` in [0, 1] is the
    share of the palette look that is mixed in. ``names`` are what messages call the stills. Raises ``MatchError`` for
    a still that is too small or shows one color, and ``ToolNotFoundError`` where the weights are missing.
    """
    names = tuple(names) or tuple(f"still {number}" for number in range(1, len(stills) + 1))
    if not stills:
        raise MatchError("a look needs a still: give one")
    clouds = [still_colors(still, name) for still, name in zip(stills, names, strict=True)]
    alone = [_read(cloud) for cloud in clouds]
    # Several stills are read as one set of colors: what they show differs, what was done to them does not.
    whole = alone[0] if len(alone) == 1 else _read(_together(clouds), len(clouds))
    mixed = still_look(stills[0], 1.0, stills[1:]) if palette else None
    return replace(
        whole, grades=tuple(one.grade for one in alone), strength=strength, palette=mixed, weight=palette, names=names
    )


def still_colors(still: ArrayLike, name: str = "the still") -> Float64:
    """Return at most ``COLORS`` colors ``(n, 3)`` of the picture in a still, without its bars and even borders.

    Raises ``MatchError`` for fewer than ``FEWEST`` pixels, or a single color.
    """
    pixels = _picture(_frames(still, name)).reshape(-1, 3).astype(np.float64)
    pixels = np.clip(pixels[np.isfinite(pixels).all(-1)], 0.0, 1.0)
    if len(pixels) < FEWEST:
        raise MatchError(f"{name} shows {len(pixels)} usable pixels, too few for a look: give one of {FEWEST} or more")
    if pixels.std(0).max() < FLAT:
        raise MatchError(f"{name} shows a single color, in which no look can be read: give another still")
    # Steps of the golden ratio meet all parts of the picture evenly, whatever its width.
    order = (np.arange(min(COLORS, len(pixels))) * 0.6180339887498949 % 1.0 * len(pixels)).astype(np.int64)
    return np.asarray(pixels[order])


def one_color(still: ArrayLike) -> float:
    """Return the share of the picture in a still that has exactly one color of 8 bits, the most frequent one."""
    codes = np.rint(np.nan_to_num(_picture(_frames(still, "the still"))).clip(0, 1).reshape(-1, 3) * 255)
    counts = np.unique(codes.astype(np.int64) @ np.array([65536, 256, 1]), return_counts=True)[1]
    return float(counts.max() / counts.sum()) if len(counts) else 1.0


def _frames(still: ArrayLike, name: str) -> NDArray[np.float32]:
    """Return the pictures of a still or a clip, small: ``(f, h, w, 3)``. Raises ``MatchError``."""
    picture = as_colors(still)
    if picture.ndim not in (3, 4) or not picture.size:
        raise MatchError(f"{name} is no picture: a look needs one of height, width and three channels")
    return np.stack([_reduced(frame) for frame in (picture if picture.ndim == 4 else picture[None])])


def _reduced(picture: Colors) -> NDArray[np.float32]:
    """Return the means of square blocks of pixels, about ``WIDTH`` of them along the longer side.

    Of each block about four pixels a side are looked at.
    """
    step = max(1, max(picture.shape[:2]) // (4 * WIDTH))
    picture = picture[::step, ::step]
    size = max(1, round(max(picture.shape[:2]) / WIDTH))
    high, wide = max(1, picture.shape[0] // size), max(1, picture.shape[1] // size)
    whole = picture[: high * size, : wide * size].astype(np.float32)
    rows = whole.reshape(high, -1, *whole.shape[1:]).mean(1)
    return np.asarray(rows.reshape(high, wide, -1, 3).mean(2))


def _picture(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut off bars, as samples do, and borders of even lines of any color. Frames without light are left out."""
    sample = make_sample("still", frames, range(len(frames)), Sampling())
    usable = np.asarray(sample.usable.any(0) if sample.at else np.zeros(frames.shape[1:3], np.bool_), np.bool_)
    if not usable.any():
        return frames[:0]
    rows, columns = np.flatnonzero(usable.any(1)), np.flatnonzero(usable.any(0))
    inside = frames[list(sample.at), rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for axis in (1, 2):
        lines = np.moveaxis(inside, axis, 0).reshape(inside.shape[axis], -1, 3)
        off = np.abs(lines - np.median(lines, 1, keepdims=True)).max(-1) > EVEN
        if len(uneven := np.flatnonzero(off.mean(1) > EVEN)):
            inside = np.take(inside, range(uneven[0], uneven[-1] + 1), axis)
    return inside


def _together(clouds: Sequence[Float64]) -> Float64:
    """Return the colors of all stills, as many of each."""
    most = max(COLORS // len(clouds), FEWEST)
    return np.concatenate([cloud[: min(most, *map(len, clouds))] for cloud in clouds])


def _read(colors: Float64, stills: int = 1) -> Recovered:
    """Read stills: the network's cubic, made monochrome as far as they are, and lessened where it may be none."""
    coefficients, error = read_look(colors, min(stills, MOST))
    gray = _grayness(colors)
    if gray > 0:
        coefficients = coefficients + gray * (_toned(coefficients, colors) - coefficients)
    few = colors[: POOL // 2]
    moved = delta_e00(srgb_to_lab(few), srgb_to_lab(np.clip(few + monomials(few) @ coefficients, 0, 1))).mean()
    amount = max(gray, min(1.0, float(moved) / (SURE * error)))
    return Recovered(Cubic((amount * coefficients).tolist()), (), error, amount, gray == 1)


def _grayness(colors: Float64) -> float:
    """Return how surely colors are monochrome, 0 to 1: whether they lie on one curve of tones through the cube."""
    luma = colors @ LUMA
    off = colors - luma[:, None]
    design = np.vander(luma, 4)
    curve = np.linalg.lstsq(design, off, rcond=None)[0]
    residual = np.sqrt(((off - design @ curve) ** 2).sum(1).mean())
    return float(np.clip((COLORED - residual) / (COLORED - MONOCHROME), 0.0, 1.0))


def _toned(coefficients: Float64, colors: Float64) -> Float64:
    """Return a monochrome cubic: the luma of the network's, with the tint that the still has at each luma.

    The luma of a cubic is a cubic. The tint is one in the luma of the input, fitted on grays.
    """
    grays = np.linspace(0, 1, 33)[:, None].repeat(3, 1)
    shown = np.clip((grays + monomials(grays) @ coefficients) @ LUMA, 0, 1)
    luma = colors @ LUMA
    tint = np.linalg.lstsq(np.vander(luma, 3), colors - luma[:, None], rcond=None)[0]
    shown_tint = np.vander(np.clip(shown, *np.quantile(luma, (0.01, 0.99))), 3) @ tint
    powers = np.linalg.lstsq(np.vander(grays[:, 0], 4, increasing=True), shown_tint, rcond=None)[0]
    luma_row = coefficients @ LUMA
    toned = np.repeat(luma_row[:, None], 3, 1) + _powers_of_luma() @ powers
    for channel in range(3):
        for other in range(3):
            toned[_linear(other), channel] += LUMA[other] - (channel == other)
    return np.asarray(toned)


def _linear(channel: int) -> int:
    """Return the row of the monomial that is this channel itself."""
    return EXPONENTS.index((int(channel == 0), int(channel == 1), int(channel == 2)))


def _powers_of_luma() -> Float64:
    """Return the powers 0 to 3 of luma as sums of monomials: ``(20, 4)``."""
    table = np.zeros((len(EXPONENTS), 4))
    factorials = (1, 1, 2, 6)
    for row, exponents in enumerate(EXPONENTS):
        degree = sum(exponents)
        ways = factorials[degree] / np.prod([factorials[exponent] for exponent in exponents])
        table[row, degree] = ways * np.prod(LUMA ** np.array(exponents))
    return table


def _whole_cube(count: int) -> Float64:
    """Return colors at the corners of the cube, 2 % of ``count``: enough for a guard to reach that far."""
    corners = Lut3D.identity(2).lattice.reshape(-1, 3).astype(np.float64)
    return np.tile(corners, (1 + count // 400, 1))


def _as_cubic(transform: Transform, colors: Colors) -> Float64:
    """Return the coefficients of the cubic nearest to a transform on these colors."""
    pool = np.asarray(colors, np.float64)[:: max(1, len(colors) // POOL)]
    psi = monomials(pool)
    gram = psi.T @ psi + 1e-3 * np.eye(psi.shape[1])
    return np.asarray(np.linalg.solve(gram, psi.T @ (transform(pool) - pool)))
