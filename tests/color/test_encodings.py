from __future__ import annotations

import json
import pickle
from dataclasses import asdict, replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.encodings import (
    ENCODINGS,
    PRIMARIES,
    Encoding,
    encoding,
    encoding_of,
    rgb_to_ycbcr,
    ycbcr_to_rgb,
)
from otiograde.color.views import from_light, to_light
from otiograde.errors import EncodingError

RGB = np.random.default_rng(1).uniform(-0.1, 1.1, (500, 3))
YCBCR = {name: value for name, value in ENCODINGS.items() if value.matrix != "gbr"}
WEIGHTS = {
    "bt709": "ITU-R BT.709", "bt470bg": "ITU-R BT.601", "smpte170m": "ITU-R BT.601", "bt2020nc": "ITU-R BT.2020",
}  # fmt: skip
#: As colour-science names them. Its "ITU-R BT.470 - 525" is the NTSC of 1953.
SPACES = {
    "bt709": "ITU-R BT.709", "bt470bg": "ITU-R BT.470 - 625", "smpte170m": "SMPTE C", "bt2020": "ITU-R BT.2020",
    "smpte432": "P3-D65",
}  # fmt: skip


def test_names() -> None:
    wanted = {"bt709", "bt601-525", "bt601-625", "srgb", "bt2020", "pq", "hlg", "bt709-full", "bt601-full"}
    assert wanted <= set(ENCODINGS)
    assert all(encoding(name) is value and value.name == name for name, value in ENCODINGS.items())
    assert len({replace(value, name="") for value in ENCODINGS.values()}) == len(ENCODINGS)
    assert [name for name, value in ENCODINGS.items() if value.is_hdr] == ["pq", "pq-full", "hlg", "hlg-full"]
    with pytest.raises(EncodingError, match=r"unknown encoding 'gamma22': use one of bt709, .*hlg"):
        encoding("gamma22")


def test_travels() -> None:
    for value in ENCODINGS.values():
        assert Encoding(**json.loads(json.dumps(asdict(value)))) == value
        assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("field", ["primaries", "transfer", "matrix", "range"])
def test_unknown_words(field: str) -> None:
    with pytest.raises(EncodingError, match=f"unknown {field} 'film'"):
        replace(encoding("bt709"), **{field: "film"})


def test_encoding_of() -> None:
    assert encoding_of("bt2020", "smpte2084", "bt2020nc", "legal") is encoding("pq")
    assert encoding_of("smpte432", "smpte2084", "gbr", "full").name == "smpte432/smpte2084/gbr/full"


def test_primaries(colour: ModuleType) -> None:
    for name, space in SPACES.items():
        theirs = colour.RGB_COLOURSPACES[space]
        assert np.allclose(PRIMARIES[name], theirs.primaries, atol=1e-12), name
        assert np.allclose(encoding("bt709").white, theirs.whitepoint, atol=1e-12), name


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("name", YCBCR)
def test_colour_science_agrees(colour: ModuleType, name: str, bits: int) -> None:
    ours, legal = ENCODINGS[name], ENCODINGS[name].range == "legal"
    weights = colour.WEIGHTS_YCBCR[WEIGHTS[ours.matrix]]
    theirs = colour.RGB_to_YCbCr(RGB, K=weights, out_bits=bits, out_legal=legal, out_int=False, clamp_int=False)
    if legal:
        theirs *= 2**bits - 1
    else:  # colour-science leaves full-range floats in [0, 1] and [-0.5, 0.5]
        theirs = theirs * (2**bits - 1) + np.array([0, 2 ** (bits - 1), 2 ** (bits - 1)])
    assert np.abs(rgb_to_ycbcr(RGB, ours, bits) - theirs).max() < 1e-9 * 2**bits


@pytest.mark.parametrize("name", ENCODINGS)
@settings(deadline=None, max_examples=25)
@given(bits=st.integers(8, 16), seed=st.integers(0, 2**32 - 1))
def test_round_trip(name: str, bits: int, seed: int) -> None:
    rgb = np.random.default_rng(seed).uniform(-1, 2, (4, 5, 3))
    codes = rgb_to_ycbcr(rgb, ENCODINGS[name], bits)
    assert np.abs(ycbcr_to_rgb(codes, ENCODINGS[name], bits) - rgb).max() < 1e-12
    single = ycbcr_to_rgb(codes.astype(np.float32), ENCODINGS[name], bits)
    assert single.dtype == np.float32
    assert np.abs(single - rgb).max() < 3e-6


