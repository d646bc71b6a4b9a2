"""delta_e00 against Sharma's published pairs, its float64 twin, and scikit-image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from otiograde import _kernels

#: Sharma, Wu, Dalal (2005), table 1: L*, a*, b* of both colors and the difference, rounded to four decimals.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
FIRST, SECOND, PUBLISHED = SHARMA[:, :3], SHARMA[:, 3:6], SHARMA[:, 6]
KINDS = pytest.mark.parametrize("kind", [np.float32, np.float64])


def difference(lab1: NDArray[Any], lab2: NDArray[Any], kind: type = np.float64) -> NDArray[Any]:
    out = np.empty(len(lab1), kind)
    _kernels.delta_e00(np.ascontiguousarray(lab1, kind), np.ascontiguousarray(lab2, kind), out)
    return out


def colors(count: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform([0, -128, -128], [100, 128, 128], (count, 3))


@KINDS
@pytest.mark.parametrize("copies", [1, 40])
def test_sharma(kind: type, copies: int) -> None:
    """Both orders, and so often that every pair meets every place of a block."""
    first, second, published = np.tile(FIRST, (copies, 1)), np.tile(SECOND, (copies, 1)), np.tile(PUBLISHED, copies)
    assert np.abs(difference(first, second, kind) - published).max() <= 1e-4
    assert np.abs(difference(second, first, kind) - published).max() <= 1e-4


def test_the_twin_knows_sharma_too() -> None:
    assert np.abs(reference.delta_e00(FIRST, SECOND) - PUBLISHED).max() <= 5.1e-5


def test_twin() -> None:
    """400 000 pairs, half of them near to each other."""
    first, second = colors(400_000, 7), colors(400_000, 8)
    second[::2] = first[::2] + np.random.default_rng(9).normal(0, 1, (200_000, 3))
    exact = reference.delta_e00(first, second)
    assert np.abs(difference(first, second) - exact).max() <= 1e-7
    single = first.astype(np.float32), second.astype(np.float32)
    exact = reference.delta_e00(*single)
    assert (np.abs(difference(*single, np.float32) - exact) / (exact + 0.1)).max() <= 5e-6


#: Without what is nearer to 0 than 1e-290: the product of two such numbers underflows, and with it a hue's direction.
SMALL = st.floats(-120, 120).map(lambda value: value if abs(value) > 1e-290 else 0.0)
AXIS = st.sampled_from([-60.0, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 60.0]) | SMALL
LAB = st.tuples(st.floats(0, 100), AXIS, AXIS)


@settings(deadline=None, max_examples=400)
@given(LAB, LAB)
def test_grays_axes_and_opposites(one: Any, two: Any) -> None:
    """Where definitions branch; what lies but for rounding on a jump of the formula may take either side of it."""
    pair = np.array([one]), np.array([two])
    (_, a1, b1), (_, a2, b2) = one, two
    opposite = a1 * a2 + b1 * b2 < 0 and abs(a1 * b2 - b1 * a2) < 1e-12 * 120**2
    mirrored = b1 * b2 < 0 and abs(a1 * b2 + b1 * a2) < 1e-12 * abs(a1 * b2)
    if not opposite and not mirrored:
        assert abs(difference(*pair)[0] - reference.delta_e00(*pair)[0]) <= 1e-7
    assert difference(*pair)[0] == pytest.approx(difference(*pair[::-1])[0], abs=1e-6)


def test_near_gray() -> None:
    """Chromas from 1e-9 to 100 against each other."""
    rng = np.random.default_rng(21)
    chroma = 10 ** rng.uniform(-9, 2, (2, 200_000, 1))
    angle = rng.uniform(0, 2 * np.pi, (2, 200_000))
    lab = np.concatenate([rng.uniform(0, 100, chroma.shape), chroma * np.stack([np.cos(angle), np.sin(angle)], -1)], -1)
    assert np.abs(difference(*lab) - reference.delta_e00(*lab)).max() <= 1e-7


def test_mean_hue_of_zero() -> None:
    """Hues that mirror each other: equation 14 says 0, which is 275 degrees from R_T's blue, and not 360: 85."""
    ratio, chroma = np.array([0.3, 1, 2, 7]), np.array([1e-3, 1, 7, 25, 60, 79.123, 120])
    size1, size2, ratio = (axis.ravel() for axis in np.meshgrid(chroma, chroma, ratio))
    first = np.stack([np.zeros_like(size1), size1, -ratio * size1], -1)
    second = np.stack([np.zeros_like(size2), size2, ratio * size2], -1)
    exact = reference.delta_e00(first, second)
    assert np.abs(difference(first, second) - exact).max() <= 1e-7
    assert np.abs(difference(second, first) - exact).max() <= 1e-7


@KINDS
def test_exactly_opposite_hues(kind: type) -> None:
    """Equation 10 turns upwards from the hue in [0, 180), whichever color has it (Sharma's pairs 10 and 14)."""
    first = np.array([[50, 2.5, -0.5], [50, -2.5, 0.5], [50, 3, 0], [50, 0, 3], [50, -7, -3]])
    second = first * [1, -1, -1]
    exact = reference.delta_e00(first, second)
    assert np.abs(difference(first, second, kind) - exact).max() <= 1e-5
    assert np.abs(difference(second, first, kind) - exact).max() <= 1e-5


@KINDS
def test_zero_and_none(kind: type) -> None:
    same = colors(500, 10)
    same[:3] = [[0, 0, 0], [50, 0, 0], [100, 0, 0]]
    assert (difference(same, same, kind) == 0).all()
    strange = same.copy()
    strange[::2, 1] = np.nan
    assert np.array_equal(np.isnan(difference(same, strange, kind)), np.arange(500) % 2 == 0)
    assert difference(same[:0], same[:0], kind).shape == (0,)


@KINDS
def test_a_pair_does_not_depend_on_its_place(kind: type) -> None:
    first, second = colors(600, 11), colors(600, 12)
    whole = difference(first, second, kind)
    for start, stop in ((0, 1), (1, 129), (127, 300), (599, 600)):
        assert np.array_equal(difference(first[start:stop], second[start:stop], kind), whole[start:stop])


def test_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    first, second = colors(20_000, 13), colors(20_000, 14)
    assert np.abs(difference(first, second) - color.deltaE_ciede2000(first, second)).max() <= 1e-7


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lab1": np.zeros((4, 3), np.uint8)}, TypeError, "lab1 must be an array of float32 or float64"),
        ({"lab1": np.zeros((4, 2))}, ValueError, "lab1 must have shape"),
        ({"lab2": np.zeros((4, 3), np.float32)}, TypeError, "lab2 must be an array of float64"),
        ({"lab2": np.zeros((5, 3))}, ValueError, r"lab2 must have shape \(4, 3\)"),
        ({"lab2": np.zeros((4, 6))[:, ::2]}, ValueError, "lab2"),
        ({"out": np.zeros((4, 3))}, ValueError, r"out must have shape \(4,\)"),
        ({"out": np.zeros(4, np.float32)}, TypeError, "out must be an array of float64"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        _kernels.delta_e00(**{"lab1": np.zeros((4, 3)), "lab2": np.zeros((4, 3)), "out": np.zeros(4), **change})
