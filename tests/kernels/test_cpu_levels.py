"""Every CPU level of this machine passes the tests of the kernels, and a level that is not there is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otiograde import _kernels

OTHERS = [level for level in _kernels.cpu_levels() if level != _kernels.cpu_level()]


def run(level: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OTIOGRADE_CPU": level}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("level", OTHERS or [pytest.param("", marks=pytest.mark.skip(reason="one CPU level only"))])
def test_level(level: str) -> None:
    here = Path(__file__)
    files = [str(path) for path in sorted(here.parent.glob("test_*.py")) if path != here]
    done = run(level, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize("level", _kernels.cpu_levels())
def test_forced(level: str) -> None:
    done = run(level, "-c", "from otiograde import _kernels; print(_kernels.cpu_level())")
    assert done.stdout.strip() == level


def test_unknown_level() -> None:
    done = run("v9", "-c", "from otiograde import _kernels")
    assert done.returncode == 1
    assert "ImportError: OTIOGRADE_CPU=v9: not a level of this CPU, which has baseline" in done.stderr


def test_highest_level_unless_forced() -> None:
    assert (
        run("", "-c", "from otiograde import _kernels; print(_kernels.cpu_level())").stdout.strip()
        == (_kernels.cpu_levels()[-1])
    )
