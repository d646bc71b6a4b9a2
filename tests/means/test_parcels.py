"""Parcels: large arrays travel through files and once, paths are those of the machine that opens them.

Tests: means/parcels.py, means/node.py
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otiograde.errors import MediaError
from otiograde.means import parcels
from otiograde.means.node import Demand, Done, UnfitError, inspect, run, versions
from otiograde.means.parcels import LARGE, Opening, Shelf, UnseenError, pack, unpack
from otiograde.means.paths import PathRule
from otiograde.means.recent import Recent

BIG = np.arange(LARGE, dtype=np.uint32).reshape(-1, 4)


@dataclass(frozen=True)
class Note:
    shot: str
    notes: tuple[str, ...]
    count: int = 0


def read(path: Path) -> Note:
    return Note("a", (f"{path}: {path.read_text()}",), 1)


def refuse(path: Path) -> None:
    raise MediaError(f"{path}: broken", command=("ffmpeg", "-i"), log=("last",))


def total(*arrays: Any) -> int:
    return int(sum(int(array.sum()) for array in arrays))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return Shelf(folder)


def opening(shelf: Shelf, *rules: str) -> Opening:
    return Opening([PathRule.parse(rule) for rule in rules], str(shelf.folder))


def done_by(demand: Demand, work: Any, *calls: tuple[Any, ...], shelf: Shelf | None = None) -> Done:
    result: Done = unpack(run(demand, pack((work, calls), shelf), "tcp://worker"), Opening())
    return result


def test_a_large_array_is_one_file_however_often_it_travels(shelf: Shelf) -> None:
    small = np.arange(5)
    packed = pack([BIG, {"again": BIG, "copy": BIG.copy()}, small], shelf)
    assert len(packed) < 2000
    assert len(list(shelf.folder.iterdir())) == 1
    first, more, last = unpack(packed, opening(shelf))
    for array in (first, more["again"], more["copy"]):
        assert array.dtype == BIG.dtype
        assert np.array_equal(array, BIG)
    assert np.array_equal(last, small)


def test_arrays_that_cannot_be_stored_travel_themselves(shelf: Shelf) -> None:
    shelf.folder.rmdir()
    packed = pack([BIG], shelf)
    assert len(packed) > BIG.nbytes
    assert shelf.closed
    assert np.array_equal(unpack(packed, Opening())[0], BIG)
    assert np.array_equal(unpack(pack([BIG]), Opening())[0], BIG)
    objects = np.array([None] * LARGE)
    assert unpack(pack([objects], shelf), Opening())[0].shape == objects.shape


def test_a_shelf_that_is_not_there_is_named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "_HELD", Recent(parcels.HELD))
    packed = pack(BIG, shelf)
    with pytest.raises(UnseenError, match="does not see the files in"):
        unpack(packed, Opening((), str(shelf.folder) + "-elsewhere"))
    (file,) = shelf.folder.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UnseenError, match="does not see the files in"):
        unpack(packed, opening(shelf))


def test_a_path_is_looked_up_where_the_parcel_is_opened(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "a.mov").write_text("1234")
    packed = pack([here / "a.mov", here, here / "none.mov"])
    assert unpack(packed, Opening()) == [here / "a.mov", here, here / "none.mov"]
    rules = [PathRule.parse(f"{here}={there}")]
    assert unpack(packed, Opening(rules)) == [there / "a.mov", there, there / "none.mov"]
    (there / "a.mov").write_text("12345")
    with pytest.raises(UnseenError, match=f"sees something else under {there}/a.mov"):
        unpack(packed, Opening(rules))
    (there / "a.mov").unlink()
    with pytest.raises(UnseenError, match=f"does not see {there}/a.mov"):
        unpack(packed, Opening(rules))


def test_texts_of_results_name_paths_as_the_sender_does(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "a.mov").write_text("1234")
    demand = Demand(versions(), (PathRule.parse(f"{here}={there}"),))
    (note,) = done_by(demand, read, (here / "a.mov",)).values
    assert note == Note("a", (f"{here}/a.mov: 1234",), 1)
    done = done_by(demand, refuse, (here / "a.mov",), (here / "a.mov",))
    assert done.failed
    (error,) = done.values
    assert str(error) == f"{here}/a.mov: broken"
    assert error.log == ("last",)


def test_work_is_done_call_by_call(shelf: Shelf) -> None:
    demand = Demand(versions(), (), str(shelf.folder))
    done = done_by(demand, partial(total, BIG), (BIG,), (BIG, BIG), shelf=shelf)
    whole = int(BIG.sum())
    assert list(done.values) == [2 * whole, 3 * whole]
    assert not done.failed


def test_a_worker_of_another_version_is_unfit() -> None:
    other = dict(versions()) | {"numpy": "0.1"}
    demand = Demand(tuple(other.items()))
    assert inspect(demand, pack(None)) == f"has numpy {dict(versions())['numpy']}, not 0.1"
    with pytest.raises(UnfitError, match="tcp://worker has numpy") as caught:
        done_by(demand, total)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.worker, again.why) == (caught.value.worker, caught.value.why)
    old = Demand((*versions(), ("not-there", "2")))
    assert inspect(old, pack(None)) == "has no not-there, not 2"


def test_a_worker_without_the_media_is_unfit(tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    packed = pack((total, [(tmp_path / "a.mov",)]))
    demand = Demand(versions(), (PathRule.parse(f"{tmp_path}={tmp_path}/elsewhere"),))
    assert inspect(demand, packed) == f"does not see {tmp_path}/elsewhere/a.mov"
    with pytest.raises(UnfitError, match="tcp://worker does not see"):
        run(demand, packed, "tcp://worker")
