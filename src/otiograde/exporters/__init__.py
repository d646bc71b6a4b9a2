"""Output formats for editors, colorists and FFmpeg. Each exporter is a pure function of the record.

An exporter is an entry point of the group ``otiograde.exporters``; pyproject.toml lists those of otiograde.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from otiograde.errors import ExportError, ToolNotFoundError
from otiograde.exporters.moved import new_home
from otiograde.folder.layout import RECORD
from otiograde.record.graded import GradedTimeline, format_record

GROUP = "otiograde.exporters"

#: The exporters of every run. The others run on request: ``otiograde export``.
EVERY_RUN = ("luts", "otio", "render", "report")

#: The files of one format: path in the output folder, with ``/``, -> content. Contents may be made on access.
Files: TypeAlias = Mapping[str, bytes]
Exporter: TypeAlias = Callable[[GradedTimeline], Files]

#: Options of exporters: the name of a parameter -> its value.
Options: TypeAlias = Mapping[str, str]
NO_OPTIONS: Options = MappingProxyType({})

#: Pictures are ``folder.layout.picture_path`` -> JPEG; this is an output without any.
NO_PICTURES: Files = MappingProxyType({})


def exporter(name: str, pictures: Files = NO_PICTURES, options: Options = NO_OPTIONS) -> Exporter:
    """Load the exporter of this name. If it has a parameter ``pictures``, it gets them, and so with ``options``.

    Raises ``ExportError`` that lists the names, or says why the exporter does not load, and ``ToolNotFoundError`` if it
    needs a package that is not installed.
    """
    installed = _installed()
    if name not in installed:
        raise ExportError(f"there is no exporter {name!r}: use one of {', '.join(installed)}")
    if need := needs(name):
        raise ToolNotFoundError(f"{name} needs {need}")
    try:
        function = installed[name].load()
        parameters = signature(function).parameters
    except Exception as error:  # a plug-in may fail in any way
        raise ExportError(f"the exporter {name!r} does not load: {new_home(error) or error}") from error
    given = {"pictures": pictures, **options}
    taken = {parameter: value for parameter, value in given.items() if parameter in parameters}
    return cast("Exporter", partial(function, **taken) if taken else function)


def takes(name: str, option: str) -> bool:
    """Whether the exporter of this name has an option."""
    try:
        return option in signature(_installed()[name].load()).parameters
    except Exception:  # a plug-in may fail in any way; loading it says how
        return False


def needs(name: str) -> str:
    """Return what an installed exporter needs and does not find, and how to get it; empty if it can write.

    The module of an exporter may have ``NEEDS``: name of the exporter -> package to import, and what to install.
    """
    package, remedy = _table(_installed()[name], "NEEDS", {}).get(name, ("", ""))
    try:
        if package:
            import_module(package)
    except ImportError:
        return str(remedy)
    return ""


def notes_of(name: str, record: GradedTimeline) -> list[str]:
    """Return what the files of an exporter show otherwise than the edit, one line for each thing.

    The module of an exporter may have ``notes``: a function that returns these lines for a record.
    """
    notes = _table(_installed()[name], "notes", None)
    return list(dict.fromkeys(notes(record))) if notes else []


def export_all(record: GradedTimeline, names: Iterable[str] = EVERY_RUN, pictures: Files = NO_PICTURES) -> Files:
    """Return the files of these exporters, the pictures, and last the record itself.

    Raises ``ExportError`` when two exporters write the same file.

    >>> from pathlib import Path
    >>> import cv2, numpy as np
    >>> from otiograde import grade_timeline
    >>> _ = cv2.imwrite("a.png", np.full((90, 160, 3), (120, 120, 110), np.uint8))
    >>> sorted(export_all(grade_timeline([Path("a.png")]), ["luts", "otio"]))
    ['graded.json', 'graded.otio', 'luts/a.cube']
    """
    source_of: dict[str, Files] = dict.fromkeys(pictures, pictures)
    for name in names:
        files = exporter(name, pictures)(record)
        if twice := source_of.keys() & files.keys():
            raise ExportError(f"the exporter {name!r} writes {min(twice)}, as another one does")
        source_of.update(dict.fromkeys(files, files))
    text = format_record(record).encode("utf-8", errors="surrogateescape")
    return Together({**source_of, RECORD: {RECORD: text}})


def exporters_of(files: Collection[str], record: GradedTimeline) -> list[str]:
    """Return the exporters, except those of every run, that write any of these files of a record.

    So a folder that is written again keeps its formats. An exporter that cannot write is left out. The module of an
    exporter may have ``PATHS``, patterns (``fnmatch``) of all its files; it runs only if a file matches one of them.
    """
    names = []
    for name, point in _installed().items() if files else ():
        with suppress(ExportError, ToolNotFoundError):
            if name in EVERY_RUN:
                continue
            export = exporter(name)
            if _writes(point, files) and not export(record).keys().isdisjoint(files):
                names.append(name)
    return names


def lacking(names: Iterable[str]) -> dict[str, list[str]]:
    """Return what these exporters need and do not find -> their names. Names that are not installed are left out."""
    missing: dict[str, list[str]] = {}
    for name in _installed().keys() & set(names):
        if need := needs(name):
            missing.setdefault(need, []).append(name)
    return {need: sorted(missing[need]) for need in sorted(missing)}


def lost(files: Collection[str]) -> dict[str, list[str]]:
    """Return what exporters need and do not find -> those of these files that they may have written."""
    gone: dict[str, list[str]] = {}
    for name, point in _installed().items():
        if _table(point, "NEEDS", {}) and (need := needs(name)):
            gone.setdefault(need, []).extend(file for file in files if _writes(point, (file,)))
    return {need: sorted(set(names)) for need, names in gone.items() if names}


def exporter_names() -> list[str]:
    """Return the names of all installed exporters, including those of other packages."""
    return list(_installed())


class Together(Files):
    """Several mappings as one; contents are made on access. ``source_of`` is path -> the mapping with its content."""

    def __init__(self, source_of: Mapping[str, Files]) -> None:
        self._source_of = source_of

    def __getitem__(self, name: str) -> bytes:
        return self._source_of[name][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._source_of)

    def __len__(self) -> int:
        return len(self._source_of)


def _table(point: EntryPoint, table: str, default: Any) -> Any:
    """Return a table of the module of an exporter. A module that does not load has none."""
    try:
        return getattr(import_module(point.module), table, default)
    except Exception:  # a plug-in may fail in any way; loading it says how
        return default


def _writes(point: EntryPoint, files: Collection[str]) -> bool:
    """Whether any of the files may be from this exporter."""
    return any(fnmatchcase(file, pattern) for file in files for pattern in _table(point, "PATHS", ("*",)))


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}
