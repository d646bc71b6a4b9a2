"""SIGTERM and SIGHUP are like Ctrl-C, from the first import on.

Tests: __main__.py
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from making.waiting import PATIENCE


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_line_at_any_moment_of_the_start(number: int) -> None:
    code = (
        "import otiograde.__main__ as start; handle = start.handle_signals\n"
        "start.handle_signals = lambda: (handle(), print(flush=True)); start.main()"
    )
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-c", code, "grade", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors.lstrip()) in (
            (130, "otiograde: interrupted, nothing was written\n"),
            (0, ""),
            (-number, ""),  # when Python itself ends
        ), wait


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_interrupt_beside_a_lost_terminal_has_its_exit_code() -> None:
    """What handles the interrupt writes to a terminal that takes nothing any more."""
    code = "from signal import SIGINT, raise_signal; from otiograde.cli import group, main;"
    code += "group.invoke = lambda _: raise_signal(SIGINT); main(['inspect', 'edit.otio'])"
    with Path("/dev/full").open("w") as full:
        assert (
            subprocess.run([sys.executable, "-c", code], stderr=full, timeout=PATIENCE, check=False).returncode == 130
        )


def test_what_is_ignored_stays_ignored() -> None:
    code = "import signal; from otiograde.__main__ import handle_signals; handle_signals();"
    code += "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
