"""SIGTERM and SIGHUP are like Ctrl-C, from the first import on.

Tests: __main__.py
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest


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
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors.lstrip()) in (
            (130, "otiograde: interrupted, nothing was written\n"),
            (0, ""),
            (-number, ""),  # when Python itself ends
        ), wait


def test_what_is_ignored_stays_ignored() -> None:
    code = "import signal; from otiograde.__main__ import handle_signals; handle_signals();"
    code += "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
