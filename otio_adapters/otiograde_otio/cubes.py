"""The .cube files of one folder, found by path, name and digest. Nothing outside the folder is ever opened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


class Cubes:
    """The .cube files in a folder and below."""

    def __init__(self, folder: str) -> None:
        self.root = Path(folder).resolve()
        self._digests: dict[Path, str] = {}
        self._files: list[Path] | None = None

    def file(self, address: str, digest: str) -> str | None:
        """Return the absolute path of a LUT, None if it is not there.

        The address counts as far as it leads into the folder: ``/old/place/luts/a.cube`` means ``luts/a.cube`` here.
        Of one with ``..`` only the name counts. With a digest (SHA-256) it must agree, and then any name will do.
        """
        for path in self._candidates(address, digest):
            if not digest or self._digest(path) == digest.lower():
                return path.as_posix()
        return None

    def _candidates(self, address: str, digest: str) -> Iterator[Path]:
        """Yield files, the likeliest first."""
        parts = [part for part in address.replace("\\", "/").split("/") if part not in {"", "."}]
        if ".." in parts or not parts or "\0" in address:
            parts = [] if not parts or parts[-1] == ".." or "\0" in address else parts[-1:]
        for first in range(len(parts)):
            if self._is_inside(path := self.root.joinpath(*parts[first:])):
                yield path
        named = [path for path in self._all() if parts and path.name.casefold() == parts[-1].casefold()]
        yield from named if digest or len(named) == 1 else ()
        yield from self._all() if digest else ()

    def _is_inside(self, path: Path) -> bool:
        """Whether a path is a .cube file in the folder, links followed."""
        try:
            real = path.resolve()
            return real.suffix.lower() == ".cube" and real.is_relative_to(self.root) and real.is_file()
        except (OSError, ValueError, RuntimeError):
            return False

    def _all(self) -> list[Path]:
        """Return all .cube files of the folder, listed once. Hidden folders and links to folders are passed over."""
        if self._files is None:
            self._files = []
            for folder, below, names in os.walk(self.root):
                below[:] = sorted(name for name in below if not name.startswith("."))
                paths = (Path(folder, name) for name in sorted(names) if name.lower().endswith(".cube"))
                self._files += filter(self._is_inside, paths)
        return self._files

    def _digest(self, path: Path) -> str:
        """Return the SHA-256 of a file, empty for one that cannot be read."""
        if path not in self._digests:
            try:
                with path.open("rb") as file:
                    self._digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                self._digests[path] = ""
        return self._digests[path]
