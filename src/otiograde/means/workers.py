"""Executors that run work inline or in worker processes. Both give the same results in the same order."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from otiograde.errors import OtiogradeError
from otiograde.means.allocation import keep_memory, release_memory
from otiograde.means.threads import BLAS_THREADS

_P = ParamSpec("_P")
_T = TypeVar("_T")


#: Seconds without work after which a worker gives back the memory that it keeps.
IDLE = 1.0


class SerialExecutor(Executor):
    """An executor that does the work at once, in the caller's thread."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Do the work now and return a finished future."""
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(
        self, fn: Callable[..., _T], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[_T]:
        """Return the results one after another. Each is made when the caller asks for it."""
        del timeout, chunksize
        return map(fn, *iterables)


#: Runs the work inline.
SERIAL = SerialExecutor()


def default_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return min(os.cpu_count() or 1, 60)  # Windows can wait on at most 61 processes


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Run a pool of ``count`` worker processes for a ``with`` block. A ``count`` of 1 or less runs the work inline.

    The work must be picklable. The workers ignore Ctrl-C and leave it to this process. They end with the block. If the
    block raises, or this process dies, they end at once. Raises ``OtiogradeError`` if a worker dies.
    """
    if count <= 1:
        yield SERIAL
        return
    context = get_context("spawn")  # fork would copy locks held by the threads of NumPy, OpenCV and the decoders
    lifeline, parent_end = context.Pipe(duplex=False)
    pool = _Pool(count, context, _start, (lifeline,))
    try:
        yield pool
    except BaseException as error:
        parent_end.close()
        pool.expect_no_more()
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise OtiogradeError("a worker process died, perhaps for lack of memory: use fewer with --jobs") from error
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        parent_end.close()
        lifeline.close()


class _Pool(ProcessPoolExecutor):
    """A pool whose workers start with Ctrl-C blocked and with one thread for linear algebra.

    Ctrl-C can arrive before Python in a worker is able to ignore it. A worker first imports the main script, which may
    load NumPy. NumPy then reads its number of threads, and more threads than cores would slow each other down.
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        with _without_interrupts(), _one_blas_thread():
            return super().submit(fn, *args, **kwargs)

    def expect_no_more(self) -> None:
        """Close this process's end of the pipe into which the workers write results.

        They may have ended in the middle of one. While any end is open, the pool waits for the rest of it.
        """
        results: Any = self._result_queue  # neither has a public name
        if results is not None:
            results._writer.close()  # noqa: SLF001


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
    """Set the environment that processes started in this block inherit."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _start(lifeline: Connection) -> None:
    """Prepare a worker: leave Ctrl-C to the parent, end when the parent ends, use one core, and keep memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    import cv2  # noqa: PLC0415  (only workers need it here)

    cv2.setNumThreads(1)
    keep_memory()


def _end_with(lifeline: Connection) -> None:
    """Wait for the parent's end of the pipe to close. The operating system closes it if the parent dies.

    Meanwhile, memory that the worker keeps is given back whenever it has nothing to do.
    """
    busy, worked = False, time.process_time()
    try:
        while not lifeline.poll(IDLE):
            before, worked = worked, time.process_time()
            if busy and worked - before < IDLE / 100:
                release_memory()
            busy = worked - before >= IDLE / 100
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
