"""Waiting for what other processes do.

A limit is there to end a hang, and costs nothing where all goes well. So it is long: a machine may be slow, and busy.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

#: How long anything that must come about is waited for, in seconds. What would end without the thing that is tested,
#: such as a ``sleep`` that a signal must stop, takes longer: ``FOREVER``, in seconds.
PATIENCE = 300.0
FOREVER = 3600
#: What ``slowness`` takes on the machine that limits in seconds were set on, in seconds of its processor.
YARDSTICK = 0.15


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    """Whether a process is there, and has not ended (a zombie has)."""
    return status(process)[:1] not in ([], ["Z"])


def is_runnable(process: int) -> bool:
    """Whether a process runs, waits for a processor, or for a disk."""
    return status(process)[:1] in (["R"], ["D"])


def processor_seconds(process: int) -> float:
    """Seconds that a process has spent on the processor; 0 when it is gone."""
    fields = status(process)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def status(process: int) -> list[str]:
    """What Linux tells of a process after its name (proc(5), ``/proc/PID/stat``); empty when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def slowness() -> float:
    """How many times longer this machine works on the same now than the one that limits in seconds were set on.

    1 where it is quicker. A limit of processor time is multiplied by it: a machine may be slow, and what else runs on
    it takes its caches and its clock.
    """
    begun = time.process_time()
    table = {str(number): (number, number / 2) for number in range(200_000)}
    assert sum(half for _, half in table.values()) > len(sorted(table))
    return max(1.0, (time.process_time() - begun) / YARDSTICK)
