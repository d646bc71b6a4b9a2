"""A cache on disk: arrays under a key that says everything they were made from. A corrupt entry is a miss."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Arrays: TypeAlias = Mapping[str, NDArray[Any]]

#: Entries at most, in bytes: the samples of some five hundred shots.
LIMIT = 4 * 2**30

_SUFFIX = ".arrays"


class Cache(Protocol):
    """Where arrays can be kept from one run to the next."""

    def key(self, path: Path, made_from: str) -> str:
        """Name what is made, as ``made_from`` spells out, from the media at ``path`` as it is on disk now."""
        ...

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Give the arrays under the key, None when there are none that can be believed."""
        ...

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep arrays under the key, if it can be done."""
        ...


@dataclass(frozen=True, slots=True)
class NoCache:
    """Keeps nothing."""

    def key(self, path: Path, made_from: str) -> str:
        """Give a key; any will do."""
        del path, made_from
        return ""

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Find nothing."""
        del key
        return None

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep nothing."""


NO_CACHE = NoCache()


@dataclass(frozen=True, slots=True)
class DiskCache:
    """Entries as files of one folder, the longest unused removed beyond ``limit`` bytes.

    Several processes may use one folder at once. Nothing in here ever raises ``OSError``: a full or read-only disk only
    means that nothing is kept.
    """

    folder: Path
    limit: int = LIMIT

    def key(self, path: Path, made_from: str) -> str:
        """Digest the media's path, size and time of change, and ``made_from``.

        An image sequence (``path`` a printf pattern) counts all images that the pattern may mean.
        """
        state = sorted(_state(file) for file in _files(path.absolute()))
        return hashlib.sha256(repr((os.fspath(path.absolute()), state, made_from)).encode(errors="replace")).hexdigest()

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Give the arrays under the key; an entry that is not as it was written is removed."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        body = memoryview(stored)[32:]
        if hashlib.sha256(body).digest() != stored[:32]:
            _remove(path)
            return None
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except Exception:  # whatever another version left here is not worth an error
            _remove(path)
            return None
        _touch(path)
        return arrays

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep arrays under the key. Raises ``TypeError`` for arrays of Python objects."""
        if any(array.dtype.hasobject for array in arrays.values()):
            raise TypeError("only arrays of numbers can be kept")
        buffer = io.BytesIO()
        np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]  # names, never its own options
        path = self._path(key)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("xb") as file:
                file.write(hashlib.sha256(buffer.getbuffer()).digest())
                file.write(buffer.getbuffer())
            part.replace(path)
        except OSError:
            return
        finally:
            _remove(part)
        if key[0] == "0":  # one entry in sixteen pays for looking through the folder
            self.trim()

    def trim(self) -> None:
        """Remove what was used longest ago until the rest is within the limit."""
        entries = sorted(_entries(self.folder), reverse=True)
        used = 0
        for _, size, path in entries:
            used += size
            if used > self.limit:
                _remove(Path(path))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key[2:]}{_SUFFIX}"


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
        found = path.stat()
    except OSError:
        return path.name, -1, -1
    return path.name, found.st_size, found.st_mtime_ns


def _entries(folder: Path) -> Iterator[tuple[int, int, str]]:
    """List last use in ns, bytes and path of every entry, unfinished ones of processes that died included."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if name.endswith((_SUFFIX, ".part")):
                try:
                    found = path.stat()
                except OSError:
                    continue
                yield found.st_mtime_ns, found.st_size, str(path)


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
