"""``otiograde render OUT``: render the graded edit as one movie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.console import FINDING_FAILED, Console, plural, show_json
from otiograde.cli.options import grouped, output_options, step_option
from otiograde.cli.values import NumberRange
from otiograde.media.arguments import DITHERS
from otiograde.movie.encoders import ENCODERS, HARDWARE, HARDWARE_ENCODERS

if TYPE_CHECKING:
    from otiograde.media.arguments import Dither
    from otiograde.movie.conversion import Mixed
    from otiograde.movie.plan import Delivery
    from otiograde.movie.rendering import Rendered, Rendering
    from otiograde.record.finding import Finding
    from otiograde.record.graded import GradedTimeline
    from otiograde.record.steps import Step

STEADY_HELP = "With --per-shot: take out only what changes inside each shot; leave balance, look, trim and steps out."

#: ``movie.conversion.MIXED``, which loads too much for ``--help``.
MIXED = ("convert", "as-coded", "refuse")

MIXED_HELP = "Shots of other encodings than the movie's.  [default: convert, unless an encoding is in doubt]"

HARDWARE_HELP = f"Hardware that encodes instead of {', '.join(HARDWARE_ENCODERS[:-1])} or {HARDWARE_ENCODERS[-1]}."


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What is rendered, in which form, and with which program."""

    #: The movie file. None: in the output folder.
    movie: Path | None
    #: A name in ``movie.encoders.ENCODERS``.
    encoder: str
    #: A name in ``movie.encoders.HARDWARE``. None: the encoder itself.
    hardware: str | None
    #: Ids of the shots to show. Empty: all.
    shots: tuple[str, ...]
    #: First frame of the edit and the frame after the last. None: all.
    frames: tuple[int, int] | None
    #: Whether the movie is at most 640 pixels wide.
    proxy: bool
    #: Whether each shot becomes a file.
    per_shot: bool
    #: Whether such a file has only what changes inside the shot taken out.
    steady_only: bool
    #: Extra frames at both ends of such a file.
    handles: int
    #: Whether to measure what FFmpeg changes with identity LUTs.
    prove: bool
    dither: Dither
    #: Strength of every LUT, 0 to 1.
    opacity: float
    #: Whether interlaced shots become progressive even if all are interlaced alike.
    deinterlace: bool
    #: Name of the movie's encoding. None: that of most frames.
    encoding: str | None
    #: What is done with shots of another encoding. None: convert them if no encoding is in doubt.
    mixed: Mixed | None
    #: Whether MaxCLL and MaxFALL are measured.
    content_light: bool
    #: FFmpeg processes at the same time. None: one for each two cores.
    jobs: int | None
    #: The FFmpeg program. None: the one in the package imageio-ffmpeg, else `ffmpeg` on the PATH.
    ffmpeg: str | None
    #: Whether to render although media are missing or changed.
    force: bool


