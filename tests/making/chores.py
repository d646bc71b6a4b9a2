"""Work for executors, in a module that workers can import."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from making.waiting import until
from otiograde.errors import MediaError


def spectrum(seed: int) -> bytes:
    """The same bytes wherever it is worked out."""
    return np.fft.rfft(np.random.default_rng(seed).random(1000)).tobytes()


def slowly(number: int, seconds: float) -> int:
    """Take a while."""
    time.sleep(seconds)
    return number * number


def total(array: Any, number: int) -> float:
    """Add an array up."""
    return float(array.sum()) + number


def fail(number: int) -> int:
    """Fail at the second."""
    if number == 2:
        raise MediaError("clip two is broken", command=("ffmpeg", "-i", "x"), log=("last line",))
    return number


def die(number: int) -> int:
    """End the worker."""
    os._exit(number)


def die_in_a_sentence(size: int, mark: str) -> bytes:
    """End the worker while it writes its answer of this many bytes, and leave a file."""
    writer = threading.main_thread().ident
    assert writer is not None

    def end() -> None:
        frame = None
        while frame is None or frame.f_code.co_name != "_send":
            frame = sys._current_frames().get(writer)
        Path(mark).touch()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
    return bytes(size)


def size(path: Path) -> int:
    """Look at a file."""
    return path.stat().st_size


def mark(folder: Path, number: int) -> int:
    """Leave a file; all but the first wait for the file ``go``."""
    (folder / f"{number}.{os.getpid()}").touch()
    until(lambda: number == 0 or (folder / "go").exists())
    return number


def crowd(_: int) -> tuple[int, int]:
    """Make and drop 40 MiB of small arrays; return the process and the bytes that it then takes."""
    arrays = [np.ones(1 << 15) for _ in range(160)]
    del arrays
    return os.getpid(), resident(os.getpid())


def resident(process: int) -> int:
    """Return how many bytes of memory a process takes (Linux)."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
