"""Read .cube files and output folders: record, checksums and pictures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from otiograde.color.cube import Cube, parse_noted
from otiograde.color.lut import Lut3D
from otiograde.errors import CubeError, ExportError, RecordError
from otiograde.folder.layout import CHECKSUMS, PICTURES, RECORD, is_safe, key_lut_path, lut_path, parse_checksums
from otiograde.record.graded import LARGEST, GradedTimeline, parse_record

#: The most bytes of a .cube file (one of 256 nodes has 2**24 rows) and of a list of checksums.
LONGEST_CUBE, LONGEST_CHECKSUMS = 2**31, 2**26


@contextmanager
def as_export_error(path: Path, what: str = "cannot be read") -> Iterator[None]:
    """Turn an ``OSError`` into an ``ExportError`` of one line: the path, ``what``, and the reason."""
    try:
        yield
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(f"{path} {what}: {error.strerror or error}") from error


def _read_bounded(path: Path, largest: int) -> bytes:
    """Read a file of at most ``largest`` bytes. Raises ``ExportError`` for a larger one, before it is in memory."""
    with as_export_error(path), path.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= largest:
            content = file.read(largest + 1)
            if len(content) <= largest:
                return content
    raise ExportError(f"{path} has more than {largest} bytes: no such file of otiograde is so long")


def read_cube(path: Path | str) -> Lut3D:
    """Read a .cube file as a LUT for code values of full range.

    Raises ``CubeError`` with the line number, or ``ExportError`` for an unreadable file.

    >>> from otiograde import Lut3D, write_cube
    >>> write_cube("identity.cube", Lut3D.identity(33, title="Identity"))
    >>> read_cube("identity.cube").title
    'Identity'
    """
    return read_noted(path).lut


def read_noted(path: Path | str) -> Cube:
    """Read a .cube file, with notes on what was skipped or converted. Raises as ``read_cube`` does."""
    path = Path(path)
    text = _read_bounded(path, LONGEST_CUBE).decode("utf-8", errors="replace")
    try:
        return parse_noted(text)
    except CubeError as error:
        located = CubeError(f"{path}: {error}")
        located.line = error.line
        raise located from None


def read_record(folder: Path) -> GradedTimeline:
    """Read the record of an output folder; ``folder`` may also be the record file itself.

    Raises ``ExportError`` if there is none, and ``RecordError`` for one that is damaged or of a newer otiograde.

    >>> from fractions import Fraction
    >>> from otiograde import GradedTimeline, write_folder
    >>> from otiograde.record.edit import Edit
    >>> from otiograde.record.graded import format_record
    >>> record = GradedTimeline(Edit("Trailer", {}, Fraction(24), shots=(), skips=()), (), (), ())
    >>> write_folder(Path("graded"), {"graded.json": format_record(record).encode()})
    >>> read_record(Path("graded")) == record
    True
    """
    path = folder / RECORD if folder.is_dir() else folder
    if not path.is_file():
        raise ExportError(f"{path} is not there: {folder} is no output folder of otiograde")
    text = _read_bounded(path, LARGEST).decode("utf-8", errors="surrogateescape")
    try:
        return parse_record(text)
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None


def read_checksums(folder: Path) -> dict[str, str]:
    """Read path -> SHA-256 of the files that otiograde wrote into a folder. Empty if there are no checksums."""
    path = folder / CHECKSUMS
    if not path.exists():
        return {}
    return parse_checksums(_read_bounded(path, LONGEST_CHECKSUMS).decode("ascii", errors="replace"))


def written_files(folder: Path) -> frozenset[str]:
    """Return the names of the files that otiograde wrote into a folder, even if they have been deleted."""
    with as_export_error(folder / CHECKSUMS):
        return frozenset(read_checksums(folder))


def changed_files(folder: Path, record: GradedTimeline) -> dict[str, str]:
    """Return the files of an output folder that have changed since they were written -> what happened to each.

    A LUT of the record that was never written counts as changed.
    """
    with as_export_error(folder / CHECKSUMS):
        written = read_checksums(folder)
    if not written:
        return {CHECKSUMS: "is missing or empty, so nothing can be compared"}
    changed = {name: why for name, digest in written.items() if (why := _difference(folder / name, digest))}
    luts = [lut_path(shot.id) for shot in record.edit.shots]
    luts += [key_lut_path(grade.shot, frame) for grade in record.grades for frame, _ in grade.keyed]
    return changed | {name: "was never written" for name in luts if name not in written}


def _difference(path: Path, digest: str) -> str:
    if not path.is_file():
        return "is missing"
    with as_export_error(path), path.open("rb") as file:
        present = hashlib.file_digest(file, "sha256").hexdigest()
    return "" if present == digest else "has changed since it was written"


class Pictures(Mapping[str, bytes]):
    """The pictures of an output folder: relative path -> JPEG, read on access. Links are left out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        files = (path for path in (folder / PICTURES).glob("*/*.jpg") if not _is_reached_by_link(path, folder))
        paths = sorted(path.relative_to(folder).as_posix() for path in files)
        self._names = {name: None for name in paths if is_safe(name)}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        with as_export_error(self._folder / name):
            return (self._folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _is_reached_by_link(path: Path, folder: Path) -> bool:
    return any(step.is_symlink() for step in (path, *path.parents) if step != folder and step.is_relative_to(folder))
