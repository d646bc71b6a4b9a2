"""Traits: what shots look like, casts aside. They choose pairs to try, and group shots into scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from otiograde.color.alike import Traits
from otiograde.color.arrays import Float64
from otiograde.color.palette import palette
from otiograde.color.texture import patterns
from otiograde.survey.sample import Sample


def measure_traits(sample: Sample) -> tuple[Float64, Float64]:
    """Measure the texture patterns ``(768,)`` and the palette ``(576,)`` of a shot."""
    count, usable = len(sample.at), sample.usable
    chosen = sorted({0, count // 2, count - 1}) if count else []
    return patterns(map(sample.frame, range(count)), usable), palette(map(sample.frame, chosen), usable)


def gathered(traits: Sequence[tuple[Float64, Float64]]) -> Traits:
    """Return the traits of some shots as one table."""
    textures, palettes = ([shot[k] for shot in traits] for k in (0, 1))
    return Traits(np.array(textures).reshape(len(traits), 768), np.array(palettes).reshape(len(traits), 576))
