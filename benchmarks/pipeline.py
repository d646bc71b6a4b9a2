"""The cost of analysis and rendering, part by part, beside FFmpeg alone: five clips of six seconds, 1920 x 1080 at 24.

    python benchmarks/pipeline.py [FOLDER] [--json FILE] [--ffmpeg PROGRAM] [--jobs N]

FOLDER gets the clips (default: a temporary one): the demo movie, drawn small and enlarged by FFmpeg, with grain. Each
part runs alone, so that its CPU time can be measured. Then the two commands run as a user runs them. This gives their
wall time and the peak memory of all their processes. The main figure is the overhead of otiograde: everything but
decoding and encoding, in relation to the CPU time of FFmpeg's ``lut3d`` alone on the same clips.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory import MIB, family, share
from otiograde.decide import decision
from otiograde.demo.movie import ORDER, draw_movie
from otiograde.exporters import export_all
from otiograde.folder.layout import lut_path
from otiograde.folder.writing import write_folder
from otiograde.grading import pipeline, study
from otiograde.means.workers import default_count
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.movie import commands
from otiograde.movie.plan import RenderPlan, plan
from otiograde.record.graded import GradedTimeline

CLIPS, FRAMES, DRAWN = 5, 144, 36
LIMIT, MEMORY_LIMIT = 0.6, 1536
TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
FLAGS = ["-color_range", "tv", "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]
VERIFY = ("settle", "check_all", "evidence_of")


@dataclass
class Costs:
    """CPU and wall seconds by part, in the order in which the parts first ran."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Add the time of the block to a part."""
        cpu, wall = spent(), time.monotonic()
        yield
        self.cpu[part] = self.cpu.get(part, 0) + spent() - cpu
        self.wall[part] = self.wall.get(part, 0) + time.monotonic() - wall

    def less(self, part: str, *others: str) -> None:
        """Subtract from a part the other parts that ran inside it."""
        for times in (self.cpu, self.wall):
            times[part] -= sum(times[other] for other in others)


def spent() -> float:
    """Return the CPU seconds of this process and of the processes that it has waited for."""
    process, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return process.ru_utime + process.ru_stime + children.ru_utime + children.ru_stime


def clips_in(folder: Path, ffmpeg: Path) -> list[Path]:
    """Return the five clips. Draws them if they do not exist."""
    media = folder / "clips"
    media.mkdir(parents=True, exist_ok=True)
    clips = [media / f"{name}.mp4" for name in ORDER[:CLIPS]]
    if not all(clip.is_file() for clip in clips):
        movie = draw_movie(folder / "film", frames=DRAWN)
        for clip in clips:
            large = f"setpts={FRAMES // DRAWN}*PTS,framerate=24,scale=1920:1080:flags=lanczos,noise=alls=5:allf=t"
            words = [
                "-i",
                movie.edit.parent / "media" / clip.name,
                "-vf",
                f"{large},tpad=stop=8:stop_mode=clone,{TAGS}",
            ]
            words += ["-frames:v", FRAMES, "-c:v", "libx264", "-crf", "18", *FLAGS, clip]
            run(ffmpeg, *words)
    return clips


def run(ffmpeg: Path, *words: Any, folder: Path | None = None) -> None:
    """Run FFmpeg with these arguments."""
    subprocess.run(list(map(str, [ffmpeg, *commands.QUIET, *words])), check=True, cwd=folder)


def analyzed(clips: Sequence[Path], costs: Costs) -> GradedTimeline:
    """Grade the clips in this process, and time each part."""

    def timed(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*args: Any, **kwargs: Any) -> Any:
            with costs.of(part):
                return work(*args, **kwargs)

        return timing

    before = {(decision, name): getattr(decision, name) for name in VERIFY}
    before[study, "read_frames"] = study.read_frames
    for (module, name), work in before.items():
        setattr(module, name, timed("decode for analysis" if name == "read_frames" else "verify", work))
    try:
        with costs.of("match"):
            record = pipeline.grade_timeline([str(clip) for clip in clips])
    finally:
        for (module, name), work in before.items():
            setattr(module, name, work)
    costs.less("match", "decode for analysis", "verify")
    return record


def rendered(planned: RenderPlan, folder: Path, ffmpeg: Path, costs: Costs) -> None:
    """Render the plan with FFmpeg alone. Each run adds one part, so differences give the cost of a part."""
    segments = [folder / commands.segment_file(segment, "none") for segment in planned.segments]
    segments[0].parent.mkdir(parents=True, exist_ok=True)
    for segment, target in zip(planned.segments, segments, strict=True):
        graph = planned.variables.fill(segment.graph, "error_diffusion")
        words = [*commands.inputs(segment), "-filter_complex", graph]
        with costs.of("decode"):
            run(ffmpeg, *commands.inputs(segment), "-f", "null", "-", folder=folder)
        with costs.of("grade"):
            run(ffmpeg, *words, "-map", "[v]", "-f", "null", "-", folder=folder)
        with costs.of("write segments"):
            run(ffmpeg, *words, *commands.segment_output(planned), target, folder=folder)
        with costs.of("read segments"):
            run(ffmpeg, "-i", target, "-f", "null", "-")
    listed = folder / "render/list.txt"
    listed.write_text("".join(f"file '{segment}'\n{commands.SEGMENT_OPTION}\n" for segment in segments))
    words = [
        *commands.movie_inputs(planned, str(listed)),
        "-vf",
        planned.join_filters,
        *commands.encoder_arguments(planned),
    ]
    with costs.of("encode"):
        run(ffmpeg, *words, *commands.movie_output(planned), folder / "film.mp4")
    costs.less("write segments", "grade")
    costs.less("grade", "decode")
    costs.less("encode", "read segments")


