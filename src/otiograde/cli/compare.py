"""``otiograde compare A B``: how far apart two clips or stills are in color."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.options import talking_options
from otiograde.cli.talk import Talk, plural, show_json


@click.command()
@click.argument("a", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("b", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@talking_options
def compare(a: Path, b: Path, as_json: bool, quiet: bool) -> None:
    """Measure CIEDE2000 between two clips or stills: of their means, and frame by frame."""
    from otiograde.color.difference import band
    from otiograde.movie.compare import compare_media
    from otiograde.record.codec import encode

    with Talk(quiet) as talk:
        result = compare_media(a, b, talk.progress)
    if as_json:
        show_json({**encode(result), "band": band(result.mean)})
        return
    click.echo(f"of the means    ΔE00 {result.of_means:.2f}  {band(result.of_means)}")
    click.echo(f"frame by frame  ΔE00 {result.mean:.2f}  {band(result.mean)}, mean of {plural(result.frames, 'frame')}")
    click.echo(f"worst frame     ΔE00 {result.worst:.2f}  {band(result.worst)}, frame {result.worst_at}")
    if result.pixels is not None:
        click.echo(f"pixel by pixel  ΔE00 {result.pixels:.2f}  {band(result.pixels)}")
    if result.frames_a != result.frames_b:
        click.echo(
            f"lengths differ: {result.frames_a} and {result.frames_b} frames; the first {result.frames} compared"
        )
