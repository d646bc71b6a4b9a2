"""``otiograde export OUT FORMAT…``: write the grades of an output in the formats of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import grouped, output_options
from otiograde.errors import EncodingError, ExportError, OtiogradeError

if TYPE_CHECKING:
    from otiograde.record.graded import GradedTimeline


#: The most notes on what formats cannot show.
MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How formats are written."""

    #: Whether files that otiograde did not write are replaced.
    force: bool = False
    #: The space of a timeline, for formats that have LUTs in it. None: the format's default.
    lut_space: str | None = None
    #: The encoding of a display, likewise.
    display: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The options of exporters that are given."""
        given = {"lut_space": self.lut_space, "display": self.display}
        return {name: value for name, value in given.items() if value is not None}


def _format_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Complete a FORMAT in a shell."""
    from otiograde.exporters import exporter_names

    return [name for name in [*exporter_names(), "all"] if name.startswith(incomplete)]


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.argument("formats", nargs=-1, required=True, metavar="FORMAT…", shell_complete=_format_names)
@click.option("--lut-space", metavar="NAME", help="Timeline space of handover: acescct, davinci …  [default: acescct]")
@click.option("--display", metavar="NAME", help="Display encoding of handover: bt709, pq, hlg …  [default: bt709]")
@click.option("--force", is_flag=True, help="Replace files of these names that otiograde did not write.")
@output_options
@grouped(ExportOptions, "options")
def export(output: Path, formats: tuple[str, ...], options: ExportOptions, as_json: bool, quiet: bool) -> int:
    """Write the grades of OUTPUT in each FORMAT (mlt, fcpxml, edl … or all), beside what is there.

    This needs graded.json and no media.
    """
    from otiograde.folder.reading import read_record

    record = read_record(output)
    folder = output if output.is_dir() else output.parent
    with Console(quiet) as console:
        written = write_formats(record, folder, formats, console, force=options.force, options=options.named)
    if as_json:
        show_json({"output": str(folder), "written": written})
    return 0


def check_formats(formats: Sequence[str]) -> None:
    """Raise an error for a format that no exporter writes, and for those that need what is not installed.

    ``all`` is checked by ``write_formats``, which leaves such formats out. Raises ``ExportError`` for the former,
    ``ToolNotFoundError`` with all names for the latter.
    """
    from otiograde.errors import ToolNotFoundError
    from otiograde.exporters import exporter, lacking

    named = [name for name in dict.fromkeys(formats) if name != "all"]
    for name in named:
        with suppress(ToolNotFoundError):  # all of these in one line, below
            exporter(name)
    if missing := lacking(named):
        raise ToolNotFoundError(f"nothing is exported: {'; '.join(_needing(missing))}")


def write_formats(
    record: GradedTimeline,
    folder: Path,
    formats: Sequence[str],
    console: Console,
    *,
    force: bool = False,
    options: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Write formats into the folder, all or nothing, and return the names of the files. ``all`` means every format.

    Some formats need what is not installed, or do not apply to this edit. With ``all``, such a format is skipped with a
    line. Otherwise this raises ``ExportError`` or ``ToolNotFoundError``, and nothing is written.
    """
    from otiograde.exporters import Files, Together
    from otiograde.folder.reading import Pictures
    from otiograde.folder.writing import add_files
    from otiograde.grading.picturing import draw_looks, draw_pictures
    from otiograde.means.means import Means

    check_formats(formats)
    pictures: Files = Pictures(folder)
    drawn: Files = {}
    if not pictures and ("all" in formats or "report" in formats):
        means = Means(progress=console.progress)
        pictures = drawn = draw_pictures(record.edit, record.settings.sampling, means) | draw_looks(record)
    made = _made(record, formats, pictures, options, console)
    while True:
        sources = {path: files for files in (drawn, *made.values()) for path in files}
        try:
            add_files(folder, Together(sources), force=force)
            break
        except UnmadeError as error:  # what a format needs may come to light only when its files are made
            if "all" not in formats:
                raise
            console.print("skipped", str(error))
            del made[error.format]
    for name, files in made.items():
        console.print("exported", f"{name}: {plural(len(files), 'file')}")
    for line in _notes(record, made):
        console.print("note", line)
    stepped = sum(bool(shot.wishes.steps) for shot in record.edit.shots)
    if stepped:
        console.print(
            "note", f"the steps of {plural(stepped, 'shot')} are in render.sh and `render` only: LUTs hold none"
        )
    return list(sources)


def _made(
    record: GradedTimeline,
    formats: Sequence[str],
    pictures: Mapping[str, bytes],
    options: Mapping[str, str],
    console: Console,
) -> dict[str, FormatFiles]:
    """Return the files of each format. With ``all``, formats that cannot be had are left out with a line."""
    from otiograde.errors import ToolNotFoundError
    from otiograde.exporters import exporter, exporter_names, lacking, takes

    all_formats = "all" in formats
    names = exporter_names() if all_formats else list(dict.fromkeys(formats))
    for option in options:
        if not any(takes(name, option) for name in names):
            raise ExportError(f"--{option.replace('_', '-')} is for handover, which is not among the formats")
    missing = lacking(names)
    for line in _needing(missing):
        console.print("skipped", line)
    unwritable = {name for group in missing.values() for name in group}
    made = {}
    for name in names:
        try:
            if name not in unwritable:
                made[name] = FormatFiles(name, exporter(name, pictures, options)(record))
        except (EncodingError, ExportError, ToolNotFoundError) as error:
            if not all_formats:
                raise ExportError(f"nothing is exported: {name}: {error}") from error
            console.print("skipped", f"{name}: {error}")
    return made


def _notes(record: GradedTimeline, names: Iterable[str]) -> list[str]:
    """Return what formats show otherwise than the edit, with the names of the formats before each line."""
    from otiograde.exporters import notes_of

    formats: dict[str, list[str]] = {}
    for name in names:
        for line in notes_of(name, record):
            formats.setdefault(line, []).append(name)
    lines = [f"{', '.join(formats[line])}: {line}" for line in formats]
    if len(lines) > MOST_NOTES:
        lines[MOST_NOTES:] = [f"and {len(lines) - MOST_NOTES} more that are not shown as the edit asks"]
    return lines


def _needing(missing: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence for each thing that formats need."""
    return [f"{', '.join(names)} {'needs' if len(names) == 1 else 'need'} {need}" for need, names in missing.items()]


class UnmadeError(ExportError):
    """A format of which a file could not be made."""

    def __init__(self, name: str, why: Exception) -> None:
        super().__init__(f"{name}: {why}")
        self.format = name


class FormatFiles(Mapping[str, bytes]):
    """The files of one format. Raises ``UnmadeError`` where one cannot be made on access."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name, self._files = name, files

    def __getitem__(self, path: str) -> bytes:
        try:
            return self._files[path]
        except OtiogradeError as error:
            raise UnmadeError(self._name, error) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)
