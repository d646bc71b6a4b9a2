"""``otiograde compare A B``: measure the color difference between two clips or stills."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import output_options


@click.command()
@click.argument("a", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("b", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@output_options
def compare(a: Path, b: Path, as_json: bool, quiet: bool) -> None:
    """Measure the color difference (CIEDE2000) between two clips or stills.

    It is measured between their means and frame by frame; between clips of one size, also pixel by pixel.
    """
    from otiograde.color.difference import band
    from otiograde.movie.compare import compare_media
    from otiograde.record.codec import encode

    with Console(quiet) as console:
        result = compare_media(a, b, console.progress)
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