def test_published_codes() -> None:
    """Color bars of 75 % and 100 %: BT.1729 (10 bit BT.709), BT.801 (8 bit BT.601), BT.2111 (10 bit PQ and HLG)."""
    yellow, blue = np.array([0.75, 0.75, 0]), np.array([0, 0, 0.75])
    assert rgb_to_ycbcr(yellow, encoding("bt709"), 10).round().tolist() == [674, 176, 543]
    assert rgb_to_ycbcr(blue, encoding("bt709"), 10).round().tolist() == [111, 848, 481]
    assert rgb_to_ycbcr(yellow, encoding("bt601-525"), 8).round().tolist() == [162, 44, 142]
    assert rgb_to_ycbcr([1, 0, 0], encoding("hlg"), 10).round().tolist() == [294, 387, 960]
    assert rgb_to_ycbcr([0, 0, 1], encoding("pq"), 10).round().tolist() == [116, 960, 476]


@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
@pytest.mark.parametrize("name", ENCODINGS)
def test_ends(name: str, bits: int) -> None:
    """Black, white and the grays between are neutral to the last bit, and their codes are those of the standards."""
    step, full = 2 ** (bits - 8), ENCODINGS[name].range == "full"
    black, white = (0, 2**bits - 1) if full else (16 * step, 235 * step)
    codes = np.linspace(black, white, 7)[:, None].repeat(3, axis=1)
    if name in YCBCR:
        codes[:, 1:] = 128 * step
    rgb = ycbcr_to_rgb(codes, ENCODINGS[name], bits)
    assert (rgb == rgb[:, :1]).all()
    assert np.abs(rgb[:, 0] - np.linspace(0, 1, 7)).max() < 1e-15


def test_gbr_order() -> None:
    """The planes of ``gbr`` come in its order; R'G'B' of legal range is scaled like luma."""
    assert ycbcr_to_rgb([20, 30, 10], encoding("srgb"), 8) == pytest.approx(np.array([10, 20, 30]) / 255)
    legal = replace(encoding("srgb"), range="legal")
    assert rgb_to_ycbcr([0, 0.5, 1], legal, 10) == pytest.approx([64 + 438, 940, 64])


@pytest.mark.parametrize("bits", [7, 17, 0, 32])
def test_bits(bits: int) -> None:
    with pytest.raises(EncodingError, match="8 to 16"):
        ycbcr_to_rgb(np.zeros(3), encoding("bt709"), bits)


def test_inputs() -> None:
    codes = np.random.default_rng(0).integers(0, 1024, (6, 8, 6), dtype=np.uint16)
    codes.setflags(write=False)
    odd = codes[::2, :, ::2]
    rgb = ycbcr_to_rgb(odd, encoding("bt709"), 10)
    assert rgb.dtype == np.float64
    assert np.array_equal(rgb, ycbcr_to_rgb(odd.astype(float), encoding("bt709"), 10))
    assert ycbcr_to_rgb(np.empty((0, 3)), encoding("bt709"), 8).shape == (0, 3)
    with pytest.raises(ValueError, match="last axis of 3"):
        ycbcr_to_rgb(np.zeros((3, 4)), encoding("bt709"), 8)


class TestScales:
    """``-data`` and ``-signal``: what the curve of a log encoding applies to in the file."""

    @pytest.mark.parametrize("name", ["slog3-cine-data", "S-Log3-data", "logc3-signal", "vlog-DATA", "logc4-legal"])
    def test_the_scale_of_the_maker_is_the_encoding_itself(self, name: str) -> None:
        assert encoding(name) is encoding(name.rpartition("-")[0])

    @pytest.mark.parametrize(("name", "usual"), [("slog3-cine-signal", "slog3-cine"), ("logc3-data", "logc3")])
    def test_the_other_scale_is_an_encoding_of_its_own(self, name: str, usual: str) -> None:
        named, makers = encoding(name), encoding(usual)
        assert (named.name, named.primaries, named.is_log) == (name, makers.primaries, True)
        assert named.family != makers.family
        assert encoding_of(named.primaries, named.transfer, "bt709", "legal").name == name
        assert encoding_of(named.primaries, named.transfer, "bt709", "full").name == f"{name}-full"

    def test_a_scale_means_black_and_white_of_the_file(self) -> None:
        """The black of S-Log3 is code 95 of 1023; recorders that make it legal write 64 + .0929 * 876 = 145."""
        for name, code in (
            ("slog3-cine", 95),
            ("slog3-cine-signal", 64 + 95 / 1023 * 876),
            ("logc3-data", 0.092809 * 1023),
        ):
            named = encoding(name)
            in_file = encoding_of(named.primaries, named.transfer, "bt709", "legal")
            black = np.full(3, (code - 64) / 876)
            assert np.abs(to_light(black, in_file)).max() < 1e-5, name
            assert np.abs(from_light(np.zeros(3), in_file) - black).max() < 1e-6, name

    @pytest.mark.parametrize("name", ["pq-data", "bt709-signal"])
    def test_only_log_has_a_scale(self, name: str) -> None:
        with pytest.raises(EncodingError, match="only log"):
            encoding(name)

    @pytest.mark.parametrize("name", ["-data", "slog9-data", "slog3-cine-half", "slog3-data-signal-data"])
    def test_unknown_names_stay_unknown(self, name: str) -> None:
        with pytest.raises(EncodingError, match="unknown encoding"):
            encoding(name)
