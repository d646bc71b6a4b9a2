"""Write files and output folders so that each is complete or unchanged."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError
from otiograde.folder.exchange import add_by_exchange, bring_back, swap
from otiograde.folder.inside import opened, refuse_links
from otiograde.folder.layout import CHECKSUMS, RECORD, check_names, format_checksums
from otiograde.folder.parts import (
    PREFIX,
    REPLACED,
    SUFFIX,
    holding_dead,
    let_go,
    part_file,
    part_folder,
    tidy,
    uninterrupted,
)
from otiograde.folder.reading import as_export_error, read_checksums

#: The beginning of a record that otiograde wrote.
_RECORD_START = re.compile(rb'\s*\{\s*"otiograde"\s*:')


def write_file(path: Path, content: bytes, *, within: Path | None = None) -> None:
    """Write a file under another name first, then rename it, so that it is never incomplete. Raises ``ExportError``.

    If it is ``within`` an output folder, no link in that folder is followed, and missing folders on the way are made.
    """
    if within is None:
        path = path.resolve()
        within = path.parent
    below = _below(path, within)
    with _writing(path), opened(within, below.parent, make=True) as inside:
        tidy(inside.path)
        with part_file(inside) as (part, file):
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            let_go(file)
            inside.move(part, inside, below.name)


def _below(path: Path, folder: Path) -> Path:
    """Return the path relative to a folder that it must not leave. Raises ``ExportError``."""
    try:
        below = Path(os.path.abspath(path)).relative_to(os.path.abspath(folder))  # noqa: PTH100 - links stay as they are
    except ValueError:
        below = Path()
    if not below.name:
        raise ExportError(f"{path} is not in the folder {folder}")
    return below


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write ``files`` (relative path with ``/`` -> content) as one folder, all of them or none.

    A folder that otiograde wrote is replaced when the new one is complete; files in it that otiograde did not write are
    kept. Any other folder that is not empty is refused, or with ``force`` gets the files added. Contents are read one
    after another, so ``files`` may make them on access.
    Raises ``ExportError``; the old folder is then unchanged.

    >>> write_folder(Path("graded"), {"notes/a.txt": b"the first shot"})
    >>> sorted(path.name for path in Path("graded").iterdir())
    ['checksums.sha256', 'notes']
    """
    check_names(files)
    folder = _checked_folder(folder, force)
    with _writing(folder):
        if not _may_replace(folder):
            _add(folder, files, {})
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        tidy(folder.parent)
        with part_folder(folder.parent) as new:
            _fill(new, files)
            with uninterrupted():
                swap(folder, new)


