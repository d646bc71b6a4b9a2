"""The planted output folder, for every test of this room."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_folder import FILES

from otiograde.folder.writing import write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that otiograde wrote, with a file and a rendered shot that it did not write."""
    path = tmp_path / "film.graded"
    write_folder(path, FILES)
    (path / "rendered").mkdir()
    (path / "rendered/a.mp4").write_bytes(b"a rendered shot")
    (path / "luts/mine.cube").write_bytes(b"mine")
    return path
