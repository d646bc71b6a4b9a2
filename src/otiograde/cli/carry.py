"""``otiograde carry OLD NEW_EDIT``: the grades of an earlier output on an edit that was cut again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.options import deep_options, reading_options, talking_options, to_reading
from otiograde.cli.talk import FINDING_FAILED, Talk, plural, show_json

if TYPE_CHECKING:
    from otiograde.grading.carrying import Carried


@click.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("edit", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Output folder.  [default: EDIT's stem.graded]")
@click.option("--force", is_flag=True, help="Write into a folder that otiograde did not make, beside what is there.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Worker processes.  [default: one a core]")
@click.option("--no-cache", is_flag=True, help="Sample everything anew.")
@deep_options
@reading_options
@talking_options
def carry(old: Path, **given: Any) -> int:
    """Carry the grades of OLD, an output folder, to EDIT, and match the shots that are new to their scenes.

    A shot is found again by its media, source range, time code and name; how surely is told, and kept in its reasons.
    """
    from otiograde.cli.grade import describe, write
    from otiograde.cli.run import draw, open_edit, output_folder, tell_settings, working
    from otiograde.folder.reading import read_record
    from otiograde.grading.carrying import carry as carry_grades

    sources, as_json = given.pop("edit"), given.pop("as_json")
    record = read_record(old)
    with Talk(given.pop("quiet")) as talk:
        folder = output_folder(sources, given.pop("output"), force=given["force"])
        edit = open_edit(sources, to_reading(given), folder.with_suffix(".media"))
        describe(edit, talk)
        tell_settings(record, talk)
        with working(given, talk) as means:
            carried = carry_grades(record, edit, means=means)
        report(carried, talk)
        write(carried.record, folder, draw(edit, record.settings, given, talk), force=given["force"], talk=talk)
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), "new": carried.new, "dropped": carried.dropped, **encode(carried.record)})
    return 0 if carried.record.passed else FINDING_FAILED


def report(carried: Carried, talk: Talk) -> None:
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
