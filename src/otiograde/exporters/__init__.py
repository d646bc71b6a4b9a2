"""Everything an editor, a colorist or FFmpeg needs, written from the record: one pure function a format.

The packaging file is the index: an exporter is an entry point of the group ``otiograde.exporters``, ours like any.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from types import MappingProxyType
from typing import TypeAlias, cast

from otiograde.errors import ExportError, ToolNotFoundError
from otiograde.exporters.moved import new_home
from otiograde.folder.layout import RECORD
from otiograde.record.graded import GradedTimeline, format_record

GROUP = "otiograde.exporters"

#: What every run writes. The other exporters write when they are asked to: ``otiograde export``.
EVERY_RUN = ("luts", "otio", "render", "report")

#: The files of one format: path in the output folder (``/`` between its parts) -> content. The mapping may make
#: contents as they are asked for.
Files: TypeAlias = Mapping[str, bytes]
Exporter: TypeAlias = Callable[[GradedTimeline], Files]

#: The pictures of an output (``folder.layout.picture_path`` -> JPEG) that has none.
NO_PICTURES: Files = MappingProxyType({})


def exporter(name: str, pictures: Files = NO_PICTURES) -> Exporter:
    """Load the exporter of this name; one that has a parameter ``pictures`` is given these.

    Raises ``ExportError`` that lists the names, or says why it does not load.
    """
    found = _installed()
    if name not in found:
        raise ExportError(f"there is no exporter {name!r}: use one of {', '.join(found)}")
    try:
        function = found[name].load()
        wants = "pictures" in signature(function).parameters
    except Exception as error:  # a plug-in may fail in any way
        raise ExportError(f"the exporter {name!r} does not load: {new_home(error) or error}") from error
    return cast("Exporter", partial(function, pictures=pictures) if wants else function)


def export_all(record: GradedTimeline, names: Iterable[str] = EVERY_RUN, pictures: Files = NO_PICTURES) -> Files:
    """Give the files of the exporters named, the pictures, and last the record itself.

    Raises ``ExportError`` when two exporters write the same file.
    """
    homes: dict[str, Files] = dict.fromkeys(pictures, pictures)
    for name in names:
        files = exporter(name, pictures)(record)
        if twice := homes.keys() & files.keys():
            raise ExportError(f"the exporter {name!r} writes {min(twice)}, as another one does")
        homes.update(dict.fromkeys(files, files))
    text = format_record(record).encode("utf-8", errors="surrogateescape")
    return Together({**homes, RECORD: {RECORD: text}})


def exporters_of(files: Collection[str], record: GradedTimeline) -> list[str]:
    """Name the exporters that write any of these files of a record, but for those of every run.

    A folder that is written again can so keep the formats that were exported to it. One that cannot write is left out.
    """
    found = []
    for name in exporter_names() if files else ():
        with suppress(ExportError, ToolNotFoundError):
            if name not in EVERY_RUN and not exporter(name)(record).keys().isdisjoint(files):
                found.append(name)
    return found


def exporter_names() -> list[str]:
    """Name every exporter that is installed, ours and others'."""
    return list(_installed())


class Together(Files):
    """Several mappings as one, without asking any of them for a content before it is wanted."""

    def __init__(self, homes: Mapping[str, Files]) -> None:
        self._homes = homes

    def __getitem__(self, name: str) -> bytes:
        return self._homes[name][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}
