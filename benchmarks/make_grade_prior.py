"""Make ``src/otiograde/color/grade_prior.npz``: a Gaussian prior of the difference between two grades.

    python benchmarks/make_grade_prior.py [--out FILE] [--check]

The script draws 1200 pairs of random grades g1 and g2. Half are plain: exposure, white balance, contrast, gamma,
saturation, split tone, blacks and whites. Half are like film: they also have crosstalk in linear light, toe and
shoulder, and a turned hue sector. A ``Cubic`` is fitted to the transform g1 after the inverse of g2 on synthetic
colors. The prior is the covariance of its 60 coefficients, plus a little isotropic slack in function space. The file
holds its inverse. No footage and no photograph goes in: the colors come from a mixture of shaded surfaces. The same
seed gives the same table.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from otiograde.color.cubic import monomials
from otiograde.color.luma import LUMA

Array = NDArray[np.float64]

SEED = 5
PAIRS = 1200
TABLE = Path(__file__).resolve().parents[1] / "src/otiograde/color/grade_prior.npz"
# Oklab (Ottosson 2020): linear sRGB to cone responses, cube roots to opponent axes.
CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
OPPONENT = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
# Materials of ordinary pictures: hue and its spread in degrees of Oklab, chroma, and share. They are skin and wood,
# foliage, sky and water, stone and paper. The remaining share has any hue and is saturated.
MATERIALS = (
    (55.0, 18.0, 0.055, 0.24),
    (120.0, 20.0, 0.070, 0.20),
    (240.0, 22.0, 0.055, 0.18),
    (80.0, 60.0, 0.012, 0.28),
)


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade of encoded R'G'B'. The last four fields are neutral for a plain grade."""

    exposure: float
    temperature: float
    tint: float
    contrast: float
    gamma: Array
    saturation: float
    black: float
    white: float
    shadows: Array
    highlights: Array
    crosstalk: Array
    toe: float
    hue: float
    turn: tuple[float, float]

    def __call__(self, rgb: Array) -> Array:
        """Return the graded colors, clipped to [0, 1]."""
        balance = [self.temperature + 0.3 * self.tint, -self.tint, -self.temperature + 0.3 * self.tint]
        light = decode(rgb) * 2**self.exposure * np.exp(balance)
        light = roll_off(np.maximum(light @ self.crosstalk.T, 0))
        code = encode(light)
        code = code + 0.6 * self.toe * (code * code * (3 - 2 * np.clip(code, 0, 1)) - code)
        code = 0.435 * (np.maximum(code, 0) / 0.435) ** self.contrast
        code = np.maximum(code, 0) ** self.gamma
        luma = (code @ LUMA)[..., None]
        code = luma + self.saturation * (code - luma)
        if self.turn != (0.0, 0.0):
            code = turn_sector(code, self.hue, self.turn)
        luma = np.clip((code @ LUMA)[..., None], 0, 1)
        code = code + (1 - luma) ** 2 * self.shadows + luma**2 * self.highlights
        return np.clip(self.black + code * (self.white - self.black), 0, 1)


def draw_grade(rng: np.random.Generator, film: bool) -> Grade:
    """Draw a random grade. ``film`` adds crosstalk, a toe and a turned hue sector."""
    plain: dict[str, Any] = {
        "exposure": rng.uniform(-0.7, 0.7),
        "temperature": float(np.clip(rng.normal(0, 0.10), -0.22, 0.22)),
        "tint": float(np.clip(rng.normal(0, 0.05), -0.1, 0.1)),
        "contrast": np.exp(rng.uniform(-0.22, 0.22)),
        "saturation": np.exp(rng.uniform(np.log(0.6), np.log(1.4))),
        "black": rng.uniform(-0.04, 0.07),
        "white": 1 + rng.uniform(-0.07, 0.03),
        "shadows": rng.normal(0, 0.018, 3),
        "highlights": rng.normal(0, 0.018, 3),
        "gamma": np.exp(rng.normal(0, 0.04, 3)),
    }
    if not film:
        return Grade(**plain, crosstalk=np.eye(3), toe=0.0, hue=0.0, turn=(0.0, 0.0))
    crosstalk = np.eye(3) + rng.normal(0, 0.05, (3, 3))
    toe, hue = rng.uniform(0, 0.5), rng.uniform(0, 2 * np.pi)
    turn = (float(rng.normal(0, 0.12)), float(rng.normal(0, 0.15)))
    return Grade(**plain, crosstalk=crosstalk / crosstalk.sum(1, keepdims=True), toe=toe, hue=hue, turn=turn)


