"""A changed edit costs what changed: all else comes out of the cache, and is the same."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import Clip
from making.graded_wall import UNUSUAL, write_window, write_windows
from making.pictures import Look
from otiograde.color.cubic import Cubic
from otiograde.decide import decision
from otiograde.errors import MediaError
from otiograde.grading import picturing, remembering, study
from otiograde.grading.picturing import draw_pictures
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.grading.remembering import (
    remembering_grades,
    remembering_probe,
    sample_arrays,
    sample_of,
    store_traits,
    store_value,
    stored_traits,
    stored_value,
    text_array,
)
from otiograde.means.cache import NO_CACHE, DiskCache
from otiograde.means.means import Means
from otiograde.media.probe import probe
from otiograde.record.codec import encode
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.survey.drift import Drift
from otiograde.survey.sample import Sample


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often files were probed, frames read, drifts and traits measured, scenes solved and pictures drawn."""
    counts: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            counts[name] += 1
            return function(*arguments, **options)

        return call

    parts = ((remembering, "probe"), (study, "read_frames"), (study, "measure"), (picturing, "encode_jpeg"))
    parts += ((study, "measure_traits"), (decision, "_solved"))
    for module, name in parts:
        monkeypatch.setattr(module, name, counted(name, getattr(module, name)))
    return counts


def graded(files: list[Path], means: Means) -> tuple[GradedTimeline, dict[str, bytes]]:
    edit = read(files, means=means)
    return grade_timeline(edit, settings=UNUSUAL, means=means), draw_pictures(edit, UNUSUAL.sampling, means)


def test_only_what_changed_is_done_again(tmp_path: Path, work: Counter[str]) -> None:
    stills, clip = write_windows(tmp_path), Clip(frames=20, size=(240, 160)).write(tmp_path / "clip.mp4").path
    files = [*stills, clip]
    means = Means(cache=DiskCache(tmp_path / "cache"))
    plain = graded(files, Means())
    work.clear()
    assert graded(files, means) == plain
    assert dict(work) == {
        "probe": 4,
        "read_frames": 4,
        "measure": 1,
        "measure_traits": 4,
        "_solved": 2,
        "encode_jpeg": 6,
    }
    work.clear()
    assert graded(files, means) == plain
    assert not work
    write_window(stills[1], Look(exposure=0.3), 12)
    os.utime(stills[1], ns=(1, 1))  # another time, even for a file system that counts seconds
    changed = graded(files, means)
    assert dict(work) == {"probe": 1, "read_frames": 1, "measure_traits": 1, "_solved": 1, "encode_jpeg": 1}
    assert changed != plain
    assert changed == graded(files, Means())


def test_media_that_cannot_be_read_are_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"no film")
    cache = DiskCache(tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(MediaError):
            remembering_probe(cache)(path)
    assert not list((tmp_path / "cache").rglob("*.arrays"))


def test_a_remembered_probe_is_the_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Clip("pq", "yuv420p10le", rate="24000/1001").write(tmp_path / "a.mp4")
    cache = DiskCache(tmp_path / "cache")
    assert [remembering_probe(cache)(made.path) for _ in range(2)] == [probe(made.path)] * 2
    monkeypatch.chdir(tmp_path)
    assert remembering_probe(cache)(Path("a.mp4")) == probe(Path("a.mp4"))
    assert remembering_probe(NO_CACHE) is probe


def test_a_sample_comes_back_whole() -> None:
    frames = np.random.default_rng(1).random((2, 4, 6, 3)).astype(np.float32)
    sample = Sample.of("a", frames, frames[..., 0] > 0.2, (3, 9), ("a note", "ü"))
    for each in (sample, replace(sample, ends=Sample.of("a", frames[:1, :2], frames[:1, :2, :, 0] > 0.2, (3,)))):
        again = sample_of("b", sample_arrays(each))
        assert again is not None
        assert (again.shot, again.at, again.notes) == ("b", each.at, each.notes)
        assert np.array_equal(again.pixels, each.pixels)
        assert (again.ends is None) == (each.ends is None)
        if again.ends is not None and each.ends is not None:
            assert again.ends.at == (3,)
            assert np.array_equal(again.ends.pixels, each.ends.pixels)


@pytest.mark.parametrize(
    "changes",
    [
        {"pixels": np.zeros((2, 4, 6), np.float32)},
        {"pixels": np.zeros((1, 4, 6), np.uint32)},
        {"pixels": np.zeros(2, np.uint32)},
        {"notes": text_array("{")},
        {"at": np.array(3)},
        {"ends pixels": np.zeros((1, 2, 2), np.uint32)},
    ],
)
def test_arrays_that_are_no_sample_are_a_miss(changes: dict[str, Any]) -> None:
    frames = np.zeros((2, 4, 6, 3), np.float32)
    arrays = sample_arrays(Sample.of("a", frames, frames[..., 0] > 1, (3, 9)))
    assert sample_of("a", {**arrays, **changes}) is None
    assert sample_of("a", None) is None
    assert sample_of("a", {}) is None


def test_values_come_back_or_are_a_miss(tmp_path: Path) -> None:
    cache, key = DiskCache(tmp_path), "ab" * 32
    drift = Drift("a", (0, 5), 0.1, 1 / 3, -0.2, 1, 0.0, (3,), 0.5, "unknown", math.nan, 0.1, "in words")
    store_value(cache, key, drift)
    again = stored_value(cache, key, Drift)
    assert again is not None
    assert encode(again) == encode(drift)
    cache.put(key, {"value": text_array('{"shot": 1}')})
    assert stored_value(cache, key, Drift) is None
    assert stored_value(cache, "cd" * 32, Drift) is None


def test_traits_come_back_or_are_a_miss(tmp_path: Path) -> None:
    cache, key = DiskCache(tmp_path), "ab" * 32
    traits = np.arange(3.0), np.arange(2.0)
    store_traits(cache, key, traits)
    again = stored_traits(cache, key)
    assert again is not None
    assert [one.tolist() for one in again] == [[0, 1, 2], [0, 1]]
    assert stored_traits(cache, "cd" * 32) is None
    cache.put(key, {"patterns": np.zeros(3, np.float32), "palette": traits[1]})
    assert stored_traits(cache, key) is None
    cache.put(key, {"patterns": traits[0]})
    assert stored_traits(cache, key) is None


def test_grades_come_back_as_they_were_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grades = (Grade("a", "s", Cubic(np.full((20, 3), 1 / 3).tolist()), share=0.1), Grade("b", "s"))
    made: list[str] = []

    def make() -> tuple[Grade, ...]:
        made.append("made")
        return grades

    remember = remembering_grades(DiskCache(tmp_path))
    assert [remember(words, make) for words in (lambda: "one", lambda: "one", lambda: "other")] == [grades] * 3
    assert len(made) == 2
    assert [remembering_grades(NO_CACHE)(lambda: "one", make) for _ in range(2)] == [grades] * 2
    assert len(made) == 4
    monkeypatch.setattr(remembering, "_code", lambda: "another build")
    assert remember(lambda: "one", make) == grades
    assert len(made) == 5


def test_grades_of_a_damaged_entry_are_made_again(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    remember = remembering_grades(cache)
    remember(lambda: "one", lambda: (Grade("a", "s"),))
    (path,) = tmp_path.rglob("*.arrays")
    cache.put(path.parent.name + path.stem, {"value": text_array('[{"shot": 1}]')})
    assert remember(lambda: "one", lambda: (Grade("b", "s"),)) == (Grade("b", "s"),)
