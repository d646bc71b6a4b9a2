"""The parade against color bars whose code values a standard prints."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from making.bars import bars
from otiograde.color.scopes import parade


def test_parade_of_bars() -> None:
    on = round(0.75 * 255)
    red = parade(bars(), 7)[0].argmax(axis=0)
    assert np.abs(red - np.array([on, on, 0, 0, on, on, 0])).max() <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_every_pixel_is_counted_once(height: int, width: int, columns: int, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert parade(codes, columns).sum(axis=(1, 2)).tolist() == [height * width] * 3
