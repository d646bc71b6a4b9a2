from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from otiograde.means.cache import DiskCache
from otiograde.means.parcels import Opening, Shelf, pack, unpack
from otiograde.means.spill import HELD, SMALL, Spill, Spilled

ARRAYS = [
    np.arange(1000, dtype=np.uint32).reshape(10, 100),
    np.random.default_rng(1).uniform(size=(200, 3)),
    np.random.default_rng(2).uniform(size=(200, 3))[::2],
    np.zeros(100, [("xy", "f4", 2), ("root", "u1", 128)]),
]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_array_comes_back_as_it_was_and_is_read_only(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    for array, place in [(array, spill.put(array)) for array in ARRAYS]:
        assert isinstance(place, Spilled)
        back = place()
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)
        with pytest.raises(ValueError, match="read-only"):
            back[0] = 0


def test_small_arrays_and_objects_are_held(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    for array in (np.zeros(SMALL // 8 - 1), np.zeros((0, 3)), np.array([None] * 1000)):
        assert spill.put(array) is array


def test_the_file_ends_with_the_last_place(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    place = spill.put(ARRAYS[0])
    del spill
    assert len(files(tmp_path)) == 1
    assert isinstance(place, Spilled)
    np.testing.assert_array_equal(place(), ARRAYS[0])
    del place
    assert files(tmp_path) == []


def test_a_folder_that_takes_nothing_leaves_arrays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Spill(tmp_path / "file").put(ARRAYS[0]) is ARRAYS[0]


def test_a_disk_that_is_full_leaves_the_next_arrays_in_memory(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    first = spill.put(ARRAYS[0])
    assert spill.path is not None
    spill.path = Path("/dev/full")
    assert spill.put(ARRAYS[1]) is ARRAYS[1]
    assert spill.put(ARRAYS[1]) is ARRAYS[1]
    assert isinstance(first, Spilled)
    np.testing.assert_array_equal(first(), ARRAYS[0])


def test_another_process_reads_what_it_is_given_the_place_of(tmp_path: Path) -> None:
    place = Spill(tmp_path).put(ARRAYS[1])
    assert len(pickle.dumps(place)) < 500
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(place)), ARRAYS[1])
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(np.sum, place).result() == ARRAYS[1].sum()


def test_another_machine_is_sent_the_array(tmp_path: Path) -> None:
    big = np.arange(100_000.0)
    place = Spill(tmp_path / "here").put(big)
    (tmp_path / "shelf").mkdir()
    without, with_shelf = pack([place]), pack([place], Shelf(tmp_path / "shelf"))
    del place
    assert files(tmp_path / "here") == []
    assert len(with_shelf) < 1000 < len(without)
    (back,) = unpack(without, Opening())
    np.testing.assert_array_equal(back, big)
    (back,) = unpack(with_shelf, Opening(shelf=str(tmp_path / "shelf")))
    np.testing.assert_array_equal(back, big)


def test_no_more_is_held_than_allowed(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    places = [spill.put(np.full(HELD // 40, k, np.float32)) for k in range(30)]
    for k, place in enumerate(places):
        assert isinstance(place, Spilled)
        assert place()[0] == k
    again = places[0]
    assert isinstance(again, Spilled)
    assert again()[-1] == 0


def test_what_is_spilled_is_no_entry_of_the_cache(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, limit=1)
    spill = Spill.beside(cache)
    place = spill.put(ARRAYS[0])
    cache.put("ab", {"x": ARRAYS[0]})
    cache.trim()
    assert cache.usage().entries == 0
    cache.clear()
    assert isinstance(place, Spilled)
    np.testing.assert_array_equal(place(), ARRAYS[0])
