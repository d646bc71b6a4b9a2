from __future__ import annotations

from dataclasses import replace
from math import inf
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.difference import BANDS, band, code_difference, delta_e00, delta_e_itp
from otiograde.color.encodings import encoding
from otiograde.color.views import from_light
from otiograde.errors import EncodingError

LAB = np.random.default_rng(3).uniform([0, -90, -90], [100, 90, 90], (2, 2000, 3))


def test_colour_science_agrees(colour: ModuleType) -> None:
    theirs = colour.delta_E(LAB[0], LAB[1], method="CIE 2000")
    assert np.abs(delta_e00(LAB[0], LAB[1]) - theirs).max() < 1e-6
    assert np.abs(delta_e00(LAB[0].astype(np.float32), LAB[1].astype(np.float32)) - theirs).max() < 1e-3


def test_shapes_and_types() -> None:
    one, two = LAB.reshape(2, 40, 50, 3)
    expected = delta_e00(one, two)
    assert expected.shape == (40, 50)
    assert expected.dtype == np.float64
    assert delta_e00(one.astype(np.float32), two.astype(np.float32)).dtype == np.float32
    assert delta_e00(one.astype(np.float32), two).dtype == np.float64
    assert delta_e00([50, 2, 3], (50, 2, 3)) == 0
    assert delta_e00([50, 2, 3], [60, 2, 3]).shape == ()
    assert np.array_equal(delta_e00(one[0], two[:, :1]), [[delta_e00(a, b[0]) for a in one[0]] for b in two])
    assert delta_e00(one, two[0, 0]).shape == (40, 50)
    assert np.array_equal(delta_e00(one[::2, ::-1], two[::2, ::-1]), expected[::2, ::-1])
    assert delta_e00(np.empty((0, 3)), [1, 2, 3]).shape == (0,)
    frozen = one.copy()
    frozen.setflags(write=False)
    assert np.array_equal(delta_e00(frozen, two), expected)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="last axis of 3"):
        delta_e00(np.zeros((4, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="broadcast"):
        delta_e00(np.zeros((4, 3)), np.zeros((5, 3)))


@settings(deadline=None)
@given(st.tuples(st.floats(0, 100), st.floats(-100, 100), st.floats(-100, 100)), st.floats(0, 5))
def test_laws(lab: tuple[float, float, float], step: float) -> None:
    other = (lab[0], lab[1] + step, lab[2])
    assert delta_e00(lab, lab) == 0
    assert delta_e00(lab, other) == pytest.approx(float(delta_e00(other, lab)), abs=1e-9)
    assert delta_e00(lab, other) >= 0


@pytest.mark.parametrize(
    ("delta_e", "name"),
    [
        (0, "imperceptible"), (0.999, "imperceptible"), (1, "slight"), (1.999, "slight"), (2, "noticeable"),
        (3.499, "noticeable"), (3.5, "clear"), (4.999, "clear"), (5.001, "unacceptable"), (1000, "unacceptable"),
        (inf, "unacceptable"),
    ],
)  # fmt: skip
def test_bands(delta_e: float, name: str) -> None:
    assert band(delta_e) == name


def test_bands_cover_every_difference() -> None:
    ends = [end for _, end in BANDS]
    assert ends == sorted(ends)
    assert ends[-1] == inf
    for nonsense in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="no color difference"):
            band(nonsense)


class TestItp:
    CODES = np.random.default_rng(4).random((2, 500, 3))

    def test_pq(self, colour: ModuleType) -> None:
        light = [colour.models.eotf_ST2084(codes) for codes in self.CODES]
        ictcp = [colour.RGB_to_ICtCp(side, L_p=10000) for side in light]
        theirs = colour.delta_E(*ictcp, method="ITP")
        assert np.abs(delta_e_itp(*self.CODES, encoding("pq")) - theirs).max() < 1e-8

    def test_hlg(self, colour: ModuleType) -> None:
        light = [colour.models.eotf_BT2100_HLG(codes, L_B=0, L_W=1000) for codes in self.CODES]
        ictcp = [colour.RGB_to_ICtCp(side, L_p=10000) for side in light]
        theirs = colour.delta_E(*ictcp, method="ITP")
        assert np.abs(delta_e_itp(*self.CODES, encoding("hlg")) - theirs).max() < 1e-3

    def test_shapes(self) -> None:
        codes = self.CODES.astype(np.float32)
        assert delta_e_itp(codes[0], codes[1, 0], encoding("pq")).shape == (500,)
        assert delta_e_itp(*codes, encoding("pq")).dtype == np.float32
        assert delta_e_itp(codes[0], codes[0], encoding("hlg")).max() == 0

    def test_one_code_of_ten_bits_is_about_the_threshold(self) -> None:
        gray = np.full(3, 0.5)
        assert 0.5 < delta_e_itp(gray, gray + 1 / 876, encoding("pq")) < 1.5

    def test_only_hdr(self) -> None:
        with pytest.raises(EncodingError, match="for PQ and HLG, not bt709"):
            delta_e_itp(*self.CODES, encoding("bt709"))

    def test_other_primaries(self) -> None:
        """Equal R'G'B' are the same grays in all primaries; a red of P3 is less far from gray than one of BT.2020."""
        wide, narrow = encoding("pq"), replace(encoding("pq"), primaries="smpte432")
        grays = np.linspace(0, 0.7, 9)[:, None].repeat(3, axis=1)
        steps = [delta_e_itp(grays[1:], grays[:-1], encoding) for encoding in (wide, narrow)]
        assert steps[0] == pytest.approx(steps[1], abs=1e-6)
        assert delta_e_itp([0.5, 0.2, 0.2], grays[4], narrow) < delta_e_itp([0.5, 0.2, 0.2], grays[4], wide)


@pytest.mark.parametrize("name", ["slog3-cine", "logc3", "vlog", "pq", "hlg"])
def test_one_fault_counts_alike_in_every_encoding(name: str) -> None:
    """A third of a stop is one difference, whatever the codes that hold it: of SDR codes it is as large within 15 %."""
    light = np.random.default_rng(0).uniform(0.03, 0.5, (2000, 3))
    counted = {}
    for coded in (encoding(name), encoding("bt709")):
        codes, fault = (from_light(scene, coded) for scene in (light, light / 2 ** (1 / 3)))
        counted[coded.name] = float(code_difference(codes, fault, coded, coded).mean())
    assert counted[name] / counted["bt709"] == pytest.approx(1, abs=0.15)


def test_shots_of_two_encodings_are_compared_as_they_are_seen() -> None:
    light = np.random.default_rng(0).uniform(0.03, 0.9, (500, 3))
    pq, hlg = encoding("pq"), encoding("hlg")
    assert code_difference(from_light(light, pq), from_light(light, hlg), pq, hlg).max() < 0.01


@pytest.mark.parametrize("first", ["bt709", "pq", "hlg", "slog3-cine", "logc3"])
@pytest.mark.parametrize("second", ["bt709", "pq", "hlg", "vlog"])
def test_the_same_light_in_two_encodings_has_no_difference(first: str, second: str) -> None:
    light = np.random.default_rng(3).uniform(0.02, 1.5, (500, 3))
    one, other = encoding(first), encoding(second)
    pair = (np.clip(from_light(light, named), 0, 1) for named in (one, other))
    assert code_difference(*pair, one, other).max() < 0.05
