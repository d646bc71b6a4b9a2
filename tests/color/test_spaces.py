from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from otiograde.color import spaces
from otiograde.color.spaces import (
    WHITE,
    from_space,
    lab_to_srgb,
    lab_to_xyz,
    light_to_ictcp,
    linear_to_xyz,
    oklab_to_srgb,
    rgb_to_xyz_matrix,
    srgb_to_lab,
    srgb_to_oklab,
    to_space,
    xyz_to_lab,
    xyz_to_linear,
)
from otiograde.color.transfer import PQ_PEAK, pq_decode
from otiograde.color.transform import Colors, as_colors
from otiograde.errors import EncodingError


def ictcp_to_light(ictcp: ArrayLike) -> Colors:
    """The inverse of ``light_to_ictcp``, for the round trip."""
    ictcp = as_colors(ictcp)
    to_pq, to_light = (np.linalg.inv(matrix).T.astype(ictcp.dtype) for matrix in (spaces._ICTCP, spaces._ICTCP_LMS))
    return np.asarray((pq_decode(ictcp @ to_pq) * PQ_PEAK) @ to_light)


RGB = np.random.default_rng(2).random((4000, 3))
RGB[:8] = [[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)]
PAIRS = {
    "lab": (srgb_to_lab, lab_to_srgb),
    "oklab": (srgb_to_oklab, oklab_to_srgb),
    "xyz": (linear_to_xyz, xyz_to_linear),
    "xyz lab": (xyz_to_lab, lab_to_xyz),
    "ictcp": (light_to_ictcp, ictcp_to_light),
}


@pytest.mark.parametrize(("there", "back"), PAIRS.values(), ids=PAIRS)
def test_round_trip(there: Any, back: Any) -> None:
    assert np.abs(back(there(RGB)) - RGB).max() < 2e-9
    assert back(there(RGB.reshape(40, 100, 3))).shape == (40, 100, 3)
    single = there(RGB.astype(np.float32))
    assert single.dtype == np.float32
    assert back(single).dtype == np.float32
    # ICtCp of a light of 1 cd/m2 and less in float32: the PQ curve is steep there.
    assert np.abs(back(single) - RGB).max() < (3e-4 if there is light_to_ictcp else 3e-5)
    assert there(np.empty((0, 3))).shape == (0, 3)
    with pytest.raises(ValueError, match="last axis of 3"):
        there(np.zeros(4))


@pytest.mark.parametrize("name", ["lab", "oklab", "xyz", "xyz lab"])
@settings(deadline=None)
@given(rgb=st.tuples(*[st.floats(-0.5, 2)] * 3))
def test_round_trip_outside(name: str, rgb: tuple[float, float, float]) -> None:
    there, back = PAIRS[name]
    assert back(there(rgb)) == pytest.approx(np.array(rgb), abs=1e-6)


@pytest.mark.parametrize("name", ["lab", "oklab", "ictcp"])
def test_grays_are_neutral(name: str) -> None:
    grays = np.linspace(0, 1, 101)[:, None].repeat(3, axis=1)
    assert np.abs(PAIRS[name][0](grays)[:, 1:]).max() < (1e-7 if name == "oklab" else 1e-12)
    if name == "lab":
        assert srgb_to_lab([1, 1, 1])[0] == pytest.approx(100, abs=1e-12)
        assert np.abs(srgb_to_lab(grays.astype(np.float32))[:, 1:]).max() < 1e-4


def test_matrices(colour: ModuleType) -> None:
    theirs = {
        "bt709": "sRGB", "bt470bg": "ITU-R BT.470 - 625", "smpte170m": "SMPTE C", "bt2020": "ITU-R BT.2020",
        "smpte432": "P3-D65",
    }  # fmt: skip
    for name, space_name in theirs.items():  # those of cameras: ``test_logs.py``
        space = colour.RGB_COLOURSPACES[space_name]
        derived = colour.normalised_primary_matrix(space.primaries, space.whitepoint)
        assert np.abs(rgb_to_xyz_matrix(name) - derived).max() < 1e-13
    # IEC 61966-2-1, equation 7, prints four digits and rounds red's and blue's column so that the rows keep their sums.
    iec = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    assert np.abs(rgb_to_xyz_matrix() - iec).max() < 6e-5
    with pytest.raises(ValueError, match="read-only"):
        rgb_to_xyz_matrix()[0, 0] = 1
    for function in (rgb_to_xyz_matrix, lambda name: linear_to_xyz(RGB, name), lambda name: xyz_to_linear(RGB, name)):
        with pytest.raises(EncodingError, match="unknown primaries 'film'"):
            function("film")


