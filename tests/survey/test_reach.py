"""Reach: how far the colors of shots go tells their grades apart, whatever they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from otiograde.color.solver import solve
from otiograde.color.transform import Identity
from otiograde.record.settings import Sampling
from otiograde.survey.reach import CHANCE, DIRECTIONS, MOST, Reach, Reaches, chance, reach
from otiograde.survey.sample import make_sample


def of(frame: Any) -> Reach | None:
    return reach([(make_sample("a", np.asarray(frame, np.float32)[None], (0,), Sampling()), Identity())])


def test_the_farthest_colors_are_found_clipped_ones_among_them(world: Any) -> None:
    frame = world.picture.copy()
    frame[:4, :8] = 1.0  # a clipped sky
    frame[-3:, :6] = 0.0
    farthest = of(frame)
    assert farthest is not None
    for k, axis in enumerate(DIRECTIONS):
        along = frame.reshape(-1, 3) @ axis
        assert farthest.colors[k] @ axis >= np.quantile(along, 0.998) - 0.002
    white, black = (int(np.argmax(DIRECTIONS @ (sign * np.ones(3)))) for sign in (1, -1))
    assert farthest.colors[white] == pytest.approx(1.0)
    assert farthest.colors[black] == pytest.approx(0.0)
    assert farthest.crowds[white] == pytest.approx(32 / frame[..., 0].size, rel=0.1)


def test_bars_are_no_black(world: Any) -> None:
    frame = np.zeros((96, 160, 3))
    frame[12:84] = world.picture
    framed, bare = of(frame), of(world.picture)
    assert framed is not None
    assert bare is not None
    assert framed.colors == pytest.approx(bare.colors, abs=0.02)


def test_gray_even_and_hidden_pictures_have_none(world: Any) -> None:
    assert of(world.picture.mean(-1, keepdims=True).repeat(3, -1)) is None
    assert of(np.full((72, 96, 3), (0.4, 0.3, 0.2))) is None
    assert of(np.ones((72, 96, 3))) is None


def test_crowds_are_trusted() -> None:
    assert chance(np.array([1.0, 0.02, 0.0])) == pytest.approx([CHANCE, CHANCE, MOST])
    assert (np.diff(chance(np.geomspace(1e-4, 1, 20))) <= 0).all()


def test_what_shots_show_does_not_matter_and_how_they_are_graded_does(world: Any, look: Any) -> None:
    """Two places of one wall, white and black in both: the grades come together, and what is right nearly stays."""
    plain, other = world.window(0).copy(), world.window(64).copy()
    for frame in (plain, other):
        frame[:6, :12], frame[-6:, :12] = 0.97, 0.03
    darker = look(exposure=-0.5, warmth=0.08)
    found = {name: of(frame) for name, frame in (("plain", plain), ("right", other), ("graded", darker(other)))}
    right = Reaches([found["plain"], found["right"]])
    graded = Reaches([found["plain"], found["graded"]])
    assert right.differ()[0] < 0.6 < graded.differ()[0]
    moved = [np.linalg.norm(solve(2, [], frozenset(), 8, compared=reaches).coefficients) for reaches in (right, graded)]
    assert moved[0] < 0.5 * moved[1]


def test_each_is_compared_with_those_near_it(world: Any) -> None:
    farthest = of(world.picture)
    assert Reaches([farthest, None, farthest]).pairs == [(2, 0)]
    assert Reaches([farthest] * 8).pairs == [(i, j) for i in range(8) for j in range(max(0, i - 4), i)]
    assert Reaches([None, None]).pairs == []
    assert Reaches([farthest]).differ().shape == (0,)
