"""``otiograde carry OLD EDIT``: transfer the grades of an earlier output to an edit that was cut again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import FINDING_FAILED, Console, plural, show_json
from otiograde.cli.options import (
    MeansOptions,
    ReadingOptions,
    cache_option,
    cluster_options,
    deep_options,
    grouped,
    jobs_option,
    output_options,
    reading_options,
    verbose_option,
)

if TYPE_CHECKING:
    from otiograde.grading.carrying import Carried


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: EDIT's stem.graded]")
@click.option("--force", is_flag=True, help="Write into a folder that otiograde did not make, beside what is there.")
@jobs_option
@cluster_options
@cache_option("Sample everything again.")
@deep_options
@reading_options
@verbose_option
@output_options
@grouped(MeansOptions, "means")
def carry(
    old: Path,
    edit: tuple[Path, ...],
    output: Path | None,
    force: bool,
    reading: ReadingOptions,
    means: MeansOptions,
    verbose: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Transfer the grades of OLD, an output folder, to EDIT, and match new shots to their scenes.

    A shot is recognized by its media, source range, timecode and name. Its reasons state how sure the match is.
    """
    from otiograde.cli.run import open_edit, open_means, output_folder
    from otiograde.cli.summary import (
        print_attention,
        print_edit,
        print_later_notes,
        print_settings_notes,
        write_outputs,
    )
    from otiograde.folder.reading import read_record
    from otiograde.grading.carrying import carry as carry_grades
    from otiograde.grading.picturing import draw_looks, draw_pictures

    record = read_record(old)
    with Console(quiet, verbose) as console:
        folder = output_folder(edit, output, force=force)
        with open_means(means, console) as running:
            opened = open_edit(edit, reading, folder.with_suffix(".media"), running)
            print_edit(opened, console)
            print_settings_notes(record, running, console)
            carried = carry_grades(record, opened, means=running)
            print_carried(carried, console)
            print_later_notes(opened, carried.record, console)
            print_attention(carried.record, console)
            pictures = draw_pictures(opened, record.settings.sampling, running)
            pictures |= draw_looks(carried.record)
        write_outputs(carried.record, folder, pictures, force=force, console=console)
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), "new": carried.new, "dropped": carried.dropped, **encode(carried.record)})
    return 0 if carried.record.passed else FINDING_FAILED


def print_carried(carried: Carried, console: Console) -> None:
    """Print what became of the shots: those that are new, that were recognized with doubt, or that were dropped.

    A verbose console gets a line for each shot, with where its grade comes from or how it was matched.
    """
    counts = [f"{len(carried.recuts)} carried", f"{len(carried.new)} new", f"{len(carried.dropped)} dropped"]
    console.print("carried", f"{plural(len(carried.record.grades), 'shot')}: {', '.join(counts)}")
    for grade in carried.record.grades:
        reasons = "; ".join(reason.sentence for reason in grade.reasons)
        if grade.shot in carried.new:
            how = reasons if console.verbose else f"matched with confidence {grade.confidence}"
            console.print("new", f"{grade.shot} in {grade.scene}: {how}")
        elif console.verbose or carried.recuts[grade.shot].confidence != "high":
            console.print("", f"{grade.shot}   {grade.reasons[0].sentence}")
    for shot in carried.dropped:
        console.print("dropped", shot)
