"""The kernels keep well above their peers: a loop that a compiler stops vectorising changes no result, only this."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from otiograde import _kernels

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "kernels.py"


@pytest.mark.slow
@pytest.mark.skipif(_kernels.cpu_level() == "baseline", reason="the floors are for AVX2 and AVX-512")
@pytest.mark.skipif(_kernels.cpu_level() != _kernels.cpu_levels()[-1], reason="speed is measured on the best level")
@pytest.mark.skipif(not BENCHMARK.is_file(), reason="benchmarks/ is not here")
def test_floors() -> None:
    pytest.importorskip("PyOpenColorIO")
    command = [sys.executable, str(BENCHMARK), "--quick", "--rounds", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
