"""The looks that the benchmark is about: nine families, drawn by physics rather than by a grader's tools.

The network is never trained on these. ``look_sampler.py`` draws its looks from other steps, in other spaces. Here are
densities of dyes, layers that see each other's light, silver that is left in, and papers that stain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from make_grade_prior import decode, encode

Array: TypeAlias = NDArray[Any]
Draw: TypeAlias = Callable[[Array], Array]

#: The luma of BT.709 (Rec. ITU-R BT.709-6, item 3.2).
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])

#: The smallest light that a density is taken of.
DARK = 2e-3


def density(light: Array) -> Array:
    """Return the optical density of a transmitted or reflected light."""
    return -np.log10(np.maximum(light, DARK))


def hurter(exposure: Array, gamma: Array, speed: Array, most: float) -> Array:
    """Return the density of a layer by its characteristic curve: a logistic one over the log of its exposure."""
    return np.asarray(most / (1 + np.exp(-4 * gamma / most * (exposure - speed))))


def _shown(print_density: Array, low: Array, high: Array) -> Array:
    """Return code values of a print, whose densest black ``high`` and clearest white ``low`` are its ends."""
    white, black = 10.0**-low, 10.0**-high
    return np.asarray(encode(np.clip((10.0**-print_density - black) / (white - black), 0, 1)))


def negative(rng: np.random.Generator, *, gamma: tuple[float, float] = (0.55, 0.8), bend: float = 0.06) -> Draw:
    """A color negative and its print: three logistic layers that inhibit each other, and a paper that is steeper."""
    steep, speed = rng.uniform(*gamma) * np.exp(rng.normal(0, 0.06, 3)), rng.normal(-0.9, 0.12) + rng.normal(0, bend, 3)
    inhibit = np.eye(3) - rng.uniform(0.03, 0.16, (3, 3)) * (1 - np.eye(3))
    paper, base = rng.uniform(1.5, 2.3), rng.uniform(0.0, 0.05) + rng.uniform(0, 0.03, 3)
    off, weak = rng.normal(0, 0.035, 3), rng.uniform(0, 0.06) + rng.uniform(0, 0.04, 3)

    def look(code: Array) -> Array:
        exposure = np.log10(np.maximum(decode(code), DARK))
        layers = hurter(exposure, steep, speed, 2.0) @ inhibit.T
        gray = hurter(np.full(3, np.log10(0.18)), steep, speed, 2.0) @ inhibit.T
        dense = 0.74 + off - paper * (layers - gray)
        dense = 2.2 / (1 + np.exp(-2.4 * (dense - 1.0)))
        return weak + _shown(dense, np.full(3, 0.19), np.full(3, 2.05)) * (1 - weak - base)

    return look


def slide(rng: np.random.Generator) -> Draw:
    """A color reversal film: steep, saturated by masking, with shadows of one color."""
    steep, shift = rng.uniform(1.15, 1.55), rng.normal(0.0, 0.12) + rng.normal(0, 0.03, 3)
    mask = rng.uniform(0.02, 0.12)
    mix = np.eye(3) * (1 + 2 * mask) - mask
    tint, push = rng.normal(0, 0.05, 3), rng.uniform(0.7, 1.2)

    def look(code: Array) -> Array:
        dense = density(decode(code) * 10**shift) @ mix.T
        dense = 0.72 + steep * (dense - 0.72)
        dense = dense + tint * np.clip(dense, 0, 2) ** 2 / 2
        return np.asarray(encode(np.clip(10.0 ** -(push * np.logaddexp(0, 6 * dense) / 6), 0, 1)))

    return look


def monochrome(rng: np.random.Generator) -> Draw:
    """Black and white film behind a color filter, on a paper of some grade; every third print is toned."""
    seen = WEIGHTS * np.array([(1, 1, 1), (2.2, 0.9, 0.3), (1.5, 1.0, 0.4), (0.5, 1.3, 0.8)])[rng.integers(4)]
    grade, speed, stain = rng.uniform(0.8, 1.6), rng.normal(0, 0.12), rng.uniform(0, 0.08)
    toner = np.array([(0.0, 0.0, 0.0), (-0.16, 0.0, 0.2), (0.08, 0.04, -0.1), (-0.1, -0.02, 0.06)])
    toned = toner[rng.integers(1, 4)] * rng.uniform(0.3, 1) * (rng.random() < 1 / 3)

    def look(code: Array) -> Array:
        dense = density((decode(code) @ (seen / seen.sum()))[..., None] * 10**speed)
        dense = 0.72 + grade * (dense - 0.72)
        dense = np.logaddexp(0, 8 * dense) / 8 * (1 + toned)
        return np.asarray(stain + (1 - stain) * encode(np.clip(10.0**-dense, 0, 1)))

    return look


def bleach(rng: np.random.Generator) -> Draw:
    """Bleach bypass: the silver is left in, so a gray image lies on the dyes."""
    silver, lift, warm = rng.uniform(0.35, 0.9), rng.uniform(0.12, 0.4), rng.normal(0, 0.02, 3)

    def look(code: Array) -> Array:
        dyes = density(decode(code))
        gray = density((decode(code) @ WEIGHTS)[..., None])
        dense = dyes * (1 - 0.55 * silver) + silver * gray * (0.6 + 0.55 * gray / (0.5 + gray)) - lift * silver + warm
        return np.asarray(encode(np.clip(10.0 ** -np.maximum(dense, 0.0), 0, 1)))

    return look


def night(rng: np.random.Generator) -> Draw:
    """Day for night: less light, a blue moon, and colors that rods do not see."""
    stops, rods = rng.uniform(0.3, 1.4), rng.uniform(0.2, 0.6)
    moon = np.array([1 - rng.uniform(0.1, 0.4), 1.0, 1 + rng.uniform(0.1, 0.5)])
    scotopic = np.array([0.06, 0.6, 0.34])

    def look(code: Array) -> Array:
        light = decode(code)
        dim = light * 2**-stops
        seen = (dim @ scotopic)[..., None]
        shade = rods * np.exp(-3 * (light @ WEIGHTS))[..., None] ** 0.5
        return np.asarray(encode(np.clip((dim + shade * (seen - dim)) * moon, 0, 1)))

    return look


def teal_orange(rng: np.random.Generator) -> Draw:
    """Blockbuster colors: in Y'CbCr, chroma across the skin line shrinks, and shadows go to its far end."""
    line, squeeze = np.radians(rng.uniform(112, 138)), rng.uniform(0.35, 0.85)
    along, shade, light = rng.uniform(0.9, 1.4), rng.uniform(0.01, 0.06), rng.uniform(0.0, 0.04)
    contrast = rng.uniform(0.0, 0.35)

    def look(code: Array) -> Array:
        luma = code @ WEIGHTS
        cb, cr = (code[..., 2] - luma) / 1.8556, (code[..., 0] - luma) / 1.5748
        on, off = cb * np.cos(line) + cr * np.sin(line), cr * np.cos(line) - cb * np.sin(line)
        on = along * on - shade * (1 - luma) ** 1.5 + light * luma**1.5
        off = squeeze * off
        luma = luma + contrast * luma * (1 - luma) * (2 * luma - 1)
        cb, cr = on * np.cos(line) - off * np.sin(line), on * np.sin(line) + off * np.cos(line)
        red, blue = luma + 1.5748 * cr, luma + 1.8556 * cb
        green = (luma - WEIGHTS[0] * red - WEIGHTS[2] * blue) / WEIGHTS[1]
        return np.clip(np.stack([red, green, blue], -1), 0, 1)

    return look


