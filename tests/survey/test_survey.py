"""A survey: shots, and what was measured of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from making.cases import survey
from otiograde.color.encodings import encoding
from otiograde.survey.survey import POOL


def test_the_encoding_is_that_of_the_sample(world: Any) -> None:
    samples = {name: world.shot(name) for name in ("sdr", "hdr")}
    made = survey(samples, encodings={"hdr": encoding("pq")})
    assert (made.encoding("sdr"), made.encoding("hdr")) == (None, encoding("pq"))


def test_colors_are_the_sample_s_and_the_same_every_time(world: Any) -> None:
    made = survey({"a": world.shot("a")})
    colors = made.colors("a")
    assert (colors.dtype, colors.shape[1]) == (np.float64, 3)
    assert 300 < len(colors) <= POOL
    assert colors.min() >= 0
    assert colors.max() <= 1
    np.testing.assert_array_equal(colors, made.colors("a"))


def test_the_digest_is_that_of_the_shots_and_links_that_are_named(world: Any) -> None:
    samples = {name: world.shot(name) for name in "abc"}
    made = survey(samples, [world.link("a", "b"), world.link("b", "c")])
    other = survey({**samples, "c": replace(samples["c"], notes=("damaged",))}, made.links)
    first, second = made.links
    assert made.digest("ab", [first]) == other.digest("ab", [first])
    assert made.digest("abc", [first]) != other.digest("abc", [first])
    assert made.digest("abc", [first]) != made.digest("abc", [first, second])
    assert made.digest("ab", []) != made.digest("ba", [])
