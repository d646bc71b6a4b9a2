"""Lines about an edit and its grades, and the output folder that the grading commands write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from otiograde.cli.console import Console, plural, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from otiograde.means.means import Means
    from otiograde.record.edit import Edit
    from otiograde.record.finding import Finding
    from otiograde.record.graded import GradedTimeline
    from otiograde.record.scene import Scene

#: How many of the worst cuts are printed, and the most failed checks, kinds of skips and scenes of one shot.
WORST_CUTS, MOST_FAILURES, MOST_SKIPS, MOST_SINGLES = 3, 10, 8, 5
#: The most shots of which is printed what is taken out.
MOST_STEADIED = 5


def print_edit(edit: Edit, console: Console) -> None:
    """Print what was read, what is skipped, and what was assumed."""
    from otiograde.record.summary import listed

    tracks = len({shot.track for shot in edit.shots})
    counts = [plural(len(edit.shots), "shot"), plural(tracks, "track")]
    console.print("reading", ", ".join([*counts, *counted_joins(edit), *counted_gaps(edit)]))
    for note in (*edit.notes, *notes_on_fields(edit)):
        console.print("note", note)
    _print_skips(edit, console)
    assumed = [shot.media for shot in edit.shots if shot.media.origin == "assumption"]
    if assumed:
        encodings = ", ".join(sorted({media.encoding.name for media in assumed}))
        files = listed(sorted({media.path.name for media in assumed}), 3)
        console.print("assumed", f"media without all color tags is {encodings}: {files}")


def _print_skips(edit: Edit, console: Console) -> None:
    """Print what is skipped, in one line what has one reason. Only a verbose console gets every line and name."""
    from otiograde.record.summary import listed

    names: dict[tuple[str, str], Counter[str]] = {}
    for skip in edit.lost:
        names.setdefault((skip.what, skip.why), Counter())[repr(skip.name)] += 1
    most = len(edit.lost) if console.verbose else MOST_SKIPS
    for (what, why), group in list(names.items())[:most]:
        uses = [name if count == 1 else f"{name} ({count} times)" for name, count in group.items()]
        console.print("skipped", f"{what} {listed(uses, most)}: {why}")
    if (more := len(names) - most) > 0:
        console.print("", f"and {more} more; `otiograde inspect` lists them")


def counted_joins(edit: Edit) -> list[str]:
    """Return how many dissolves and other transitions of the picture there are. All of them are rendered."""
    kinds = [join.kind for join in edit.joins if not join.sound]
    dissolves = sum(kind == "SMPTE_Dissolve" for kind in kinds)
    others = len(kinds) - dissolves
    lines = [plural(dissolves, "dissolve")] if dissolves else []
    return lines + ([f"{plural(others, 'other transition')} (rendered as dissolves)"] if others else [])


def counted_gaps(edit: Edit) -> list[str]:
    """Return how many gaps there are."""
    gaps = sum(skip.what == "gap" for skip in edit.skips)
    return [plural(gaps, "gap")] if gaps else []


def print_later_notes(edit: Edit, record: GradedTimeline, console: Console) -> None:
    """Print the notes of a record that its edit did not have when it was read: those on the files of looks."""
    for note in record.edit.notes:
        if note not in edit.notes:
            console.print("note", note)


def notes_on_fields(edit: Edit) -> list[str]:
    """Say which media are interlaced, and whether the movie keeps their fields."""
    from otiograde.movie.fields import field_notes
    from otiograde.movie.format import MovieFormat

    shots = [shot for shot in edit.shots if shot.record.count > 0]
    return field_notes(shots, MovieFormat.of(shots, edit.rate).fields) if shots else []


def print_settings_notes(record: GradedTimeline, means: Means, console: Console) -> None:
    """Print a note if grades cannot be made or checked under the settings and means they were made with."""
    if record.settings.assumed:
        console.print("note", "the record is of an earlier format that kept no settings: the defaults are used")
    if "kornia" in record.made_with and means.network is None:
        console.print("note", "the record was graded with --deep: without it, links that a network found are missing")


def print_grades(record: GradedTimeline, console: Console) -> None:
    """Print a line for each scene, the worst cuts, and what needs a person. A verbose console gets every reason."""
    from otiograde.record.summary import summary

    for text in dict.fromkeys(r.text for scene in record.scenes for r in scene.reasons if r.kind == "assumed"):
        console.print("scenes", text)
    singles = [scene for scene in record.scenes if len(scene.shots) == 1]
    gathered = singles if len(singles) > MOST_SINGLES and not console.verbose else []
    for number, scene in enumerate(record.scenes, 1):
        if scene not in gathered:
            name = "" if scene.id == f"scene_{number:03}" else f"{scene.id}   "
            console.print(f"scene {number}", name + summary(scene, record.grades, record.findings))
        if console.verbose:
            _print_shots(scene, record, console)
    if gathered:
        console.print("alone", f"{len(gathered)} shots that share their scene with no other")
    steps = Counter(str(step) for shot in record.edit.shots for step in shot.wishes.steps)
    for step, count in steps.items():
        console.print("step", f"{step}, of {plural(count, 'shot')}, when it is rendered")
    _print_steadied(record, console)
    _print_worst_cuts(record, console)
    print_attention(record, console)


def _print_shots(scene: Scene, record: GradedTimeline, console: Console) -> None:
    """Print what the grade of each shot of a scene does, and why."""
    from otiograde.color.describing import describe
    from otiograde.color.transform import Identity

    encodings = {shot.id: shot.media.encoding for shot in record.edit.shots}
    for shot in scene.shots:
        grade = record.grade(shot)
        still = isinstance(grade.transform, Identity)
        description = [] if still else [describe(grade.transform, encodings[shot])]
        if grade.course is not None:
            before = "" if grade.course.kind == "look" else "what changes inside it is taken out: "
            description.append(f"{before}{grade.course.words or grade.course.kind}")
        reasons = [reason.sentence for reason in grade.reasons]
        console.print("", f"{shot}   {'; '.join([*description, *reasons])}")


def _print_steadied(record: GradedTimeline, console: Console) -> None:
    """Print what is taken out inside shots, if that was asked for."""
    courses = [(grade.shot, grade.course) for grade in record.grades if grade.course is not None]
    taken = [f"{shot} {course.words or course.kind}" for shot, course in courses if course.kind != "look"]
    asked = record.settings.steadying.mode != "off" or any(
        shot.wishes.steady not in (None, "off") for shot in record.edit.shots
    )
    if taken or asked:
        console.print("steadied", f"{len(taken)} of {plural(len(record.grades), 'shot')}")
    shown = taken if console.verbose else taken[:MOST_STEADIED]
    for line in shown:
        console.print("", line)
    if len(taken) > len(shown):
        console.print("", f"and {len(taken) - len(shown)} more; --verbose prints them all")


def _print_worst_cuts(record: GradedTimeline, console: Console) -> None:
    from otiograde.record.cuts import worst_pairs

    cuts = [pair for pair in worst_pairs(record) if pair.cut][:WORST_CUTS]
    for number, pair in enumerate(cuts):
        gap = pair.difference
        word = f" ({gap.word()})" if gap.word() else ""
        label = "" if number else "worst cut" if len(cuts) == 1 else "worst cuts"
        console.print(label, f"{pair.first} to {pair.second}   {gap.unit} {gap.before:.1f} -> {gap.after:.1f}{word}")


def print_attention(record: GradedTimeline, console: Console) -> None:
    """Print the checks that failed, and what else needs a person."""
    from otiograde.record.summary import attention

    failed = [finding for finding in record.findings if finding.passed is False]
    shown = failed if console.verbose else failed[:MOST_FAILURES]
    for finding in shown:
        console.print("failed", failure(finding))
    if len(failed) > len(shown):
        console.print("", f"and {len(failed) - len(shown)} more; --verbose prints them all")
    lines = attention(record)
    judged = sum(finding.passed is not None for finding in record.findings)
    if not failed and not lines:
        lines = [f"nothing: all {judged} checks passed" if judged else "nothing, but nothing could be checked"]
    for number, line in enumerate(lines):
        console.print("" if number else "look at", line)


def failure(finding: Finding) -> str:
    """Return a check that failed, with its figure and limit."""
    limit = "" if finding.limit is None else f" (limit {finding.limit:g})"
    return f"{finding.shot}: {finding.check} {finding.value:.3g} {finding.unit}{limit} {finding.note}".rstrip()


def write_outputs(
    record: GradedTimeline, folder: Path, pictures: Mapping[str, bytes] | None, *, force: bool, console: Console
) -> None:
    """Write all outputs of the record into ``folder``, all or nothing. Without ``pictures``, there is no report.

    Formats that were exported to the folder before are written again.
    """
    from otiograde.exporters import EVERY_RUN, export_all, exporters_of, lost
    from otiograde.folder.layout import BATCH_FILE, EDIT, LUTS, RECORD, REPORT, SHELL_SCRIPT
    from otiograde.folder.reading import written_files
    from otiograde.folder.writing import write_folder

    names = [name for name in EVERY_RUN if name != "report" or pictures is not None]
    files = export_all(record, names, pictures or {})
    earlier = written_files(folder)
    if again := exporters_of(earlier - files.keys(), record):
        files = export_all(record, [*names, *again], pictures or {})
    write_folder(folder, files, force=force)
    if again:
        console.print("exported", f"again: {', '.join(again)}")
    there = {name.partition("/")[0] for name in files}
    for need, gone in lost(earlier - files.keys()).items():
        if folders := sorted({name.partition("/")[0] for name in gone} - there):
            console.print("note", f"not written again: {', '.join(folders)}: that needs {need}")
    luts = sum(name.startswith(f"{LUTS}/") for name in files)
    rest = [name for name in (SHELL_SCRIPT, BATCH_FILE, RECORD, REPORT) if name in files]
    console.print("wrote", f"{folder}/    " + " · ".join([EDIT, f"{LUTS}/ ({luts})", *rest]))


def write_movie_edit(edit: Edit, sources: Sequence[Path], folder: Path, console: Console) -> None:
    """Write the shots of movies that were taken apart as an edit in the output folder, unless one is there."""
    from otiograde.exporters.otio import format_edit
    from otiograde.folder.layout import MOVIE_EDIT
    from otiograde.folder.writing import write_file
    from otiograde.timeline import is_bundle, is_media

    clips = all(is_media(source) or (source.is_dir() and not is_bundle(source)) for source in sources)
    if not clips or all(shot.source.start == 0 for shot in edit.shots):  # a clip may be there twice
        return
    target = folder / MOVIE_EDIT
    if target.exists():
        console.print("kept", f"{target}: the cuts as they were written before")
        return
    write_file(target, format_edit(edit.otio), within=folder)
    console.print("cuts", f"{target}: correct it, then grade it: otiograde {typed(target)}")