class Frames(click.ParamType[tuple[int, int]]):
    """A range of frames of the edit: ``IN:OUT``. OUT is not included."""

    name = "in:out"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return IN and OUT."""
        first, _, end = str(value).partition(":")
        if not (first.isdecimal() and end.isdecimal()):
            self.fail(f"{value!r} is not a range of frames (IN:OUT, such as 24:96)", param, ctx)
        return int(first), int(end)


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--movie", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Movie file.  [default: in OUTPUT]"
)
@click.option("--encoder", type=click.Choice(ENCODERS), default="x264", show_default=True, help="Encoder of the movie.")
@click.option("--hardware", type=click.Choice(HARDWARE), help=HARDWARE_HELP)
@click.option(
    "--shots", multiple=True, metavar="ID", help="Render only the stretches that show this shot (may be repeated)."
)
@click.option("--range", "frames", type=Frames(), help="Render only these frames of the edit. OUT is not included.")
@click.option("--proxy", is_flag=True, help="Render at most 640 pixels wide.")
@click.option("--per-shot", is_flag=True, help="Render one file for each shot, at its own rate and size.")
@click.option("--steady-only", is_flag=True, help=STEADY_HELP)
@click.option(
    "--handles",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="Extra frames at both ends, with --per-shot.",
)
@click.option("--prove", is_flag=True, help="Render with identity LUTs, and report any code value that FFmpeg changes.")
@click.option(
    "--dither",
    type=click.Choice(DITHERS),
    default="error_diffusion",
    show_default=True,
    help="Dithering when the bit depth is reduced.",
)
@click.option("--opacity", type=NumberRange(0, 1), default=1.0, show_default=True, help="Strength of every LUT.")
@click.option("--deinterlace", is_flag=True, help="Deinterlace the movie even if all shots are interlaced alike.")
@click.option(
    "--output-encoding",
    "--encoding",
    "encoding",
    metavar="NAME",
    help="Encoding of the movie: bt709, pq, hlg, slog3-cine …  [default: that of most frames]",
)
@click.option("--content-light", is_flag=True, help="Measure MaxCLL and MaxFALL of a movie in PQ, and state them.")
@click.option("--mixed", type=click.Choice(MIXED), help=MIXED_HELP)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="FFmpeg processes at the same time.  [default: one for each two cores]",
)
@click.option("--ffmpeg", metavar="PROGRAM", help="FFmpeg to use, 5.1 or later.  [default: the one here]")
@click.option("--force", is_flag=True, help="Render although media are missing, or are not what was graded.")
@step_option
@output_options
@grouped(RenderOptions, "options")
def render(
    output: Path, options: RenderOptions, steps: tuple[tuple[str, Step], ...], as_json: bool, quiet: bool
) -> int:
    """Render the graded edit in OUTPUT as one movie with exactly the edit's frames.

    It renders cuts, dissolves, gaps, speeds, layers and sound. Finished segments stay in OUTPUT/render, so that an
    interrupted rendering continues where it stopped.
    """
    if options.steady_only and not options.per_shot:
        raise click.UsageError("--steady-only is for the files of single shots: add --per-shot")
    from otiograde.folder.reading import read_record
    from otiograde.movie.proving import prove
    from otiograde.record.codec import encode
    from otiograde.record.graded import with_steps

    record = with_steps(read_record(output), steps)
    with Console(quiet) as console:
        rendering, delivery = _parse_options(output, options)
        if not rendering.ffmpeg.has_zscale:
            console.print("note", f"{rendering.ffmpeg.path} has no zscale filter: colors may be one code off")
        if options.prove:
            findings = prove(record, rendering.ffmpeg, output, console.progress)
            return _print_proof(findings, console, as_json=as_json)
        results = _render_movies(record, output, rendering, delivery, options, console)
    if as_json:
        show_json({"rendered": [encode(result) for result in results]})
    return 0 if all(result.movie for result in results) else 1


def _parse_options(output: Path, options: RenderOptions) -> tuple[Rendering, Delivery]:
    """Return the options as the library takes them. Raises ``ToolNotFoundError`` and ``EncodingError``."""
    import os
    from dataclasses import replace

    from otiograde.color.encodings import encoding
    from otiograde.media.ffmpeg import find_ffmpeg
    from otiograde.movie.plan import Delivery
    from otiograde.movie.rendering import Rendering

    jobs = options.jobs or max(1, (os.cpu_count() or 2) // 2)
    rendering = Rendering(output, find_ffmpeg(options.ffmpeg), jobs, options.dither, options.force)
    target = encoding(options.encoding) if options.encoding else None
    delivery = Delivery(options.encoder, options.frames, options.shots, options.proxy, options.opacity, target)
    delivery = replace(delivery, hardware=options.hardware or "", deinterlace=options.deinterlace, mixed=options.mixed)
    return rendering, replace(delivery, steadied=options.steady_only, content_light=options.content_light)


def _render_movies(
    record: GradedTimeline,
    output: Path,
    rendering: Rendering,
    delivery: Delivery,
    options: RenderOptions,
    console: Console,
) -> list[Rendered]:
    from dataclasses import replace

    from otiograde.folder.inside import make_folder
    from otiograde.movie.encoders import find_encoder
    from otiograde.movie.luts import steadied
    from otiograde.movie.rendering import render_edit, shot_alone

    suffix = find_encoder(delivery.encoder, delivery.hardware).suffix
    if not options.per_shot:
        movie = options.movie or output / f"{'proxy' if delivery.proxy else 'film'}.{suffix}"
        return [_print_result(render_edit(record, movie, rendering, delivery, console.progress), console)]
    name = "steadied" if options.steady_only else "per_shot"
    make_folder(output, name)
    folder = output / name
    record = steadied(record) if options.steady_only else record
    names = delivery.shots or tuple(shot.id for shot in record.edit.shots)
    alone = replace(delivery, shots=(), frames=None)
    return [
        _print_result(
            render_edit(
                shot_alone(record, name, options.handles),
                folder / f"{name}.{suffix}",
                rendering,
                alone,
                console.progress,
            ),
            console,
        )
        for name in names
    ]


def _print_result(result: Rendered, console: Console) -> Rendered:
    for note in result.notes:
        console.print("note", note)
    for failure in result.failures:
        console.print("failed", f"{failure.what}: {failure.why}")
    if result.movie is not None:
        reused = f", {result.kept} of {plural(result.made + result.kept, 'segment')} kept" if result.kept else ""
        console.print("wrote", f"{result.movie}    {plural(result.frames, 'frame')}{reused}")
    return result


def _print_proof(findings: list[Finding], console: Console, *, as_json: bool) -> int:
    from otiograde.record.codec import encode

    for finding in findings:
        verb = {True: "proven", False: "failed", None: "unproven"}[finding.passed]
        console.print(verb, f"{finding.shot}: at most {finding.value:g} {finding.unit} {finding.note}".rstrip())
    if as_json:
        show_json({"findings": encode(findings)})
    return FINDING_FAILED if any(finding.passed is False for finding in findings) else 0
