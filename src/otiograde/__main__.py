"""The command ``otiograde``, also ``python -m otiograde``: a signal ends it in one line, from the first import on."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

from otiograde.means.allocation import keep_memory
from otiograde.means.threads import BLAS_THREADS

#: Exit code of an interrupted command.
INTERRUPTED = 130

#: The signals so far.
_received: list[int] = []


def _interrupt(number: int, _: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def handle_signals() -> None:
    """Handle SIGTERM, and SIGHUP of a closed terminal, like Ctrl-C. What is ignored (``nohup``) stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def main() -> Any:
    """Run the command line and exit with its exit code."""
    try:
        handle_signals()
        for name in BLAS_THREADS:
            os.environ.setdefault(name, "1")
        keep_memory()
        from otiograde.cli import main as command_line  # noqa: PLC0415 - the signals come first

        return command_line()
    except BaseException as error:
        # A library that is interrupted while it loads may turn the interrupt into an error of its own.
        if not _received or isinstance(error, SystemExit):
            raise
        try:
            sys.stderr.write("otiograde: interrupted, nothing was written\n")
            sys.stderr.flush()
        except OSError:  # the terminal is closed
            os._exit(INTERRUPTED)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
