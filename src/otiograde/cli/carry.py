"""``otiograde carry OLD NEW_EDIT``: the grades of an earlier output on an edit that was cut again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from otiograde.cli.options import (
    MeansOptions,
    ReadingOptions,
    cache_option,
    deep_options,
    gathered,
    jobs_option,
    reading_options,
    talking_options,
)
from otiograde.cli.talk import FINDING_FAILED, Talk, plural, show_json

if TYPE_CHECKING:
    from otiograde.grading.carrying import Carried


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: EDIT's stem.graded]")
@click.option("--force", is_flag=True, help="Write into a folder that otiograde did not make, beside what is there.")
@jobs_option
@cache_option("Sample everything anew.")
@deep_options
@reading_options
@talking_options
@gathered(MeansOptions, "means")
def carry(
    old: Path,
    edit: tuple[Path, ...],
    output: Path | None,
    force: bool,
    reading: ReadingOptions,
    means: MeansOptions,
    as_json: bool,
    quiet: bool,
) -> int:
    """Carry the grades of OLD, an output folder, to EDIT, and match the shots that are new to their scenes.

    A shot is found again by its media, source range, time code and name; how surely is told, and kept in its reasons.
    """
    from otiograde.cli.run import open_edit, open_means, output_folder
    from otiograde.cli.telling import tell_edit, tell_settings, write_outputs
    from otiograde.folder.reading import read_record
    from otiograde.grading.carrying import carry as carry_grades
    from otiograde.grading.picturing import draw_pictures

    record = read_record(old)
    with Talk(quiet) as talk:
        folder = output_folder(edit, output, force=force)
        opened = open_edit(edit, reading, folder.with_suffix(".media"))
        tell_edit(opened, talk)
        with open_means(means, talk) as running:
            tell_settings(record, running, talk)
            carried = carry_grades(record, opened, means=running)
            tell_carried(carried, talk)
            pictures = draw_pictures(opened, record.settings.sampling, running)
        write_outputs(carried.record, folder, pictures, force=force, talk=talk)
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), "new": carried.new, "dropped": carried.dropped, **encode(carried.record)})
    return 0 if carried.record.passed else FINDING_FAILED


def tell_carried(carried: Carried, talk: Talk) -> None:
    """One line per shot: where its grade comes from, or what was done to it; then what is gone."""
    counts = [f"{len(carried.matches)} carried", f"{len(carried.new)} new", f"{len(carried.dropped)} dropped"]
    talk.say("carried", f"{plural(len(carried.record.grades), 'shot')}: {', '.join(counts)}")
    for grade in carried.record.grades:
        if grade.shot in carried.new:
            talk.say("new", f"{grade.shot} in {grade.scene}: {'; '.join(reason.sentence for reason in grade.reasons)}")
        else:
            talk.say("", f"{grade.shot}   {grade.reasons[0].sentence}")
    for shot in carried.dropped:
        talk.say("dropped", shot)
