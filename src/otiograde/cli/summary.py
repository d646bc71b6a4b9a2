"""Lines about an edit and its grades, and the output folder that the grading commands write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from otiograde.cli.console import Console, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otiograde.means.means import Means
    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline

#: The most shots for which each shot gets a line.
MOST_SHOT_LINES = 100


def print_edit(edit: Edit, console: Console) -> None:
    """Print what was read, what is skipped, and what was assumed."""
    tracks = len({shot.track for shot in edit.shots})
    counts = [plural(len(edit.shots), "shot"), plural(tracks, "track")]
    numbers = {what: sum(skip.what == what for skip in edit.skips) for what in ("transition", "gap")}
    counts += [plural(number, what) for what, number in numbers.items() if number]
    console.print("reading", ", ".join(counts))
    for note in edit.notes:
        console.print("note", note)
    for skip in edit.skips:
        if skip.what not in ("transition", "gap"):
            console.print("skipped", f"{skip.what} {skip.name!r}: {skip.why}")
    assumed = sorted({shot.media.path.name for shot in edit.shots if shot.media.origin == "assumption"})
    if assumed:
        files = ", ".join(assumed[:3]) + (f" and {len(assumed) - 3} more" if len(assumed) > 3 else "")
        encodings = sorted({shot.media.encoding.name for shot in edit.shots if shot.media.origin == "assumption"})
        console.print("assumed", f"untagged media is {', '.join(encodings)}: {files}")


def print_settings_notes(record: GradedTimeline, means: Means, console: Console) -> None:
    """Print a note if grades cannot be made or checked under the settings and means they were made with."""
    if record.settings.assumed:
        console.print("note", "the record is of an earlier format that kept no settings: the defaults are used")
    if "kornia" in record.made_with and means.network is None:
        console.print("note", "the record was graded with --deep: without it, links that a network found are missing")


def print_grades(record: GradedTimeline, console: Console) -> None:
    """Print a line for each scene and shot: what its grade does, and why. Then print the checks that failed."""
    from otiograde.color.describing import describe
    from otiograde.color.transform import Identity
    from otiograde.record.summary import summary

    grades = {grade.shot: grade for grade in record.grades}
    with_shots = len(grades) <= MOST_SHOT_LINES
    for number, scene in enumerate(record.scenes, 1):
        console.print(f"scene {number}", summary(scene, record.grades, record.findings))
        for shot in scene.shots if with_shots else ():
            grade = grades[shot]
            description = [] if isinstance(grade.transform, Identity) else [describe(grade.transform)]
            reasons = [reason.sentence for reason in grade.reasons]
            console.print("", f"{shot}   {'; '.join([*description, *reasons])}")
    if not with_shots:
        console.print("", f"the reasons for each of the {len(grades)} shots are in graded.json")
    steps = Counter(str(step) for shot in record.edit.shots for step in shot.wishes.steps)
    for step, count in steps.items():
        console.print("step", f"{step}, of {plural(count, 'shot')}, when it is rendered")
    for finding in record.findings:
        if finding.passed is False:
            limit = "" if finding.limit is None else f" (limit {finding.limit:g})"
            console.print(
                "failed", f"{finding.shot}: {finding.check} {finding.value:.3g} {finding.unit}{limit} {finding.note}"
            )


def write_outputs(
    record: GradedTimeline, folder: Path, pictures: Mapping[str, bytes] | None, *, force: bool, console: Console
) -> None:
    """Write all outputs of the record into ``folder``, all or nothing. Without ``pictures``, there is no report.

    Formats that were exported to the folder before are written again.
    """
    from otiograde.exporters import EVERY_RUN, export_all, exporters_of
    from otiograde.folder.layout import BATCH_FILE, EDIT, LUTS, RECORD, REPORT, SHELL_SCRIPT
    from otiograde.folder.reading import written_files
    from otiograde.folder.writing import write_folder

    names = [name for name in EVERY_RUN if name != "report" or pictures is not None]
    files = export_all(record, names, pictures or {})
    if again := exporters_of(set(written_files(folder)) - files.keys(), record):
        console.print("exported", f"again: {', '.join(again)}")
        files = export_all(record, [*names, *again], pictures or {})
    write_folder(folder, files, force=force)
    luts = sum(name.startswith(f"{LUTS}/") for name in files)
    rest = [name for name in (SHELL_SCRIPT, BATCH_FILE, RECORD, REPORT) if name in files]
    console.print("wrote", f"{folder}/    " + " · ".join([EDIT, f"{LUTS}/ ({luts})", *rest]))


def write_movie_edit(edit: Edit, sources: Sequence[Path], folder: Path, console: Console) -> None:
    """Write the shots of a movie that was taken apart as an edit in the output folder, unless one is there."""
    from otiograde.exporters.otio import format_edit
    from otiograde.folder.layout import MOVIE_EDIT
    from otiograde.folder.writing import write_file
    from otiograde.timeline import is_media

    if len(sources) > 1 or not is_media(sources[0]) or not sources[0].is_file() or len(edit.shots) < 2:
        return
    target = folder / MOVIE_EDIT
    if target.exists():
        console.print("kept", f"{target}: the cuts as they were written before")
        return
    write_file(target, format_edit(edit.otio), within=folder)
    console.print("cuts", f"{target}: correct it, then grade it: otiograde {target}")
