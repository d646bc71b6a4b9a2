"""An executor that runs work on a cluster of Dask (the extra ``cluster``).

https://distributed.dask.org: ``Client.get_executor`` gives the futures of Python. This executor adds what a long run
needs on machines that fail: lost work is sent again, unfit workers are named and left out, a slow one is overtaken.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from statistics import median
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from otiograde.errors import ClusterError
from otiograde.means.node import Demand, Done, UnfitError, inspect, run
from otiograde.means.parcels import Opening, Shelf, pack, unpack
from otiograde.means.workers import SERIAL

if TYPE_CHECKING:
    from distributed import Client

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Work that takes less is put together into one parcel, in seconds; and the most calls in one.
SHORT, MOST_CALLS = 0.25, 64

#: How often a parcel is sent again after workers died with it.
AGAIN = 3

#: A parcel that takes so many times as long as half of them do is given to an idle worker, too; and the least time
#: after which it is, in seconds.
SLOW, SLOW_SECONDS = 4.0, 60.0

#: How long an answer of the scheduler or of a worker is waited for, in seconds.
ANSWER = 30.0

#: What holds for every error that ends a run: nothing is lost.
GO_ON = "what is done is in the cache: the same command goes on from there"


@dataclass(slots=True)
class Parcel:
    """Calls that travel together."""

    #: The first call and the one after the last.
    first: int
    end: int
    #: Futures of it under way -> their keys on the cluster; several, where it was given to a second worker.
    futures: dict[Future[bytes], str] = field(default_factory=dict)
    #: When it was sent last.
    sent: float = 0.0
    #: How often workers died with it.
    deaths: int = 0
    #: The workers that may do it. None: all.
    allowed: frozenset[str] | None = None


class ClusterExecutor(Executor):
    """Runs work on the workers of a cluster. The results, and their order, are those of any other executor.

    ``connect`` opens a client within a number of seconds, and raises ``OSError`` if it cannot. A scheduler that goes
    away, and a cluster without a worker, are waited for as long as ``patience`` says, in seconds.
    """

    def __init__(
        self,
        connect: Callable[[float], Client],
        demand: Demand,
        shelf: Shelf | None = None,
        patience: float = 60.0,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.connect, self.demand, self.shelf, self.patience, self.note = connect, demand, shelf, patience, note
        self.slow_seconds = SLOW_SECONDS
        #: Address of each worker that is left out -> why.
        self.unfit: dict[str, str] = {}
        self.client = connect(min(patience, 10.0))
        self._line = self.client.scheduler_comm

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Do one call on the cluster, wait for it, and return a finished future. ``map`` is what spreads work."""
        return SERIAL.submit(lambda: next(iter(self.map(_call, [fn], [args], [kwargs]))))

    def map(
        self, fn: Callable[..., _T], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[_T]:
        """Return the results in order. Raises what ``fn`` raises, and ``ClusterError`` if the cluster fails."""
        del timeout, chunksize
        return Round(self, fn, list(zip(*iterables, strict=False))).results()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster. Work under way is given up."""
        del wait, cancel_futures
        with suppress(Exception):  # it may be gone
            self.client.close(timeout=2)

    def send(self, work: Callable[..., Any], calls: Sequence[Any], workers: Iterable[str] | None) -> tuple[Any, str]:
        """Send calls to any of these workers, or to any at all. Returns the future of their ``Done``, and its key."""
        closed = self.shelf is None or bool(self.shelf.closed)
        parcel = pack((work, calls), self.shelf)
        if self.shelf is not None and self.shelf.closed and not closed:
            self.note(f"{self.shelf.folder} takes no files ({self.shelf.closed}): frames go through the scheduler")
        name = getattr(getattr(work, "func", work), "__name__", "work")
        return self._submitted(name, run, parcel, workers)

    def inspect_versions(self) -> None:
        """Leave out workers without otiograde, which work of otiograde would end, or with another Python."""
        message = {"op": "versions", "packages": ["otiograde"]}
        options = {"msg": message, "on_error": "ignore", "callback_timeout": ANSWER}
        python = dict(self.demand.versions)["Python"]
        with suppress(OSError, TimeoutError):
            for worker, there in self.client.sync(self._scheduler.broadcast, **options).items():
                has = ".".join(str(there["host"]["python"]).split(".")[:2])
                if there["packages"].get("otiograde") is None:
                    self.leave_out(worker, "has no otiograde")
                elif has != python:
                    self.leave_out(worker, f"has Python {has}, not {python}")

    def inspect(self, parcel: bytes) -> bool:
        """Leave out workers that are not fit, or do not see what a parcel names. Returns whether one was left out.

        A worker that does not answer is not judged.
        """
        before = len(self.unfit)
        self.inspect_versions()
        asked = {self._submitted("inspect", inspect, parcel, [worker])[0]: worker for worker in self.workers()}
        for future in wait(asked, timeout=ANSWER).done:
            if future.cancelled():
                continue
            error = future.exception()
            if why := future.result() if error is None else f"cannot run otiograde ({' '.join(str(error).split())})":
                self.leave_out(asked[future], why)
        return len(self.unfit) > before

    def _submitted(
        self, name: str, work: Callable[..., Any], parcel: bytes, workers: Iterable[str] | None
    ) -> tuple[Future[Any], str]:
        options = {} if workers is None else {"workers": sorted(workers), "allow_other_workers": False}
        executor = self.client.get_executor(pure=False, retries=0, **options)
        key = f"{name.strip('_<>')}-{token_hex(16)}"  # the dashboard shows what stands before the hexadecimal digits
        return executor.submit(work, self.demand, parcel, key=key), key

    @property
    def _scheduler(self) -> Any:
        """What the scheduler is asked through. Raises ``OSError`` if the client gave it up, and is closed."""
        if self.client.scheduler is None:
            raise OSError("the scheduler went away")
        return self.client.scheduler

    def workers(self) -> dict[str, int]:
        """Return the address of each worker that is not left out -> its threads. Raises ``OSError``."""
        threads = self.client.sync(self._scheduler.ncores, callback_timeout=ANSWER)
        return {worker: count for worker, count in threads.items() if worker not in self.unfit}

    def busy(self) -> Mapping[str, Sequence[Any]]:
        """Return the address of each worker -> keys of the work that it has. Raises ``OSError``."""
        busy: Mapping[str, Sequence[Any]] = self.client.sync(self._scheduler.processing, callback_timeout=ANSWER)
        return busy

    def leave_out(self, worker: str, why: str) -> None:
        """Give no more work to a worker, and say so."""
        if worker not in self.unfit:
            self.unfit[worker] = why
            self.note(f"worker {worker} {why}: it is left out")

    @property
    def is_lost(self) -> bool:
        """Whether the scheduler went away since the client was opened, even if it came back."""
        return self.client.status != "running" or self.client.scheduler_comm is not self._line

    def reconnect(self) -> None:
        """Open another client. Raises ``ClusterError`` if the scheduler does not come back in time."""
        patience = min(self.patience, 600.0)
        self.note(f"the scheduler went away: waiting for it for up to {patience:.0f} seconds")
        deadline = time.monotonic() + patience
        self.shutdown()
        while (left := deadline - time.monotonic()) > 0:
            try:
                self.client = self.connect(min(left, 5.0))
            except OSError:
                time.sleep(min(left, 0.5))
            else:
                self._line = self.client.scheduler_comm
                return
        raise ClusterError(f"the scheduler of the cluster went away and did not come back: {GO_ON}")


def _call(fn: Callable[..., _T], args: Sequence[Any], kwargs: Mapping[str, Any]) -> _T:
    return fn(*args, **kwargs)


class Round:
    """One call of ``map``: parcels are sent as far ahead as keeps the workers busy."""

    def __init__(self, executor: ClusterExecutor, work: Callable[..., Any], calls: list[tuple[Any, ...]]) -> None:
        self._executor, self._work, self._calls = executor, work, calls
        self._parcels: dict[Future[bytes], Parcel] = {}
        #: What could not be sent again, as the scheduler went away once more.
        self._unsent: list[Parcel] = []
        self._values: dict[int, tuple[Any, bool]] = {}
        self._sent = 0
        #: Seconds from when a parcel was sent to when it came back, and seconds of work for each of its calls.
        self._ways: list[float] = []
        self._per_call: list[float] = []
        self._threads: dict[str, int] = {}
        self._looked = self._seen = time.monotonic()
        self._waits = False

    def results(self) -> Iterator[Any]:
        """Yield the results in order. Raises what a call raised, and ``ClusterError``."""
        try:
            for number in range(len(self._calls)):
                while number not in self._values:
                    self._fill()
                    self._settle()
                value, failed = self._values.pop(number)
                if failed:
                    raise value
                yield value
        finally:
            for future in self._parcels:
                future.cancel()

    def _fill(self) -> None:
        """Send parcels until every worker has one, and another one waits for it."""
        if self._executor.is_lost:
            return
        if not self._threads:
            self._look()
        threads = sum(self._threads.values())
        under_way = len(self._waiting())
        while self._sent < len(self._calls) and threads and under_way < 2 * threads + 2:
            left = len(self._calls) - self._sent
            usual = median(self._per_call[-50:]) if self._per_call else SHORT
            count = min(MOST_CALLS, math.ceil(SHORT / max(usual, 1e-4)), math.ceil(left / (2 * threads)))
            parcel = Parcel(self._sent, self._sent + max(1, count))
            self._sent, under_way = parcel.end, under_way + 1
            self._send(parcel)

    def _send(self, parcel: Parcel, but: Iterable[str] = ()) -> None:
        """Send a parcel to any worker that is fit, ``but`` not to these."""
        but = set(but)
        restricted = bool(self._executor.unfit or but)
        parcel.allowed = frozenset(self._threads.keys() - but) if restricted else None
        calls = self._calls[parcel.first : parcel.end]
        future, key = self._executor.send(self._work, calls, parcel.allowed)
        parcel.sent = time.monotonic()
        parcel.futures[future] = key
        self._parcels[future] = parcel

    def _settle(self) -> None:
        """Wait for a parcel to come back, and look after those that do not."""
        done, _ = wait(self._parcels, timeout=0.5, return_when=FIRST_COMPLETED)
        if not self._parcels:  # there is no worker to send them to
            time.sleep(0.5)
        if self._executor.is_lost:
            self._begin_again(done)
            return
        for future in done:
            parcel = self._parcels.pop(future, None)
            if parcel is not None:  # else a second worker was quicker
                del parcel.futures[future]
                self._receive(parcel, future)
        if time.monotonic() - self._looked >= 1.0:
            self._look()
            self._overtake()

    def _receive(self, parcel: Parcel, future: Future[bytes]) -> None:
        """Take the results of a parcel, or send it again. Raises ``ClusterError``."""
        if future.cancelled():
            raise ClusterError(f"the work was canceled on the cluster: {GO_ON}")
        error = future.exception()
        if error is None:
            self._take(parcel, future.result())
            return
        if isinstance(error, UnfitError):
            self._executor.leave_out(error.worker, error.why)
        elif isinstance(error, _deaths()):
            parcel.deaths += 1
            self._executor.inspect_versions()
            if parcel.deaths > AGAIN:
                raise ClusterError(self._why(parcel, error)) from error
        elif not self._executor.inspect(pack(None)):
            raise ClusterError(self._why(parcel, error)) from error
        self._threads = {worker: n for worker, n in self._threads.items() if worker not in self._executor.unfit}
        if not parcel.futures:
            self._send_when_possible(parcel)

    def _send_when_possible(self, parcel: Parcel) -> None:
        while not self._threads and not self._executor.is_lost:
            self._look()
            time.sleep(0 if self._threads else 0.5)
        if self._executor.is_lost:
            self._unsent.append(parcel)
        else:
            self._send(parcel)

    def _take(self, parcel: Parcel, packed: bytes) -> None:
        done: Done = unpack(packed, Opening())
        self._ways.append(time.monotonic() - parcel.sent)
        self._per_call.append(done.seconds / max(1, len(done.values)))
        for number, value in enumerate(done.values):
            last = number == len(done.values) - 1
            self._values[parcel.first + number] = value, done.failed and last
        for copy in list(parcel.futures):
            self._parcels.pop(copy, None)
            copy.cancel()
        parcel.futures.clear()

    def _why(self, parcel: Parcel, error: BaseException) -> str:
        names = [_name(call) for call in self._calls[parcel.first : parcel.end]]
        what = ", ".join(dict.fromkeys(name for name in names if name))
        if isinstance(error, _deaths()):
            cause = "perhaps for lack of memory"
            return f"workers died {parcel.deaths} times with {what or 'the same work'}, {cause}: {GO_ON}"
        text = " ".join(str(error).split())
        return f"the cluster could not do the work{f' on {what}' if what else ''}: {type(error).__name__}: {text[:300]}"

    def _look(self) -> None:
        """See which workers there are. Raises ``ClusterError`` if there is none for too long."""
        self._looked = now = time.monotonic()
        executor = self._executor
        try:
            self._threads = executor.workers()
        except (OSError, TimeoutError):
            if not executor.is_lost and now - self._seen > executor.patience:
                raise ClusterError(f"the scheduler of the cluster does not answer: {GO_ON}") from None
            return
        if self._threads:
            self._seen, self._waits = now, False
            return
        if now - self._seen > executor.patience:
            unfit = "; ".join(f"{worker} {why}" for worker, why in executor.unfit.items())
            named = f" ({unfit})" if unfit else ""
            raise ClusterError(f"the cluster has no worker that can do the work{named}: {GO_ON}")
        if not self._waits:
            self._waits = True
            executor.note("the cluster has no worker: waiting for one")

    def _overtake(self) -> None:
        """Send parcels of workers that are gone again; once all are sent, give those of slow ones to idle ones, too."""
        now, executor = time.monotonic(), self._executor
        waiting = self._waiting()
        for parcel in waiting:
            if parcel.allowed is not None and self._threads and parcel.allowed.isdisjoint(self._threads):
                self._send(parcel)
        slow = max(executor.slow_seconds, SLOW * median(self._ways)) if self._ways else math.inf
        late = [p for p in waiting if now - p.sent > slow and len(p.futures) <= AGAIN]
        if self._sent < len(self._calls) or not late:
            return
        with suppress(OSError, TimeoutError):
            busy = executor.busy()
            idle = [worker for worker in self._threads if not busy.get(worker)]
            for parcel, _ in zip(late, idle, strict=False):
                keys = set(parcel.futures.values())
                slower = {worker for worker, work in busy.items() if keys & set(work)}
                if slower:
                    executor.note(f"{', '.join(sorted(slower))} is slow: its work is given to another worker, too")
                    self._send(parcel, set(self._threads) - set(idle))

    def _waiting(self) -> list[Parcel]:
        """Return the parcels that are under way."""
        return list({id(parcel): parcel for parcel in self._parcels.values()}.values())

    def _begin_again(self, done: Iterable[Future[bytes]]) -> None:
        """Wait for the scheduler, and send what was under way again. What had come back is taken."""
        for future in done:
            if not future.cancelled() and future.exception() is None and future in self._parcels:
                self._take(self._parcels.pop(future), future.result())
        waiting = [*self._waiting(), *self._unsent]
        self._parcels.clear()
        self._unsent.clear()
        self._executor.reconnect()
        self._seen = time.monotonic()
        self._threads = {}
        for parcel in waiting:
            parcel.futures.clear()
            self._send_when_possible(parcel)


def _deaths() -> tuple[type[Exception], ...]:
    """Return what is raised for work with which workers died, or whose result was lost with a worker."""
    from distributed import KilledWorker  # noqa: PLC0415  (an extra)

    return (KilledWorker, OSError, TimeoutError)


def _name(call: Sequence[Any]) -> str:
    """Return the shot that a call is about, if any."""
    names = (getattr(value, "id", None) or getattr(value, "shot", None) for value in call)
    return next((name for name in names if isinstance(name, str)), "")
