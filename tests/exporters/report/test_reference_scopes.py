"""The reference scopes against color bars whose code values a standard prints, and the laws of counting."""

from __future__ import annotations

import numpy as np
import pytest
import reference_scopes as scopes
from hypothesis import given
from hypothesis import strategies as st

from making.bars import GRAY, RP_219, bars
from otiograde.color.scopes import parade


@pytest.mark.parametrize("name", sorted(RP_219))
def test_targets_lie_where_the_standard_says(name: str) -> None:
    _, cb, cr = RP_219[name]
    wanted = (np.array([cb, cr]) - 512) / 896  # BT.709-6, item 3.4: 1 is 896 codes
    assert scopes.chroma(np.array(scopes.BARS[name])) == pytest.approx(wanted, abs=0.6 / 896)


def test_vectorscope_of_bars_lights_the_targets_alone() -> None:
    counts = scopes.vectorscope(bars())
    assert counts.sum() == bars()[..., 0].size
    spots = set(zip(*np.nonzero(counts), strict=True))
    wanted = [(0.0, 0.0), *(tuple(scopes.chroma(np.array(color))) for color in scopes.BARS.values())]
    assert len(spots) == 7
    for cb, cr in wanted:
        place = (127.5 - 255 * cr, 127.5 + 255 * cb)
        assert min(abs(row - place[0]) + abs(column - place[1]) for row, column in spots) < 2.5


def test_waveform_of_bars_is_a_staircase() -> None:
    counts = scopes.waveform(bars(), 7)
    levels = counts.argmax(axis=0)
    wanted = [(code - 64) / 876 * 255 for code, _, _ in (GRAY, *RP_219.values())]
    assert levels.tolist() == pytest.approx(wanted, abs=1)
    assert (counts.max(axis=0) == 20 * 12).all()


def test_histogram_of_bars() -> None:
    on = round(0.75 * 255)
    histogram = scopes.histogram(bars())
    # Of seven bars four have a channel on, three off.
    for channel in range(3):
        assert histogram[channel, on - 1 : on + 2].sum() == 4 * 12 * 20
        assert histogram[channel, :2].sum() == 3 * 12 * 20


def test_skin_lies_on_its_line() -> None:
    """Skin from light to dark (X-Rite's ColorChecker, patches 1 and 2, in sRGB) within a few degrees of the line."""
    for skin in ((115, 82, 68), (194, 150, 130)):
        cb, cr = scopes.chroma(np.array(skin) / 255)
        assert np.degrees(np.arctan2(cr, cb)) == pytest.approx(scopes.SKIN, abs=6)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_every_pixel_is_counted_once(height: int, width: int, columns: int, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert scopes.waveform(codes, columns).sum() == height * width
    assert parade(codes, columns).sum(axis=(1, 2)).tolist() == [height * width] * 3
    assert scopes.vectorscope(codes).sum() == height * width
    assert np.array_equal(parade(codes, columns).sum(axis=2), scopes.histogram(codes))


def test_the_ends_stay_inside() -> None:
    corners = np.array([[[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)]], np.uint8)
    assert scopes.vectorscope(corners).sum() == 8
    assert scopes.waveform(corners, 8)[255, 7] == 1
    assert scopes.waveform(corners, 8)[0, 0] == 1
