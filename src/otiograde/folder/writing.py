"""Write files and output folders so that each is complete or unchanged."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType

from otiograde.color.cube import format_cube
from otiograde.color.lut import Lut3D
from otiograde.errors import ExportError
from otiograde.folder.layout import CHECKSUMS, RECORD, check_names, format_checksums
from otiograde.folder.reading import as_export_error, read_checksums

#: The beginning of a record that otiograde wrote.
_RECORD_START = re.compile(rb'\s*\{\s*"otiograde"\s*:')


def write_file(path: Path, content: bytes) -> None:
    """Write a file under another name first, then rename it, so that it is never incomplete. Raises ``ExportError``."""
    path = path.resolve()
    part = _temporary_name(path)
    with _writing(path):
        try:
            _write(part, content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


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
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = _temporary_name(folder)
        try:
            _fill(new, files)
            with _uninterrupted():
                if _may_replace(folder):
                    _swap(folder, new)
                else:
                    _merge(folder, new)
                    shutil.rmtree(new, ignore_errors=True)
        except BaseException:
            with _uninterrupted():
                shutil.rmtree(new, ignore_errors=True)
            raise


def add_files(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Add ``files`` to an output folder, all of them or none. The checksums of other files stay.

    A file that otiograde did not write is replaced with ``force`` only. Raises ``ExportError``.
    """
    check_names(files)
    folder = folder.resolve()
    with _writing(folder):
        checksums = read_checksums(folder)
        foreign = [name for name in files if name not in checksums and (folder / name).exists()]
        if foreign and not force:
            raise ExportError(
                f"{folder / foreign[0]} was not written by otiograde: move it, or replace it with --force"
            )
        new = folder / _temporary_name(folder).name
        try:
            _fill(new, files)
            write_file(new / CHECKSUMS, format_checksums(checksums | read_checksums(new)).encode("ascii"))
            with _uninterrupted():
                _merge(folder, new)
        finally:
            with _uninterrupted():
                shutil.rmtree(new, ignore_errors=True)


def check_writable(folder: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` if ``write_folder`` could not write ``folder``. Leaves nothing behind."""
    folder = _checked_folder(folder, force)
    with _writing(folder):
        parent = next(parent for parent in folder.parents if parent.exists())
        trial = _temporary_name(parent / folder.name)
        trial.mkdir()
        trial.rmdir()


def check_target(source: Path, target: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` if ``target`` is ``source``, is in no folder, or exists and ``force`` is not given."""
    if target.exists() and source.exists() and target.samefile(source):
        raise ExportError(f"{target} is the input itself: name another file")
    if not target.parent.is_dir():
        raise ExportError(f"{target.parent} is not a folder")
    if target.exists() and not force:
        raise ExportError(f"{target} is already there: name another file, or replace it with --force")


def write_cube(path: Path | str, lut: Lut3D) -> None:
    """Write a LUT as a plain .cube file, which is never incomplete. Raises ``ExportError``.

    >>> write_cube("half.cube", Lut3D.bake(lambda rgb: rgb / 2, size=2, title="Half"))
    >>> Path("half.cube").read_text().splitlines()[:4]
    ['TITLE "Half"', 'LUT_3D_SIZE 2', '0.0000000 0.0000000 0.0000000', '0.5000000 0.0000000 0.0000000']
    """
    write_file(Path(path), format_cube(lut).encode("ascii"))


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
        replaceable = _may_replace(folder)
    if not replaceable and not force:
        raise ExportError(f"{folder} was not written by otiograde: name another folder, or add to it with --force")
    return folder


def _temporary_name(path: Path) -> Path:
    """Return a new name in the same folder, hence on the same disk."""
    return path.with_name(f".otiograde-{secrets.token_hex(6)}.part")


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder and write files and their checksums into it."""
    folder.mkdir()
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


def _swap(folder: Path, new: Path) -> None:
    """Replace ``folder`` by ``new`` with two renames. The first is undone if the second fails."""
    if not folder.exists():
        new.rename(folder)
        return
    _carry_over(folder, new)
    old = _temporary_name(folder)
    try:
        folder.rename(old)
        new.rename(folder)
    except BaseException:
        # An interrupt can come before or after a rename: only the disk tells which one was done.
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)


def _carry_over(folder: Path, new: Path) -> None:
    """Hard-link the files that otiograde did not write into the new folder. The old folder stays complete."""
    written = {*read_checksums(folder), CHECKSUMS}
    for root, folders, names in os.walk(folder):
        parent = Path(root).relative_to(folder)
        if not folders and not names:
            (new / parent).mkdir(parents=True, exist_ok=True)
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for path in (parent / name for name in (*names, *links)):
            if path.as_posix() not in written and not (new / path).exists():
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                _link(folder / path, new / path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):  # exFAT and some network disks have no hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _merge(folder: Path, new: Path) -> None:
    """Move the files of ``new`` into an existing folder. On failure everything is moved back."""
    names = [path.relative_to(new) for path in sorted(new.rglob("*")) if path.is_file()]
    replaced = new / ".kept"
    try:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (replaced / name).parent.mkdir(parents=True, exist_ok=True)
            if (folder / name).exists():
                (folder / name).rename(replaced / name)
            (new / name).rename(folder / name)
    except BaseException:
        for name in names:
            if not (new / name).exists():
                (folder / name).unlink(missing_ok=True)
            if (replaced / name).exists():
                (replaced / name).rename(folder / name)
        raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C for the few milliseconds that renaming takes."""
    before = signal.getsignal(signal.SIGINT)
    # Only the main thread is interrupted, and only it may set a handler.
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *arguments: caught.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught and callable(before):
            before(*caught[0])


def _writing(path: Path) -> AbstractContextManager[None]:
    return as_export_error(path, "cannot be written")
