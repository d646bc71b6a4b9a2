"""``otiograde demo``: draw a small movie with six color casts, grade it, and measure it against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import FINDING_FAILED, Console, show_json
from otiograde.cli.options import MeansOptions, output_options, verbose_option


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("otiograde-demo"),
    show_default=True,
    help="Folder for the movie and its grades.",
)
@click.option("--force", is_flag=True, help="Draw into a folder that the demo did not make.")
@verbose_option
@output_options
def demo(output: Path, force: bool, verbose: bool, as_json: bool, quiet: bool) -> int:
    """Draw a small movie of six shots with six known color casts, grade it, and print ΔE00 to the truth."""
    from otiograde.cli.run import check_demo_folder, default_folder, open_means
    from otiograde.cli.summary import print_edit, print_grades, write_outputs
    from otiograde.color.difference import band
    from otiograde.demo import draw_movie, truth_error
    from otiograde.folder.layout import REPORT
    from otiograde.grading.picturing import draw_pictures
    from otiograde.grading.pipeline import grade_timeline, read

    check_demo_folder(output, force=force)
    with Console(quiet, verbose) as console, open_means(MeansOptions(), console) as means:
        movie = draw_movie(output, executor=means.executor, progress=console.progress)
        console.print("drew", f"{movie.edit}    two sets, three camera set-ups each, six casts")
        edit = read(movie.edit)
        print_edit(edit, console)
        record = grade_timeline(edit, means=means)
        print_grades(record, console)
        folder = default_folder([movie.edit])
        write_outputs(record, folder, draw_pictures(edit, means=means), force=force, console=console)
        before = truth_error(movie)
        after = truth_error(movie, {shot.name: record.lut(shot.id) for shot in edit.shots})
        console.print(
            "truth", f"ΔE00 between the shots of a set: {before:.2f} {band(before)} -> {after:.2f} {band(after)}"
        )
        console.print("report", str(folder / REPORT))
    if as_json:
        show_json({"output": str(output), "before": before, "after": after})
    return 0 if after < before else FINDING_FAILED
