"""The output folder under review: what it was when it was read, the looks in it, and saving into it."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from otiograde.errors import ExportError, OtiogradeError
from otiograde.exporters import EVERY_RUN, Files, export_all, exporters_of
from otiograde.exporters.otio import clip_at
from otiograde.folder.layout import EDIT, RECORD
from otiograde.folder.reading import Pictures, changed_files, read_record, written_files
from otiograde.folder.writing import write_file, write_folder
from otiograde.grading.look_files import open_look
from otiograde.means.progress import Progress
from otiograde.record.graded import GradedTimeline
from otiograde.timeline.wishes import wished_metadata

LOOKS = "looks"

#: What a look may be: the endings of LUTs and stills.
LOOK_ENDINGS = (".cube", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".webp")

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class ChangedOutsideError(ExportError):
    """The folder is not what was read or written here last."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An output folder, and the digest of its record and its edit as they were read or written here last."""

    path: Path
    digest: str

    @classmethod
    def open(cls, path: Path) -> tuple[Folder, GradedTimeline]:
        """The folder and its record. Raises ``ExportError``, ``RecordError``: no output, or changed by other hands."""
        path = path.resolve()
        record = read_record(path)
        for name, why in changed_files(path, record).items():
            if name in (RECORD, EDIT):
                raise ExportError(f"{path / name} {why}: grade it again (otiograde {path / EDIT}) to keep its changes")
        return cls(path, _digest(path)), record

    @property
    def changed_outside(self) -> bool:
        """Whether somebody else wrote the record or the edit since."""
        return _digest(self.path) != self.digest

    def looks(self) -> dict[str, Path]:
        """The stills and LUTs that can be looks, by name."""
        home = self.path / LOOKS
        if home.is_symlink() or not home.is_dir():
            return {}
        files = sorted(file for file in home.iterdir() if file.suffix.lower() in LOOK_ENDINGS)
        return {file.name: file for file in files if file.is_file() and not file.is_symlink()}

    def keep_look(self, name: str, content: bytes) -> Path:
        """Put a look into the folder, under a name that is safe and its own.

        Raises ``ExportError``, ``CubeError`` or ``MediaError`` for what is no look; nothing is then left behind.
        """
        ending = Path(name).suffix.lower()
        if ending not in LOOK_ENDINGS:
            raise ExportError(f"a look is one of {', '.join(LOOK_ENDINGS)}")
        home = self.path / LOOKS
        if home.is_symlink():
            raise ExportError(f"{home} is a link: looks are only kept in the output folder itself")
        home.mkdir(exist_ok=True)
        stem = _UNSAFE.sub("_", Path(name).stem).strip("_")[:40] or "look"
        file = home / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"
        if not file.is_file():
            write_file(file, content)
            try:
                open_look(file)
            except OtiogradeError:
                file.unlink(missing_ok=True)
                raise
        return file

    def save(self, record: GradedTimeline, read: GradedTimeline, progress: Progress) -> tuple[Folder, tuple[str, ...]]:
        """Write every format that is in the folder anew, all or nothing; the wishes go into the edit.

        ``read`` is the record whose edit was read first. Returns the folder as it is now, and words on what could not
        be written again. Raises ``ChangedOutsideError``, ``ExportError``.
        """
        record = telling(record, read, self.path)
        pictures = Pictures(self.path)
        names = [name for name in EVERY_RUN if name != "report" or len(pictures)]
        written = written_files(self.path)
        names += exporters_of(written - export_all(record, names, pictures).keys(), record)
        files = export_all(record, names, pictures)
        if self.changed_outside:
            raise ChangedOutsideError(f"{self.path} was changed by other hands: look at it before saving over it")
        write_folder(self.path, _Told(files, progress))
        lost = tuple(f"{name} is no longer written" for name in sorted(written - files.keys()))
        return replace(self, digest=_digest(self.path)), lost


def telling(record: GradedTimeline, read: GradedTimeline, folder: Path) -> GradedTimeline:
    """The record with its wishes in the clips' metadata of its edit, where reading the edit again finds them."""
    otio = copy.deepcopy(read.edit.otio)
    before = {shot.id: shot.wishes for shot in read.edit.shots}
    for shot in record.edit.shots:
        clip = clip_at(otio, shot.where) if "tracks" in otio else {}
        metadata = clip.get("metadata") or {}
        own = metadata.get("otiograde")
        own = own if isinstance(own, dict) else {}
        asked = wished_metadata(own, shot.wishes, before[shot.id], folder)
        if asked != own:
            clip["metadata"] = {**metadata, "otiograde": asked}
    return replace(record, edit=replace(record.edit, otio=otio))


def _digest(folder: Path) -> str:
    """What the record and the edit are: other files are made from them."""
    digest = hashlib.sha256()
    for name in (RECORD, EDIT):
        try:
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
        except OSError:
            digest.update(b"-")
    return digest.hexdigest()


class _Told(Mapping[str, bytes]):
    """Files that tell how far their writing is."""

    def __init__(self, files: Files, progress: Progress) -> None:
        self._files, self._progress, self._done = files, progress, 0

    def __getitem__(self, name: str) -> bytes:
        content = self._files[name]
        self._done += 1
        self._progress("writing", min(self._done, len(self._files)), len(self._files))
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