def add_files(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Add ``files`` to an output folder, all of them or none. The checksums of other files stay.

    A file that otiograde did not write is replaced with ``force`` only. Raises ``ExportError``.
    """
    check_names(files)
    folder = folder.resolve()
    with _writing(folder):
        bring_back(folder)
        _finish_merges(folder)
        checksums = read_checksums(folder)
        foreign = [name for name in files if name not in checksums and os.path.lexists(folder / name)]
        if foreign and not force:
            raise ExportError(
                f"{folder / foreign[0]} was not written by otiograde: move it, or replace it with --force"
            )
        _add(folder, files, checksums)


def _add(folder: Path, files: Mapping[str, bytes], checksums: Mapping[str, str]) -> None:
    """Add files to a folder, all of them or none. ``checksums`` are those of the files that stay."""
    for name in files:
        refuse_links(folder, name)
    tidy(folder)
    tidy(folder.parent)
    with part_folder(folder) as new:
        _fill(new, files)
        write_file(new / CHECKSUMS, format_checksums({**checksums, **read_checksums(new)}).encode("ascii"))
        with uninterrupted():
            if not (checksums and add_by_exchange(folder, new, [*files, CHECKSUMS])):
                _merge(folder, new)


def check_writable(folder: Path, *, force: bool = False) -> tuple[str, ...]:
    """Raise ``ExportError`` if ``write_folder`` could not write ``folder``. Leaves nothing behind.

    A folder that a killed run has hidden is brought back first. Returns a sentence for each such thing.
    """
    with _writing(folder):
        notes = bring_back(folder.resolve())
    folder = _checked_folder(folder, force)
    with _writing(folder):
        parent = next(parent for parent in folder.parents if parent.exists())
        tidy(parent)
        with part_folder(parent):
            pass
    return notes


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """Yield where to write a file before it is renamed to ``path``. What is not renamed is deleted at the end.

    It is in a folder beside the file, and the next run deletes that if this process is killed. Raises ``ExportError``.
    """
    folder = path.parent.resolve()
    tidy(folder)
    with ExitStack() as stack:
        with _writing(path):
            part = stack.enter_context(part_folder(folder))
        yield part / path.name


def check_target(source: Path, target: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` if ``target`` is ``source``, is in no folder, or exists and ``force`` is not given."""
    if target.exists() and source.exists() and target.samefile(source):
        raise ExportError(f"{target} is the input itself: name another file")
    if not target.parent.is_dir():
        raise ExportError(f"{target.parent} is not a folder")
    if target.exists() and not force:
        raise ExportError(f"{target} is already there: name another file, or replace it with --force")


def write_cube(path: Path | str, lut: Lut3D, *, within: Path | None = None) -> None:
    """Write a LUT as a plain .cube file, which is never incomplete. ``within`` is as in ``write_file``.

    Raises ``ExportError``.

    >>> write_cube("half.cube", Lut3D.bake(lambda rgb: rgb / 2, size=2, title="Half"))
    >>> Path("half.cube").read_text().splitlines()[:4]
    ['TITLE "Half"', 'LUT_3D_SIZE 2', '0.0000000 0.0000000 0.0000000', '0.5000000 0.0000000 0.0000000']
    """
    write_file(Path(path), format_cube(lut).encode("ascii"), within=within)


def _may_replace(folder: Path) -> bool:
    """Whether a folder may be replaced as a whole: it is missing, empty, or was written by otiograde."""
    if not folder.exists() or not any(folder.iterdir()):
        return True
    try:
        with (folder / RECORD).open("rb") as record:
            return _RECORD_START.match(record.read(64)) is not None
    except (FileNotFoundError, IsADirectoryError):
        return False


def _checked_folder(folder: Path, force: bool) -> Path:
    """Return the real path of a folder. Raises ``ExportError`` if ``write_folder`` must not write there."""
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file: name another output folder")
    with _writing(folder):
        bring_back(folder)
        _finish_merges(folder)
        replaceable = _may_replace(folder)
    if not replaceable and not force:
        raise ExportError(f"{folder} was not written by otiograde: name another folder, or add to it with --force")
    return folder


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files and their checksums into a new folder."""
    digests = {}
    for name in files:
        content = files[name]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
        if path.suffix == ".sh":
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)  # whoever may read a script may run it
        digests[name] = hashlib.sha256(content).hexdigest()
    _write(folder / CHECKSUMS, format_checksums(digests).encode("ascii"))


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _merge(folder: Path, new: Path) -> None:
    """Move the files of ``new`` into an existing folder. On failure everything is moved back.

    If the process is killed, the next run moves the rest (``_finish_merges``).
    """
    names = [path.relative_to(new) for path in sorted(new.rglob("*")) if path.is_file()]
    replaced = new / REPLACED
    try:
        replaced.mkdir()
        for name in names:
            with opened(folder, name.parent, make=True) as inside, opened(new, name.parent) as source:
                if inside.exists(name.name):
                    with opened(replaced, name.parent, make=True) as old:
                        inside.move(name.name, old, name.name)
                source.move(name.name, inside, name.name)
    except BaseException:
        for name in names:
            _move_back(folder, new, name)
        shutil.rmtree(replaced, ignore_errors=True)  # first: a part without it is not moved on by the next run
        raise


def _move_back(folder: Path, new: Path, name: Path) -> None:
    try:
        with opened(folder, name.parent) as inside, opened(new, name.parent) as source:
            if not source.exists(name.name):
                inside.move(name.name, source, name.name)
            if os.path.lexists(new / REPLACED / name):
                with opened(new / REPLACED, name.parent) as old:
                    old.move(name.name, inside, name.name)
    except FileNotFoundError:
        return  # its folder was not made yet


def _finish_merges(folder: Path) -> None:
    """Move the rest of what killed processes had begun to move into a folder."""
    for part in sorted(folder.glob(f"{PREFIX}*{SUFFIX}")):
        with holding_dead(part) as is_dead:
            if not is_dead or not (part / REPLACED).is_dir():
                continue
            names = [path.relative_to(part) for path in sorted(part.rglob("*")) if path.is_file()]
            for name in names:
                if name.parts[0] != REPLACED:
                    with opened(folder, name.parent, make=True) as inside, opened(part, name.parent) as source:
                        source.move(name.name, inside, name.name)
            shutil.rmtree(part, ignore_errors=True)


def _writing(path: Path) -> AbstractContextManager[None]:
    return as_export_error(path, "cannot be written")
