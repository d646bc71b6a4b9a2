"""Sidecars: what files beside the media say of its encoding. They are those of strangers, and small.

Sony's non-real-time metadata (``C0001M01.XML`` beside ``C0001.MP4``), XML of the file's name, and the tables of a
folder: Avid's log (``.ale``, as ARRI's cameras write it) and CSV (ARRI's Meta Extract, Resolve's metadata).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from otiograde.errors import OtiogradeError, TimelineError
from otiograde.record.shot import Media
from otiograde.timeline.limits import parse_xml
from otiograde.timeline.reading import Notes, Probe, decoded, one_line
from otiograde.timeline.stated import KEYS, Statement, plain, statement

#: Largest sidecar in bytes, most tables of a folder, and most files of one that are looked at.
MOST_BYTES, MOST_TABLES, MOST_FILES = 2**22, 64, 20_000

#: Columns that name the file or clip of a row.
NAMES = ("sourcefile", "sourcefilename", "filename", "file", "cameraclipname", "clipname", "name")

#: XML of edits, which says nothing of one file.
EDITS = frozenset({"xmeml", "fcpxml"})


class Sidecars:
    """Reads the sidecars of media, each once."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._folders: dict[Path, dict[str, list[Path]]] = {}
        self._tables: dict[Path, dict[str, list[Statement]]] = {}

    def of(self, path: Path) -> list[Statement]:
        """Return what the sidecars of a media file say, in the order of their names; what is not known is noted."""
        stem = path.stem.casefold()
        read = [self._xml(file) for file in self._xml_of(path.parent, stem)]
        rows = self._rows(path.parent)
        statements = [one for one in read if one is not None]
        statements += rows.get(path.name.casefold()) or rows.get(stem) or []
        for one in statements:
            if one.encoding is None:
                self._notes.add(f"{one.words}: ignored; name it with --encoding", path.name)
        return [one for one in statements if one.encoding is not None]

    def _files(self, folder: Path) -> dict[str, list[Path]]:
        """Return the XML files and tables of a folder by suffix."""
        if folder not in self._folders:
            kinds: dict[str, list[Path]] = {".xml": [], ".ale": [], ".csv": []}
            with suppress(OSError):
                for _, entry in zip(range(MOST_FILES), folder.iterdir(), strict=False):
                    if entry.suffix.casefold() in kinds and not entry.name.startswith("."):
                        kinds[entry.suffix.casefold()].append(entry)
            self._folders[folder] = {kind: sorted(files) for kind, files in kinds.items()}
        return self._folders[folder]

    def _xml_of(self, folder: Path, stem: str) -> Iterator[Path]:
        return (file for file in self._files(folder)[".xml"] if stem in _media_of(file))

    def _xml(self, file: Path) -> Statement | None:
        try:
            root = parse_xml(_bytes(file))
        except (OSError, TimelineError) as error:
            self._notes.add(f"a sidecar cannot be read ({one_line(error, 80)}), ignored", file.name)
            return None
        return None if _tag(root) in EDITS else statement(dict(_items(root)), file.name)

    def _rows(self, folder: Path) -> Mapping[str, list[Statement]]:
        """Return what the tables of a folder say, by the names of files and clips without case."""
        if folder not in self._tables:
            rows: dict[str, list[Statement]] = {}
            files = self._files(folder)
            for file in [*files[".ale"], *files[".csv"]][:MOST_TABLES]:
                try:
                    table = list(_table(file))
                except (OSError, TimelineError, csv.Error) as error:
                    self._notes.add(f"a table beside the media cannot be read ({one_line(error, 80)})", file.name)
                    continue
                for names, values in table:
                    if (row := statement(values, file.name)) is not None:
                        for name in names:
                            rows.setdefault(name, []).append(row)
            self._tables[folder] = rows
        return self._tables[folder]


def is_sidecar(file: Path, stems: Collection[str]) -> bool:
    """Whether a file of a folder is read as a sidecar; ``stems`` are the names of its media, without case or suffix."""
    suffix = file.suffix.casefold()
    return suffix in {".ale", ".csv"} or (suffix == ".xml" and not _media_of(file).isdisjoint(stems))


def _media_of(file: Path) -> set[str]:
    """Return the names, without case or suffix, that the media of an XML sidecar may have: ``C0001M01`` is of C0001."""
    stem = file.stem.casefold()
    return {stem, re.sub(r"m\d\d$", "", stem)}


def with_sidecars(path: Path, probe: Probe, sidecars: Sidecars) -> Media:
    """Probe a file whose encoding nobody asks for: its sidecars win over its tags, and what contradicts them is kept.

    Two sidecars of two families are not believed. Raises ``MediaError``.
    """
    stated = [(one.encoding, one.words) for one in sidecars.of(path) if one.encoding is not None]
    try:
        media = probe(path)
    except OtiogradeError:
        if len(stated) != 1:
            raise
        return replace(probe(path, encoding=stated[0][0]), origin="sidecar")
    if not stated or media.origin == "sidecar":  # it was probed before
        return media
    families = {encoding.family: words for encoding, words in stated}
    if len(families) > 1:
        return replace(media, contradiction=f"{' and '.join(families.values())}: neither is believed")
    (encoding, words), tagged = stated[0], media.encoding
    if encoding.family == tagged.family:
        return media if media.origin != "assumption" else replace(media, origin="sidecar")
    is_usual = media.origin == "assumption" or (encoding.is_log and tagged.family == "sdr")  # cameras tag log so
    doubt = "" if is_usual else f"{words}, its tags say {tagged.name}: the sidecar is believed"
    return replace(probe(path, encoding=encoding), origin="sidecar", contradiction=doubt)


def _bytes(file: Path) -> bytes:
    """Read a sidecar. Raises ``OSError``, and ``TimelineError`` for one that is none by its size."""
    if not file.is_file():
        raise TimelineError("it is no file")
    if (size := file.stat().st_size) > MOST_BYTES:
        raise TimelineError(f"{size >> 20} MiB, and at most {MOST_BYTES >> 20} are read")
    return file.read_bytes()


def _tag(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _items(root: Element) -> Iterator[tuple[str, str]]:
    """Yield the plain keys and the values that name an encoding: of items with name and value, and of elements.

    The first of a key comes last, so that it wins in a mapping.
    """
    for element in reversed(list(root.iter())):
        for key, value in ((element.get("name"), element.get("value")), (_tag(element), element.text)):
            if key and value and plain(key) in KEYS:
                yield plain(key), value.strip()


def _table(file: Path) -> Iterator[tuple[set[str], dict[str, str]]]:
    """Yield the names of the file or clip of each row, without case, and its values by plain keys.

    Raises ``OSError``, ``TimelineError`` or ``csv.Error``.
    """
    lines = decoded(_bytes(file)).splitlines()
    columns: list[str] = []
    for fields in _ale(lines) if file.suffix.casefold() == ".ale" else _csv(lines):
        if not columns:
            columns = [plain(field) for field in fields]
            continue
        row = dict(zip(columns, (field.strip() for field in fields), strict=False))
        files = [row[key].replace("\\", "/").rpartition("/")[2].casefold() for key in NAMES if row.get(key)]
        yield set(files) | {Path(name).stem for name in files}, row


def _ale(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the columns and then the rows of an Avid log."""
    section = ""
    for line in lines:
        if line.strip() in {"Heading", "Column", "Data"}:
            section = line.strip()
        elif section in {"Column", "Data"} and line.strip():
            yield line.split("\t")


def _csv(lines: list[str]) -> Iterator[list[str]]:
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    return (row for row in csv.reader(lines, delimiter=delimiter) if any(row))
