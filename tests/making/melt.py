"""melt, MLT's program, which plays documents."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from making.waiting import PATIENCE, is_runnable, processor_seconds

#: Seconds in which a melt that works uses the processor, or waits for it.
IDLE = 20.0


def play(
    *words: str | Path,
    cwd: Path | None = None,
    target: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Let melt play a document to its end, into ``target`` if it is given. Skips the test where there is no melt."""
    program = shutil.which("melt")
    if program is None:
        pytest.skip("NO MELT: the document is not played")
    for _ in range(10):  # on a busy machine, melt 7.12 now and then starts and plays nothing
        process = subprocess.Popen(
            [program, *words], cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            done = _ends(process) and process.returncode == 0
        finally:
            process.kill()  # a melt that waits for itself ignores every other signal
            process.wait()
        if done and (target is None or target.stat().st_size > 0):
            return
    pytest.fail(f"melt played nothing: exit code {process.returncode}")


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Whether a program ends, and does not wait for itself: a slow one works, or waits for a processor."""
    begun = worked = time.monotonic()
    seconds = -1.0
    while process.poll() is None and time.monotonic() < min(worked + IDLE, begun + PATIENCE):
        if (now := processor_seconds(process.pid)) > seconds or is_runnable(process.pid):
            worked, seconds = time.monotonic(), now
        time.sleep(0.02)
    return process.returncode is not None
