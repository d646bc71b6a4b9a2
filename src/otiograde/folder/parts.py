"""Unfinished files and folders: made under a name of their own, locked while their process lives, tidied once it died.

A lock (``flock``) ends with the process that holds it, however that ends. So a part whose lock is free belongs to no
living process, on this machine or in another container. Where there are no such locks, no part is taken for dead.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from otiograde.folder.inside import Inside
from otiograde.folder.layout import RECORD
from otiograde.means.parts import is_alive

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Names of parts in, and beside, an output folder.
PREFIX, SUFFIX = ".otiograde-", ".part"

#: In a part whose files are being moved into a folder: the files that they replace. The next run moves the rest.
REPLACED = ".replaced"

#: A part of this version. It never holds anything that is nowhere else.
_OURS = re.compile(r"\.otiograde-[0-9a-f]{16}\.part")

#: What ends the work early and may wait for a few renames.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def part_name() -> str:
    """Return a new name."""
    return f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"


@contextmanager
def part_folder(parent: Path) -> Iterator[Path]:
    """Make a folder in ``parent`` and lock it. Whatever has its name at the end is deleted."""
    part, lock = _make(parent)
    try:
        yield part
    finally:
        with uninterrupted():
            shutil.rmtree(part, ignore_errors=True)
            if lock is not None:
                os.close(lock)


def _make(parent: Path) -> tuple[Path, int | None]:
    """Make and lock a folder. Another run may take it for dead before it is locked; then make another."""
    while True:
        part = parent / part_name()
        try:
            part.mkdir()
            lock = _lock(part)
            if lock is None or os.fstat(lock).st_nlink:
                return part, lock
            os.close(lock)
        except BlockingIOError:
            continue
        except BaseException as error:
            shutil.rmtree(part, ignore_errors=True)
            if not (isinstance(error, FileNotFoundError) and parent.is_dir()):
                raise


@contextmanager
def part_file(inside: Inside, stem: str = PREFIX) -> Iterator[tuple[str, BinaryIO]]:
    """Create a file in an open folder and lock it; yields its name and the file. It is deleted at the end.

    ``stem`` is the beginning of its name.
    """
    name, file = "", None
    try:
        while file is None:
            name = f"{stem}{secrets.token_hex(8)}{SUFFIX}"
            file = os.fdopen(inside.create(name), "wb")
            with suppress(BlockingIOError):
                _try_lock(file.fileno())
                if os.fstat(file.fileno()).st_nlink:
                    break
            file.close()  # another run took it for dead before it was locked
            file = None
        yield name, file
    finally:
        with uninterrupted():
            if file is not None:
                with suppress(OSError):
                    file.close()
            if name:
                inside.remove(name)


def let_go(file: BinaryIO) -> None:
    """Close a part that is to be renamed, if the system (Windows) does not rename open files."""
    if fcntl is None:
        file.close()


def tidy(folder: Path) -> None:
    """Delete the parts of dead processes in a folder. Links among them are deleted, not followed."""
    with suppress(OSError):
        for name in [entry.name for entry in os.scandir(folder) if entry.name.startswith(PREFIX)]:
            if not name.endswith(SUFFIX):
                continue
            # Two renames of an earlier version may have left the only copy of somebody's files under such a name.
            holds = RECORD if not _OURS.fullmatch(name) else REPLACED
            if not os.path.lexists(folder / name / holds):
                remove_dead(folder / name)


def tidy_movies(folder: Path, movie: str = "") -> None:
    """Delete the parts of movies (``NAME.PID-HEX.part``) of dead processes in a folder; of ``movie`` only, if named."""
    pattern = re.compile((re.escape(movie) if movie else ".+") + r"\.(\d+)(-[0-9a-f]+)?\.part", re.DOTALL)
    with suppress(OSError):
        for name in [path.name for path in folder.iterdir()]:
            match = pattern.fullmatch(name)
            # A part without digits after the process id is of a script, which locks nothing.
            if match and (match[2] or not is_alive(int(match[1]))):
                remove_dead(folder / name)


def remove_dead(path: Path) -> bool:
    """Delete a part unless a living process, or another user, has it. Returns whether nobody has it."""
    lock = None
    try:
        here = path.lstat()
        if hasattr(os, "geteuid") and here.st_uid != os.geteuid():
            return False
        if stat.S_ISLNK(here.st_mode):
            path.unlink()
            return True
        lock = _lock(path)
        if lock is None:
            return False
        if stat.S_ISDIR(here.st_mode):
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    finally:
        if lock is not None:
            os.close(lock)
    return True


@contextmanager
def holding_dead(path: Path) -> Iterator[bool]:
    """Hold the lock of a part during a block; yields False if it is a link or a living process has it."""
    lock = None
    with suppress(OSError):
        lock = _lock(path)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _lock(path: Path) -> int | None:
    """Open and lock a part; return its descriptor, or None where there are no locks.

    Raises ``BlockingIOError`` if it is locked.
    """
    if fcntl is None:
        return None
    file, locked = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), False
    try:
        locked = _try_lock(file)
    finally:
        if not locked:
            os.close(file)
    return file if locked else None


def _try_lock(file: int) -> bool:
    """Lock an open file; returns False where there are no locks. Raises ``BlockingIOError`` if it is locked."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C, and the signals that are handled like it, for the few milliseconds that renaming takes."""
    # Only the main thread is interrupted, and only it may set a handler.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    caught: list[tuple[int, FrameType | None]] = []
    try:
        for number in before:
            signal.signal(number, lambda *arguments: caught.append(arguments))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            before[caught[0][0]](*caught[0])
