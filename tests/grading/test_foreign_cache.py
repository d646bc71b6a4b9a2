"""Entries of a cache that hold something else than asked for are misses, and the grades stay the same.

Tests: grading/study.py
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.pictures import detail
from otiograde.color.encodings import encoding
from otiograde.grading.pipeline import grade_timeline
from otiograde.grading.study import frame_numbers, read_sampled
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.media.writing import write_video
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Sampling
from otiograde.record.shot import Shot
from otiograde.survey.links.search import _restored

SAMPLING = Sampling()

FOREIGN: tuple[Mapping[str, Any], ...] = (
    {},
    {"frames": np.array(["a", "b"])},
    {"frames": np.ones((1, 1, 1, 3)), "links": np.array([1.5, 2])},
    {"frames": np.ones((16, 160, 240, 3), np.complex64), "links": np.array("many"), "shares": np.array(1.0)},
    {"links": np.array(10**15), "shares": np.array([])},
    {"links": np.array(0), "shares": np.array(["a"])},
)


class Graded:
    """An edit of two clips, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.clips = [folder / "a.mp4", folder / "b.mp4"]
        for clip, cast in zip(self.clips, (1.0, 0.85), strict=True):
            frames = [np.roll(detail(90, 120), shift, 1) * np.float32((1, 1, cast)) for shift in range(8)]
            write_video(clip, frames, Fraction(24), encoding("bt709"), crf=6)
        self.cache = DiskCache(folder / "cache")

    def __call__(self) -> GradedTimeline:
        return grade_timeline(self.clips, means=Means(cache=self.cache))

    def key_of(self, shot: Shot) -> str:
        made_from = repr((shot.media, frame_numbers(shot, SAMPLING), SAMPLING, version("otiograde")))
        return self.cache.key(shot.media.path, made_from)

    def entries(self) -> dict[str, Path]:
        """Key -> file."""
        return {path.parent.name + path.stem: path for path in sorted(self.cache.folder.rglob("*.arrays"))}

    def arrays(self) -> dict[str, dict[str, Any]]:
        return {key: arrays for key in self.entries() if (arrays := self.cache.get(key)) is not None}


@pytest.mark.slow
def test_exchanged_and_foreign_entries_are_misses(tmp_path: Path) -> None:
    graded = Graded(tmp_path)
    record, stored = graded(), graded.arrays()
    assert len(stored) > 2
    assert sum("frames" in arrays for arrays in stored.values()) == 2
    # Files exchanged by name: the digest is of another key.
    files = list(graded.entries().values())
    contents = [path.read_bytes() for path in files]
    for path, content in zip(files, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert graded() == record
    # Entries that are whole, but hold what another kind of entry, or another version, stores.
    links = next(arrays for arrays in stored.values() if "links" in arrays)
    cut = {name: array[:1] if array.ndim else array for name, array in links.items()}
    more = {**links, "links": np.array(links["links"] + 1)}
    frames = next(arrays for arrays in stored.values() if "frames" in arrays)
    for number, (key, arrays) in enumerate(stored.items()):
        graded.cache.put(
            key, (*FOREIGN, cut)[number % 7] if "frames" in arrays else (*FOREIGN[1:], frames, more)[number % 7]
        )
    assert graded() == record
    for arrays in stored.values():
        if "links" not in arrays:
            continue
        for foreign in (*FOREIGN, frames, more, {name: np.ones(3) for name in links}):
            assert _restored("a", "b", "surfaces", foreign) is None
        assert _restored("a", "b", "surfaces", arrays) is not None
    for foreign in (*FOREIGN, links, cut, {"frames": frames["frames"][:, :-1]}):
        key = next(key for key, arrays in stored.items() if "frames" in arrays)
        graded.cache.put(key, foreign)
        shot = next(shot for shot in record.edit.shots if graded.key_of(shot) == key)
        again = read_sampled(shot, frame_numbers(shot, SAMPLING), SAMPLING, graded.cache)
        np.testing.assert_array_equal(again, stored[key]["frames"])
