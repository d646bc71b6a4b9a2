"""A process is killed at any call of the file system of any writer: nothing is lost, mixed, or left lying about.

``OTIOGRADE_KILLS`` says before how many calls of each writer it is killed; ``all`` is every one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WRITERS = (
    *("grade", "new", "export", "save", "look", "install", "uninstall", "undo"),
    *("cube", "still", "video", "cache", "unpack", "weights", "movie"),
)
KILLS = os.environ.get("OTIOGRADE_KILLS", "5")
TESTS = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to fork")
@pytest.mark.parametrize("writer", WRITERS)
def test_killed_at_a_call_of(writer: str, tmp_path: Path, ffmpeg: Path) -> None:
    paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, TESTS / "writers.py", tmp_path, writer, *([] if KILLS == "all" else [KILLS])]
    environment = {**os.environ, "PYTHONPATH": paths, "FFMPEG": str(ffmpeg), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    calls, kills = map(int, done.stdout.split())
    assert calls > 5
    assert kills == (calls if KILLS == "all" else min(calls, int(KILLS)))
