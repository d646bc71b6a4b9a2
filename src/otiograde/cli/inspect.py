"""``otiograde inspect EDIT``: show the shots of an edit without grading them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import plural, show_json
from otiograde.cli.options import ReadingOptions, output_options, reading_options
from otiograde.cli.summary import counted_gaps, counted_joins, notes_on_fields

if TYPE_CHECKING:
    from otiograde.record.edit import Edit, Join
    from otiograde.record.shot import Shot


@click.command()
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@reading_options
@output_options
def inspect(edit: tuple[Path, ...], reading: ReadingOptions, as_json: bool, quiet: bool) -> int:
    """Show the shots of EDIT with their media and encodings, what is skipped and why, and what was read otherwise."""
    from otiograde.cli.run import open_edit
    from otiograde.record.codec import encode

    with TemporaryDirectory(prefix="otiograde-") as unpacked:
        opened = open_edit(edit, reading, Path(unpacked))
    if as_json:
        fields = encode(opened)
        fields.pop("otio")
        show_json(fields)
    elif not quiet:
        show(opened)
    return 0


def show(edit: Edit) -> None:
    """Print the edit as plain text on stdout: its shots, its transitions, what is skipped or differs, and notes.

    A place is its track, its first frame and its number of frames in the edit.
    """
    from otiograde.record.edit import MISREAD, NOT_READ

    shots = plural(len(edit.shots), "shot")
    tracks = plural(len({shot.track for shot in edit.shots}), "video track")
    parts = [f"{shots} on {tracks}", f"{float(edit.rate):g} frames a second"]
    click.echo(f"{edit.name or 'edit'}: {', '.join([*parts, *counted_joins(edit), *counted_gaps(edit)])}")
    width = max((len(shot.id) for shot in edit.shots), default=0)
    for shot in edit.shots:
        click.echo(f"  {shot.id:<{width}}  {_ranges(shot)}  {_media(shot)}")
    for join in edit.joins:
        if not join.sound:
            place = f"{join.cut - join.before}+{join.before + join.after}"
            click.echo(f"  {_kind(join)} {place}, over the cut at {join.cut}")
    for pattern in edit.patterns:
        click.echo(f"  {pattern.kind} {pattern.record.start}+{pattern.record.count}, from a generator")
    for note in (*edit.notes, *notes_on_fields(edit)):
        click.echo(f"  note: {note}")
    for skip in edit.lost:
        name = f" {skip.name!r}" if skip.name else ""
        place = f" V{skip.track + 1} {skip.start}+{skip.count}" if skip.count else ""
        verb = "differs" if skip.what in (NOT_READ, MISREAD) else "skipped"
        click.echo(f"  {verb}{place} {skip.what}{name}: {skip.why}")


def _kind(join: Join) -> str:
    """Return the name of a transition, and how it is rendered where that is something else."""
    if join.kind == "SMPTE_Dissolve":
        return "dissolve"
    return f"{join.kind} (rendered as a dissolve)"


def _ranges(shot: Shot) -> str:
    speed = "" if shot.speed == 1 else f" x{float(shot.speed):g}"
    record, source = shot.record, shot.source
    return f"V{shot.track + 1} {record.start:>6}+{record.count:<5} <- {source.start}+{source.count}{speed}"


def _media(shot: Shot) -> str:
    media = shot.media
    rate = f" {float(media.rate):g} fps" if media.kind != "still" else ""
    size = f"{media.width}x{media.height}{rate} {media.pixel_format}"
    return f"{media.path.name}  {size}  {media.encoding.name} ({media.origin})"
