"""Arrays of a run that lie on disk: they are written once, and read when they are used.

A long edit has more samples and links than memory. Other processes are given the place of an array, not the array.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from otiograde.means.cache import SPILL, Cache, DiskCache
from otiograde.means.parts import unfinished_file
from otiograde.means.recent import Recent

#: Arrays of fewer bytes stay in memory: their place would take as much.
SMALL = 512

#: Bytes of arrays that a process holds, because the next piece of work may need them too.
HELD = 16 * 2**20


class Spill:
    """A file for the arrays of one run. It is deleted with the last of them, and at the latest with this process.

    On a disk that takes nothing, arrays stay in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._end = 0
        self.path: Path | None = None
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path = self._stack.enter_context(unfinished_file(folder))
            self.path.chmod(0o600)
        weakref.finalize(self, self._stack.close)

    @classmethod
    def beside(cls, cache: Cache) -> Spill:
        """Open one in the folder of a cache, which has room; without a folder, in the one for temporary files."""
        return cls(cache.folder / SPILL if isinstance(cache, DiskCache) else Path(tempfile.gettempdir()))

    def put(self, array: NDArray[Any]) -> NDArray[Any] | Spilled:
        """Write an array and return its place, or the array itself if it is small or nothing can be written."""
        if self.path is None or array.nbytes < SMALL or array.dtype.hasobject:
            return array
        written = np.ascontiguousarray(array)
        try:
            with self.path.open("r+b", buffering=0) as file:
                file.seek(self._end)
                rest = written.reshape(-1).view(np.uint8).data
                while rest:
                    rest = rest[file.write(rest) :]
        except OSError:
            self.path = None  # full: what was written stays readable, as the stack holds the file
            return array
        place = Spilled(os.fspath(self.path), self._end, written.dtype, written.shape, self)
        self._end += written.nbytes
        return place


@dataclass(frozen=True, slots=True)
class Spilled:
    """The place of an array in a file. A call reads it. The copy in another process is the array itself."""

    path: str
    #: Byte at which it begins.
    start: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    #: Keeps the file.
    spill: Spill | None = field(default=None, compare=False, repr=False)

    def __call__(self) -> NDArray[Any]:
        """Return the array, read-only."""
        return read(self.path, self.start, self.dtype, self.shape)

    def __reduce__(self) -> tuple[Any, ...]:
        return read, (self.path, self.start, self.dtype, self.shape)


def read(path: str, start: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the array at a place, read-only. Raises ``OSError``."""
    array = _HELD.get((path, start))
    if array is None:
        count = int(np.prod(shape, dtype=np.int64))
        array = np.fromfile(path, dtype, count, offset=start).reshape(shape)
        array.setflags(write=False)
        _HELD.put((path, start), array)
    return array


_HELD: Recent[tuple[str, int]] = Recent(HELD)
