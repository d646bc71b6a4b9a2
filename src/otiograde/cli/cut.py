"""``otiograde cut MOVIE``: find the cuts of a finished movie, and write them as an edit that a person can correct."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import MeansOptions, deep_options, grouped, output_options

#: How the names of files end that can be written.
ENDS = (".otio", ".edl")


@click.command()
@click.argument("movie", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="File to write, .otio or .edl.  [default: MOVIE's stem.otio]",
)
@click.option("--edl", is_flag=True, help="Also write a CMX 3600 list beside it.")
@click.option("--force", is_flag=True, help="Replace the files if they exist.")
@deep_options
@output_options
@grouped(MeansOptions, "means")
def cut(
    movie: Path, output: Path | None, edl: bool, force: bool, means: MeansOptions, as_json: bool, quiet: bool
) -> int:
    """Write the shots of MOVIE as an OpenTimelineIO edit: one clip a shot, a transition for each dissolve and fade.

    Correct the edit in any program, and grade it: otiograde EDIT.
    """
    from otiograde.cli.run import open_deep_network
    from otiograde.exporters.lists.edl import cut_list
    from otiograde.exporters.otio import format_edit
    from otiograde.folder.writing import check_target, write_file
    from otiograde.grading.cutting import cut_movie
    from otiograde.means.means import Means

    target = output or movie.with_suffix(".otio")
    is_list = target.suffix.lower() == ".edl"
    files = [target, *([target.with_suffix(".edl")] if edl and not is_list else [])]
    for file in files:
        check_target(movie, file, force=force)
    if target.suffix.lower() not in ENDS:
        raise click.UsageError(f"{target}: name a file that ends in {' or '.join(ENDS)}")
    with Console(quiet) as console:
        running = Means(network=open_deep_network(means, console), progress=console.progress)
        opened = cut_movie(movie, means=running, base=target.absolute().parent)
        write_file(target, cut_list(opened) if is_list else format_edit(opened.otio))
        for file in files[1:]:
            write_file(file, cut_list(opened))
        for note in opened.notes:
            console.print("note", note)
        for file in files:
            console.print("wrote", f"{file}: {plural(len(opened.shots), 'shot')}")
    if as_json:
        shots = [{"id": shot.id, "first": shot.source.start, "frames": shot.source.count} for shot in opened.shots]
        show_json({"output": [str(file) for file in files], "shots": shots})
    return 0
