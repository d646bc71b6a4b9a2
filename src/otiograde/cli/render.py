"""``otiograde render OUT``: the whole graded edit as one movie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.options import gathered, step_option, talking_options
from otiograde.cli.talk import FINDING_FAILED, Talk, plural, show_json
from otiograde.media.arguments import DITHERS
from otiograde.movie.encoders import ENCODERS, HARDWARE, HARDWARE_ENCODERS

if TYPE_CHECKING:
    from otiograde.media.arguments import Dither
    from otiograde.movie.plan import Delivery
    from otiograde.movie.rendering import Rendered, Rendering
    from otiograde.record.finding import Finding
    from otiograde.record.graded import GradedTimeline
    from otiograde.record.steps import Step

STAND_IN = f"Let this encode {', '.join(HARDWARE_ENCODERS[:-1])} or {HARDWARE_ENCODERS[-1]}."


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What is rendered, how it is delivered, and with what."""

    movie: Path | None
    encoder: str
    hardware: str | None
    shots: tuple[str, ...]
    frames: tuple[int, int] | None
    proxy: bool
    per_shot: bool
    handles: int
    prove: bool
    dither: Dither
    opacity: float
    encoding: str | None
    jobs: int | None
    ffmpeg: str | None
    force: bool


class Frames(click.ParamType[tuple[int, int]]):
    """Frames of the edit: ``IN:OUT``, the second one not included."""

    name = "in:out"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The two numbers."""
        first, _, last = str(value).partition(":")
        if not (first.isdecimal() and last.isdecimal()):
            self.fail(f"{value!r} is no range of frames (IN:OUT, as 24:96)", param, ctx)
        return int(first), int(last)


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--movie", "-o", type=click.Path(dir_okay=False, path_type=Path), help="The movie.  [default: in OUTPUT]")
@click.option("--encoder", type=click.Choice(ENCODERS), default="x264", show_default=True, help="How it is encoded.")
@click.option("--hardware", type=click.Choice(HARDWARE), help=STAND_IN)
@click.option("--shots", multiple=True, metavar="ID", help="Only the stretches that show this shot (may be repeated).")
@click.option("--range", "frames", type=Frames(), help="Only these frames of the edit, IN:OUT.")
@click.option("--proxy", is_flag=True, help="Small: at most 640 pixels wide.")
@click.option("--per-shot", is_flag=True, help="One file per shot, at its own rate and size, for a conform.")
@click.option("--handles", type=click.IntRange(0), default=12, show_default=True, help="Frames more, with --per-shot.")
@click.option(
    "--prove", is_flag=True, help="Render with LUTs that change nothing, and state what changes all the same."
)
@click.option("--dither", type=click.Choice(DITHERS), default="error_diffusion", show_default=True)
@click.option("--opacity", type=click.FloatRange(0, 1), default=1.0, show_default=True, help="Strength of every LUT.")
@click.option("--encoding", metavar="NAME", help="Encoding of the movie.  [default: that of most frames]")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="FFmpegs at once.  [default: one per two cores]")
@click.option("--ffmpeg", metavar="PROGRAM", help="The FFmpeg to use (5.1 or later).")
@click.option("--force", is_flag=True, help="Render though media is gone or not what was graded.")
@step_option
@talking_options
@gathered(RenderOptions, "options")
def render(
    output: Path, options: RenderOptions, steps: tuple[tuple[str, Step], ...], as_json: bool, quiet: bool
) -> int:
    """Render the graded edit in OUTPUT: cuts, dissolves, gaps, speeds, layers and sound, in exactly its frames.

    Finished segments are kept in OUTPUT/render: a rendering that was interrupted goes on where it stopped.
    """
    from otiograde.folder.reading import read_record
    from otiograde.movie.proving import prove
    from otiograde.record.codec import encode
    from otiograde.record.graded import with_steps

    record = with_steps(read_record(output), steps)
    with Talk(quiet) as talk:
        rendering, delivery = _wanted(output, options)
        if not rendering.ffmpeg.has_zscale:
            talk.say("note", f"{rendering.ffmpeg.path} has no zscale filter: colors may be one code off")
        if options.prove:
            findings = prove(record, rendering.ffmpeg, output, talk.progress)
            return _proven(findings, talk, as_json=as_json)
        done = [*_all(record, output, rendering, delivery, options, talk)]
    if as_json:
        show_json({"rendered": [encode(each) for each in done]})
    return 0 if all(each.movie for each in done) else 1


def _wanted(output: Path, options: RenderOptions) -> tuple[Rendering, Delivery]:
    import os
    from dataclasses import replace

    from otiograde.color.encodings import encoding
    from otiograde.media.ffmpeg import find_ffmpeg
    from otiograde.movie.plan import Delivery
    from otiograde.movie.rendering import Rendering

    jobs = options.jobs or max(1, (os.cpu_count() or 2) // 2)
    rendering = Rendering(output, find_ffmpeg(options.ffmpeg), jobs, options.dither, options.force)
    named = encoding(options.encoding) if options.encoding else None
    wanted = Delivery(options.encoder, options.frames, options.shots, options.proxy, options.opacity, named)
    wanted = replace(wanted, hardware=options.hardware or "")
    return rendering, wanted


def _all(
    record: GradedTimeline, output: Path, rendering: Rendering, delivery: Delivery, options: RenderOptions, talk: Talk
) -> list[Rendered]:
    from dataclasses import replace

    from otiograde.movie.encoders import find_encoder
    from otiograde.movie.rendering import render_edit, shot_alone

    suffix = find_encoder(delivery.encoder, delivery.hardware).suffix
    if not options.per_shot:
        movie = options.movie or output / f"{'proxy' if delivery.proxy else 'film'}.{suffix}"
        return [_said(render_edit(record, movie, rendering, delivery, talk.progress), talk)]
    folder = output / "per_shot"
    folder.mkdir(exist_ok=True)
    names = delivery.shots or tuple(shot.id for shot in record.edit.shots)
    alone = replace(delivery, shots=(), frames=None)
    return [
        _said(
            render_edit(
                shot_alone(record, name, options.handles), folder / f"{name}.{suffix}", rendering, alone, talk.progress
            ),
            talk,
        )
        for name in names
    ]


def _said(done: Rendered, talk: Talk) -> Rendered:
    for note in done.notes:
        talk.say("note", note)
    for failure in done.failures:
        talk.say("failed", f"{failure.what}: {failure.why}")
    if done.movie is not None:
        kept = f", {done.kept} of {plural(done.made + done.kept, 'segment')} kept" if done.kept else ""
        talk.say("wrote", f"{done.movie}    {plural(done.frames, 'frame')}{kept}")
    return done


def _proven(findings: list[Finding], talk: Talk, *, as_json: bool) -> int:
    from otiograde.record.codec import encode

    for finding in findings:
        verb = {True: "proven", False: "failed", None: "unproven"}[finding.passed]
        talk.say(verb, f"{finding.shot}: at most {finding.value:g} {finding.unit} {finding.note}".rstrip())
    if as_json:
        show_json({"findings": encode(findings)})
    return FINDING_FAILED if any(finding.passed is False for finding in findings) else 0
