"""Watch the process that reads hostile inputs: each ends in time, in memory, and in one of a few outcomes."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from making.waiting import is_runnable, processor_seconds

#: Outcomes, the good ones first.
OUTCOMES = ("read", "refused", "traceback", "hang", "crash", "memory", "escape")
FAULTS = OUTCOMES[2:]

#: Seconds of processor time that an input may take, and seconds by the clock in which the process may only wait.
PROCESSOR, CLOCK = 10.0, 30.0
#: Memory that the process may take for an input of ``SMALL`` bytes at most: all of it, the libraries' as well.
MOST_MEMORY, SMALL = 1 << 30, 2 << 20
#: A process with this much memory in use after an input is replaced, so that the next is measured alone.
TIRED = 500 << 20

TESTS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """What became of an input."""

    outcome: str
    detail: str = ""
    #: Most memory of the process while it read the input, in bytes.
    peak: int = 0
    #: Seconds by the clock.
    seconds: float = 0.0

    @property
    def is_fault(self) -> bool:
        return self.outcome in FAULTS

    @property
    def kind(self) -> str:
        """What is the same for all inputs with this fault."""
        return f"{self.outcome} {self.detail.rpartition(' at ')[2] if ' at ' in self.detail else self.detail[:60]}"


class Watched:
    """A process that reads inputs. It is started again when it ends, hangs, or holds much memory."""

    def __init__(
        self,
        neighbors: Mapping[str, bytes] = MappingProxyType({}),
        module: str = "fuzz.child",
        processor: float = PROCESSOR,
        clock: float = CLOCK,
    ) -> None:
        self._module, self._processor, self._clock = module, processor, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._temporary = tempfile.TemporaryDirectory(prefix="fuzz-")
        #: The folder in which the inputs are, beside files that nothing may open.
        self.folder = Path(self._temporary.name).resolve()
        for name in ("beside", "in/out", "tmp"):
            (self.folder / name).mkdir(parents=True)
        for name in ("beside/secret.txt", "in/a.mp4", "in/b.mov"):
            (self.folder / name).write_bytes(b"secret")
        for name, data in neighbors.items():
            for folder in ("in", "beside"):
                (self.folder / folder / name).write_bytes(data)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._temporary.cleanup()

    def read(self, kind: str, name: str, data: bytes, number: int = 0) -> Result:
        """Let the process read ``data`` as a file of this name."""
        path = self.folder / "in" / name
        path.unlink(missing_ok=True)  # another name of a neighbor
        path.write_bytes(data)
        begun = time.monotonic()
        try:
            result = self._answered(kind, path, number)
        finally:
            path.unlink(missing_ok=True)
        if result.outcome in ("read", "refused") and result.peak > MOST_MEMORY and len(data) <= SMALL:
            result = Result("memory", f"{result.peak >> 20} MiB for {len(data)} bytes", result.peak)
        return Result(result.outcome, result.detail, result.peak, time.monotonic() - begun)

    def _answered(self, kind: str, path: Path, number: int) -> Result:
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps([kind, str(path), number]).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            self._end()
            return Result("crash", "between two inputs")
        answer = self._answer(process)
        if isinstance(answer, Result):
            self._end()
            return answer
        if answer["now"] > TIRED:
            self._end()
        return Result(answer["outcome"], answer["detail"], answer["peak"])

    def _answer(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | Result:
        assert process.stdout is not None
        spent = seen = processor_seconds(process.pid)
        worked = time.monotonic()
        while b"\n" not in self._unread:
            if select.select([process.stdout], [], [], 0.5)[0]:
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    return Result("crash", f"exit code {process.wait()}")
                self._unread += part
                continue
            now = processor_seconds(process.pid)
            if now > seen or is_runnable(process.pid):  # it may wait for a processor that others have
                seen, worked = now, time.monotonic()
            if now - spent > self._processor:
                return Result("hang", f"{self._processor:g} s of the processor")
            if time.monotonic() - worked > self._clock:
                return Result("hang", f"{self._clock:g} s in which it only waited")
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._unread = b""
            environment = {
                **os.environ,
                "PYTHONPATH": str(TESTS),
                "TMPDIR": str(self.folder / "tmp"),
                "PYTHONUTF8": "1",
                "OMP_NUM_THREADS": "1",
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(self.folder)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            )  # fmt: skip
            ready = self._answer_ready(self._process)
            assert ready, "the process that reads does not start"
        return self._process

    def _answer_ready(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.stdout is not None
        return b"ready" in process.stdout.readline()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue
            self._process = None
