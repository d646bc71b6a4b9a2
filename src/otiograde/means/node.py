"""What a worker of a cluster runs: it checks that it is fit for the work, and does a parcel of it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

from otiograde.errors import ClusterError, OtiogradeError
from otiograde.means.allocation import keep_memory
from otiograde.means.parcels import Opening, UnseenError, pack, unpack
from otiograde.means.paths import PathRule

#: Packages on which the results of the work depend.
PACKAGES = ("otiograde", "numpy", "opencv-python-headless", "av")


#: Bytes of freed memory that a worker keeps.
KEPT = 256 * 2**20


class UnfitError(ClusterError):
    """A worker that cannot do the work: of another version, or without the media."""

    def __init__(self, worker: str, why: str) -> None:
        super().__init__(f"{worker} {why}")
        self.worker, self.why = worker, why

    def __reduce__(self) -> tuple[type[UnfitError], tuple[str, str]]:
        return UnfitError, (self.worker, self.why)


class Done(NamedTuple):
    """The results of a parcel."""

    #: Result after result; the last may be what was raised instead of one.
    values: Sequence[Any]
    #: Whether the last one was raised.
    failed: bool
    #: How long the work took, in seconds.
    seconds: float


@dataclass(frozen=True, slots=True)
class Demand:
    """What work demands of a worker."""

    #: Package -> version, and the version of Python.
    versions: tuple[tuple[str, str], ...]
    rules: tuple[PathRule, ...] = ()
    #: Folder of large arrays, as the sender names it. None: there are none.
    shelf: str | None = None

    def unmet(self) -> str:
        """Return why this process does not meet the demand; empty if it does."""
        here = dict(versions())
        for name, wanted in self.versions:
            if (has := here.get(name, "")) != wanted:
                return f"has {name} {has}, not {wanted}" if has else f"has no {name}, not {wanted}"
        return ""


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of Python, major and minor, and of the packages that decide results; empty for none."""
    return (("Python", ".".join(map(str, sys.version_info[:2]))), *((name, _version(name)) for name in PACKAGES))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def inspect(demand: Demand, parcel: bytes) -> str:
    """Return why this process is not fit for work; empty if it is. ``parcel`` holds the paths that have to be here."""
    try:
        if not (why := demand.unmet()):
            unpack(parcel, Opening(demand.rules, demand.shelf))
    except UnseenError as error:
        return str(error)
    return why


def run(demand: Demand, parcel: bytes, worker: str = "") -> bytes:
    """Do a parcel of work, a function and the arguments of several calls, and return the ``Done``.

    Raises ``UnfitError`` if this worker cannot do it.
    """
    worker = worker or _address()
    if why := demand.unmet():
        raise UnfitError(worker, why)
    _prepare()
    opening = Opening(demand.rules, demand.shelf)
    try:
        work, calls = unpack(parcel, opening)
    except UnseenError as error:
        raise UnfitError(worker, str(error)) from error
    start = time.monotonic()
    values: list[Any] = []
    failed = False
    for arguments in calls:
        try:
            values.append(_named_back(work(*arguments), opening))
        except Exception as error:  # whatever the work raises is raised where it was asked for
            error.add_note("".join(traceback.format_exception(error)))
            values.append(_named_back(error, opening))
            failed = True
            break
    return pack(Done(values, failed, time.monotonic() - start))


@cache
def _prepare() -> None:
    """Give OpenCV one core, as there is a worker for each, and let the process keep the memory that it frees.

    Dask has glibc return every block of more than 128 KiB at once. For work on pictures, it then takes as long to get
    memory again as to compute.
    """
    import cv2  # noqa: PLC0415  (only workers need it here)

    cv2.setNumThreads(1)
    keep_memory(KEPT)


def _address() -> str:
    from distributed import get_worker  # noqa: PLC0415  (an extra)

    try:
        return str(get_worker().address)
    except ValueError:
        return "a worker"


def _named_back(value: Any, opening: Opening) -> Any:
    """Return a result whose texts name paths as the sender does."""
    if not opening.renamed:
        return value
    if isinstance(value, str):
        return opening.names_back(value)
    if isinstance(value, OtiogradeError):
        value.args = tuple(_named_back(argument, opening) for argument in value.args)
    elif isinstance(value, tuple) and not hasattr(value, "_fields") and value and isinstance(value[0], str):
        return tuple(_named_back(item, opening) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        texts = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        new = {name: _named_back(text, opening) for name, text in texts.items() if isinstance(text, str | tuple)}
        return replace(value, **new) if new != {name: texts[name] for name in new} else value
    return value
