"""Print the constants of ext/lab.inc: the guess of each root and the polynomial that corrects it.

    python benchmarks/make_lab_coefficients.py [--check]

``guess_root`` takes the bits of x as a number and subtracts a p-th of it from ``magic``. The result y is near
x^(-1/p). What is left is r = 1 - x y^p. ``magic`` makes the range of r the same on both sides of 0.

A power (1 - r)^e then corrects the guess. The polynomial c0 + c1 r + ... + c5 r^5 is minimax in relative error over the
range of r, widened by ``MARGIN`` for the rounding of y. Remez's exchange finds it. The kernels put 1 in place of c0,
so r = 0 stays exact; this doubles the largest error at most. ``worst`` is the error of that polynomial in real
arithmetic.

``--check`` compares the constants with those in ext/lab.inc. The exit status is 1 where ``magic`` differs by more than
``MAGIC_STEP``, or the polynomials by more than ``TOLERANCE``.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SOURCE = Path(__file__).resolve().parents[1] / "ext/lab.inc"

#: The bits of 1.0f, and the number of steps of a float32 from one power of two to the next.
ONE, STEPS = 0x3F800000, 2**23

#: The polynomial's degree, and how much wider than the range of r the interval of the fit is.
DEGREE, MARGIN = 5, 1.001

#: Distance between float32 numbers as large as ``magic``. One step moves the range of r by less than 1e-4.
MAGIC_STEP = 128

#: Largest difference of the two polynomials over the range of r: a sixth of a float32 step at 1.
TOLERANCE = 1e-8

#: Points at which r and the error are looked at.
POINTS = 100_001


@dataclass(frozen=True, slots=True)
class Power:
    """One function of lab.inc: its name, p of its guess x^(-1/p), and e of its correction (1 - r)^e."""

    name: str
    root: int
    exponent: float


POWERS = (Power("cube_root", 3, -2 / 3), Power("power_2_4", 5, -3 / 5), Power("root_2_4", 6, -1 / 12))


def number(bits: Array) -> Array:
    """The positive float32 that these bits stand for, continued linearly between whole bits."""
    exponent = np.floor(bits / STEPS)
    return np.asarray(np.exp2(exponent - 127) * (1 + bits / STEPS - exponent))


def remainders(magic: float, root: int) -> tuple[float, float]:
    """The lowest and highest r over x in [1, 2^p], after which they repeat."""
    bits = ONE + np.linspace(0.0, root * STEPS, root * POINTS)
    r = 1 - number(bits) * number(magic - bits / root) ** root
    return float(r.min()), float(r.max())


def centered_magic(root: int) -> float:
    """The ``magic`` whose lowest and highest r are opposite, by bisection."""
    low, high = (1 + 1 / root) * ONE - STEPS / 8, (1 + 1 / root) * ONE
    while high - low > 0.5:
        magic = (low + high) / 2
        # A larger magic is a larger guess, and a lower r.
        low, high = (low, magic) if sum(remainders(magic, root)) < 0 else (magic, high)
    return (low + high) / 2


def minimax(exponent: float, reach: float) -> Array:
    """The coefficients c0 to c5 nearest to (1 - r)^e over |r| <= ``reach``, in relative error."""
    grid = np.linspace(-reach, reach, POINTS)
    peaks = -reach * np.cos(np.pi * np.arange(DEGREE + 2) / (DEGREE + 1))
    signs = (-1.0) ** np.arange(DEGREE + 2)
    for _ in range(30):
        design = np.column_stack([peaks[:, None] ** np.arange(DEGREE + 1) / (1 - peaks[:, None]) ** exponent, signs])
        coefficients = np.asarray(np.linalg.solve(design, np.ones(DEGREE + 2))[:-1], np.float64)
        error = relative_error(coefficients, exponent, grid)
        runs = np.split(np.arange(POINTS), np.flatnonzero(np.diff(np.sign(error))) + 1)
        exchanged = grid[[run[np.argmax(np.abs(error[run]))] for run in runs]]
        if len(exchanged) != len(peaks) or np.array_equal(exchanged, peaks):
            break
        peaks = exchanged
    return coefficients


def relative_error(coefficients: Array, exponent: float, r: Array) -> Array:
    """How far the polynomial is from (1 - r)^e, relative to it."""
    return np.asarray(np.polyval(coefficients[::-1], r) / (1 - r) ** exponent - 1)


def written(name: str) -> tuple[float, Array]:
    """``magic`` and c1 to c5 of a function in lab.inc."""
    text = SOURCE.read_text("ascii")
    body = text[text.index(f"INLINE float {name}(") :].partition("\n}\n")[0]
    magic = re.search(r"0x[0-9a-f]+(?=p0f)", body)
    # The polynomial stands there as (c5 r + c4) r^2 + (c3 r + c2), then times r plus c1.
    coefficients = [float(value) for value in re.findall(r"\b(0\.\d{6,})f", body)]
    if magic is None or len(coefficients) != DEGREE:
        raise SystemExit(f"{SOURCE.name}: {name} is not written as this script expects")
    return float(int(magic[0], 16)), np.array(coefficients[::-1])


def agrees(power: Power, magic: float, coefficients: Array, r: Array) -> bool:
    """Print how far ext/lab.inc is from these constants of one function, and return whether it is near enough."""
    magic_here, here = written(power.name)
    apart = float(np.abs(np.polyval([*(here - coefficients[1:])[::-1], 0], r)).max())
    print(f"{'':10} ext/lab.inc: magic {magic_here - magic:+.0f}, polynomial within {apart:.1e}")
    return abs(magic_here - magic) <= MAGIC_STEP and apart <= TOLERANCE


def main() -> int:
    """Print the constants, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with ext/lab.inc")
    check = parser.parse_args().check
    good = True
    for power in POWERS:
        magic = float(np.float32(centered_magic(power.root)))
        low, high = remainders(magic, power.root)
        coefficients = minimax(power.exponent, MARGIN * max(-low, high))
        coefficients[0] = 1
        r = np.linspace(low, high, POINTS)
        worst = np.abs(relative_error(coefficients, power.exponent, r)).max()
        numbers = " ".join(f"{value:.9g}" for value in coefficients[1:].astype(np.float32))
        print(f"{power.name:10} magic {int(magic):#x}, r {low:.4f} to {high:.4f}, worst {worst:.2g}: {numbers}")
        if check:
            good &= agrees(power, magic, coefficients, r)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
