"""``otiograde EDIT``: match the shots of an edit and write everything about it into one folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from otiograde.cli.options import (
    GradingOptions,
    MeansOptions,
    ReadingOptions,
    cache_option,
    deep_options,
    gathered,
    jobs_option,
    reading_options,
    step_option,
    talking_options,
)
from otiograde.cli.talk import FINDING_FAILED, Talk, show_json
from otiograde.decide.match import MATCHERS
from otiograde.record.settings import AnchorKind

if TYPE_CHECKING:
    from otiograde.record.steps import Step


@click.command()
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: EDIT's stem.graded]")
@click.option("--force", is_flag=True, help="Write into a folder that otiograde did not make, beside what is there.")
@click.option("--matcher", type=click.Choice(MATCHERS), help="How to match.  [default: joint, or as OUTPUT was]")
@click.option(
    "--anchor",
    type=click.Choice(get_args(AnchorKind)),
    help="What to match to.  [default: balanced, or as OUTPUT was]",
)
@click.option(
    "--look", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A still or .cube: the look."
)
@deep_options
@click.option("--look-strength", type=click.FloatRange(0, 1), default=1.0, show_default=True)
@click.option("--lut-size", type=click.Choice(["17", "33", "65"]), help="Nodes a side of the LUTs.  [default: 33]")
@click.option("--shots", multiple=True, metavar="SHOT", help="Grade only this shot of OUTPUT again.")
@click.option("--scenes", multiple=True, metavar="SCENE", help="Grade only this scene of OUTPUT again.")
@click.option(
    "--export", "formats", multiple=True, metavar="FORMAT", help="Write this format, too (mlt, edl … or all)."
)
@click.option("--no-report", is_flag=True, help="Write no report.html, and no pictures for it.")
@jobs_option
@cache_option("Sample and link everything anew.")
@reading_options
@step_option
@talking_options
@gathered(GradingOptions, "grading")
@gathered(MeansOptions, "means")
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
    as_json: bool,
    quiet: bool,
) -> int:
    """Match the shots of EDIT: a timeline, a folder of clips, or the clips themselves.

    Writes graded.otio, luts/, render.sh, render.bat, report.html and graded.json (the record) into one folder.
    """
    from otiograde.cli.export import check_formats, write_formats
    from otiograde.cli.run import draw, open_edit, open_means, output_folder, solve
    from otiograde.cli.telling import tell_edit, tell_grades, write_outputs
    from otiograde.record.graded import with_steps

    check_formats(formats)
    with Talk(quiet) as talk:
        folder = output_folder(edit, output, force=force)
        opened = open_edit(edit, reading, folder.with_suffix(".media"))
        tell_edit(opened, talk)
        with open_means(means, talk) as running:
            record = with_steps(solve(opened, folder, grading, running, talk), steps)
            tell_grades(record, talk)
            pictures = None if no_report else draw(opened, record.settings, running)
        write_outputs(record, folder, pictures, force=force, talk=talk)
        if formats:
            write_formats(record, folder, formats, talk, force=force)
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), **encode(record)})
    return 0 if record.passed else FINDING_FAILED
