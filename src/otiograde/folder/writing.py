"""Write files whole or not at all, and replace output folders at once."""

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

_OURS = re.compile(rb'\s*\{\s*"otiograde"\s*:')


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then over it. Raises ``ExportError``."""
    path = path.resolve()
    part = _beside(path)
    with _writing(path):
        try:
            _write(part, content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write ``files`` (relative path with ``/`` -> content) as one folder, all or nothing.

    A folder that otiograde wrote before is replaced at once when the new one is whole; files in it that otiograde did
    not write are kept. Any other folder with something in it is refused without ``force``, and with it gets our files
    beside its own. Contents are asked for one after another, so ``files`` may make them as it goes.
    Raises ``ExportError``; the old folder is then as it was.

    >>> write_folder(Path("graded"), {"notes/a.txt": b"the first shot"})
    >>> sorted(path.name for path in Path("graded").iterdir())
    ['checksums.sha256', 'notes']
    """
    check_names(files)
    folder = _replaceable(folder, force)
    with _writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = _beside(folder)
        try:
            _fill(new, files)
            with _uninterrupted():
                if _is_free(folder):
                    _swap(folder, new)
                else:
                    _merge(folder, new)
                    shutil.rmtree(new, ignore_errors=True)
        except BaseException:
            with _uninterrupted():
                shutil.rmtree(new, ignore_errors=True)
            raise


def add_files(folder: Path, files: Mapping[str, bytes], *, force: bool = False) -> None:
    """Write ``files`` into an output folder beside what is there, all or nothing; the checksums of the rest stay.

    A file that is there, that otiograde did not write, is replaced with ``force`` only. Raises ``ExportError``.
    """
    check_names(files)
    folder = folder.resolve()
    with _writing(folder):
        known = read_checksums(folder)
        strange = [name for name in files if name not in known and (folder / name).exists()]
        if strange and not force:
            found = folder / strange[0]
            raise ExportError(f"{found} was not written by otiograde: move it, or replace it with --force")
        new = folder / _beside(folder).name
        try:
            _fill(new, files)
            write_file(new / CHECKSUMS, format_checksums(known | read_checksums(new)).encode("ascii"))
            with _uninterrupted():
                _merge(folder, new)
        finally:
            with _uninterrupted():
                shutil.rmtree(new, ignore_errors=True)


def check_writable(folder: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` now if ``write_folder`` could not write ``folder`` later. Leaves nothing behind."""
    folder = _replaceable(folder, force)
    with _writing(folder):
        parent = next(parent for parent in folder.parents if parent.exists())
        trial = _beside(parent / folder.name)
        trial.mkdir()
        trial.rmdir()


def check_target(source: Path, target: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` if ``target`` is ``source``, has no folder, or is there and ``force`` is not given."""
    if target.exists() and source.exists() and target.samefile(source):
        raise ExportError(f"{target} is the input itself: name another file")
    if not target.parent.is_dir():
        raise ExportError(f"{target.parent} is not a folder")
    if target.exists() and not force:
        raise ExportError(f"{target} is already there: name another file, or replace it with --force")


def write_cube(path: Path | str, lut: Lut3D) -> None:
    """Write a LUT as a plain .cube file, whole or not at all. Raises ``ExportError``.

    >>> write_cube("half.cube", Lut3D.bake(lambda rgb: rgb / 2, size=2, title="Half"))
    >>> Path("half.cube").read_text().splitlines()[:4]
    ['TITLE "Half"', 'LUT_3D_SIZE 2', '0.0000000 0.0000000 0.0000000', '0.5000000 0.0000000 0.0000000']
    """
    write_file(Path(path), format_cube(lut).encode("ascii"))


def _is_free(folder: Path) -> bool:
    """Whether a folder may be replaced as a whole: not there, empty, or written by otiograde."""
    if not folder.exists() or not any(folder.iterdir()):
        return True
    try:
        with (folder / RECORD).open("rb") as record:
            return _OURS.match(record.read(64)) is not None
    except (FileNotFoundError, IsADirectoryError):
        return False


def _replaceable(folder: Path, force: bool) -> Path:
    """Give the folder's real path, known not to hold what must not be touched."""
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder} is a file: name another output folder")
    with _writing(folder):
        free = _is_free(folder)
    if not free and not force:
        raise ExportError(f"{folder} was not written by otiograde: name another folder, or add to it with --force")
    return folder


def _beside(path: Path) -> Path:
    """Make up a new name in the same folder, hence on the same disk."""
    return path.with_name(f".otiograde-{secrets.token_hex(6)}.part")


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    digests = {}
    for name in files:
        content = files[name]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
        if path.suffix == ".sh":
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)  # who may read it may run it
        digests[name] = hashlib.sha256(content).hexdigest()
    _write(folder / CHECKSUMS, format_checksums(digests).encode("ascii"))


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _swap(folder: Path, new: Path) -> None:
    """Put ``new`` in the place of ``folder`` by two renames, undone if the second fails."""
    if not folder.exists():
        new.rename(folder)
        return
    _carry_over(folder, new)
    old = _beside(folder)
    try:
        folder.rename(old)
        new.rename(folder)
    except BaseException:
        # An interrupt can fall on either side of a rename: only the disk knows which were done.
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)


def _carry_over(folder: Path, new: Path) -> None:
    """Bring what otiograde did not write into the new folder: by hard links, so that the old one stays whole."""
    ours = {*read_checksums(folder), CHECKSUMS}
    for root, folders, names in os.walk(folder):
        here = Path(root).relative_to(folder)
        if not folders and not names:
            (new / here).mkdir(parents=True, exist_ok=True)
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for path in (here / name for name in (*names, *links)):
            if path.as_posix() not in ours and not (new / path).exists():
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                _link(folder / path, new / path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):  # exFAT and some network disks know no hard links
        shutil.copy2(source, target, follow_symlinks=False)


def _merge(folder: Path, new: Path) -> None:
    """Move each file of ``new`` to its place in a folder that is not ours; on failure everything goes back."""
    names = [path.relative_to(new) for path in sorted(new.rglob("*")) if path.is_file()]
    kept = new / ".kept"
    try:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            if (folder / name).exists():
                (folder / name).rename(kept / name)
            (new / name).rename(folder / name)
    except BaseException:
        for name in names:
            if not (new / name).exists():
                (folder / name).unlink(missing_ok=True)
            if (kept / name).exists():
                (kept / name).rename(folder / name)
        raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for the few milliseconds that renaming takes; it is answered right after."""
    before = signal.getsignal(signal.SIGINT)
    # Only the main thread is ever interrupted, and only it may say how.
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *what: caught.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught and callable(before):
            before(*caught[0])


def _writing(path: Path) -> AbstractContextManager[None]:
    return as_export_error(path, "cannot be written")
