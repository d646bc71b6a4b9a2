"""Read ``.otioz`` bundles: zip files that hold an edit and its media."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from otiograde.errors import TimelineError
from otiograde.timeline.limits import check_values, most_bytes

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Name of the edit inside a bundle.
PLAYLIST = "content.otio"

#: Most files in an archive.
MOST_FILES = 100_000

#: Bytes of media that are unpacked from any archive, and beyond them the bytes for each byte of the archive. Black
#: frames that are packed well grow by 50; a zip bomb grows by 1000.
FREE_BYTES, GROWTH = 2**28, 100

#: What ``zipfile`` raises on damaged files.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
)


def read_playlist(path: Path) -> str:
    """Return the text of the edit inside an ``.otioz``. Raises ``TimelineError``."""
    try:
        with zipfile.ZipFile(path) as bundle:
            entry, size = bundle.getinfo(PLAYLIST), path.stat().st_size
            if entry.file_size > most_bytes(size):
                raise TimelineError(
                    f"the {PLAYLIST} inside unpacks to {entry.file_size} bytes, far more than {size} bytes of archive"
                )
            if len(bundle.infolist()) > MOST_FILES:
                raise TimelineError(f"an archive of more than {MOST_FILES} files")
            data = bundle.read(entry)
        check_values(data, size)
        return data.decode("utf-8-sig")
    except KeyError:
        raise TimelineError(f"a zip file without {PLAYLIST}") from None
    except UnicodeDecodeError:
        raise TimelineError(f"the {PLAYLIST} inside is not UTF-8 text") from None
    except ZIP_ERRORS as error:
        raise TimelineError(f"not a whole .otioz ({error})") from None


class Bundle:
    """The media inside an ``.otioz``. A file is unpacked when it is first needed, into ``unpack_to``.

    The archive does not decide where a file goes: its folder is named by checksum and size, and only the last part of
    its name is used. So no entry can escape (``../../x``), and files unpacked by an earlier run are used again.
    """

    def __init__(self, path: Path, unpack_to: Path | None) -> None:
        self._path, self._unpack_to = path, unpack_to
        with zipfile.ZipFile(path) as bundle:
            self._entries = {entry.filename: entry for entry in bundle.infolist() if not entry.is_dir()}
        self._left = max(FREE_BYTES, GROWTH * path.stat().st_size)
        self._counted: set[str] = set()

    def __contains__(self, address: str) -> bool:
        return _entry_name(address) in self._entries

    def file(self, address: str) -> Path | None:
        """Unpack the file at a media address and return its path; None if the archive has none. Raises ``OSError``."""
        entry = self._entries.get(_entry_name(address))
        if entry is None:
            return None
        if self._unpack_to is None:
            raise OSError("packed inside the .otioz, and no folder was given to unpack it to")
        self._count(entry)
        folder = self._unpack_to / f"{entry.CRC:08x}-{entry.file_size}"
        target = folder / _safe_name(entry.filename)
        if not _is_whole(target, entry):
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < entry.file_size:
                raise OSError(f"no room to unpack {entry.file_size} bytes to {self._unpack_to}")
            self._unpack(entry, target)
        return target

    def _count(self, entry: zipfile.ZipInfo) -> None:
        """Count an entry, once, towards the bytes that the archive may unpack to. Raises ``OSError`` beyond them."""
        if entry.filename in self._counted:
            return
        if entry.file_size > self._left:
            raise OSError(f"unpacks to {entry.file_size} bytes, far more than its .otioz is long: unpack it by hand")
        self._counted.add(entry.filename)
        self._left -= entry.file_size

    def _unpack(self, entry: zipfile.ZipInfo, target: Path) -> None:
        """Unpack one entry; ``target`` is written completely or not at all. Raises ``OSError``."""
        with _locked_part(target) as part:
            if _is_whole(target, entry):  # another process was unpacking it
                return
            try:
                with zipfile.ZipFile(self._path) as bundle, bundle.open(entry) as packed, part.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                part.replace(target)
            except ZIP_ERRORS as error:
                raise OSError(f"the .otioz is broken ({error})") from None


@contextmanager
def _locked_part(target: Path) -> Iterator[Path]:
    """Yield the file to unpack into, alone. The one that a killed process left is used again.

    Waits while another process has it, where the system has such locks.
    """
    part = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.part")
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(part, flags, 0o666)
    try:
        if fcntl is None:  # Windows renames no open file
            os.close(file)
        while fcntl is not None:
            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(part, file):
                break
            os.close(file)  # the other process has renamed or deleted it
            file = os.open(part, flags, 0o666)
        yield part
    finally:
        part.unlink(missing_ok=True)
        if fcntl is not None:
            os.close(file)


def _is_at(path: Path, file: int) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _is_whole(target: Path, entry: zipfile.ZipInfo) -> bool:
    return target.is_file() and target.stat().st_size == entry.file_size


def _entry_name(address: str) -> str:
    """Write a relative address as the archive names its entries."""
    return address.replace("\\", "/").removeprefix("./")


def _safe_name(name: str) -> str:
    """Return the last part of an entry's name, without characters that an operating system rejects."""
    last = "".join(
        "_" if character in '<>:"|?*\\' or not character.isprintable() else character
        for character in PurePosixPath(name).name
    )
    return last.strip(" .") or "media"
