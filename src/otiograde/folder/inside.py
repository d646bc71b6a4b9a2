"""Write, rename and delete below a folder without following a link that lies in it.

The folders on the way are opened one by one (``openat`` with ``O_NOFOLLOW``), and names are then relative to the open
folder. So exchanging a folder for a link at the wrong moment leads nowhere. Where the system has no such calls
(Windows), each name is looked at before it is used.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from otiograde.errors import ExportError

_HAS_OPENAT = {os.open, os.mkdir, os.rename, os.unlink, os.stat} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")


@dataclass(frozen=True, slots=True)
class Inside:
    """An open folder. Its names are one component long."""

    path: Path
    #: Its file descriptor; None where the system has no calls relative to one.
    fd: int | None

    def _at(self, name: str) -> str:
        if name in ("", ".", "..") or "/" in name or (os.altsep and os.sep in name):
            raise ExportError(f"{name!r} is not the name of a file in {self.path}")
        return name if self.fd is not None else str(self.path / name)

    def exists(self, name: str) -> bool:
        """Whether there is a file, a folder or a link of this name."""
        try:
            os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def make(self, name: str) -> None:
        """Make a folder if there is nothing of this name."""
        if not self.exists(name):
            try:
                os.mkdir(self._at(name), dir_fd=self.fd)
            except FileExistsError:
                return

    def create(self, name: str) -> int:
        """Create a file that was not there, and return its descriptor."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.open(self._at(name), flags, 0o666, dir_fd=self.fd)

    def move(self, name: str, target: Inside, new_name: str) -> None:
        """Rename a file into another open folder. A file or link of that name is replaced."""
        if self.fd is None:
            Path(self._at(name)).replace(target._at(new_name))
        else:
            os.rename(self._at(name), target._at(new_name), src_dir_fd=self.fd, dst_dir_fd=target.fd)

    def remove(self, name: str) -> None:
        """Delete a file or a link, if it is there."""
        try:
            os.unlink(self._at(name), dir_fd=self.fd)
        except FileNotFoundError:
            return

    def open(self, name: str) -> Inside:
        """Open a folder in this one. Raises ``ExportError`` if it is a link."""
        path = self.path / name
        here = os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False)
        if stat.S_ISLNK(here.st_mode) or getattr(here, "st_reparse_tag", False):
            raise _link_error(path)
        if self.fd is None:
            return Inside(path, None)
        return Inside(path, os.open(self._at(name), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.fd))

    def close(self) -> None:
        """Close the descriptor."""
        if self.fd is not None:
            os.close(self.fd)


@contextmanager
def opened(folder: Path, below: PurePath | str = "", *, make: bool = False) -> Iterator[Inside]:
    """Open the folder ``below``, a relative path, in ``folder``; with ``make``, make what is missing on the way.

    Links that lead to ``folder`` itself are followed, none in it. Raises ``ExportError`` for a link, ``OSError``.
    """
    root = folder.resolve()
    here = Inside(root, os.open(root, os.O_RDONLY | os.O_DIRECTORY) if _HAS_OPENAT else None)
    try:
        for name in PurePath(below).parts:
            if make:
                here.make(name)
            deeper = here.open(name)
            here.close()
            here = deeper
        yield here
    finally:
        here.close()


def make_folder(folder: Path, below: str) -> Path:
    """Make the folder ``below`` in ``folder`` and return its path. Raises ``ExportError`` if a link is on the way."""
    try:
        with opened(folder, below, make=True) as inside:
            return inside.path
    except OSError as error:
        raise ExportError(f"{folder / below} cannot be written: {error.strerror or error}") from error


def refuse_links(folder: Path, name: PurePath | str) -> None:
    """Raise ``ExportError`` if a folder on the way from ``folder`` to the file ``name`` in it is a link."""
    path = folder
    for part in PurePath(name).parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise _link_error(path)


def _link_error(path: Path) -> ExportError:
    return ExportError(f"{path} is a link: remove it, because files are written in the output folder itself only")
