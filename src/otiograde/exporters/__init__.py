"""Everything an editor, a colorist or FFmpeg needs, written from the record: one pure function a format.

The packaging file is the index: an exporter is an entry point of the group ``otiograde.exporters``, ours like any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

from otiograde.errors import ExportError
from otiograde.graded import GradedTimeline, format_record
from otiograde.outputs import RECORD

GROUP = "otiograde.exporters"

#: What every run writes. The other exporters write when they are asked to: ``otiograde export``.
EVERY_RUN = ("luts", "otio", "render")

#: The files of one format: path in the output folder (``/`` between its parts) -> content. The mapping may make
#: contents as they are asked for.
Files: TypeAlias = Mapping[str, bytes]
Exporter: TypeAlias = Callable[[GradedTimeline], Files]


def exporter(name: str) -> Exporter:
    """Load the exporter of this name. Raises ``ExportError`` that lists the names, or says why it does not load."""
    found = _installed()
    if name not in found:
        raise ExportError(f"there is no exporter {name!r}: use one of {', '.join(found)}")
    try:
        function: Exporter = found[name].load()
    except Exception as error:  # a plug-in may fail in any way
        raise ExportError(f"the exporter {name!r} does not load: {error}") from error
    return function


def export_all(record: GradedTimeline, names: Iterable[str] = EVERY_RUN) -> Files:
    """Give the files of the exporters named, and last the record itself.

    Raises ``ExportError`` when two exporters write the same file.
    """
    homes: dict[str, Files] = {}
    for name in names:
        files = exporter(name)(record)
        if twice := homes.keys() & files.keys():
            raise ExportError(f"the exporter {name!r} writes {min(twice)}, as another one does")
        homes.update(dict.fromkeys(files, files))
    text = format_record(record).encode("utf-8", errors="surrogateescape")
    return Together({**homes, RECORD: {RECORD: text}})


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
