"""Transforms: callables on colors of any shape, what each does, and what their chains and mixtures are.

Tests: color/affine.py, color/cdl.py, color/cubic.py, color/curves.py
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.color.cubic import EXPONENTS, Cubic, monomials
from otiograde.color.curves import Curves
from otiograde.color.guard import Guarded
from otiograde.color.spaces import srgb_to_lab, srgb_to_oklab
from otiograde.color.transform import Chain, Colors, Identity, Mix, Transform, as_colors

RGB = np.random.default_rng(5).uniform(-0.2, 1.2, (600, 3))
RANDOM = np.random.default_rng(6)
CUBIC = Cubic(RANDOM.normal(0, 0.02, (20, 3)).tolist())
AFFINE = Affine(((1.1, 0.05, -0.1), (0, 0.9, 0), (0.02, 0, 1)), (0.01, -0.02, 0.03))
CURVES = Curves(((0, 0.5, 1),) * 3, ((0.1, 0.4, 0.9), (0, 0.5, 1), (0.2, 0.2, 0.8)))

TRANSFORMS: dict[str, Transform] = {
    "identity": Identity(),
    "cdl": Cdl((1.1, 0.9, 1), (0.02, 0, -0.03), (0.9, 1, 1.2), 0.8),
    "affine": AFFINE,
    "affine lab": replace(AFFINE, space="lab"),
    "affine oklab": replace(AFFINE, space="oklab"),
    "curves": CURVES,
    "curves lab": Curves(((0, 100), (-80, 80), (-80, 80)), ((5, 95), (-70, 90), (-80, 70)), "lab"),
    "cubic": CUBIC,
    "guarded": Guarded(CUBIC, (0.2, 0.1, 0.2), (0.8, 0.7, 0.9), AFFINE, 0.7),
    "mix": Mix(CUBIC, 0.5),
    "chain": Chain((CUBIC, AFFINE)),
}
NEUTRAL: dict[str, Transform] = {
    "affine": Affine(),
    "affine lab": Affine(space="lab"),
    "affine oklab": Affine(space="oklab"),
    "curves": Curves(((0, 1),) * 3, ((0, 1),) * 3),
    "curves of one point": Curves(((0.5,),) * 3, ((0.5,),) * 3, "lab"),
    "cubic": Cubic(np.zeros((20, 3)).tolist()),
    "guarded": Guarded(Identity(), (0, 0, 0), (1, 1, 1), AFFINE, 1.0),
    "no amount": Guarded(CUBIC, (0, 0, 0), (1, 1, 1), Affine(), 0.0),
    "no strength": Mix(CUBIC, 0.0),
    "empty chain": Chain(()),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
class TestEveryTransform:
    def test_is_a_value(self, transform: Any) -> None:
        assert isinstance(transform, Transform)
        copy = pickle.loads(pickle.dumps(transform))
        assert copy == transform
        assert hash(copy) == hash(transform)
        again = type(transform)(**{field.name: getattr(transform, field.name) for field in fields(transform)})
        assert again == transform
        json.dumps(asdict(transform), allow_nan=False)

    def test_shapes_and_types(self, transform: Transform) -> None:
        before = RGB.copy()
        before.setflags(write=False)
        moved = transform(before)
        assert np.array_equal(before, RGB)
        assert moved.shape == RGB.shape
        assert moved.dtype == np.float64
        assert np.isfinite(moved).all()
        assert np.abs(transform(RGB.reshape(20, 30, 3)).reshape(-1, 3) - moved).max() < 1e-14
        assert np.abs(transform(RGB[::-2]) - moved[::-2]).max() < 1e-14
        assert np.abs(transform(RGB[0]) - moved[0]).max() < 1e-14
        assert transform(np.empty((0, 3))).shape == (0, 3)
        single = transform(RGB.astype(np.float32))
        assert single.dtype == np.float32
        assert np.abs(single - moved).max() < 2e-6


@pytest.mark.parametrize("transform", NEUTRAL.values(), ids=NEUTRAL)
def test_identities(transform: Transform) -> None:
    assert np.abs(transform(RGB) - RGB).max() < 1e-12


def test_lists_and_arrays_make_the_same_value() -> None:
    """A record read from JSON holds lists, a solver arrays: the transform is the same."""
    matrix: Any = np.diag([1.0, 2, 3])
    assert Affine(matrix, [0, 0, 0]) == Affine(tuple(map(tuple, matrix.tolist())))  # type: ignore[arg-type]
    assert Cubic(np.array(CUBIC.coefficients)) == CUBIC  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Affine(((1, 0), (0, 1))),
        lambda: Affine(offset=(0, float("nan"), 0)),
        lambda: Cubic(((0.0, 0.0, 0.0),) * 19),
        lambda: Curves(((0, 1),) * 3, ((0, 1, 2),) * 3),
        lambda: Curves(((0, 0),) * 3, ((0, 1),) * 3),
        lambda: Curves(((0, 1),) * 3, ((0, 1), (1, 0), (0, 1))),
        lambda: Curves(((),) * 3, ((),) * 3),
        lambda: Cdl(slope=(1, -0.1, 1)),
        lambda: Cdl(power=(1, 0, 1)),
        lambda: Cdl(saturation=-1),
        lambda: Cdl(saturation=float("inf")),
        lambda: Guarded(CUBIC, (0, 0), (1, 1, 1), AFFINE, 1),  # type: ignore[arg-type]
        lambda: Guarded(CUBIC, (0, 0, 0), (1, -1, 1), AFFINE, 1),
        lambda: Guarded(CUBIC, (0, 0, 0), (1, 1, 1), AFFINE, 1.5),
        lambda: as_colors([1, 2]),
    ],
)
def test_refusals(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"needs?\b"):
        make()


def test_affine() -> None:
    assert AFFINE([0.5, 0.25, 1]) == pytest.approx([0.4725, 0.205, 1.04])
    lift = Affine(offset=(10, 0, 0), space="lab")
    assert srgb_to_lab(lift(RGB[:50])) - srgb_to_lab(RGB[:50]) == pytest.approx(np.array([[10, 0, 0]] * 50), abs=1e-9)
    less = Affine(((1, 0, 0), (0, 0.5, 0), (0, 0, 0.5)), space="oklab")
    assert srgb_to_oklab(less(RGB))[:, 1:] == pytest.approx(srgb_to_oklab(RGB)[:, 1:] / 2, abs=1e-9)


class TestCurves:
    def test_passes_through_its_points(self) -> None:
        assert np.allclose(CURVES(np.array(CURVES.x).T), np.array(CURVES.y).T, atol=1e-15)

    def test_slope_one_beyond_the_ends(self) -> None:
        assert CURVES([-0.5, -1, 2]) == pytest.approx([-0.4, -1, 1.8])

    @settings(deadline=None)
    @given(
        points=st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 1)), min_size=1, max_size=9),
        values=st.lists(st.floats(-3, 12), min_size=2, max_size=30),
    )
    def test_monotone(self, points: list[tuple[float, float]], values: list[float]) -> None:
        x, y = (tuple(column) for column in np.cumsum(points, axis=0).T.tolist())
        curves = Curves((x,) * 3, (y,) * 3)
        rising = np.sort(values)[:, None].repeat(3, axis=1)
        assert np.diff(curves(rising), axis=0).min() >= -1e-12


class TestCubic:
    def test_order_of_the_monomials(self) -> None:
        words = ["r" * i + "g" * j + "b" * k for i, j, k in EXPONENTS]
        first = ["", "b", "bb", "bbb", "g", "gb", "gbb", "gg", "ggb", "ggg"]
        assert words == [*first, "r", "rb", "rbb", "rg", "rgb", "rgg", "rr", "rrb", "rrg", "rrr"]
        assert monomials([2, 3, 5]).tolist() == [2**i * 3**j * 5**k for i, j, k in EXPONENTS]
        assert monomials(RGB.astype(np.float32)).dtype == np.float32
        assert monomials(np.zeros((4, 5, 3))).shape == (4, 5, 20)

    def test_definition(self) -> None:
        weights = np.array(CUBIC.coefficients)
        expected = [[x[c] + monomials(x) @ weights[:, c] for c in range(3)] for x in RGB[:20]]
        assert np.abs(CUBIC(RGB[:20]) - expected).max() < 1e-14


class TestCdl:
    @pytest.mark.parametrize("seed", range(5))
    def test_opencolorio_agrees(self, seed: int) -> None:
        import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling

        random = np.random.default_rng(seed)
        slope, offset, power = random.uniform((0.5, -0.2, 0.5), (1.5, 0.2, 2), (3, 3)).T.tolist()
        saturation = float(random.uniform(0, 2))
        transform = OCIO.CDLTransform()
        transform.setSlope(slope)
        transform.setOffset(offset)
        transform.setPower(power)
        transform.setSat(saturation)
        transform.setStyle(OCIO.CDL_ASC)
        processor = OCIO.Config.CreateRaw().getProcessor(transform).getOptimizedCPUProcessor(OCIO.OPTIMIZATION_NONE)
        theirs = RGB.astype(np.float32)
        processor.applyRGB(theirs)
        ours = Cdl(tuple(slope), tuple(offset), tuple(power), saturation)(RGB)
        # Its power is a fast approximation.
        assert np.abs(ours - theirs).max() < 2e-5

    def test_clamps(self) -> None:
        assert np.abs(Cdl()(RGB) - np.clip(RGB, 0, 1)).max() < 1e-15
        assert Cdl(offset=(1, 1, 1), power=(2, 2, 2))([0.5, -2, -0.5]) == pytest.approx([1, 0, 0.25])


@settings(deadline=None)
@given(strength=st.floats(0, 1))
def test_mix_is_linear(strength: float) -> None:
    assert np.abs(Mix(CUBIC, strength)(RGB) - ((1 - strength) * RGB + strength * CUBIC(RGB))).max() < 1e-12


def test_chain_runs_first_to_last() -> None:
    def double(rgb: Colors) -> Colors:
        return rgb * 2

    assert Chain((double, AFFINE))(RGB) == pytest.approx(AFFINE(RGB * 2))
