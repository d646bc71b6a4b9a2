"""Lut3D: its fields, its effect on every kind of image, and its laws."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from otiograde.color.interpolation import INTERPOLATIONS, Interpolation
from otiograde.color.lut import Lut3D, LutHealth
from otiograde.color.transform import Colors, Transform

RGB = np.random.default_rng(1).random((2000, 3)).astype(np.float32)
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
TYPES = pytest.mark.parametrize("kind", WHITE)


def look(rgb: Colors) -> Colors:
    """Smooth, without symmetry between the channels, inside [0, 1]."""
    mixed = np.asarray(rgb, float).clip(0, None) ** 1.2 @ np.array([[0.9, 0.1, 0], [0, 0.85, 0.1], [0.05, 0, 0.8]])
    return np.asarray(mixed + 0.02)


def affine(rgb: Colors) -> Colors:
    """An affine transform, which a lattice represents exactly."""
    return np.asarray(rgb) @ np.array([[0.7, 0.1, 0], [0, 0.8, 0.1], [0.1, 0, 0.6]]) + 0.05


def image(kind: type, shape: tuple[int, ...], seed: int = 2) -> NDArray[Any]:
    values = np.random.default_rng(seed).random(shape)
    return (values * WHITE[kind]).round().astype(kind) if kind is not np.float32 else values.astype(kind)


LOOK = Lut3D.bake(look, 17, title="look")


class TestLattice:
    def test_order_is_that_of_a_cube_file(self) -> None:
        rows = Lut3D.identity(3).lattice.reshape(-1, 3)
        assert rows[:4].tolist() == [[0, 0, 0], [0.5, 0, 0], [1, 0, 0], [0, 0.5, 0]]
        assert rows[9].tolist() == [0, 0, 0.5]
        assert rows.flags.c_contiguous
        assert rows.dtype == np.float32

    def test_copied_and_read_only(self) -> None:
        nodes = Lut3D.identity(2).lattice.copy()
        lut = Lut3D(nodes)
        nodes[:] = 7
        assert lut.is_identity
        for array in (lut.lattice, lut.domain):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0

    @pytest.mark.parametrize(
        ("lattice", "domain", "message"),
        [
            (np.zeros((3, 3, 3, 4)), None, r"a lattice needs shape \(n, n, n, 3\) with n from 2 to 256"),
            (np.zeros((1, 1, 1, 3)), None, "a lattice needs shape"),
            (np.zeros((2, 3, 2, 3)), None, "a lattice needs shape"),
            (np.zeros(()), None, "a lattice needs shape"),
            (np.zeros((257, 1, 1, 3)), None, "a lattice needs shape"),
            (np.full((2, 2, 2, 3), np.nan), None, "a lattice needs finite numbers"),
            (np.full((2, 2, 2, 3), 1e300), None, "a lattice needs finite numbers"),
            (np.zeros((2, 2, 2, 3)), np.zeros((2, 3)), "a domain needs two rows of three finite numbers"),
            (np.zeros((2, 2, 2, 3)), np.array([[0, 0, 0], [1, np.inf, 1]]), "a domain needs"),
            (np.zeros((2, 2, 2, 3)), np.array([0, 1]), "a domain needs"),
        ],
    )
    def test_refused(self, lattice: Any, domain: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Lut3D(lattice) if domain is None else Lut3D(lattice, domain)

    @pytest.mark.parametrize("size", [-1, 0, 1, 257])
    def test_sizes(self, size: int) -> None:
        for make in (Lut3D.identity, LOOK.resample, lambda size: Lut3D.bake(look, size)):
            with pytest.raises(ValueError, match="2 to 256 nodes a side"):
                make(size)

    def test_equal_by_value(self) -> None:
        again = Lut3D.bake(look, 17, title="look")
        assert again == LOOK
        assert hash(LOOK) == hash(again)
        assert Lut3D.bake(look, 17) != LOOK
        assert Lut3D.bake(affine, 17, title="look") != LOOK
        assert Lut3D(LOOK.lattice, [[0, 0, 0], [1, 1, 2]], "look") != LOOK
        assert LOOK != "look"

    @pytest.mark.parametrize("remake", [copy.copy, copy.deepcopy, lambda lut: pickle.loads(pickle.dumps(lut))])
    def test_copies(self, remake: Callable[[Lut3D], Lut3D]) -> None:
        LOOK(RGB)
        again = remake(LOOK)
        assert again == LOOK
        assert not again.lattice.flags.writeable
        assert len(pickle.dumps(LOOK)) < LOOK.lattice.nbytes + 1000

    def test_is_a_transform(self) -> None:
        assert isinstance(LOOK, Transform)


class TestBake:
    @pytest.mark.parametrize("size", [2, 17, 33])
    def test_nodes_are_exact(self, size: int) -> None:
        nodes = Lut3D.identity(size).lattice
        assert np.abs(Lut3D.bake(look, size).lattice - look(nodes)).max() < 1e-7

    def test_evaluates_in_float64_and_clips_last(self) -> None:
        def wild(rgb: Colors) -> Colors:
            assert rgb.dtype == np.float64
            return np.where(rgb > 0.9, np.inf, 3 * rgb - 1)

        lattice = Lut3D.bake(wild, 5).lattice
        assert lattice.min() == 0
        assert lattice.max() == 1
        assert lattice[2, 2, 2].tolist() == [0.5] * 3

    def test_refuses_nan(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            Lut3D.bake(lambda rgb: rgb * np.nan, 3)

    def test_affine_is_held_exactly(self) -> None:
        assert np.abs(Lut3D.bake(affine, 2)(RGB) - affine(RGB)).max() < 5e-7


class TestCall:
    @settings(deadline=None, max_examples=60)
    @given(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6), st.sampled_from([np.float32, np.float64]))
    def test_any_shape(self, shape: tuple[int, ...], kind: type) -> None:
        rgb = np.random.default_rng(3).random((*shape, 3)).astype(kind)
        before = rgb.copy()
        out = LOOK(rgb)
        assert out.shape == rgb.shape
        assert out.dtype == kind
        assert np.array_equal(rgb, before)
        assert not np.shares_memory(out, rgb)

    def test_float64_is_float32_in_disguise(self) -> None:
        assert np.array_equal(LOOK(RGB.astype(float)), LOOK(RGB))
        assert LOOK(np.array([[1e300, -1e300, np.nan]])).tolist() == LOOK(np.float32([[1, 0, 0]])).tolist()
        assert LOOK([[0, 1, 0]]).dtype == np.float64

    def test_needs_colors(self) -> None:
        with pytest.raises(ValueError, match="last axis of 3"):
            LOOK(np.zeros((3, 4)))

    def test_identity(self) -> None:
        assert np.abs(Lut3D.identity(33)(RGB) - RGB).max() < 2e-7


class TestApply:
    @TYPES
    @pytest.mark.parametrize("interpolation", INTERPOLATIONS)
    def test_all_kinds_agree(self, kind: type, interpolation: Interpolation) -> None:
        picture = image(kind, (40, 30, 3))
        exact = LOOK.apply((picture / WHITE[kind]).astype(np.float32), interpolation).astype(float)
        out = LOOK.apply(picture, interpolation)
        assert out.dtype == kind
        assert np.abs(out - exact * WHITE[kind]).max() <= 0.52

    @TYPES
    @pytest.mark.parametrize("threads", [2, 3, 7, 64])
    @pytest.mark.parametrize("interpolation", INTERPOLATIONS)
    def test_threads_change_nothing(self, kind: type, threads: int, interpolation: Interpolation) -> None:
        picture = image(kind, (37, 41, 3))
        assert np.array_equal(LOOK.apply(picture, interpolation, threads), LOOK.apply(picture, interpolation))

    @TYPES
    def test_memory(self, kind: type) -> None:
        """Steps, turns, mirrors, read-only and misaligned memory: the same colors come out."""
        picture = image(kind, (16, 12, 3))
        expected = LOOK.apply(picture)
        assert np.array_equal(LOOK.apply(picture[::2, ::-3]), expected[::2, ::-3])
        assert np.array_equal(LOOK.apply(picture.swapaxes(0, 1)), expected.swapaxes(0, 1))
        planar = np.ascontiguousarray(np.moveaxis(picture, -1, 0))
        assert np.array_equal(LOOK.apply(np.moveaxis(planar, 0, -1)), expected)
        odd = np.zeros(picture.nbytes + 1, np.uint8)[1:].view(kind).reshape(picture.shape)
        odd[...] = picture
        assert np.array_equal(LOOK.apply(odd), expected)
        assert np.array_equal(LOOK.apply(picture, out=odd), expected)
        picture.setflags(write=False)
        assert np.array_equal(LOOK.apply(picture), expected)

    @TYPES
    @pytest.mark.parametrize("shape", [(0, 3), (0, 5, 3), (5, 0, 3), (3,), (1, 3)])
    @pytest.mark.parametrize("threads", [1, 3])
    def test_empty_and_tiny(self, kind: type, shape: tuple[int, ...], threads: int) -> None:
        assert LOOK.apply(image(kind, shape), threads=threads).shape == shape

    @TYPES
    def test_out(self, kind: type) -> None:
        """A given array, the image itself, a part of it that overlaps, or one with steps."""
        picture = image(kind, (20, 10, 3))
        expected = LOOK.apply(picture)
        out = np.empty_like(picture)
        assert LOOK.apply(picture, out=out) is out
        assert np.array_equal(out, expected)
        same = picture.copy()
        assert LOOK.apply(same, out=same, threads=2) is same
        assert np.array_equal(same, expected)
        room = np.concatenate([picture, picture])
        LOOK.apply(room[:20], out=room[3:23])
        assert np.array_equal(room[3:23], expected)
        steps = np.zeros((20, 20, 3), kind)
        LOOK.apply(picture, out=steps[:, ::2])
        assert np.array_equal(steps[:, ::2], expected)
        assert not steps[:, 1::2].any()

    def test_refused(self) -> None:
        picture = image(np.float32, (4, 4, 3))
        for bad, error, message in (
            ({"image": picture.astype(float)}, TypeError, "uint8"),
            ({"image": picture[..., :2]}, ValueError, "last axis of 3"),
            ({"interpolation": "nearest"}, ValueError, "trilinear, tetrahedral"),
            ({"threads": 0}, ValueError, "threads must be 1 or more"),
            ({"out": np.empty((4, 3, 3), np.float32)}, ValueError, "out must be float32"),
            ({"out": np.empty((4, 4, 3))}, ValueError, "out must be float32"),
            ({"out": np.broadcast_to(np.float32(0), (4, 4, 3))}, ValueError, "read-only"),
        ):
            with pytest.raises(error, match=message):
                LOOK.apply(**{"image": picture, **bad})


class TestDomain:
    WIDE = Lut3D(affine(3 * Lut3D.identity(9).lattice - 1), [[-1, -1, -1], [2, 2, 2]])

    def test_spans_its_domain(self) -> None:
        wide = RGB * 3 - 1
        assert np.abs(self.WIDE(wide) - affine(wide)).max() < 1e-6
        assert np.array_equal(self.WIDE(wide * 9), self.WIDE((wide * 9).clip(-1, 2)))

    def test_integers_are_code_values(self) -> None:
        codes = image(np.uint8, (50, 3))
        assert np.abs(self.WIDE.apply(codes) - 255 * affine(codes / 255)).max() <= 0.51

    def test_resample_to_the_unit_cube(self) -> None:
        plain = self.WIDE.resample(5)
        assert np.array_equal(plain.domain, [[0, 0, 0], [1, 1, 1]])
        assert np.abs(plain(RGB) - affine(RGB)).max() < 1e-6

    def test_identity_on_a_domain(self) -> None:
        assert Lut3D(3 * Lut3D.identity(9).lattice - 1, [[-1, -1, -1], [2, 2, 2]]).is_identity
        assert not Lut3D(Lut3D.identity(9).lattice, [[-1, -1, -1], [2, 2, 2]]).is_identity


class TestResampleAndCompose:
    @settings(deadline=None, max_examples=30)
    @given(st.integers(2, 9), st.integers(1, 3))
    def test_finer_by_whole_steps_keeps_the_nodes(self, size: int, times: int) -> None:
        nodes = np.random.default_rng(size).random((size, size, size, 3))
        fine = Lut3D(nodes, title="t").resample((size - 1) * times + 1)
        assert np.abs(fine.lattice[::times, ::times, ::times] - nodes).max() < 1e-6
        assert fine.title == "t"


class TestHealth:
    @pytest.mark.parametrize("size", [2, 17, 33, 65])
    def test_identity_is_well(self, size: int) -> None:
        health = Lut3D.identity(size).health(RGB)
        assert health.second_difference < 1e-6
        assert health.neutral_step == pytest.approx(1 / 32, abs=1e-6)
        assert health.newly_clipped == 0

    @pytest.mark.parametrize("size", [17, 33, 65])
    def test_bend(self, size: int) -> None:
        """A slope that changes by 1.5 at the middle: the same figure whatever the size."""
        health = Lut3D.bake(lambda rgb: np.where(rgb < 0.5, rgb / 4, 1.75 * rgb - 0.75), size).health()
        assert health.second_difference == pytest.approx(1.5 / 32, abs=1e-6)
        assert health.neutral_step == pytest.approx(0.25 / 32, abs=1e-6)

    @pytest.mark.parametrize("channel", [0, 1, 2])
    def test_bend_along_each_axis(self, channel: int) -> None:
        def bent(rgb: Colors) -> Colors:
            out = rgb.copy()
            out[..., (channel + 1) % 3] = np.abs(rgb[..., channel] - 0.5)
            return out

        assert Lut3D.bake(bent, 33).health().second_difference == pytest.approx(2 / 32, abs=1e-6)

    def test_inversion(self) -> None:
        health = Lut3D.bake(lambda rgb: 1 - rgb, 33).health()
        assert health.neutral_step == pytest.approx(-1 / 32, abs=1e-6)

    def test_luma_weighs_the_channels(self) -> None:
        health = Lut3D.bake(lambda rgb: rgb * [0, 1, 0], 33).health()
        assert health.neutral_step == pytest.approx(0.7152 / 32, abs=1e-6)

    def test_newly_clipped(self) -> None:
        colors = np.array([[0.5, 0.5, 0.5], [0.5, 0.9, 0.5], [0.5, 0.5, 1.0], [0.95, 0.2, 0.0]])
        health = Lut3D.bake(lambda rgb: rgb * 1.2, 33).health(colors)
        assert health.newly_clipped == 0.25
        assert Lut3D.bake(lambda rgb: rgb * 1.2, 33).health(colors.reshape(2, 2, 3)).newly_clipped == 0.25
        assert Lut3D.bake(lambda rgb: rgb * 1.2, 33).health(colors[:0]).newly_clipped == 0
        assert isinstance(health, LutHealth)
        assert type(health.newly_clipped) is float

    def test_wide_domain_is_judged_on_code_values(self) -> None:
        health = TestDomain.WIDE.health()
        assert health.second_difference < 1e-6
        assert health.neutral_step > 0
