"""Flow: where each pixel went, and how far from itself the way back ends."""

from __future__ import annotations

import numpy as np
import pytest

from making.pictures import wall
from otiograde.color.gray import gray
from otiograde.survey.flow import flow_between

WALL = wall(3, 140, 220).astype(np.float32)
INSIDE = np.s_[20:-20, 20:-20]


def window(left: int, top: int = 0) -> np.ndarray:
    return gray(WALL[top : top + 120, left : left + 200])


def test_a_picture_that_moved_is_followed() -> None:
    flow = flow_between(window(4), window(0, 2))
    row, column = np.mgrid[0:120, 0:200]
    assert abs(np.median((flow.x - column)[INSIDE]) - 4) < 0.2
    assert abs(np.median((flow.y - row)[INSIDE]) + 2) < 0.2
    assert abs(np.median(flow.moved[INSIDE]) - np.hypot(4, 2)) < 0.2
    assert np.median(flow.off[INSIDE]) < 0.3


def test_what_did_not_move_stays() -> None:
    flow = flow_between(window(4), window(4))
    assert np.median(flow.moved) < 0.1
    assert np.median(flow.off) < 0.1


def test_what_is_not_there_is_not_come_back_from() -> None:
    other = gray(wall(11, 140, 220).astype(np.float32)[:120, :200])
    same, strange = (np.median(flow_between(window(4), end).off[INSIDE]) for end in (window(0), other))
    assert strange > same + 0.5


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (9, 9), (12, 96), (14, 96), (90, 3), (15, 400)])
def test_small_and_narrow_pictures_are_followed_too(shape: tuple[int, int]) -> None:
    """OpenCV's flow refuses some of them, and crashes at others."""
    picture = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    flow = flow_between(picture, picture)
    assert all(values.shape == shape and np.isfinite(values).all() for values in flow)
    assert np.median(flow.moved) < 0.1
