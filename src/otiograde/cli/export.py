"""``otiograde export OUT FORMAT…``: write an output's grades for other programs, from its record alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.options import talking_options
from otiograde.cli.talk import Talk, plural, show_json

if TYPE_CHECKING:
    from otiograde.record.graded import GradedTimeline


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.argument("formats", nargs=-1, required=True, metavar="FORMAT…")
@click.option("--force", is_flag=True, help="Replace files of these names that otiograde did not write.")
@talking_options
def export(output: Path, formats: tuple[str, ...], force: bool, as_json: bool, quiet: bool) -> int:
    """Write the grades of OUTPUT as FORMATs (mlt, fcpxml, edl … or all) beside what is there.

    Media are not needed: graded.json holds everything.
    """
    from otiograde.folder.reading import read_record

    record = read_record(output)
    folder = output if output.is_dir() else output.parent
    with Talk(quiet) as talk:
        written = write_formats(record, folder, formats, talk, force=force)
    if as_json:
        show_json({"output": str(folder), "written": written})
    return 0


def check_formats(formats: Sequence[str]) -> None:
    """Raise ``ExportError`` for a format that nobody writes."""
    from otiograde.exporters import exporter

    for name in formats:
        if name != "all":
            exporter(name)


def write_formats(
    record: GradedTimeline, folder: Path, formats: Sequence[str], talk: Talk, *, force: bool = False
) -> list[str]:
    """Write the formats (``all``: every one) into the folder, all or nothing. Returns the names of the files.

    A format that needs a program that is not there, or has nothing to say of this edit, is an error when it is named,
    and a line when all are asked for.
    """
    from otiograde.errors import ExportError, ToolNotFoundError
    from otiograde.exporters import Files, Together, exporter, exporter_names
    from otiograde.folder.reading import Pictures
    from otiograde.folder.writing import add_files
    from otiograde.grading.picturing import draw_pictures
    from otiograde.means.means import Means

    every = "all" in formats
    pictures: Files = Pictures(folder)
    homes: dict[str, Files] = {}
    if not pictures and (every or "report" in formats):
        pictures = draw_pictures(record.edit, record.settings.sampling, Means(progress=talk.progress))
        homes.update(dict.fromkeys(pictures, pictures))
    for name in exporter_names() if every else dict.fromkeys(formats):
        try:
            files = exporter(name, pictures)(record)
        except (ExportError, ToolNotFoundError) as error:
            if not every:
                raise
            talk.say("skipped", f"{name}: {error}")
            continue
        talk.say("exported", f"{name}: {plural(len(files), 'file')}")
        homes.update(dict.fromkeys(files, files))
    stepped = sum(bool(shot.wishes.steps) for shot in record.edit.shots)
    if stepped:
        talk.say("note", f"the steps of {plural(stepped, 'shot')} are in render.sh and `render` only: LUTs hold none")
    add_files(folder, Together(homes), force=force)
    return list(homes)
