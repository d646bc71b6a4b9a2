"""The output folder under review: its state when it was read, its looks, and saving to it."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from otiograde.errors import ExportError, OtiogradeError
from otiograde.exporters import EVERY_RUN, Files, export_all, exporters_of
from otiograde.folder.layout import EDIT, PICTURES, RECORD
from otiograde.folder.parts import tidy
from otiograde.folder.reading import Pictures, as_export_error, changed_files, read_record, written_files
from otiograde.folder.writing import write_file, write_folder
from otiograde.grading.look_files import open_look
from otiograde.grading.picturing import draw_cuts, draw_looks
from otiograde.means.progress import Progress
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import clip_at
from otiograde.record.shot import Wishes
from otiograde.review.pictures import pictures_after
from otiograde.timeline.wishes import wished_metadata

#: The subfolder that holds the looks.
LOOKS = "looks"

#: File name extensions of looks: LUTs and stills.
LOOK_ENDINGS = (".cube", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".webp")

#: The most bytes of a look.
LARGEST_LOOK = 2**26

#: The most stills of a folder that are offered.
MOST_STILLS = 500

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class LookFolder:
    """A folder of this machine from which a look can be chosen."""

    folder: str
    #: Names of the stills and LUTs in it, the first ``MOST_STILLS``.
    names: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> LookFolder:
        """List a folder. Links that lead out of it are left out. Raises ``ExportError`` if it holds no look."""
        with as_export_error(folder):
            files = sorted(file for file in folder.iterdir() if file.suffix.lower() in LOOK_ENDINGS)
            names = tuple(file.name for file in files if file.is_file() and is_inside(file, folder))
        if not names:
            raise ExportError(f"{folder} holds no look: a look is one of {', '.join(LOOK_ENDINGS)}")
        return cls(str(folder), names[:MOST_STILLS])


def is_inside(file: Path, folder: Path) -> bool:
    """Whether a file lies in a folder once all links are followed."""
    return file.resolve().is_relative_to(folder.resolve())


class ChangedOutsideError(ExportError):
    """Another program changed the folder since the review read or wrote it."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An output folder."""

    path: Path
    #: SHA-256 of the record and the edit, as the review last read or wrote them.
    digest: str

    @classmethod
    def open(cls, path: Path) -> tuple[Folder, GradedTimeline]:
        """Open a folder and read its record. What a killed process left unfinished in or beside it is deleted.

        Raises ``ExportError`` or ``RecordError`` if ``path`` is no output folder, or if its record or edit has changed
        since otiograde wrote it.
        """
        path = path.resolve()
        tidy(path)
        tidy(path.parent)
        record = read_record(path)
        for name, why in changed_files(path, record).items():
            if name in (RECORD, EDIT):
                raise ExportError(
                    f"{path / name} {why}: grade it again (otiograde {quote(str(path / EDIT))}) to keep its changes"
                )
        return cls(path, _digest(path)), record

    @property
    def changed_outside(self) -> bool:
        """Whether another program changed the record or the edit since the review read or wrote them."""
        return _digest(self.path) != self.digest

    def looks(self) -> dict[str, Path]:
        """Return the stills and LUTs in the looks folder, by file name. Links are left out."""
        looks = self.path / LOOKS
        if looks.is_symlink() or not looks.is_dir():
            return {}
        files = sorted(file for file in looks.iterdir() if file.suffix.lower() in LOOK_ENDINGS)
        return {file.name: file for file in files if file.is_file() and not file.is_symlink()}

    def add_look(self, name: str, content: bytes) -> Path:
        """Write a look to the looks folder, under a safe name that contains a digest of its content.

        Raises ``ExportError`` if the content is not a look. No file is left then.
        """
        ending = Path(name).suffix.lower()
        if ending not in LOOK_ENDINGS:
            raise ExportError(f"a look is one of {', '.join(LOOK_ENDINGS)}")
        looks = self.path / LOOKS
        if looks.is_symlink():
            raise ExportError(f"{looks} is a link: looks are only kept in the output folder itself")
        stem = _UNSAFE.sub("_", Path(name).stem).strip("_")[:40] or "look"
        file = looks / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"
        if file.is_symlink() or not file.is_file():
            write_file(file, content, within=self.path)
            try:
                open_look(file)
            except OtiogradeError as error:
                file.unlink(missing_ok=True)
                reason = str(error).replace(str(file), name).replace(file.name, name)
                raise ExportError(f"this is no look: {reason}") from error
        return file

    def open_look(self, path: Path, name: str = "") -> Path | LookFolder:
        """Copy a look of this machine to the looks folder, or list the looks of a folder.

        ``name`` names a look in the folder ``path``. A relative path starts at this folder. Raises ``ExportError`` for
        what is not there, is no look, or leads out of its folder.
        """
        with as_export_error(path / name):
            file = path if path.is_absolute() else self.path / path
            if not path.is_absolute() and not is_inside(file, self.path):
                raise ExportError(f"{path} leads out of {self.path}: give its whole path")
            if name and (Path(name).name != name or not is_inside(file / name, file)):
                raise ExportError(f"{name} leads out of {file}: give its whole path")
            file = file / name if name else file
            return LookFolder.of(file) if file.is_dir() else self._copy_look(file)

    def _copy_look(self, path: Path) -> Path:
        """Copy a look to the looks folder. Raises as ``add_look`` does, and for what is no file."""
        path.stat()  # says why, if it is not there
        if not path.is_file():
            raise ExportError(f"{path} is no file: name a still or a .cube")
        if path.suffix.lower() not in LOOK_ENDINGS:
            raise ExportError(f"{path.name}: a look is one of {', '.join(LOOK_ENDINGS)}")
        if (size := path.stat().st_size) > LARGEST_LOOK:
            raise ExportError(f"{path.name} has {size >> 20} MB: a look has {LARGEST_LOOK >> 20} MB at most")
        return self.add_look(path.name, path.read_bytes())

    def pictures(self, held: Edit, edit: Edit) -> Mapping[str, bytes]:
        """Return the folder's pictures, which are of the edit ``held``, under the names of the shots of ``edit``."""
        return pictures_after(Pictures(self.path), held, edit)

    def save(
        self, record: GradedTimeline, original: GradedTimeline, progress: Progress, held: Edit | None = None
    ) -> tuple[Folder, tuple[str, ...]]:
        """Write every format that is in the folder again, all or nothing. The wishes go into the edit's metadata.

        ``original`` is the record as it was read, and ``held`` the edit that the folder holds now, if another. Returns
        the folder with its new digest, and one note for each file that is no longer written. Raises
        ``ChangedOutsideError`` and ``ExportError``.
        """
        record = with_wishes_in_edit(record, original, self.path)
        held = held or original.edit
        pictures = self.pictures(held, record.edit)
        if pictures and held.shots != record.edit.shots:
            pictures = {**pictures, **draw_cuts(record.edit, drawn=pictures.keys())}
        if pictures and (stills := draw_looks(record, pictures.keys())):
            pictures = {**pictures, **stills}
        names = [name for name in EVERY_RUN if name != "report" or len(pictures)]
        written = written_files(self.path)
        names += exporters_of(written - export_all(record, names, pictures).keys(), record)
        files = export_all(record, names, pictures)
        if self.changed_outside:
            raise ChangedOutsideError(f"{self.path} was changed by other hands: look at it before saving over it")
        write_folder(self.path, _FilesWithProgress(files, progress))
        notes = tuple(
            f"{name} is no longer written" for name in sorted(written - files.keys()) if not name.startswith(PICTURES)
        )
        return replace(self, digest=_digest(self.path)), notes


def with_wishes_in_edit(record: GradedTimeline, original: GradedTimeline, folder: Path) -> GradedTimeline:
    """Return the record with its wishes in the metadata of the edit's clips, so that a later run reads them."""
    otio = copy.deepcopy(record.edit.otio)  # the original's, unless shots were split or joined
    before = {shot.id: shot.wishes for shot in original.edit.shots}
    for shot in record.edit.shots:
        clip = clip_at(otio, shot.where) if "tracks" in otio else {}
        metadata = clip.get("metadata") or {}
        stated = metadata.get("otiograde")
        stated = stated if isinstance(stated, dict) else {}
        wishes = wished_metadata(stated, shot.wishes, before.get(shot.id, Wishes()), folder)
        if wishes != stated:
            clip["metadata"] = {**metadata, "otiograde": wishes}
    return replace(record, edit=replace(record.edit, otio=otio))


def _digest(folder: Path) -> str:
    """Return the SHA-256 of the record and the edit. All other files are made from these two."""
    digest = hashlib.sha256()
    for name in (RECORD, EDIT):
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            digest.update(b"-")
    return digest.hexdigest()


class _FilesWithProgress(Mapping[str, bytes]):
    """Files that report progress whenever one is read, which is when it is written."""

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
