from __future__ import annotations

import numpy as np
import pytest

from otiograde.color.encodings import ENCODINGS, encoding, encoding_of
from otiograde.color.views import from_light, to_light, to_view

NOT_SDR = sorted(name for name, named in ENCODINGS.items() if named.family != "sdr")
COLORS = np.random.default_rng(5).uniform(0.15, 0.85, (500, 3))


@pytest.mark.parametrize("name", NOT_SDR)
def test_light_and_back(name: str) -> None:
    named, most = ENCODINGS[name], 2e-4 if name == "nlog" else 1e-6  # the pieces of N-Log miss each other
    assert np.abs(from_light(to_light(COLORS, named), named) - COLORS).max() < most
    in_file = encoding_of(named.primaries, named.transfer, "bt709", "legal")
    assert np.abs(from_light(to_light(COLORS, in_file), in_file) - COLORS).max() < most


@pytest.mark.parametrize("name", NOT_SDR)
def test_one_scene_looks_the_same_in_every_encoding(name: str) -> None:
    """Light of a scene, coded and viewed, is the same picture, up to the curve that camera and display differ in."""
    light = np.random.default_rng(2).uniform(0.02, 1.2, (300, 3))
    seen = to_view(from_light(light, ENCODINGS[name]), ENCODINGS[name])
    reference = "slog3-cine" if ENCODINGS[name].is_log else "pq"
    assert np.abs(seen - to_view(from_light(light, ENCODINGS[reference]), ENCODINGS[reference])).max() < 1e-5


def test_gray_is_neutral_and_white_is_diffuse_white() -> None:
    for name in NOT_SDR:
        gray = to_light(np.linspace(0.1, 0.9, 9)[:, None].repeat(3, axis=1), ENCODINGS[name])
        assert np.ptp(gray / gray.mean(-1, keepdims=True), axis=-1).max() < 1e-6, name
    assert to_light([0.58] * 3, encoding("pq"))[0] == pytest.approx(1, abs=0.01)
    assert to_light([0.75] * 3, encoding("hlg"))[0] == pytest.approx(1, abs=0.01)
    # Sony's data: 90 % white at code 598 of 1023; the legal file has (598 - 64) / 876.
    assert to_light([(598 - 64) / 876] * 3, encoding_of("sgamut3", "slog3", "bt709", "legal"))[0] == pytest.approx(
        1, abs=0.01
    )
    assert to_light([598 / 1023] * 3, encoding("slog3"))[0] == pytest.approx(1, abs=0.01)


def test_sdr_is_its_own_view() -> None:
    for name in (None, "bt709", "srgb"):
        assert to_view(COLORS, encoding(name) if name else None) is COLORS
    light = to_light(COLORS, encoding("bt709"))
    assert np.abs(from_light(light, encoding("bt709")) - COLORS).max() < 1e-9
    assert np.isfinite(to_light([[1.0, 1.2, -0.1]], encoding("bt709"))).all()


def test_the_view_rises_and_stays_below_white() -> None:
    ramp = np.linspace(0, 1, 1001)[:, None].repeat(3, axis=1)
    for name in NOT_SDR:
        seen = to_view(ramp, ENCODINGS[name])[:, 0]
        assert (np.diff(seen) >= 0).all(), name
        assert seen.max() <= 1
    assert to_view(ramp.astype(np.float32), encoding("pq")).dtype == np.float32
