"""``otiograde demo``: a little film drawn, cast six ways, graded, and measured against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.options import MeansOptions, talking_options
from otiograde.cli.talk import FINDING_FAILED, Talk, show_json


@click.command()
@click.option("--output", "-o", type=click.Path(path_type=Path), default=Path("otiograde-demo"), show_default=True)
@click.option("--force", is_flag=True, help="Draw into a folder that the demo did not make.")
@talking_options
def demo(output: Path, force: bool, as_json: bool, quiet: bool) -> int:
    """Draw a little film whose six shots have six known casts, grade it, and print ΔE00 to the truth."""
    from otiograde.cli.run import claim_demo_folder, default_folder, open_means
    from otiograde.cli.telling import tell_edit, tell_grades, write_outputs
    from otiograde.color.difference import band
    from otiograde.demo import draw_film, truth_error
    from otiograde.folder.layout import REPORT
    from otiograde.grading.picturing import draw_pictures
    from otiograde.grading.pipeline import grade_timeline, read

    claim_demo_folder(output, force=force)
    with Talk(quiet) as talk, open_means(MeansOptions(), talk) as means:
        film = draw_film(output, executor=means.executor, progress=talk.progress)
        talk.say("drew", f"{film.edit}    two sets, three camera set-ups each, six casts")
        edit = read(film.edit)
        tell_edit(edit, talk)
        record = grade_timeline(edit, means=means)
        tell_grades(record, talk)
        folder = default_folder([film.edit])
        write_outputs(record, folder, draw_pictures(edit, means=means), force=force, talk=talk)
        before = truth_error(film)
        after = truth_error(film, {shot.name: record.lut(shot.id) for shot in edit.shots})
        talk.say("truth", f"ΔE00 between the shots of a set: {before:.2f} {band(before)} -> {after:.2f} {band(after)}")
        talk.say("report", str(folder / REPORT))
    if as_json:
        show_json({"output": str(output), "before": before, "after": after})
    return 0 if after < before else FINDING_FAILED
