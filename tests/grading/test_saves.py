"""A file that is saved again and again: seen once for each time, and never while it is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from otiograde.grading.saves import saves, state


class Stop(Exception):  # noqa: N818  (it ends an endless iterator)
    pass


def seen(path: Path, *changes: Callable[[], object]) -> list[int]:
    """The looks after which the path counts as saved; before each look but the first there is a change."""
    looks = count()
    now = 0

    def sleep(seconds: float) -> None:
        nonlocal now
        assert seconds == 0.5
        now = next(looks)
        if now >= len(changes):
            raise Stop
        changes[now]()

    saved: list[int] = []
    with pytest.raises(Stop):
        saved.extend(now for _ in saves(path, 0.5, sleep))
    return saved


def nothing() -> None:
    """Nothing changes."""


def test_each_save_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "edit.otio"
    path.write_text("one")
    assert seen(path, nothing, nothing, lambda: path.write_text("three"), nothing, nothing, nothing) == [0, 3]


def test_a_file_that_grows_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "edit.otio"

    def write_more() -> None:
        with path.open("a") as file:
            file.write("more")

    assert seen(path, nothing, write_more, write_more, write_more, nothing, nothing) == [4]


def test_a_file_that_is_replaced_counts(tmp_path: Path) -> None:
    """The same size, and the same time: another file all the same."""
    path, other = tmp_path / "edit.otio", tmp_path / "new"
    path.write_text("one")
    other.write_text("two")
    for file in (path, other):
        os.utime(file, (5, 5))
    assert seen(path, nothing, path.unlink, nothing, lambda: other.rename(path), nothing, nothing) == [0, 4]


def test_a_folder_counts_by_its_files_but_outputs(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.mp4").write_text("a")
    before = state(tmp_path)
    (tmp_path / "out.graded").mkdir()
    for name in ("graded.json", "film.mp4"):
        (tmp_path / "out.graded" / name).write_text("x")
    assert state(tmp_path) == before
    (tmp_path / "in/b.mp4").write_text("b")
    assert state(tmp_path) != before
    assert state(tmp_path / "none") is None
