"""An output that takes nothing (a full disk) is one line and exit code 1.

Tests: cli/__init__.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest

from making.small_record import small_folder
from making.waiting import PATIENCE
from otiograde.color.lut import Lut3D
from otiograde.folder.writing import write_cube

FULL = Path("/dev/full")


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("--version",),
        ("grade", "--help"),
        ("lut", "info", "a.cube"),
        ("lut", "info", "--json", "a.cube"),
        ("undo", "--json", "out"),
        ("inspect", "--json", "edit.otio"),
        ("review", "--no-browser", "out"),
    ],
)
def test_a_full_output_is_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    write_cube(tmp_path / "a.cube", Lut3D.identity(2))
    small_folder(tmp_path / "out")
    otio.adapters.write_to_file(
        otio.schema.Timeline("e", tracks=[otio.schema.Track("V1")]), str(tmp_path / "edit.otio")
    )
    command = [sys.executable, "-m", "otiograde", *words]
    with FULL.open("w") as full:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "otiograde: the output cannot be written: No space left on device"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_full_for_errors_too() -> None:
    with FULL.open("w") as full:
        command = [sys.executable, "-m", "otiograde", "--version"]
        assert subprocess.run(command, stdout=full, stderr=full, timeout=PATIENCE, check=False).returncode == 1
