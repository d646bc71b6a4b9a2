"""Executors: the work inline, or in worker processes; the same results in the same order either way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from otiograde.errors import OtiogradeError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SerialExecutor(Executor):
    """An executor that does the work at once, in the caller's own thread."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Do the work now; the future that comes back is done."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(
        self, fn: Callable[..., _T], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[_T]:
        """Give the results one after another, each made when it is asked for."""
        del timeout, chunksize
        return map(fn, *iterables)


#: What the linear algebra libraries that NumPy comes with read their number of threads from.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

#: The work inline.
SERIAL = SerialExecutor()


def default_count() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return min(os.cpu_count() or 1, 60)  # Windows waits on 61 processes at most


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Lend ``count`` worker processes (1: the work inline), gone when the block ends, however it ends.

    Work must be picklable. Workers leave Ctrl-C to this process, and end at once when the block is left by an exception
    or this process dies. Raises ``OtiogradeError`` when a worker dies.
    """
    if count <= 1:
        yield SERIAL
        return
    context = get_context("spawn")  # fork would copy locks held by the threads of NumPy, OpenCV and the decoders
    lifeline, held = context.Pipe(duplex=False)
    pool = _Pool(count, context, _start, (lifeline,))
    try:
        yield pool
    except BaseException as error:
        held.close()
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise OtiogradeError("a worker process died, perhaps for lack of memory: use fewer with --jobs") from error
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        lifeline.close()


class _Pool(ProcessPoolExecutor):
    """A pool whose workers are born with Ctrl-C blocked and one thread for linear algebra.

    Ctrl-C can come before Python in them could ignore it, and the script that started us, which they import first of
    all, may load NumPy, which reads its number of threads then: more threads than cores would spin.
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        with _without_interrupts(), _one_blas_thread():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """The environment that a process started meanwhile is born with."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _start(lifeline: Connection) -> None:
    """Leave Ctrl-C to the parent, end with it, and keep to one core: what a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    import cv2  # noqa: PLC0415  (only workers need it here)

    cv2.setNumThreads(1)


def _end_with(lifeline: Connection) -> None:
    """Wait for the other end to close, which the operating system sees to when the parent dies."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