def watched(*arguments: Any) -> tuple[float, float]:
    """Run otiograde. Returns its wall seconds, and the peak memory of all its processes together in MiB."""
    most, done, start = [0], threading.Event(), time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "otiograde", *map(str, arguments)], stdout=subprocess.DEVNULL)

    def watch() -> None:
        while not done.wait(0.1):
            most[0] = max(most[0], sum(share(member) for member in family(process.pid)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code not in (0, 3):
        raise SystemExit(f"otiograde {arguments[0]} ended with {code}")
    return time.monotonic() - start, most[0] / MIB


def measured(folder: Path, ffmpeg: Path, jobs: int) -> dict[str, Any]:
    """Measure the parts, FFmpeg alone, and both commands."""
    costs, bare = Costs(), Costs()
    clips = clips_in(folder, ffmpeg)
    record = analyzed(clips, costs)
    out = folder / "parts"
    write_folder(out, export_all(record), force=True)
    planned = plan(record)
    for shot in record.edit.shots:
        with bare.of("bare lut3d"):
            run(ffmpeg, "-i", shot.media.path, "-vf", f"lut3d={lut_path(shot.id)}", "-f", "null", "-", folder=out)
        with bare.of("encoding alone"):
            words = ["-vf", planned.join_filters, *commands.encoder_arguments(planned), *commands.movie_output(planned)]
            run(ffmpeg, "-i", shot.media.path, *words, out / "alone.mp4")
    rendered(planned, out, ffmpeg, costs)
    whole = folder / "whole"
    grade_wall, grade_memory = watched("grade", *clips, "-o", whole, "--jobs", jobs, "--force", "-q")
    words = ["--jobs", jobs, "--ffmpeg", ffmpeg, "-q"]
    render_wall, render_memory = watched("render", whole, *words)
    overhead = sum(costs.cpu[part] for part in ("match", "verify", "grade"))
    mezzanine = costs.cpu["write segments"] + costs.cpu["read segments"]
    naive = bare.cpu["bare lut3d"]
    return {
        "frames": CLIPS * FRAMES,
        "parts": {part: {"cpu": costs.cpu[part], "wall": costs.wall[part]} for part in costs.cpu},
        "bare lut3d": {"cpu": naive, "wall": bare.wall["bare lut3d"]},
        "encoding alone": {"cpu": bare.cpu["encoding alone"], "wall": bare.wall["encoding alone"]},
        "whole job beside encoding alone": sum(costs.cpu.values()) / bare.cpu["encoding alone"],
        "overhead": overhead / naive,
        "overhead beside its filters": overhead / (naive - costs.cpu["decode"]),
        "grade beside its filters": costs.cpu["grade"] / (naive - costs.cpu["decode"]),
        "overhead with segments": (overhead + mezzanine) / naive,
        "grade command": {"wall": grade_wall, "memory": grade_memory},
        "render command": {"wall": render_wall, "memory": render_memory},
    }


def show(figures: dict[str, Any]) -> None:
    """Print the table."""
    frames = figures["frames"]
    print(f"{frames} frames\n\n| part | CPU s | CPU ms a frame | wall s |\n|---|---|---|---|")
    bare = [("bare lut3d, with its decode", "bare lut3d"), ("decoding and encoding alone", "encoding alone")]
    for part, times in [*figures["parts"].items(), *((words, figures[part]) for words, part in bare)]:
        print(f"| {part} | {times['cpu']:.1f} | {1000 * times['cpu'] / frames:.1f} | {times['wall']:.1f} |")
    for command in ("grade command", "render command"):
        print(f"\n{command}: {figures[command]['wall']:.0f} s, at most {figures[command]['memory']:.0f} MiB")
    print(f"\nthe whole job: {figures['whole job beside encoding alone']:.2f} of decoding and encoding alone")
    filters, alone = figures["overhead beside its filters"], figures["grade beside its filters"]
    print(f"\noverhead (match, verify, grade): {figures['overhead']:.0%} of bare lut3d (limit {LIMIT:.0%});")
    print(f"with the segments {figures['overhead with segments']:.0%}")
    print(f"beside bare lut3d without its decode: {filters:.0%}, of which grade {alone:.0%}")


def main() -> int:
    """Measure and print. Returns exit code 0 if both limits hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ffmpeg")
    parser.add_argument("--jobs", type=int, default=default_count())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        figures = measured(
            (options.folder or Path(temporary)).resolve(), find_ffmpeg(options.ffmpeg).path, options.jobs
        )
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    memory = max(figures[command]["memory"] for command in ("grade command", "render command"))
    return 0 if figures["overhead"] <= LIMIT and memory <= MEMORY_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