def decode(code: Array) -> Array:
    """Convert sRGB code values to light (IEC 61966-2-1)."""
    return np.where(code <= 0.04045, code / 12.92, ((np.maximum(code, 0) + 0.055) / 1.055) ** 2.4)


def encode(light: Array) -> Array:
    """Convert light to sRGB code values (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)


def roll_off(light: Array, knee: float = 0.8, room: float = 0.45) -> Array:
    """Compress highlights above the knee, as cameras do instead of clipping."""
    return np.where(light > knee, knee + room * -np.expm1(-np.maximum(light - knee, 0) / room), light)


def turn_sector(code: Array, hue: float, turn: tuple[float, float]) -> Array:
    """Turn and saturate the colors around one hue, in Oklab."""
    lab = np.cbrt(decode(np.clip(code, 0, 1)) @ CONES.T) @ OPPONENT.T
    chroma, angle = np.hypot(lab[..., 1], lab[..., 2]), np.arctan2(lab[..., 2], lab[..., 1])
    near = np.exp(2 * (np.cos(angle - hue) - 1))
    chroma, angle = chroma * (1 + turn[1] * near), angle + turn[0] * near
    return from_oklab(np.stack([lab[..., 0], chroma * np.cos(angle), chroma * np.sin(angle)], -1))


def from_oklab(lab: Array) -> Array:
    """Convert Oklab to encoded R'G'B', unclipped."""
    return np.asarray(encode((lab @ np.linalg.inv(OPPONENT).T) ** 3 @ np.linalg.inv(CONES).T))


def natural_colors(rng: np.random.Generator, count: int) -> Array:
    """Draw colors like those of pictures: materials of a few hue families in light from deep shade to highlight."""
    shares = np.array([share for *_, share in MATERIALS])
    kind = rng.choice(len(MATERIALS) + 1, count, p=[*shares, 1 - shares.sum()])
    table = np.array([row[:3] for row in MATERIALS] + [(0.0, 180.0, 0.11)])[kind]
    hue = np.radians(table[:, 0] + table[:, 1] * rng.normal(0, 1, count))
    lightness = np.clip(rng.beta(1.7, 1.6, count), 0.03, 0.99)
    chroma = table[:, 2] * rng.gamma(2.2, 0.5, count) * (4 * lightness * (1.05 - lightness)) ** 0.7
    return np.clip(from_oklab(np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1)), 0, 1)


def fit(before: Array, after: Array) -> Array:
    """Return the ridge fit of the 60 coefficients W of ``before + monomials(before) W``."""
    psi = monomials(before)
    gram = psi.T @ psi + 1e-3 * np.eye(psi.shape[1])
    return np.asarray(np.linalg.solve(gram, psi.T @ (after - before))).ravel()


def make_prior(seed: int = SEED, pairs: int = PAIRS) -> Array:
    """Return the precision matrix (60, 60) of the coefficients."""
    rng = np.random.default_rng(seed)
    coefficients = []
    for index in range(pairs):
        first, second = draw_grade(rng, bool(index % 2)), draw_grade(rng, bool(index % 2))
        clean = np.concatenate([natural_colors(rng, 500), rng.random((250, 3))])
        before, after = second(clean), first(clean)
        unclipped = (before > 0.003).all(1) & (before < 0.997).all(1)
        coefficients.append(fit(before[unclipped], after[unclipped]))
    # The mean is left at zero: swapping the two grades must be as likely as not.
    covariance = np.cov(np.array(coefficients).T)
    psi = monomials(np.concatenate([natural_colors(rng, 1000), rng.random((1000, 3))]))
    gram = psi.T @ psi / len(psi) + 1e-4 * np.eye(psi.shape[1])
    slack = np.kron(np.linalg.inv(gram), np.eye(3)) / psi.shape[1] * 1e-4
    precision = np.linalg.inv(covariance + slack)
    return np.asarray((precision + precision.T) / 2, np.float64)


def main() -> None:
    """Write the table, or check that the shipped one is what this script makes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args()
    precision = make_prior()
    if options.check:
        with np.load(options.out) as table:
            shipped = table["precision"]
        drift = float(np.abs(shipped - precision).max() / np.abs(shipped).max())
        print(f"largest relative difference {drift:.2e}")
        raise SystemExit(drift > 1e-6)
    np.savez_compressed(options.out, precision=precision, seed=SEED, pairs=PAIRS)
    print(f"wrote {options.out} ({options.out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
