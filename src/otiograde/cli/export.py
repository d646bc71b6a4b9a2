"""``otiograde export OUT FORMAT…``: write the grades of an output in the formats of other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import output_options

if TYPE_CHECKING:
    from otiograde.record.graded import GradedTimeline


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.argument("formats", nargs=-1, required=True, metavar="FORMAT…")
@click.option("--force", is_flag=True, help="Replace files of these names that otiograde did not write.")
@output_options
def export(output: Path, formats: tuple[str, ...], force: bool, as_json: bool, quiet: bool) -> int:
    """Write the grades of OUTPUT in each FORMAT (mlt, fcpxml, edl … or all), beside what is there.

    This needs graded.json and no media.
    """
    from otiograde.folder.reading import read_record

    record = read_record(output)
    folder = output if output.is_dir() else output.parent
    with Console(quiet) as console:
        written = write_formats(record, folder, formats, console, force=force)
    if as_json:
        show_json({"output": str(folder), "written": written})
    return 0


def check_formats(formats: Sequence[str]) -> None:
    """Raise ``ExportError`` for a format that no exporter writes."""
    from otiograde.exporters import exporter

    for name in formats:
        if name != "all":
            exporter(name)


def write_formats(
    record: GradedTimeline, folder: Path, formats: Sequence[str], console: Console, *, force: bool = False
) -> list[str]:
    """Write formats into the folder, all or nothing, and return the names of the files. ``all`` means every format.

    Some formats need a program that is not installed, or do not apply to this edit. With ``all``, such a format is
    skipped with a line. Otherwise this raises ``ExportError`` or ``ToolNotFoundError``.
    """
    from otiograde.errors import ExportError, ToolNotFoundError
    from otiograde.exporters import Files, Together, exporter, exporter_names
    from otiograde.folder.reading import Pictures
    from otiograde.folder.writing import add_files
    from otiograde.grading.picturing import draw_pictures
    from otiograde.means.means import Means

    all_formats = "all" in formats
    pictures: Files = Pictures(folder)
    sources: dict[str, Files] = {}  # file name -> the files that hold its content
    if not pictures and (all_formats or "report" in formats):
        pictures = draw_pictures(record.edit, record.settings.sampling, Means(progress=console.progress))
        sources.update(dict.fromkeys(pictures, pictures))
    for name in exporter_names() if all_formats else dict.fromkeys(formats):
        try:
            files = exporter(name, pictures)(record)
        except (ExportError, ToolNotFoundError) as error:
            if not all_formats:
                raise
            console.print("skipped", f"{name}: {error}")
            continue
        console.print("exported", f"{name}: {plural(len(files), 'file')}")
        sources.update(dict.fromkeys(files, files))
    stepped = sum(bool(shot.wishes.steps) for shot in record.edit.shots)
    if stepped:
        console.print(
            "note", f"the steps of {plural(stepped, 'shot')} are in render.sh and `render` only: LUTs hold none"
        )
    add_files(folder, Together(sources), force=force)
    return list(sources)
