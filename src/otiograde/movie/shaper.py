"""Shapers: LUTs for linear light, whose nodes lie evenly in a log of it. FFmpeg and OpenColorIO read them as .csp.

A lattice whose nodes lie evenly in light has two of them below a gray card. The shaper is ACEScct (Academy S-2016-001)
from its code 0 to ``BRIGHTEST``, so light a little below zero has nodes, too. What is outside takes the ends.
"""

from __future__ import annotations

import numpy as np

from otiograde.color.lut import Lut3D
from otiograde.color.transfer import decode, encode
from otiograde.color.transform import Colors, Transform
from otiograde.movie.tapes import ascii_line

#: The brightest light of a shaper: 71 times diffuse white, more than the 10 000 cd/m2 of PQ.
BRIGHTEST = 64.0

#: Its code value, where the lattice ends.
_TOP = float(encode(BRIGHTEST, "linear"))

#: The largest number of a half float (IEEE 754).
_LARGEST = 65504.0

#: Points of the shaper. FFmpeg brings them to 65536 even steps of light: 1e-3 at 64.
_POINTS = 4096


def to_nodes(light: Colors) -> Colors:
    """Return the place in the lattice, 0 to 1, of linear light ``(..., 3)``."""
    return np.asarray(np.clip(encode(light, "linear") / _TOP, 0, 1))


def shaped(transform: Transform, size: int) -> Lut3D:
    """Bake a transform of the code values of light (``linear`` in ``color/logs.py``) into the lattice of a shaper."""
    return Lut3D.bake(lambda nodes: transform(nodes * _TOP), size)


def shaped_light(transform: Transform, size: int) -> Lut3D:
    """Bake a transform of the code values of light into the lattice of a shaper; the lattice holds light again."""
    codes = transform(Lut3D.identity(size).lattice.astype(np.float64) * _TOP)
    return Lut3D(np.clip(decode(codes, "linear"), -_LARGEST, _LARGEST))


def format_csp(lattice: Lut3D, title: str = "") -> str:
    """Return the .csp text of a lattice with the shaper before it (Rising Sun Research, cineSpace LUT Format)."""
    codes = np.linspace(0, _TOP, _POINTS)
    light = decode(codes, "linear")
    points = [" ".join(f"{value:.9g}" for value in values) for values in (light, codes / _TOP)]
    head = ["CSPLUTV100", "3D", "", "BEGIN METADATA", ascii_line(title)[:200], "END METADATA", ""]
    channel = [str(_POINTS), *points]
    size = f"{lattice.size} {lattice.size} {lattice.size}"
    rows = "%.7f %.7f %.7f\n" * lattice.size**3 % tuple(lattice.lattice.astype(np.float64).ravel().tolist())
    return "\n".join([*head, *channel * 3, "", size]) + "\n" + rows


def only_shaper() -> str:
    """Return the .csp text that turns light into its code values, and does nothing else."""
    return format_csp(Lut3D.bake(lambda nodes: nodes * _TOP, 2), "linear light as ACEScct codes")
