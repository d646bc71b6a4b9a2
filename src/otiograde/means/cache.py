"""A cache of arrays on disk. Each key is a digest of everything that an entry was made from."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.means.parts import SUFFIX as PART
from otiograde.means.parts import unfinished_file

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

#: Default size limit of a cache folder, in bytes: the samples of about five hundred shots.
LIMIT = 4 * 2**30

_SUFFIX = ".arrays"

#: Subfolder for what a run spills. It holds no entries.
SPILL = "spill"


class Cache(Protocol):
    """Stores arrays from one run to the next."""

    def key(self, path: Path, made_from: str) -> str:
        """Return the key for data derived from the file at ``path`` by the recipe ``made_from``."""
        ...

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays stored under the key, or None if there are none or the entry is corrupt."""
        ...

    def put(self, key: str, arrays: Arrays) -> None:
        """Store arrays under the key. A failure to store is ignored."""
        ...


@dataclass(frozen=True, slots=True)
class NoCache:
    """A cache that stores nothing."""

    def key(self, path: Path, made_from: str) -> str:
        """Return the empty key."""
        del path, made_from
        return ""

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Return None."""
        del key
        return None

    def put(self, key: str, arrays: Arrays) -> None:
        """Do nothing."""


#: The cache of a run that stores nothing.
NO_CACHE = NoCache()


@dataclass(frozen=True, slots=True)
class Usage:
    """How much a cache folder holds."""

    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DiskCache:
    """A cache folder with one file for each entry. A corrupt entry counts as missing.

    Several processes may use the same folder. No method raises ``OSError``: on a full or read-only disk, nothing is
    stored.
    """

    #: The folder. The first ``put`` creates it.
    folder: Path
    #: Size limit in bytes. Beyond it, the least recently used entries are removed.
    limit: int = LIMIT
    #: Why the disk took an entry of this process no more, the first time that it did not; empty so far.
    refused: list[str] = field(default_factory=list, compare=False, repr=False)

    def key(self, path: Path, made_from: str) -> str:
        """Return the key for data derived from the file at ``path`` by the recipe ``made_from``.

        The key is a SHA-256 digest of the recipe and of the file's path, size and modification time. If ``path`` is the
        printf pattern of an image sequence, every image that may match the pattern counts.
        """
        state = sorted(_state(file) for file in _files(path.absolute()))
        return hashlib.sha256(repr((os.fspath(path.absolute()), state, made_from)).encode(errors="replace")).hexdigest()

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays stored under the key, or None. A corrupt entry is removed."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        body = memoryview(stored)[32:]
        if _digest(key, body) != stored[:32]:
            _remove(path)
            return None
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except Exception:  # another version may have written this entry
            _remove(path)
            return None
        _touch(path)
        return arrays

    def put(self, key: str, arrays: Arrays) -> None:
        """Store arrays under the key. Raises ``TypeError`` for arrays of Python objects."""
        if any(array.dtype.hasobject for array in arrays.values()):
            raise TypeError("only arrays of numbers can be stored")
        buffer = io.BytesIO()
        np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]  # the names are never savez's own options
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with unfinished_file(self.folder) as part:
                with part.open("wb") as file:
                    file.write(_digest(key, buffer.getbuffer()))
                    file.write(buffer.getbuffer())
                part.replace(path)
        except OSError as error:
            if not self.refused:
                self.refused.append(error.strerror or str(error))
            return
        if key[0] == "0":  # listing the folder takes time: do it for one entry in sixteen
            self.trim()

    def make_folder(self) -> bool:
        """Make the folder, and return whether it is there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            return False
        return True

    def trim(self) -> None:
        """Remove the least recently used entries until the folder is within its limit."""
        entries = sorted(_entries(self.folder), reverse=True)
        used = 0
        for _, size, path in entries:
            used += size
            if used > self.limit:
                _remove(Path(path))

    def usage(self) -> Usage:
        """Return how much the folder holds."""
        sizes = [size for _, size, _ in _entries(self.folder)]
        return Usage(len(sizes), sum(sizes))

    def clear(self, unused: float = 0) -> Usage:
        """Remove the entries that were not used in the last ``unused`` seconds; return what was removed.

        Other files in the folder stay.
        """
        latest = time.time_ns() - round(unused * 1e9)
        removed = [(size, path) for used, size, path in _entries(self.folder) if used <= latest]
        for _, path in removed:
            _remove(Path(path))
        gone = [size for size, path in removed if not Path(path).exists()]
        return Usage(len(gone), sum(gone))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}{_SUFFIX}"


def _digest(key: str, body: memoryview) -> bytes:
    """Digest an entry with its key, so that an entry under another one's key counts as corrupt."""
    digest = hashlib.sha256(key.encode())
    digest.update(body)
    return digest.digest()


def _files(path: Path) -> list[Path]:
    if path.exists() or "%" not in path.name:
        return [path]
    start, end = path.name.partition("%")[0], path.suffix
    try:
        return [file for file in path.parent.iterdir() if file.name.startswith(start) and file.suffix == end]
    except OSError:
        return [path]


def _state(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return path.name, -1, -1
    return path.name, status.st_size, status.st_mtime_ns


def _entries(folder: Path) -> Iterator[tuple[int, int, str]]:
    """List each entry's last use in ns, size in bytes, and path.

    Includes unfinished entries of processes that died.
    """
    for root, folders, names in os.walk(folder):
        if SPILL in folders:
            folders.remove(SPILL)
        for name in names:
            path = Path(root) / name
            if name.endswith((_SUFFIX, PART)):
                try:
                    status = path.stat()
                except OSError:
                    continue
                yield status.st_mtime_ns, status.st_size, str(path)


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        return


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
