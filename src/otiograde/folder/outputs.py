"""Files written whole or not at all, output folders replaced at once, and what is read back from them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import FrameType

from otiograde.color.cube import format_cube, parse_cube
from otiograde.color.lut import Lut3D
from otiograde.errors import CubeError, ExportError, RecordError
from otiograde.record.graded import GradedTimeline, parse_record

#: The record of a run, in every output folder: what makes the folder one of ours.
RECORD = "graded.json"

#: What was written into an output folder, in the format of ``sha256sum``: ``sha256sum -c checksums.sha256`` reads it.
CHECKSUMS = "checksums.sha256"

#: The folder of the small pictures that the report shows.
PICTURES = "pictures"

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_OURS = re.compile(rb'\s*\{\s*"otiograde"\s*:')


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then over it. Raises ``ExportError``."""
    path = path.resolve()
    part = _beside(path)
    with _reported(path):
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
    """
    _check_names(files)
    folder = _replaceable(folder, force)
    with _reported(folder):
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
    _check_names(files)
    folder = folder.resolve()
    with _reported(folder):
        known = _read_checksums(folder)
        strange = [name for name in files if name not in known and (folder / name).exists()]
        if strange and not force:
            found = folder / strange[0]
            raise ExportError(f"{found} was not written by otiograde: move it, or replace it with --force")
        new = folder / _beside(folder).name
        try:
            _fill(new, files)
            lines = (f"{digest}  {name}\n" for name, digest in (known | _read_checksums(new)).items())
            write_file(new / CHECKSUMS, "".join(lines).encode("ascii"))
            with _uninterrupted():
                _merge(folder, new)
        finally:
            with _uninterrupted():
                shutil.rmtree(new, ignore_errors=True)


def check_writable(folder: Path, *, force: bool = False) -> None:
    """Raise ``ExportError`` now if ``write_folder`` could not write ``folder`` later. Leaves nothing behind."""
    folder = _replaceable(folder, force)
    with _reported(folder):
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


def read_cube(path: Path | str) -> Lut3D:
    """Read a .cube file. Raises ``CubeError`` with the line, ``ExportError`` for a file that cannot be read."""
    path = Path(path)
    with _reported(path, "cannot be read"):
        text = path.read_bytes().decode("utf-8", errors="replace")
    try:
        return parse_cube(text)
    except CubeError as error:
        named = CubeError(f"{path}: {error}")
        named.line = error.line
        raise named from None


def write_cube(path: Path | str, lut: Lut3D) -> None:
    """Write a LUT as a plain .cube file, whole or not at all. Raises ``ExportError``."""
    write_file(Path(path), format_cube(lut).encode("ascii"))


def read_record(folder: Path) -> GradedTimeline:
    """Read the record in an output folder (or in the file itself).

    Raises ``ExportError`` where there is none, ``RecordError`` for one that is damaged or of a newer otiograde.
    """
    path = folder / RECORD if folder.is_dir() else folder
    if not path.is_file():
        raise ExportError(f"{path} is not there: {folder} is no output folder of otiograde")
    with _reported(path, "cannot be read"):
        text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    try:
        return parse_record(text)
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None


def written_files(folder: Path) -> frozenset[str]:
    """Name the files that otiograde wrote into a folder, whether they are still there or not."""
    with _reported(folder / CHECKSUMS, "cannot be read"):
        return frozenset(_read_checksums(folder))


def changed_files(folder: Path, record: GradedTimeline) -> dict[str, str]:
    """Find the files of an output folder that are no longer what was written (sha256), and what happened to each.

    Every shot of the record must have its LUT among them.
    """
    with _reported(folder / CHECKSUMS, "cannot be read"):
        written = _read_checksums(folder)
    if not written:
        return {CHECKSUMS: "is missing or empty, so nothing can be compared"}
    changed = {name: why for name, digest in written.items() if (why := _difference(folder / name, digest))}
    luts = (lut_path(shot.id) for shot in record.edit.shots)
    return changed | {name: "was never written" for name in luts if name not in written}


def lut_path(shot: str) -> str:
    """Say where the LUT of the shot with this id lies in an output folder."""
    return f"luts/{shot}.cube"


def picture_path(shot: str, frame: int) -> str:
    """Say where the picture of a media frame of the shot with this id lies in an output folder."""
    return f"{PICTURES}/{shot}/{frame}.jpg"


class Pictures(Mapping[str, bytes]):
    """The pictures in an output folder by their paths in it, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        found = sorted(path.relative_to(folder).as_posix() for path in (folder / PICTURES).glob("*/*.jpg"))
        self._names = {name: None for name in found if _is_safe(name)}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        with _reported(self._folder / name, "cannot be read"):
            return (self._folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _difference(path: Path, digest: str) -> str:
    if not path.is_file():
        return "is missing"
    with _reported(path, "cannot be read"), path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return "" if found == digest else "has changed since it was written"


def _read_checksums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / CHECKSUMS).read_text("ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("  ", 1) for line in lines if "  " in line)
    # The names are joined to the folder: one that leads out of it is not one we wrote.
    return {name: digest for digest, name in pairs if _is_safe(name)}


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not _is_safe(name):
            raise ExportError(f"{name!r} is not a safe file name for an output (letters, digits, '.', '_', '-', '/')")
        if name.lower() in seen or name == CHECKSUMS:
            raise ExportError(f"{name!r} is written twice (upper and lower case are one name on some disks)")
        seen.add(name.lower())


def _is_safe(name: str) -> bool:
    return all(_PART.fullmatch(part) for part in name.split("/")) and PurePosixPath(name).as_posix() == name


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
    with _reported(folder):
        free = _is_free(folder)
    if not free and not force:
        raise ExportError(f"{folder} was not written by otiograde: name another folder, or add to it with --force")
    return folder


def _beside(path: Path) -> Path:
    """Make up a new name in the same folder, hence on the same disk."""
    return path.with_name(f".otiograde-{secrets.token_hex(6)}.part")


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    lines = []
    for name in files:
        content = files[name]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
        if path.suffix == ".sh":
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o444) >> 2)  # who may read it may run it
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    _write(folder / CHECKSUMS, "".join(lines).encode("ascii"))


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
    ours = {*_read_checksums(folder), CHECKSUMS}
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


@contextmanager
def _reported(path: Path, what: str = "cannot be written") -> Iterator[None]:
    """Make one line of ours of an operating system's error."""
    try:
        yield
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(f"{path} {what}: {error.strerror or error}") from error
