"""An edit that is saved again and again: when it was saved, and whether that is done.

The file is looked at now and then. Notices of the operating system (inotify) would not tell of files that another
machine writes to a share.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from otiograde.folder.layout import RECORD

#: Inode, size and time of change in ns of each file.
State: TypeAlias = tuple[tuple[str, int, int, int], ...]


def saves(path: Path, every: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Yield now, and whenever a file or folder was saved: it differs from the last time, and stands still.

    It is looked at ``every`` so many seconds, and stands still if it does not change from one look to the next. A file
    that is not there is waited for.
    """
    graded: State | None = None
    before = state(path)
    while True:
        if before is not None and before != graded:
            sleep(every)
            now = state(path)
            if now == before:
                graded = now
                yield
                before = state(path)  # it may have been saved while it was graded
            else:
                before = now
        else:
            sleep(every)
            before = state(path)


def state(path: Path) -> State | None:
    """Return the state of a file, or of the files in a folder; None if it is not there."""
    try:
        if not path.is_dir():
            return (_state(path),)
        return tuple(sorted(_state(file) for file in _files(path)))
    except OSError:  # it is being replaced
        return None


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, without those of outputs of otiograde."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(root) / name / RECORD).exists()]
        yield from (Path(root) / name for name in names)


def _state(path: Path) -> tuple[str, int, int, int]:
    status = path.stat()
    return str(path), status.st_ino, status.st_size, status.st_mtime_ns
