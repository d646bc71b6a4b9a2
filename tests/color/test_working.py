"""The space in which several encodings meet: the same codes for the same light, and corrections brought back."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from otiograde.color.affine import Affine
from otiograde.color.difference import code_difference
from otiograde.color.encodings import ENCODINGS
from otiograde.color.transform import Identity
from otiograde.color.views import from_light
from otiograde.color.working import WORKING, from_working, native, steepest, to_working

LIGHT = np.random.default_rng(0).uniform(0.01, 0.95, (4000, 3))
NAMES = ["bt709", "pq", "hlg", "slog3-cine", "logc3", "vlog", "applelog"]
#: A third of a stop brighter and a little warmer, in ACEScct.
WARMER = Affine(np.eye(3).tolist(), (1 / 3 / 17.52 + 0.004, 1 / 3 / 17.52, 1 / 3 / 17.52 - 0.004))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_light_has_the_same_codes(name: str) -> None:
    codes = from_light(LIGHT, ENCODINGS[name])
    assert np.abs(to_working(codes, ENCODINGS[name]) - from_light(LIGHT, WORKING)).max() < 1e-4
    assert np.abs(from_working(to_working(codes, ENCODINGS[name]), ENCODINGS[name]) - codes).max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_a_correction_comes_back_as_one_of_native_codes(name: str) -> None:
    """The cubic follows it within ΔE00 0.3; on SDR, whose highlights are unrolled, within 0.7."""
    encoding = ENCODINGS[name]
    codes = np.clip(from_light(LIGHT, encoding), 0, 1)
    exact = np.clip(from_working(WARMER(to_working(codes, encoding)), encoding), 0, 1)
    ours = np.clip(native(WARMER, codes, encoding)(codes), 0, 1)
    moved = code_difference(codes, exact, encoding, encoding).mean()
    missed = code_difference(ours, exact, encoding, encoding).mean()
    assert moved > 2
    assert missed < (0.7 if name == "bt709" else 0.3)


@pytest.mark.parametrize("name", NAMES)
def test_no_correction_stays_none(name: str) -> None:
    codes = np.clip(from_light(LIGHT, ENCODINGS[name]), 0, 0.99)
    assert np.abs(native(Identity(), codes, ENCODINGS[name])(codes) - codes).max() < 1e-5


def test_without_colors_nothing_is_fitted() -> None:
    with pytest.raises(ValueError, match="colors"):
        native(WARMER, np.zeros((0, 3)), ENCODINGS["pq"])


@pytest.mark.parametrize("contrast", [0.6, 0.9, 1.0, 1.3])
def test_the_contrast_of_a_correction_is_that_of_light(contrast: float) -> None:
    def bent(codes: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.4 + contrast * (codes - 0.4)

    assert steepest(bent, from_light(LIGHT, ENCODINGS["bt709"])) == pytest.approx(contrast, abs=1e-6)


def test_the_contrast_that_is_farthest_from_one_counts() -> None:
    def kinked(codes: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(codes > 0.4, 0.4 + 1.5 * (codes - 0.4), codes)

    assert steepest(kinked, from_light(LIGHT, ENCODINGS["bt709"])) == pytest.approx(1.5, abs=1e-6)
    flat = np.full((10, 3), 0.5)
    assert np.isfinite(steepest(kinked, flat))
