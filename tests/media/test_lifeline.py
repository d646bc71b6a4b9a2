"""A program ends with the process that started it, however that one ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from making.waiting import PATIENCE, until

CODE = """
import sys, time
from otiograde.__main__ import handle_signals
from otiograde.media.ffmpeg import run_watched
handle_signals()
words = ["-v", "error", "-re", "-f", "lavfi", "-i", "color=s=64x64:r=24:d=3600", "-f", "null", "-"]
run_watched([sys.argv[1], *words], lambda _: print("runs", flush=True))
"""


def running(session: int) -> list[str]:
    """The programs that are alive in a session."""
    listed = subprocess.run(
        ["ps", "-s", str(session), "-o", "stat=,args="], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if line and not line.startswith("Z")]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_nothing_is_left(ffmpeg: Path, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(ffmpeg)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert len(running(process.pid)) == 3  # Python, the guard, FFmpeg
    process.send_signal(number)
    process.wait(PATIENCE)
    process.stdout.close()
    until(lambda: running(process.pid) == [])
