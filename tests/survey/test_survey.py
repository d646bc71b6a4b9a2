"""A survey: shots, what was measured of them, and the unit that their differences are counted in."""

from __future__ import annotations

from typing import Any

import numpy as np

from making.cases import survey
from otiograde.color.encodings import encoding
from otiograde.survey.survey import POOL


def test_the_unit_is_that_of_the_encoding(world: Any) -> None:
    samples = {name: world.shot(name) for name in ("sdr", "hdr")}
    made = survey(samples, encodings={"hdr": encoding("pq")})
    assert (made.unit("sdr"), made.unit("hdr")) == ("ΔE00", "ΔE ITP")
    assert (made.hdr("sdr"), made.hdr("hdr")) == (None, encoding("pq"))


def test_colors_are_the_sample_s_and_the_same_every_time(world: Any) -> None:
    made = survey({"a": world.shot("a")})
    colors = made.colors("a")
    assert (colors.dtype, colors.shape[1]) == (np.float64, 3)
    assert 300 < len(colors) <= POOL
    assert colors.min() >= 0
    assert colors.max() <= 1
    np.testing.assert_array_equal(colors, made.colors("a"))
