"""Start a program that ends when this process ends, even if this process is killed.

On POSIX, a shell of one line leads the program's process group. It reads from a pipe whose other end only this process
holds, and kills the group when the pipe closes. The operating system closes it however this process ends. The program
is in the group before it runs, so there is no moment at which it could be missed.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: Wait for the end of standard input, then kill all processes of this group.
_GUARD = ("/bin/sh", "-c", "trap '' HUP INT QUIT TERM; read line; kill -KILL 0")


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A program and what guards it."""

    process: subprocess.Popen[bytes]
    #: The shell that leads its process group; None where there is none.
    guard: subprocess.Popen[bytes] | None

    def kill(self) -> None:
        """Kill the program and all its children, and wait for it."""
        self.release()
        with suppress(ProcessLookupError, PermissionError):
            if self.guard is None and hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.communicate()

    def release(self) -> None:
        """End the guard, and with it whatever is left of the process group."""
        if self.guard is None or self.guard.stdin is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.guard.pid, signal.SIGKILL)
        with suppress(OSError):
            self.guard.stdin.close()
        self.guard.wait()


def start(argv: Sequence[str], folder: Path | None, log: int | IO[bytes]) -> Lifeline:
    """Start a program in ``folder``, with an empty stdin and its stderr in ``log``. Raises ``OSError``."""
    guard = _start_guard()
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=guard is None,
            process_group=None if guard is None else guard.pid,
        )
    except BaseException:
        if guard is not None:
            guard.kill()
            guard.communicate()
        raise
    return Lifeline(process, guard)


def _start_guard() -> subprocess.Popen[bytes] | None:
    if os.name != "posix":
        return None
    try:
        return subprocess.Popen(  # noqa: S603 - a constant
            _GUARD,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            process_group=0,
        )
    except OSError:  # a system without a shell
        return None
