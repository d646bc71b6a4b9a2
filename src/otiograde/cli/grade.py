"""``otiograde EDIT``: match the shots of an edit and write all outputs into one folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from otiograde.cli.console import FINDING_FAILED, Console, show_json
from otiograde.cli.options import (
    GradingOptions,
    MeansOptions,
    ReadingOptions,
    cache_option,
    cluster_options,
    deep_options,
    grouped,
    jobs_option,
    look_options,
    output_options,
    reading_options,
    steady_options,
    step_option,
    verbose_option,
)
from otiograde.cli.values import NumberRange
from otiograde.decide.match import MATCHERS
from otiograde.record.settings import AnchorKind

if TYPE_CHECKING:
    from otiograde.record.steps import Step


@click.command()
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: EDIT's stem.graded]")
@click.option("--force", is_flag=True, help="Write into a folder that otiograde did not make, beside what is there.")
@click.option(
    "--matcher",
    type=click.Choice(MATCHERS),
    help="Matching method.  [default: joint, or with --shots and --scenes as in OUTPUT]",
)
@click.option(
    "--anchor",
    type=click.Choice(get_args(AnchorKind)),
    help="What a scene is solved towards.  [default: balanced, or with --shots and --scenes as in OUTPUT]",
)
@click.option(
    "--boldness",
    type=NumberRange(0, 1),
    help="How much of what nothing proves is corrected: 0 none, 1 all.  [default: 0.5, or as in OUTPUT]",
)
@look_options
@deep_options
@click.option("--lut-size", type=click.Choice(["17", "33", "65"]), help="Nodes on a side of each LUT.  [default: 33]")
@steady_options
@click.option("--shots", multiple=True, metavar="SHOT", help="Regrade only this shot of OUTPUT (may be repeated).")
@click.option(
    "--export",
    "formats",
    multiple=True,
    metavar="FORMAT",
    help="Also write this format: mlt, edl … or all (may be repeated).",
)
@click.option("--no-report", is_flag=True, help="Write no report.html and no pictures.")
@jobs_option
@cluster_options
@cache_option("Sample and link everything again.")
@reading_options
@step_option
@verbose_option
@output_options
@grouped(GradingOptions, "grading")
@grouped(MeansOptions, "means")
def grade(
    edit: tuple[Path, ...],
    output: Path | None,
    force: bool,
    grading: GradingOptions,
    formats: tuple[str, ...],
    no_report: bool,
    steps: tuple[tuple[str, Step], ...],
    reading: ReadingOptions,
    means: MeansOptions,
    verbose: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Match the shots of EDIT, which is a timeline, a folder of clips, or the clips themselves.

    The output folder gets graded.otio, luts/, render.sh, render.bat, report.html and graded.json (the record).
    """
    from otiograde.cli.export import check_formats, write_formats
    from otiograde.cli.run import open_edit, open_means, output_folder, solve
    from otiograde.cli.summary import (
        print_edit,
        print_grades,
        print_later_notes,
        write_movie_edit,
        write_outputs,
    )
    from otiograde.grading.picturing import draw_looks, draw_pictures
    from otiograde.record.graded import with_steps

    check_formats(formats)
    with Console(quiet, verbose) as console:
        folder = output_folder(edit, output, force=force)
        again = reading.scenes_again
        if (grading.shots or again) and (reading.scene or reading.source_of_scenes):
            raise click.UsageError("--scenes and --scene make scenes of a whole edit: leave out what is graded again")
        with open_means(means, console) as running:
            named = replace(reading, steadied=tuple((name, kind) for name, kind in grading.steady if name))
            opened = open_edit(edit, named, folder.with_suffix(".media"), running, again=True)
            print_edit(opened, console)
            record = with_steps(solve(opened, folder, grading, again, running, console=console), steps)
            print_later_notes(opened, record, console)
            print_grades(record, console)
            pictures = (
                None if no_report else draw_pictures(opened, record.settings.sampling, running) | draw_looks(record)
            )
        write_outputs(record, folder, pictures, force=force, console=console)
        write_movie_edit(opened, edit, folder, console)
        if formats:
            write_formats(record, folder, formats, console, force=force)
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), **encode(record)})
    return 0 if record.passed else FINDING_FAILED
