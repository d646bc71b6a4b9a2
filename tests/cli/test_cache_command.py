"""``otiograde cache``: it says what it holds, and empties it of what nobody used.

Tests: cli/cache.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.graded_wall import write_windows
from otiograde.means.cache import DiskCache

Run = Any


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    """A cache of three entries, one of which was last used ten days ago."""
    cache = DiskCache(tmp_path / "cache")
    for number in range(3):
        cache.put(cache.key(tmp_path, str(number)), {"a": np.zeros(2**17)})
    old = next(cache.folder.rglob("*.arrays"))
    status = old.stat()
    before = status.st_mtime - 10 * 24 * 60 * 60
    os.utime(old, (before, before))
    return cache


def test_it_says_what_it_holds(run: Run, cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("cache", "info").out == f"{cache.folder}: 3 entries, 3.0 MiB, of at most 4 GiB\n"
    monkeypatch.setenv("OTIOGRADE_CACHE_LIMIT", "0.5")
    usage = json.loads(run("cache", "info", "--json").out)
    assert usage == {"folder": str(cache.folder), "entries": 3, "bytes": cache.usage().bytes, "limit": 2**29}
    assert run("cache", "info", "--quiet").out == ""


def test_what_was_not_used_for_long_goes_first(run: Run, cache: DiskCache) -> None:
    (cache.folder / "notes.txt").write_text("of somebody else")
    result = run("cache", "clear", "--unused", "5")
    assert result.err == f"  removed    1 entry, 1.0 MiB from {cache.folder}\n"
    assert cache.usage().entries == 2
    assert json.loads(run("cache", "clear", "--json").out)["entries"] == 2
    assert cache.usage().entries == 0
    assert (cache.folder / "notes.txt").exists()


def test_a_cache_that_is_not_there_is_empty(run: Run) -> None:
    assert "0 entries, 0.0 MiB" in run("cache", "info").out
    assert run("cache", "clear").code == 0


@pytest.mark.parametrize("limit", ["0", "-1", "much", "nan", "inf"])
def test_a_limit_that_is_no_size_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("OTIOGRADE_CACHE_LIMIT", limit)
    result = run("cache", "info")
    assert result.code == 2
    assert f"OTIOGRADE_CACHE_LIMIT={limit}: give the size in GiB" in result.err


def test_a_cache_that_takes_nothing_is_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("OTIOGRADE_CACHE", str(file / "cache"))
    result = run(*write_windows(tmp_path), "-o", tmp_path / "out", "-j", "1")
    assert result.code == 0
    (line,) = (line for line in result.err.splitlines() if line.startswith("  cache "))
    assert line.endswith("takes nothing new (Not a directory): the next run measures again")
    monkeypatch.setenv("OTIOGRADE_CACHE", str(tmp_path / "cache"))
    assert "takes nothing new" not in run(*write_windows(tmp_path), "-o", tmp_path / "out", "-j", "1").err
