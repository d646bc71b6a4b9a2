"""The view of every encoding by tables, as the report's page applies it."""

from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.encodings import ENCODINGS, encoding, encoding_of
from otiograde.color.view_tables import MOST, view_tables
from otiograde.color.views import to_view

NOT_SDR = sorted(name for name, named in ENCODINGS.items() if named.family != "sdr")


@pytest.mark.parametrize("name", NOT_SDR)
@pytest.mark.parametrize("in_file", [False, True])
def test_its_tables_make_the_view(name: str, in_file: bool) -> None:
    """What a page does with them, written out here: within half a level of 8 bits."""
    named = ENCODINGS[name]
    named = encoding_of(named.primaries, named.transfer, "bt709", "legal") if in_file else named
    codes = np.random.default_rng(7).integers(0, 256, (4000, 3)) / 255
    tables = view_tables(named)
    assert tables is not None
    light = np.interp(codes, np.linspace(0, 1, len(tables.curve)), tables.curve)
    if tables.power:
        light = light * np.maximum(light @ [0.2627, 0.6780, 0.0593], 1e-30)[:, None] ** tables.power
    light = light @ np.array(tables.matrix).T
    place = (np.clip(light, 0, MOST) / MOST) ** 0.25
    shown = np.interp(place, np.linspace(0, 1, len(tables.shown)), tables.shown)
    assert np.abs(shown - np.clip(to_view(codes, named), 0, 1)).max() < 0.5 / 255


def test_sdr_has_no_tables() -> None:
    assert view_tables(encoding("bt709")) is None
