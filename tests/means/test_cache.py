"""The cache: an entry comes back as it was stored, or not at all, and no disk makes it raise."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otiograde.means.cache import NO_CACHE, Cache, DiskCache

ARRAYS = {"frames": np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 2, 2, 3), "at": np.array([3, 9])}


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"abc")
    return path


def entry(cache: DiskCache) -> Path:
    (path,) = (path for path in cache.folder.rglob("*") if path.is_file())
    return path


def test_what_was_put_comes_back(cache: DiskCache, clip: Path) -> None:
    key = cache.key(clip, "sampling")
    assert cache.get(key) is None
    cache.put(key, ARRAYS)
    arrays = pickle.loads(pickle.dumps(cache)).get(key)  # as a worker gets it
    assert arrays is not None
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_no_cache_keeps_nothing(clip: Path) -> None:
    nothing: Cache = NO_CACHE
    nothing.put(nothing.key(clip, "a"), ARRAYS)
    assert nothing.get(nothing.key(clip, "a")) is None


def test_the_key_says_what_it_was_made_from(cache: DiskCache, clip: Path) -> None:
    before = cache.key(clip, "a")
    assert before == cache.key(clip, "a")
    assert before != cache.key(clip, "b")
    os.utime(clip, ns=(1, 1))
    touched = cache.key(clip, "a")
    assert touched != before
    clip.write_bytes(b"abcd")
    os.utime(clip, ns=(1, 1))
    assert cache.key(clip, "a") not in (before, touched)
    assert cache.key(clip.with_name("absent.mp4"), "a") != before


def test_the_key_of_a_sequence_counts_its_images(cache: DiskCache, tmp_path: Path) -> None:
    pattern = tmp_path / "im.%04d.png"
    (tmp_path / "im.0001.png").write_bytes(b"1")
    before = cache.key(pattern, "a")
    (tmp_path / "other.png").write_bytes(b"1")
    assert cache.key(pattern, "a") == before
    (tmp_path / "im.0002.png").write_bytes(b"1")
    assert cache.key(pattern, "a") != before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), flip=st.integers(1, 255), cut=st.booleans())
def test_a_corrupt_entry_is_a_miss(cache: DiskCache, clip: Path, at: int, flip: int, cut: bool) -> None:
    key = cache.key(clip, "a")
    cache.put(key, ARRAYS)
    path = entry(cache)
    stored = bytearray(path.read_bytes())
    at %= len(stored)
    stored[at] ^= flip
    path.write_bytes(stored[:at] if cut else stored)
    assert cache.get(key) is None
    assert not path.exists()


def test_an_entry_that_took_the_place_of_another_is_a_miss(cache: DiskCache, clip: Path) -> None:
    keys = [cache.key(clip, recipe) for recipe in ("a", "b")]
    for key in keys:
        cache.put(key, ARRAYS)
    one, other = (path for path in cache.folder.rglob("*") if path.is_file())
    moved = one.with_suffix(".moved")
    one.rename(moved)
    other.rename(one)
    moved.rename(other)
    assert [cache.get(key) for key in keys] == [None, None]
    assert not one.exists()
    assert not other.exists()


def test_python_objects_are_refused(cache: DiskCache, clip: Path) -> None:
    with pytest.raises(TypeError):
        cache.put(cache.key(clip, "a"), {"x": np.array([object()])})


def test_a_folder_that_cannot_be_written_only_keeps_nothing(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = DiskCache(tmp_path / "file" / "cache")
    key = cache.key(clip, "a")
    cache.put(key, ARRAYS)
    assert cache.get(key) is None


def test_the_longest_unused_goes_first(cache: DiskCache, clip: Path) -> None:
    keys = [cache.key(clip, str(number)) for number in range(6)]
    for age, key in enumerate(keys):
        cache.put(key, ARRAYS)
        path = max((path for path in cache.folder.rglob("*.arrays")), key=lambda path: path.stat().st_mtime_ns)
        os.utime(path, (1000 + age, 1000 + age))
    size = path.stat().st_size
    assert cache.get(keys[0]) is not None  # used just now: the youngest
    DiskCache(cache.folder, limit=3 * size).trim()
    assert [cache.get(key) is not None for key in keys] == [True, False, False, False, True, True]
    assert not list(cache.folder.rglob("*.part"))


def test_exchanged_entries_are_misses(cache: DiskCache, clip: Path) -> None:
    keys = [cache.key(clip, "a"), cache.key(clip, "b")]
    for key in keys:
        cache.put(key, ARRAYS)
    one, two = (path for path in cache.folder.rglob("*") if path.is_file())
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    assert [cache.get(key) for key in keys] == [None, None]


def test_unfinished_entries_of_the_dead_are_deleted_and_those_of_the_living_stay(cache: DiskCache, clip: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    cache.folder.mkdir()
    dead, living, linked = (cache.folder / f".otiograde-{number:016x}.part" for number in range(3))
    dead.write_bytes(b"half")
    linked.symlink_to(clip)
    with living.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        cache.put(cache.key(clip, "a"), ARRAYS)
        assert not dead.exists()
        assert living.exists()
    cache.put(cache.key(clip, "b"), ARRAYS)
    assert not living.exists()
    assert clip.read_bytes() == b"abc"


def test_a_cache_says_why_it_took_nothing(cache: DiskCache, clip: Path, tmp_path: Path) -> None:
    cache.put(cache.key(clip, "sampling"), ARRAYS)
    assert cache.refused == []
    file = tmp_path / "file"
    file.touch()
    nowhere = DiskCache(file / "cache")
    for recipe in ("one", "two"):
        nowhere.put(nowhere.key(clip, recipe), ARRAYS)
    assert nowhere.refused == ["Not a directory"]
    assert nowhere == DiskCache(file / "cache")
