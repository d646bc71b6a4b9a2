"""What the commands that grade tell of their work, and the folder they write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from otiograde.cli.talk import Talk, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otiograde.means.means import Means
    from otiograde.record.edit import Edit
    from otiograde.record.graded import GradedTimeline

#: Edits of up to so many shots get a line for each of them.
SHOTS_TOLD = 100


def tell_edit(edit: Edit, talk: Talk) -> None:
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


def tell_settings(record: GradedTimeline, means: Means, talk: Talk) -> None:
    """Print a note where a record cannot be graded or checked again just as it was made."""
    if record.settings.assumed:
        talk.say("note", "the record is of an earlier format that kept no settings: the defaults are used")
    if "kornia" in record.made_with and means.network is None:
        talk.say("note", "the record was graded with --deep: without it, links that a network found are missing")


def tell_grades(record: GradedTimeline, talk: Talk) -> None:
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


def write_outputs(
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