def cross(rng: np.random.Generator) -> Draw:
    """Cross processing: slide film in the chemistry of negatives; each layer has a sine of its own."""
    bow, wave = np.array([0.02, 0.04, -0.05]) + rng.normal(0, 0.05, 3), np.array([0.08, 0.06, -0.05])
    wave = wave * rng.uniform(0.5, 1.5, 3) * rng.choice([-1, 1], p=[0.1, 0.9])
    ends, steep = rng.uniform(0, 0.12), rng.uniform(1.0, 1.25)

    def look(code: Array) -> Array:
        y = np.clip(0.5 + steep * (code - 0.5), 0, 1)
        y = y + bow * np.sin(np.pi * y) - wave * np.sin(2 * np.pi * y)
        low, high = np.array([0.0, 0.0, ends]), np.array([1.0, 1.0, 1.0 - ends])
        return np.asarray(low + np.clip(y, 0, 1) * (high - low))

    return look


def faded(rng: np.random.Generator) -> Draw:
    """An old print: each dye has lost a share of itself, and the paper has yellowed."""
    left = np.clip(np.array([0.62, 0.84, 0.78]) + rng.normal(0, 0.12, 3), 0.4, 1.0)
    left = left[rng.permutation(3)] if rng.random() < 0.3 else left
    stain = rng.uniform(0, 0.06) + np.array([0.0, 0.02, 0.07]) * rng.uniform(0, 1.2)

    def look(code: Array) -> Array:
        return np.asarray(encode(np.clip(10.0 ** -(density(decode(code)) * left + stain), 0, 1)))

    return look


def instant(rng: np.random.Generator) -> Draw:
    """Instant film: few tones, black that is a color, whites of cream or green, and muddy dyes."""
    dyes = np.eye(3) + rng.uniform(0.05, 0.22, (3, 3)) * (1 - np.eye(3))
    dyes = dyes / dyes.sum(1, keepdims=True)
    black = 1.15 + rng.uniform(0, 0.5) + rng.normal(0, 0.09, 3)
    white = 0.03 + rng.uniform(0, 0.05) + np.abs(rng.normal(0, 0.035, 3))
    steep, speed = (
        rng.uniform(0.6, 0.95) * np.exp(rng.normal(0, 0.05, 3)),
        rng.normal(0.0, 0.08) + rng.normal(0, 0.04, 3),
    )

    def look(code: Array) -> Array:
        dense = density(decode(code)) @ dyes.T
        return np.asarray(encode(10.0 ** -(white + hurter(dense, steep, 0.75 - speed, 1.0) * (black - white))))

    return look


#: The families by their names. ``monochrome`` is counted apart.
FAMILIES: Mapping[str, Callable[[np.random.Generator], Draw]] = MappingProxyType(
    {
        "negative": negative,
        "slide": slide,
        "bleach": bleach,
        "night": night,
        "teal_orange": teal_orange,
        "cross": cross,
        "faded": faded,
        "instant": instant,
        "monochrome": monochrome,
    }
)