def test_colour_science_agrees(colour: ModuleType) -> None:
    xyz = linear_to_xyz(RGB)
    white = np.array([0.3127, 0.3290])
    assert np.abs(xyz_to_lab(xyz) - colour.XYZ_to_Lab(xyz, white)).max() < 1e-11
    assert np.abs(lab_to_xyz(xyz_to_lab(xyz)) - colour.Lab_to_XYZ(xyz_to_lab(xyz), white)).max() < 1e-13
    linear = colour.models.eotf_sRGB(RGB)
    lab = colour.XYZ_to_Lab(colour.RGB_to_XYZ(linear, "sRGB", apply_cctf_decoding=False), white)
    assert np.abs(srgb_to_lab(RGB) - lab).max() < 0.025  # its matrix has the four digits of IEC 61966-2-1
    assert np.abs(srgb_to_oklab(RGB) - colour.XYZ_to_Oklab(linear_to_xyz(linear))).max() < 2e-4  # its matrix, likewise
    light = 10 ** (4 * RGB)
    assert np.abs(light_to_ictcp(light) - colour.RGB_to_ICtCp(light, L_p=10000)).max() < 1e-12


class TestKernelPath:
    """float32 and uint8 go through the compiled kernel: the same numbers, the same shapes, any memory."""

    def test_agrees(self) -> None:
        wide = np.random.default_rng(0).uniform(-0.2, 1.3, (20000, 3)).astype(np.float32)
        lab = srgb_to_lab(wide)
        assert lab.dtype == np.float32
        inside = ((wide >= 0) & (wide <= 1)).all(axis=1)
        error = np.abs(lab - srgb_to_lab(wide.astype(np.float64))).max(axis=1)
        assert error[inside].max() < 1e-4
        assert error.max() < 3e-4
        error = np.abs(lab_to_srgb(lab) - lab_to_srgb(lab.astype(np.float64))).max()
        assert error < 1e-5

    def test_codes(self) -> None:
        codes = np.random.default_rng(0).integers(0, 256, (50, 60, 3), dtype=np.uint8)
        lab = srgb_to_lab(codes)
        assert lab.dtype == np.float32
        assert lab.shape == codes.shape
        assert np.abs(lab - srgb_to_lab(codes / 255)).max() < 1e-4

    @pytest.mark.parametrize("function", [srgb_to_lab, lab_to_srgb])
    def test_memory(self, function: Any) -> None:
        colors = RGB.astype(np.float32).reshape(40, 100, 3)
        expected = function(colors)
        assert np.array_equal(function(colors[::3, ::-2]), expected[::3, ::-2])
        assert np.array_equal(function(np.asfortranarray(colors)), expected)
        frozen = colors.copy()
        frozen.setflags(write=False)
        assert np.array_equal(function(frozen), expected)
        assert np.array_equal(frozen, colors)
        out = np.empty_like(colors)
        assert function(colors, out=out) is out
        assert np.array_equal(out, expected)
        gaps = np.zeros((40, 100, 4), np.float32)
        assert np.array_equal(function(colors, out=gaps[..., :3]), expected)
        assert np.array_equal(gaps[..., :3], expected)
        assert function(colors[0, 0]).shape == (3,)
        assert function(np.empty((0, 7, 3), np.float32)).shape == (0, 7, 3)
        target = colors.copy()
        assert np.array_equal(function(target, out=target), expected)
        shifted = np.concatenate([colors.reshape(-1, 3), np.zeros((1, 3), np.float32)])
        assert np.array_equal(function(shifted[:-1], out=shifted[1:]), expected.reshape(-1, 3))

    @pytest.mark.parametrize("function", [srgb_to_lab, lab_to_srgb])
    def test_refusals(self, function: Any) -> None:
        single = RGB.astype(np.float32)
        few = np.empty((3, 3), np.float32)
        for colors, out in ((single, few), (single, np.empty_like(RGB)), (RGB, np.empty_like(single))):
            with pytest.raises(ValueError, match="out needs float"):
                function(colors, out=out)
        out = np.empty_like(RGB)
        assert function(RGB, out=out) is out
        with pytest.raises(ValueError, match="last axis of 3"):
            function(single[:, :2])

    def test_not_finite(self) -> None:
        odd = np.array([[np.nan, 0, 0], [np.inf, -np.inf, 0.5]], np.float32)
        assert np.isfinite(srgb_to_lab(odd)).all()
        assert np.isfinite(lab_to_srgb(odd)).all()


@pytest.mark.parametrize("space", ["rgb", "lab", "oklab"])
def test_working_spaces(space: Any) -> None:
    for colors in (RGB, RGB.astype(np.float32)):
        values = to_space(colors, space)
        assert values.dtype == np.float64
        assert np.abs(from_space(values, space) - colors).max() < 1e-12


def test_unknown_space() -> None:
    unknown: Any = "hsl"
    for function in (to_space, from_space):
        with pytest.raises(ValueError, match="unknown space 'hsl': use one of rgb, lab, oklab"):
            function(RGB, unknown)


def test_white() -> None:
    assert np.abs(WHITE - [0.950456, 1, 1.089058]).max() < 1e-6
    assert np.abs(linear_to_xyz(np.ones(3)) - WHITE).max() < 1e-15
