"""Means: what a run works with when nothing is asked for.

Tests: means/means.py, means/progress.py, means/network.py
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from otiograde.means.cache import NO_CACHE
from otiograde.means.means import Means
from otiograde.means.network import LearnedPoints
from otiograde.means.progress import silent
from otiograde.means.workers import SERIAL


def test_by_default_nothing_is_kept_and_nobody_is_told() -> None:
    means = Means()
    assert (means.executor, means.cache, means.network, means.progress) == (SERIAL, NO_CACHE, None, silent)
    assert list(means.executor.map(len, ["ab", "c"])) == [2, 1]
    means.progress("sampling", 1, 2)
    with pytest.raises(FrozenInstanceError):
        means.network = None  # type: ignore[misc]


def test_points_of_a_frame_are_named() -> None:
    points = LearnedPoints(np.zeros((2, 2), np.float32), np.zeros((2, 8), np.float32), 64, 48)
    assert (points.xy.shape, points.descriptors.shape, points.width, points.height) == ((2, 2), (2, 8), 64, 48)
