"""Engines: the clusters that ``--cluster`` names, opened for a block of work."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from otiograde.errors import ClusterError, ToolNotFoundError
from otiograde.means.cluster import ClusterExecutor
from otiograde.means.node import Demand, versions
from otiograde.means.parcels import Shelf, pack
from otiograde.means.parts import is_alive
from otiograde.means.paths import PathRule

if TYPE_CHECKING:
    from distributed import Client

#: Queues of compute clusters -> the class of dask-jobqueue that submits workers to them.
QUEUES = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "htcondor": "HTCondorCluster",
    "moab": "MoabCluster",
}

#: Workers that are asked for where no number is given.
WORKERS = 8

#: Names of folders for large arrays: the machine and the process that made them.
SHELF = "shelf"

#: A shelf of another machine is taken for forgotten after so many seconds.
FORGOTTEN = 7 * 24 * 3600

#: How long a scheduler that went away, and a worker, are waited for, in seconds.
PATIENCE = 60.0

#: What workers of a local cluster leave out: profiles for a dashboard that they do not have cost a tenth of a core.
LEAN = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
}

_INSTALL = "pip install 'otiograde[cluster]'"


@contextmanager
def cluster(
    name: str,
    folder: Path | None,
    rules: Sequence[PathRule] = (),
    note: Callable[[str], None] = lambda _: None,
    patience: float = PATIENCE,
) -> Iterator[ClusterExecutor]:
    """Run a cluster, or join one, for a ``with`` block.

    ``name`` is the address of a scheduler, its file (.json), ``local:N`` for N workers on this machine, or one of
    ``QUEUES`` with or without ``:N``. ``folder`` is one that the workers see, too: the cache. None: there is none.
    Raises ``ClusterError``, and ``ToolNotFoundError`` if the extra is not installed.
    """
    kind, _, count = name.partition(":")
    if kind in (*QUEUES, "local") and count and not (count.isdecimal() and int(count)):
        raise ClusterError(f"--cluster {name}: {count} is not a number of workers, such as in {kind}:4")
    number = int(count) if count.isdecimal() and kind in (*QUEUES, "local") else WORKERS
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        shelf = stack.enter_context(_shelf(folder, local=kind == "local"))
        if kind == "local":
            place: Any = stack.enter_context(_local(number))
        elif kind in QUEUES:
            place, patience = stack.enter_context(_queue(kind, number)), math.inf
        else:
            place = name
        demand = Demand(versions(), tuple(rules), None if shelf is None else os.fspath(shelf.folder))
        connect = _connection(place)
        try:
            executor = ClusterExecutor(connect, demand, shelf, patience, note)
        except (OSError, ValueError, TypeError, ImportError) as error:
            why = " ".join(str(error).split())[:300] or type(error).__name__
            raise ClusterError(f"the cluster {name} cannot be reached: {why}") from error
        stack.callback(executor.shutdown)
        _check(executor, name, [*([folder] if folder else []), *([shelf.folder] if shelf else [])])
        yield executor


def _connection(place: Any) -> Callable[[float], Client]:
    """Return what opens a client of a scheduler: its address, its file, or a cluster that was started here."""
    from distributed import Client  # noqa: PLC0415  (an extra)

    file = isinstance(place, str) and place.endswith(".json")
    if file:
        _check_scheduler_file(Path(place))

    def connect(seconds: float) -> Client:
        where = {"scheduler_file": place} if file else {"address": place}
        return Client(**where, timeout=seconds, set_as_default=False)

    return connect


def _check_scheduler_file(path: Path) -> None:
    """Raise ``ClusterError`` unless a file names a scheduler."""
    if not path.is_file():
        raise ClusterError(f"there is no scheduler file {path}: start dask-scheduler with --scheduler-file")
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict) or not isinstance(stored.get("address"), str):
        raise ClusterError(f"{path} names no scheduler: give the file that dask-scheduler --scheduler-file wrote")


def _check(executor: ClusterExecutor, name: str, folders: list[Path]) -> None:
    """Compare the versions of scheduler and workers, and leave out workers that do not fit. Raises ``ClusterError``."""
    try:
        there = executor.client.get_versions(packages=["otiograde"])["scheduler"]
        here = dict(executor.demand.versions)["Python"]
        python = ".".join(str(there["host"]["python"]).split(".")[:2])
        if python != here:
            raise ClusterError(f"the scheduler of {name} has Python {python}, not {here}: start it with {here}")
        if there["packages"].get("otiograde") is None:
            raise ClusterError(f"the scheduler of {name} runs without otiograde: install it there, too")
        executor.inspect(pack(folders))
        if executor.unfit and not executor.workers():
            unfit = "; ".join(f"{worker} {why}" for worker, why in executor.unfit.items())
            raise ClusterError(f"no worker of {name} can do the work: {unfit}")
    except (OSError, TimeoutError) as error:
        if isinstance(error, ClusterError):
            raise
        raise ClusterError(f"the cluster {name} does not answer: {error or type(error).__name__}") from error


@contextmanager
def _local(count: int) -> Iterator[Any]:
    """Run a scheduler here, and workers as processes of one thread. They end with the block, and with this process."""
    import dask  # noqa: PLC0415  (an extra)
    from distributed import LocalCluster  # noqa: PLC0415

    with dask.config.set(LEAN):
        local = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            memory_limit=0,  # as for other processes: the machine's
            silence_logs=logging.CRITICAL,
        )
        try:
            yield local
        finally:
            with suppress(Exception):  # what is still there ends with this process
                local.close(timeout=10)


@contextmanager
def _queue(kind: str, count: int) -> Iterator[Any]:
    """Submit workers to a queue, as the user has set dask-jobqueue up. Raises ``ClusterError``."""
    try:
        import dask_jobqueue  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ToolNotFoundError(f"--cluster {kind} needs dask-jobqueue: {_INSTALL}") from None
    kind_of_cluster = getattr(dask_jobqueue, QUEUES[kind])
    command = str(kind_of_cluster.job_cls.submit_command).partition(" ")[0]
    if shutil.which(command) is None:
        raise ClusterError(f"--cluster {kind}: there is no program {command} here: run this where jobs are submitted")
    try:
        queue = kind_of_cluster()
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        why = " ".join(str(error).split())
        raise ClusterError(f"--cluster {kind}: set it up in ~/.config/dask/jobqueue.yaml: {why}") from error
    try:
        queue.scale(jobs=count)
        yield queue
    finally:
        with suppress(Exception):
            queue.close(timeout=10)


@contextmanager
def _shelf(folder: Path | None, *, local: bool) -> Iterator[Shelf | None]:
    """Make a folder for large arrays, in a folder that all see; for a local cluster, in the one for temporary files.

    None if there is no such folder, or if it takes no files.
    """
    if folder is None and not local:
        yield None
        return
    place = folder or Path(tempfile.gettempdir())
    made = place / f"{SHELF}-{socket.gethostname()}-{os.getpid()}-{token_hex(8)}"
    try:
        _tidy(place)
        made.mkdir(parents=True)
    except OSError:
        yield None
        return
    try:
        yield Shelf(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Delete the shelves of processes that died."""
    with suppress(OSError):
        for old in folder.glob(f"{SHELF}-*-*-*"):
            start, process, _ = old.name.rsplit("-", 2)  # the name of a machine may hold hyphens
            same = start == f"{SHELF}-{socket.gethostname()}" and process.isdecimal()
            with suppress(OSError):
                if not is_alive(int(process)) if same else time.time() - old.stat().st_mtime > FORGOTTEN:
                    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of distributed off the terminal: what matters is raised, or noted."""
    try:
        import dask  # noqa: PLC0415  (an extra)
        import distributed  # noqa: F401, PLC0415
    except ImportError:
        raise ToolNotFoundError(f"--cluster needs distributed: {_INSTALL}") from None
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "2GB"}):
            yield
    finally:
        log.setLevel(before)
