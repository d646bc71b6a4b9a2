"""Bundle: an ``.otioz`` is a zip file with the edit and its media inside."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from otiograde.errors import TimelineError

PLAYLIST = "content.otio"
LARGEST_PLAYLIST = 2**30
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
)  # what zipfile raises on bad files


def read_playlist(path: Path) -> str:
    """The edit inside an ``.otioz``. Raises ``TimelineError``."""
    try:
        with zipfile.ZipFile(path) as bundle:
            entry = bundle.getinfo(PLAYLIST)
            if entry.file_size > LARGEST_PLAYLIST:
                raise TimelineError(f"the {PLAYLIST} inside says it is {entry.file_size} bytes long")
            return bundle.read(entry).decode("utf-8-sig")
    except KeyError:
        raise TimelineError(f"a zip file without {PLAYLIST}") from None
    except UnicodeDecodeError:
        raise TimelineError(f"the {PLAYLIST} inside is not UTF-8 text") from None
    except BROKEN as wrong:
        raise TimelineError(f"not a whole .otioz ({wrong})") from None


class Bundle:
    """The media inside an ``.otioz``, unpacked one by one, when asked for, into the folder ``into``.

    Where a file goes is never taken from the archive: each lands in a folder named by its checksum and size, under the
    last part of its name. So no entry can escape (``../../x``), and a file unpacked before is used again.
    """

    def __init__(self, path: Path, into: Path | None) -> None:
        self._path, self._into = path, into
        with zipfile.ZipFile(path) as bundle:
            self._entries = {entry.filename: entry for entry in bundle.infolist() if not entry.is_dir()}

    def __contains__(self, address: str) -> bool:
        return _entry_name(address) in self._entries

    def file(self, address: str) -> Path | None:
        """The unpacked file for a media address; None when the archive has none. Raises ``OSError``."""
        entry = self._entries.get(_entry_name(address))
        if entry is None:
            return None
        if self._into is None:
            raise OSError("packed inside the .otioz, and no folder was given to unpack it to")
        folder = self._into / f"{entry.CRC:08x}-{entry.file_size}"
        target = folder / _safe(entry.filename)
        if not (target.is_file() and target.stat().st_size == entry.file_size):
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < entry.file_size:
                raise OSError(f"no room to unpack {entry.file_size} bytes to {self._into}")
            self._unpack(entry, folder, target)
        return target

    def _unpack(self, entry: zipfile.ZipInfo, folder: Path, target: Path) -> None:
        handle, name = tempfile.mkstemp(dir=folder)
        part = Path(name)
        try:
            with zipfile.ZipFile(self._path) as bundle, bundle.open(entry) as packed, os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
            part.replace(target)
        except BROKEN as wrong:
            raise OSError(f"the .otioz is broken ({wrong})") from None
        finally:
            part.unlink(missing_ok=True)


def _entry_name(address: str) -> str:
    return address.replace("\\", "/").removeprefix("./")


def _safe(name: str) -> str:
    """The last part of an entry's name with no sign in it that any system refuses."""
    last = "".join("_" if sign in '<>:"|?*\\' or not sign.isprintable() else sign for sign in PurePosixPath(name).name)
    return last.strip(" .") or "media"
