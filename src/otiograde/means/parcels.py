"""Parcels: work and its results as bytes that travel to another machine and back.

Two things do not travel as they are. A path is looked up under the name that it has there, and has to be there. A
large array goes through a file in a folder that both machines see, and is written once however often it is used.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from otiograde.means.parts import unfinished_file
from otiograde.means.paths import PathRule, mapped, this_platform
from otiograde.means.recent import Recent
from otiograde.means.spill import Spilled

#: Arrays of so many bytes and more go through a file.
LARGE = 64 * 2**10

#: Bytes of arrays that a worker holds, because the next piece of work may need them too.
HELD = 256 * 2**20


class UnseenError(Exception):
    """A path that is there for the sender of a parcel, but not for its receiver."""


@dataclass(slots=True)
class Shelf:
    """A folder for large arrays. Each has a file, named by a digest of its content."""

    folder: Path
    #: Why arrays travel in the parcels themselves; empty as long as they need not.
    closed: str = ""
    _written: set[str] = field(default_factory=set)
    _arrays: WeakValueDictionary[int, NDArray[Any]] = field(default_factory=WeakValueDictionary)
    _digests: dict[int, str] = field(default_factory=dict)

    def put(self, array: NDArray[Any]) -> str | None:
        """Store an array and return its digest, or None if the folder takes no file."""
        if self.closed:
            return None
        digest = self._digests.get(id(array)) if self._arrays.get(id(array)) is array else None
        if digest is not None:
            return digest
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        digest = hashlib.sha256(buffer.getbuffer()).hexdigest()
        try:
            if digest not in self._written:
                with unfinished_file(self.folder) as part:
                    part.write_bytes(buffer.getbuffer())
                    part.replace(self.folder / digest)
        except OSError as error:
            self.closed = error.strerror or str(error)
            return None
        self._written.add(digest)
        self._arrays[id(array)], self._digests[id(array)] = array, digest
        return digest


class _Packer(pickle.Pickler):
    """Pickles work. Paths are described, and large arrays are named."""

    def __init__(self, file: io.BytesIO, shelf: Shelf | None) -> None:
        self.proto = 5
        super().__init__(file, protocol=self.proto)
        self._shelf = shelf

    def persistent_id(self, obj: Any) -> Any:
        """Name a large array; what is not named is pickled."""
        if type(obj) is np.ndarray and obj.nbytes >= LARGE and not obj.dtype.hasobject and self._shelf is not None:
            digest = self._shelf.put(obj)
            return None if digest is None else ("array", digest)
        if isinstance(obj, Spilled) and self._shelf is not None:
            digest = self._shelf.put(obj())
            return None if digest is None else ("array", digest)
        if isinstance(obj, PurePath):
            return ("path", os.fspath(obj), _state(os.fspath(obj)))
        return None

    def reducer_override(self, obj: Any) -> Any:
        """Send what lies in a file of this machine itself."""
        return obj().__reduce_ex__(self.proto) if isinstance(obj, Spilled) else NotImplemented


@dataclass(slots=True)
class Opening:
    """How a parcel is opened on a worker."""

    rules: Sequence[PathRule] = ()
    #: Folder of large arrays, as the sender names it. None: there are none.
    shelf: str | None = None
    #: Name of each path here -> its name at the sender, where they differ.
    renamed: dict[str, str] = field(default_factory=dict)

    def path(self, name: str, state: int | None) -> Path:
        """Return a path as it is named here. Raises ``UnseenError`` if it is not here as it is at the sender."""
        here = mapped(name, self.rules, this_platform())
        if here != name:
            self.renamed[here] = name
        now = _state(here)
        if state is not None and now is None:
            raise UnseenError(f"does not see {here}")
        if state is not None and now != state:
            raise UnseenError(f"sees something else under {here}")
        if state is not None and not os.access(here, os.R_OK):
            raise UnseenError(f"may not read {here}")
        return Path(here)

    def array(self, digest: str) -> NDArray[Any]:
        """Return a large array. Raises ``UnseenError`` if its file is not here."""
        held = _HELD.get(digest)
        if held is None:
            folder = Path(mapped(self.shelf or "", self.rules, this_platform()))
            try:
                held = np.load(folder / digest, allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise UnseenError(f"does not see the files in {folder} ({error})") from error
            _HELD.put(digest, held)
        return held

    def names_back(self, text: str) -> str:
        """Return a text with the paths in it named as the sender names them."""
        for here in sorted(self.renamed, key=len, reverse=True):
            text = text.replace(here, self.renamed[here])
        return text


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, opening: Opening) -> None:
        super().__init__(file)
        self._opening = opening

    def persistent_load(self, pid: Any) -> Any:
        """Return what a parcel names."""
        kind, *what = pid
        return self._opening.array(*what) if kind == "array" else self._opening.path(*what)


_HELD: Recent[str] = Recent(HELD)


def pack(value: Any, shelf: Shelf | None = None) -> bytes:
    """Pack a value into a parcel; its large arrays go to the shelf."""
    buffer = io.BytesIO()
    _Packer(buffer, shelf).dump(value)
    return buffer.getvalue()


def unpack(parcel: bytes, opening: Opening) -> Any:
    """Unpack a parcel. Raises ``UnseenError`` for what it names and is not here."""
    return _Unpacker(io.BytesIO(parcel), opening).load()


def _state(path: str) -> int | None:
    """Return the size of a file, -1 for anything else that is there, or None."""
    try:
        status = os.stat(path)  # noqa: PTH116 - the text may be that of another platform's path
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else -1
