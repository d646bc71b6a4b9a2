"""``otiograde EDIT``: match the shots of an edit and write everything about it into one folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from otiograde.cli.options import deep_options, reading_options, step_option, talking_options, to_reading
from otiograde.cli.talk import FINDING_FAILED, Talk, plural, show_json
from otiograde.decide.match import MATCHERS
from otiograde.record.settings import AnchorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline


#: Up to so many shots are told about one by one.
SHOTS_TOLD = 100


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
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Worker processes.  [default: one a core]")
@click.option("--no-cache", is_flag=True, help="Sample and link everything anew.")
@reading_options
@step_option
@talking_options
def grade(**given: Any) -> int:
    """Match the shots of EDIT: a timeline, a folder of clips, or the clips themselves.

    Writes graded.otio, luts/, render.sh, render.bat, report.html and graded.json (the record) into one folder.
    """
    from otiograde.cli.export import check_formats, write_formats
    from otiograde.cli.run import draw, open_edit, output_folder, solve, solve_part
    from otiograde.record.graded import with_steps

    sources, as_json = given.pop("edit"), given.pop("as_json")
    check_formats(given["formats"])
    with Talk(given.pop("quiet")) as talk:
        folder = output_folder(sources, given.pop("output"), force=given["force"])
        edit = open_edit(sources, to_reading(given), folder.with_suffix(".media"))
        describe(edit, talk)
        part = given["shots"] or given["scenes"]
        record = solve_part(edit, folder, given, talk) if part else solve(edit, given, talk)
        record = with_steps(record, given["steps"])
        report(record, talk)
        write(
            record,
            folder,
            None if given["no_report"] else draw(edit, record.settings, given, talk),
            force=given["force"],
            talk=talk,
        )
        if given["formats"]:
            write_formats(record, folder, given["formats"], talk, force=given["force"])
    if as_json:
        from otiograde.record.codec import encode

        show_json({"output": str(folder), **encode(record)})
    return 0 if record.passed else FINDING_FAILED


def describe(edit: Edit, talk: Talk) -> None:
    """What was read, what is skipped and what was assumed."""
    tracks = len({shot.track for shot in edit.shots})
    counts = [plural(len(edit.shots), "shot"), plural(tracks, "track")]
    numbers = {what: sum(skip.what == what for skip in edit.skips) for what in ("transition", "gap")}
    counts += [plural(number, what) for what, number in numbers.items() if number]
    talk.say("reading", ", ".join(counts))
    for note in edit.notes:
        talk.say("note", note)
    for skip in edit.skips:
        if skip.what not in ("transition", "gap"):
            talk.say("skipped", f"{skip.what} {skip.name!r}: {skip.why}")
    assumed = sorted({shot.media.path.name for shot in edit.shots if shot.media.origin == "assumption"})
    if assumed:
        some = ", ".join(assumed[:3]) + (f" and {len(assumed) - 3} more" if len(assumed) > 3 else "")
        names = sorted({shot.media.encoding.name for shot in edit.shots if shot.media.origin == "assumption"})
        talk.say("assumed", f"untagged media is {', '.join(names)}: {some}")


def report(record: GradedTimeline, talk: Talk) -> None:
    """One line per scene and one per shot: what was done, and why; then the checks that failed."""
    from otiograde.color.describing import describe
    from otiograde.color.transform import Identity
    from otiograde.decide.verify import summary

    grades = {grade.shot: grade for grade in record.grades}
    wordy = len(grades) <= SHOTS_TOLD
    for number, scene in enumerate(record.scenes, 1):
        talk.say(f"scene {number}", summary(scene, record.grades, record.findings))
        for shot in scene.shots if wordy else ():
            grade = grades[shot]
            words = [] if isinstance(grade.transform, Identity) else [describe(grade.transform)]
            talk.say("", f"{shot}   {'; '.join([*words, *(reason.sentence for reason in grade.reasons)])}")
    if not wordy:
        talk.say("", f"the reasons for each of the {len(grades)} shots are in graded.json")
    steps = Counter(str(step) for shot in record.edit.shots for step in shot.wishes.steps)
    for step, count in steps.items():
        talk.say("step", f"{step}, of {plural(count, 'shot')}, when it is rendered")
    for finding in record.findings:
        if finding.passed is False:
            limit = "" if finding.limit is None else f" (limit {finding.limit:g})"
            talk.say(
                "failed", f"{finding.shot}: {finding.check} {finding.value:.3g} {finding.unit}{limit} {finding.note}"
            )


def write(
    record: GradedTimeline, folder: Path, pictures: Mapping[str, bytes] | None, *, force: bool, talk: Talk
) -> None:
    """All outputs of the record into ``folder``, at once or not at all; no report without ``pictures``.

    Formats that were exported to it before are written again.
    """
    from otiograde.exporters import EVERY_RUN, export_all, exporters_of
    from otiograde.folder.layout import BATCH_FILE, EDIT, LUTS, RECORD, REPORT, SHELL_SCRIPT
    from otiograde.folder.reading import written_files
    from otiograde.folder.writing import write_folder

    names = [name for name in EVERY_RUN if name != "report" or pictures is not None]
    files = export_all(record, names, pictures or {})
    if again := exporters_of(set(written_files(folder)) - files.keys(), record):
        talk.say("exported", f"again: {', '.join(again)}")
        files = export_all(record, [*names, *again], pictures or {})
    write_folder(folder, files, force=force)
    luts = sum(name.startswith(f"{LUTS}/") for name in files)
    rest = [name for name in (SHELL_SCRIPT, BATCH_FILE, RECORD, REPORT) if name in files]
    talk.say("wrote", f"{folder}/    " + " · ".join([EDIT, f"{LUTS}/ ({luts})", *rest]))
