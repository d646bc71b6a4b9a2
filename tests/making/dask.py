"""A cluster of Dask on this machine: a scheduler and workers, each a process that a test may kill."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from making.waiting import PATIENCE

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason="NO DASK: nothing runs on a cluster (pip install distributed)"
)

TESTS = Path(__file__).resolve().parent.parent

_START = "import sys; {before}; from distributed.cli.dask_{what} import main; main(sys.argv[1:])"


def free_port() -> int:
    """A port that nobody uses, and that no connection is given: those begin at 32768 (Linux) and 49152 (others).

    A scheduler comes back at its port. Meanwhile a connection could have got it, even one to that very port.
    """
    chance = random.SystemRandom()
    while True:
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", chance.randrange(20_000, 32_000)))
            return int(one.getsockname()[1])


@dataclass
class Dask:
    """A scheduler and its workers."""

    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, what: str, *words: str, before: str = "pass") -> subprocess.Popen[bytes]:
        """Start a scheduler or a worker; ``before`` is what it does first."""
        paths = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "false"
        command = [sys.executable, "-W", "ignore", "-c", _START.format(before=before, what=what), *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_scheduler(self, before: str = "pass") -> None:
        """Start the scheduler, always at the same port."""
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.scheduler = self.start("scheduler", *words, before=before)

    def start_worker(self, before: str = "pass") -> subprocess.Popen[bytes]:
        """Start a worker of one thread."""
        words = (self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        worker = self.start("worker", *words, "--memory-limit", "0", before=before)
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        """End all processes."""
        for process in (*self.workers, *([self.scheduler] if self.scheduler else [])):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        self.workers.clear()
        self.scheduler = None

    def wait(self, workers: int) -> None:
        """Wait for the scheduler, and for so many workers."""
        from distributed import Client

        with Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            if workers:
                client.wait_for_workers(workers, timeout=PATIENCE)


@contextmanager
def dask(*starts: str, scheduler: str = "pass") -> Iterator[Dask]:
    """A scheduler with workers, and what each of them does first."""
    made = Dask()
    try:
        made.start_scheduler(scheduler)
        for before in starts:
            made.start_worker(before)
        made.wait(len(starts))
        yield made
    finally:
        made.stop()
