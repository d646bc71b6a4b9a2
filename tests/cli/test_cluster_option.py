"""``--cluster`` as a user gives it: the same output as on one machine, and nothing left when it is killed.

Tests: cli/run.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from making.dask import needs_dask
from making.graded_wall import write_windows
from making.waiting import until


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@needs_dask
@pytest.mark.slow
def test_a_cluster_writes_the_same_bytes(tmp_path: Path) -> None:
    stills = write_windows(tmp_path)
    environment = {**os.environ, "OTIOGRADE_CACHE": str(tmp_path / "cache")}
    for name, words in {"one": ["-j", "1", "--no-cache"], "two": ["--cluster", "local:2"]}.items():
        command = [sys.executable, "-m", "otiograde", *stills, "-o", tmp_path / name, *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 3), done.stderr
        assert "distributed" not in done.stderr
        assert "Traceback" not in done.stderr
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert not list((tmp_path / "cache").glob("shelf-*"))


@needs_dask
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_workers_end_with_a_killed_run(tmp_path: Path) -> None:
    stills = write_windows(tmp_path)
    environment = {**os.environ, "OTIOGRADE_CACHE": str(tmp_path / "cache"), "OTIOGRADE_TEST_RUN": str(tmp_path)}
    command = [sys.executable, "-m", "otiograde", *stills, "-o", tmp_path / "out", "--cluster", "local:2"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    until(lambda: len(processes_of(tmp_path)) >= 3 or process.poll() is not None)
    until(lambda: list((tmp_path / "cache").glob("shelf-*")))
    process.kill()
    process.wait()
    until(lambda: not processes_of(tmp_path))
    assert not (tmp_path / "out").exists()
    again = subprocess.run([*command, "--force"], env=environment, capture_output=True, text=True, check=False)
    assert again.returncode in (0, 3), again.stderr
    assert not list((tmp_path / "cache").glob("shelf-*"))


def processes_of(run: Path) -> list[int]:
    """The living processes of a run, which have its folder in their environment."""
    living = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"OTIOGRADE_TEST_RUN={run}\0".encode() in (folder / "environ").read_bytes():
                living.append(int(folder.name))
        except OSError:
            continue
    return living


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--map-path", "/a=/b"], "add --cluster"),
        (["--cluster", "local:2", "-j", "2"], "say local:N or slurm:N"),
        (["--cluster", "local:2", "--map-path", "a=b"], "is not an absolute path"),
        (["--cluster", "local:2", "--map-path", "/a"], "is not FROM=TO"),
    ],
)
def test_wrong_use_is_said(words: list[str], said: str, run: Any, tmp_path: Path) -> None:
    result = run(*write_windows(tmp_path), "-o", tmp_path / "out", *words)
    assert result.code == 2
    assert said in " ".join(result.err.split())


@needs_dask
def test_a_cluster_that_is_not_there_is_one_line(run: Any, tmp_path: Path) -> None:
    result = run(*write_windows(tmp_path), "-o", tmp_path / "out", "--cluster", "none.json", "-q")
    assert result.code == 1
    assert result.err.splitlines()[-1].startswith("otiograde: there is no scheduler file none.json")
