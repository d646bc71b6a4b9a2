"""``otiograde inspect EDIT``: show the shots of an edit without grading them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import plural, show_json
from otiograde.cli.options import ReadingOptions, output_options, reading_options

if TYPE_CHECKING:
    from otiograde.record.edit import Edit
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
    """Print the edit as a plain text table on stdout."""
    from otiograde.record.edit import MISREAD, NOT_READ

    shots = plural(len(edit.shots), "shot")
    tracks = plural(len({shot.track for shot in edit.shots}), "video track")
    click.echo(f"{edit.name or 'edit'}: {shots} on {tracks}, {float(edit.rate):g} frames a second")
    width = max((len(shot.id) for shot in edit.shots), default=0)
    for shot in edit.shots:
        click.echo(f"  {shot.id:<{width}}  {_ranges(shot)}  {_media(shot)}")
    for note in edit.notes:
        click.echo(f"  note: {note}")
    for skip in edit.skips:
        name = f" {skip.name!r}" if skip.name else ""
        verb = "differs" if skip.what in (NOT_READ, MISREAD) else "skipped"
        click.echo(f"  {verb} at {skip.start}+{skip.count}: {skip.what}{name}: {skip.why}")


def _ranges(shot: Shot) -> str:
    speed = "" if shot.speed == 1 else f" x{float(shot.speed):g}"
    record, source = shot.record, shot.source
    return f"V{shot.track + 1} {record.start:>6}+{record.count:<5} <- {source.start}+{source.count}{speed}"


def _media(shot: Shot) -> str:
    media = shot.media
    rate = f" {float(media.rate):g} fps" if media.kind != "still" else ""
    size = f"{media.width}x{media.height}{rate} {media.pixel_format}"
    return f"{media.path.name}  {size}  {media.encoding.name} ({media.origin})"
