"""The look of a .cube file: the same for every scene."""

from __future__ import annotations

from otiograde.color.lut import Lut3D
from otiograde.decide.look.look import Look, of_strength, same_look


def cube_look(lut: Lut3D, strength: float = 1.0) -> Look:
    """Make the look of a LUT, at ``strength`` in [0, 1]."""
    return same_look(of_strength(lut, strength))
