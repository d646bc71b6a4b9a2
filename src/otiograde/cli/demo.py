"""``otiograde demo``: draw a movie with six color casts and a drift, grade it, and measure it against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.console import FINDING_FAILED, Console, show_json
from otiograde.cli.options import MeansOptions, output_options, verbose_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otiograde.color.transform import Transform
    from otiograde.demo import DemoMovie
    from otiograde.record.graded import GradedTimeline


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("otiograde-demo"),
    show_default=True,
    help="Folder for the movie and its grades.",
)
@click.option("--force", is_flag=True, help="Draw into a folder that the demo did not make.")
@verbose_option
@output_options
def demo(output: Path, force: bool, verbose: bool, as_json: bool, quiet: bool) -> int:
    """Draw a small movie of six shots with six known color casts, grade it, and print ΔE00 to the truth.

    One shot drifts, and is steadied.
    """
    from otiograde.cli.run import check_demo_folder, default_folder, open_means
    from otiograde.cli.summary import print_edit, print_grades, write_outputs
    from otiograde.demo import draw_movie
    from otiograde.folder.layout import REPORT
    from otiograde.grading.picturing import draw_pictures
    from otiograde.grading.pipeline import grade_timeline, read
    from otiograde.record.settings import Settings, Steadying

    check_demo_folder(output, force=force)
    with Console(quiet, verbose) as console, open_means(MeansOptions(), console) as means:
        movie = draw_movie(output, executor=means.executor, progress=console.progress)
        console.print("drew", f"{movie.edit}    two sets, three camera set-ups each, six casts, one drift")
        edit = read(movie.edit)
        print_edit(edit, console)
        record = grade_timeline(edit, settings=Settings(steadying=Steadying("all")), means=means)
        print_grades(record, console)
        folder = default_folder([movie.edit])
        write_outputs(record, folder, draw_pictures(edit, means=means), force=force, console=console)
        truth = _measure(movie, record, console)
        console.print("report", str(folder / REPORT))
    if as_json:
        show_json({"output": str(output), **truth})
    better = all(figures["after"] < figures["before"] for figures in (truth, *truth["drifts"].values()))
    return 0 if better else FINDING_FAILED


def _measure(movie: DemoMovie, record: GradedTimeline, console: Console) -> dict[str, Any]:
    """Print how far the movie is from its truth before and after, and what is left of each drift. Returns them."""
    from otiograde.demo import drift_error, truth_error

    grades = {shot.name: record.grade(shot.id) for shot in record.edit.shots}

    def graded(clip: str, frame: int) -> Transform:
        return grades[clip].lut_at(frame, record.lut_size)

    truth = {"before": truth_error(movie), "after": truth_error(movie, graded)}
    console.print("truth", f"ΔE00 between the shots of a set: {_change(truth)}")
    drifts = {
        clip: {"before": drift_error(movie, clip), "after": drift_error(movie, clip, graded)} for clip in movie.drifts
    }
    for clip, drift in drifts.items():
        what = clip if grades[clip].course else f"{clip} drifts, and nothing is taken out"
        console.print("drift", f"{what}: ΔE00 between its first and its last frame: {_change(drift)}")
    return {**truth, "drifts": drifts}


def _change(figures: Mapping[str, float]) -> str:
    """Return a difference before and after, each with what one sees of it."""
    from otiograde.color.difference import band

    return " -> ".join(f"{figures[when]:.2f} {band(figures[when])}" for when in ("before", "after"))
