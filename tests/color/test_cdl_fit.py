"""Fitted CDLs: a CDL is recovered, the error of other fits is right, and CDL and residual make the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.color.cdl_fit import LIMIT, PAIR_LIMIT, CdlFit, CdlPair, fit_cdl, fit_pair, likely_colors
from otiograde.color.difference import delta_e00
from otiograde.color.guard import Guarded, guarded
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Chain, Colors, Identity, Mix

POOL = np.random.default_rng(3).normal(0.45, 0.15, (2000, 1)) + np.random.default_rng(4).normal(0, 0.05, (2000, 3))
WARM = Affine(((1.05, 0.02, 0), (0, 1, 0.03), (0, 0.05, 0.88)), (0.02, 0.0, 0.01), "rgb")
LAB = guarded(Affine(((1.1, 0, 0), (0, 1.15, 0), (0, 0, 1.1)), (3, 4, -8), "lab"), POOL.clip(0, 1))
SWAP = Affine(((0, 1, 0), (0, 0, 1), (1, 0, 0)), (0, 0, 0), "rgb")

slopes = st.tuples(*[st.floats(0.7, 1.3)] * 3)
offsets = st.tuples(*[st.floats(-0.05, 0.05)] * 3)
powers = st.tuples(*[st.floats(0.7, 1.4)] * 3)


@settings(max_examples=25)
@given(st.builds(Cdl, slopes, offsets, powers, st.floats(0.6, 1.3)))
def test_a_cdl_comes_back(cdl: Cdl) -> None:
    fit = fit_cdl(cdl)
    assert fit.mean < 0.02
    assert fit.p95 < 0.1
    assert fit.good
    assert fit.share > 0.98
    colors, _ = likely_colors(cdl)
    np.testing.assert_allclose(fit.cdl(colors), cdl(colors), atol=2e-3)


def test_the_identity_is_the_neutral_cdl() -> None:
    assert fit_cdl(Identity()) == CdlFit(Cdl(), 0, 0, 0)
    assert fit_cdl(Identity()).share == 1


def test_numbers_are_as_written() -> None:
    fit = fit_cdl(WARM)
    for number in (*fit.cdl.slope, *fit.cdl.offset, *fit.cdl.power, fit.cdl.saturation):
        assert float(f"{number:.6f}") == number
        assert not f"{number}".startswith("-0.0e")
    assert fit == fit_cdl(WARM)


def test_the_error_is_what_it_says() -> None:
    fit = fit_cdl(LAB)
    colors, weights = likely_colors(LAB)
    away = delta_e00(srgb_to_lab(fit.cdl(colors)), srgb_to_lab(np.clip(LAB(colors), 0, 1)))
    assert fit.mean == pytest.approx(float(away @ weights))
    assert weights[away <= fit.p95].sum() >= 0.95
    assert 0.3 < fit.share < 1
    assert fit.moved > fit.mean


def test_what_no_cdl_can_do_is_not_good() -> None:
    fit = fit_cdl(SWAP)
    assert fit.mean > LIMIT
    assert not fit.good


def test_the_box_of_the_shot_counts_most() -> None:
    """A guarded grade does something else outside its box: the fit follows the inside."""
    inner = Affine(((0.8, 0, 0), (0, 0.8, 0), (0, 0, 0.8)), (0.1, 0.1, 0.1), "rgb")
    tight = Guarded(inner, (0.3,) * 3, (0.6,) * 3, Affine(), 1.0)
    for transform in (tight, Mix(tight, 0.7), Chain((tight, Identity()))):
        colors, weights = likely_colors(transform)
        inside = ((colors >= 0.3 - 1e-9) & (colors <= 0.6 + 1e-9)).all(-1)
        assert weights[inside].sum() > 0.8
    assert fit_cdl(tight).mean < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("transform", [WARM, LAB, SWAP, Identity(), Cdl((1.3, 1.1, 0.9), (0.0, 0.02, -0.04))], ids=str)
def test_the_pair_is_the_grade(transform: Guarded) -> None:
    pair = fit_pair(transform, 33)
    colors = np.random.default_rng(1).random((4000, 3))
    if isinstance(transform, Guarded):
        low, high = np.clip(transform.low, 0, 1), np.clip(transform.high, 0, 1)
        colors = low + colors * (high - low)
    colors = colors[np.ptp(colors, axis=1) < 0.6]
    wanted = np.clip(transform(colors), 0, 1)
    baked = float(np.abs(Lut3D.bake(transform, 33)(colors) - wanted).max())
    error = float(np.abs(pair.residual(pair.fit.cdl(colors)) - wanted).max())
    assert error <= 1.2 * max(PAIR_LIMIT, baked)
    assert np.quantile(np.abs(pair.residual(pair.fit.cdl(colors)) - wanted).max(-1), 0.99) <= 1.2 * max(
        PAIR_LIMIT, pair.p99
    )
    assert pair.residual.size in (33, 65)
    assert 0 <= pair.fit.share <= 1


def test_a_pair_of_a_cdl_is_the_cdl_alone() -> None:
    pair = fit_pair(Cdl((1.2, 1.0, 0.9), (0.02, 0, 0.01), (1.1, 1, 0.9), 0.9), 17)
    assert pair.fit.share > 0.99
    np.testing.assert_allclose(pair.residual.lattice, Lut3D.identity(17).lattice, atol=2e-3)


def test_a_gentle_grade_is_carried_by_the_cdl() -> None:
    gentle = Affine(((0.95, 0.02, 0), (0, 0.93, 0.03), (0, 0.05, 0.85)), (0.02, 0.01, 0.03), "rgb")
    pair = fit_pair(gentle, 33)
    assert isinstance(pair, CdlPair)
    assert pair.error <= PAIR_LIMIT
    assert pair.fit.share > 0.6


@dataclass(frozen=True)
class Flat:
    """Everything becomes one color: a fit has nothing to rest on."""

    def __call__(self, rgb: Colors) -> Colors:
        return np.full_like(rgb, 0.4)


def test_degenerate_transforms_are_fitted_too() -> None:
    for transform in (Flat(), Affine(((9, 0, 0), (0, 9, 0), (0, 0, 9)), (-4, -4, -4), "rgb"), Mix(Identity(), 0.0)):
        fit = fit_cdl(transform)
        assert np.isfinite([fit.mean, fit.p95, fit.moved]).all()
        assert fit.mean <= fit.moved + 1e-9
        assert np.isfinite(fit_pair(transform, 9).error)
