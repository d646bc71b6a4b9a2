"""Unfinished files of caches: locked while their process lives, and deleted by the next writer once it died.

The lock (``flock``) ends with the process that holds it, however that ends. ``folder.parts`` does the same in output
folders. Where there are no such locks (Windows), no file is taken for dead.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX, SUFFIX = ".otiograde-", ".part"


@contextmanager
def unfinished_file(folder: Path) -> Iterator[Path]:
    """Create a file in a folder, to be renamed once it is whole. It is deleted at the end if it was not.

    Files that dead processes left are deleted first. Raises ``OSError``.
    """
    _delete_dead(folder)
    path, lock = _create(folder)
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def _create(folder: Path) -> tuple[Path, int | None]:
    """Create and lock a file. Another process may take it for dead before it is locked; then create another."""
    while True:
        path = folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        if fcntl is None:  # Windows renames no open file
            os.close(file)
            return path, None
        with suppress(BlockingIOError):
            _lock(file)
            if os.fstat(file).st_nlink:
                return path, file
        os.close(file)


def _delete_dead(folder: Path) -> None:
    """Delete the unfinished files of dead processes. Links among them are not followed."""
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - it is faster, and the cache lists its folder often
            if name.startswith(PREFIX) and name.endswith(SUFFIX):
                with suppress(OSError):
                    _delete_if_dead(folder / name)


def _delete_if_dead(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if _lock(file):
            path.unlink()
    finally:
        os.close(file)


def _lock(file: int) -> bool:
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


def is_alive(process: int) -> bool:
    """Whether a process of this machine runs. Where that cannot be asked (Windows), it is taken to."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
