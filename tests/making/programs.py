"""The programs that OpenTimelineIO installs beside this Python, run as a person runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from making.waiting import PATIENCE


def program(name: str) -> str:
    """The program's path; the test is skipped where it is not installed."""
    here = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if here is None:
        pytest.skip(f"NO {name.upper()} beside this Python")
    return here


def run(name: str, *arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program with these variables in its environment. It must succeed."""
    done = subprocess.run(
        [program(name), *map(str, arguments)],
        cwd=cwd,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done
