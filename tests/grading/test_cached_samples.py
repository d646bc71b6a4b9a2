"""Frames that another program put into the cache are not taken for those of a shot.

Tests: grading/study.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.clips import write_sequence
from making.shots import shot
from otiograde.grading.study import read_sampled
from otiograde.means.cache import DiskCache
from otiograde.record.settings import Sampling


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"pixels": np.zeros((2, 4, 4, 3), np.float32)},
        {"frames": np.zeros(7)},
        {"frames": np.zeros((3, 4, 4, 3), np.float32)},
        {"frames": np.zeros((2, 4, 4), np.float32)},
        {"frames": np.array(["text"])},
    ],
)
def test_other_arrays_are_a_miss(stored: dict[str, np.ndarray], tmp_path: Path) -> None:
    one = shot("a", write_sequence(tmp_path), (2, 4))
    cache = DiskCache(tmp_path / "cache")
    frames = read_sampled(one, (2, 3), Sampling(width=16), cache)
    (entry,) = cache.folder.rglob("*.arrays")
    cache.put(entry.parent.name + entry.stem, stored)
    np.testing.assert_array_equal(read_sampled(one, (2, 3), Sampling(width=16), cache), frames)
    assert entry.is_file()
