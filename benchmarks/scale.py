"""What long edits cost, stage by stage, how the costs grow, and what a farm would make of them.

    python benchmarks/scale.py [FOLDER] [--shots 30,100] [--drawn 300,1000,3000] [--changed N] [--jobs N] [--json FILE]

``--shots`` grades edits of real clips: FOLDER/clips gets small takes of the clips in ``--source``, each with a crop, a
time range and a grade of its own. CPU seconds, the memory of all processes and the size of the cache are measured for
each stage. ``--drawn`` measures without media what grows faster than the shots might: choosing pairs, scenes, solving
and checking, on drawn samples, links and hints. ``--changed`` grades an edit of N shots, changes one of them, and
grades it again with the cache.

The costs of a stage are fitted as ``c * shots ** e`` through the two longest edits. For a farm, what the parent did is
taken to stay one process's work, and the rest is divided by the workers.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from memory import MIB, family, share
from otiograde.color.alike import Traits
from otiograde.decide.decision import decide
from otiograde.decide.grouping import group
from otiograde.grading import pipeline
from otiograde.means.cache import NO_CACHE, Cache, DiskCache
from otiograde.means.means import Means
from otiograde.means.spill import Spill
from otiograde.means.threads import BLAS_THREADS
from otiograde.means.workers import default_count, processes
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.probe import probe
from otiograde.movie.commands import QUIET
from otiograde.record.edit import Edit
from otiograde.record.settings import Grouping, Linking, Sampling, Settings
from otiograde.record.shot import FrameRange, Media, Shot
from otiograde.survey.link import Hint, Link
from otiograde.survey.links.candidates import candidates
from otiograde.survey.sample import Sample
from otiograde.survey.stored import Put, put_away
from otiograde.survey.survey import Survey

SOURCE = Path(__file__).resolve().parents[2] / "shared/footage"
#: Shots of a scene, on average; frames of a take; its width in pixels.
SCENE, FRAMES, WIDTH = 5, 36, 480
#: Edits that are extrapolated to, and the workers of the farm.
FARTHER, WORKERS = (3_000, 10_000, 100_000), 1_000
#: A machine's memory in GiB: what needs more breaks.
MACHINE = 64
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Stage:
    """What one stage took."""

    #: CPU seconds of all processes, and of the parent alone.
    cpu: float = 0.0
    parent: float = 0.0
    #: The largest memory in bytes, of all processes and of the parent.
    memory: int = 0
    parent_memory: int = 0


@dataclass
class Run:
    """What one edit took."""

    shots: int
    stages: dict[str, Stage] = field(default_factory=dict)
    #: Bytes.
    cache: int = 0

    def total(self, name: str) -> float:
        """Return the sum of CPU seconds, or the most memory, over all stages."""
        values = [getattr(stage, name) for stage in self.stages.values()]
        return float(max(values, default=0) if "memory" in name else sum(values))


class Meter:
    """Charges CPU time and memory to the stage that runs."""

    def __init__(self, run: Run) -> None:
        self.run, self.stage = run, "reading"
        self.watched = 0.0
        self._spent, self._done = self._cpu(), threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @contextmanager
    def measuring(self) -> Iterator[Meter]:
        """Measure the block."""
        self._watcher.start()
        try:
            yield self
        finally:
            self._done.set()
            self._watcher.join()
            self.at("")

    def at(self, stage: str) -> None:
        """Say that another stage begins."""
        spent, stage_before = self._cpu(), self._charged()
        stage_before.cpu += spent[0] - self._spent[0]
        stage_before.parent += spent[1] - self._spent[1]
        self._spent, self.stage = spent, stage

    def progress(self, stage: str, done: int, total: int) -> None:
        """Take the calls of ``Means.progress``. The first call of a stage comes after its first part."""
        del done, total
        if stage != self.stage:
            self.at(stage)

    def _charged(self) -> Stage:
        return self.run.stages.setdefault(self.stage, Stage())

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            self.watched = time.thread_time()  # reading memory maps takes long, and is no work of the edit
            stage, parent = self._charged(), share(os.getpid())
            total = parent + sum(share(process) for process in family(os.getpid())[1:])
            stage.memory, stage.parent_memory = max(stage.memory, total), max(stage.parent_memory, parent)

    def _cpu(self) -> tuple[float, float]:
        """Return the CPU seconds of all processes that are alive, and of this one."""
        own = time.process_time() - self.watched
        return own + sum(map(cpu_of, family(os.getpid())[1:])), own


def cpu_of(process: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, words[11:15])) / TICKS


def take(source: Path, target: Path, rng: np.random.Generator) -> None:
    """Encode a small take of a clip: a crop, a time range and a grade of its own."""
    media = probe(source)
    last = max(media.frames - FRAMES, 1)
    zoom, x, y = rng.uniform(0.7, 1), rng.uniform(), rng.uniform()
    gains, gamma = rng.uniform(0.85, 1.1, 3), rng.uniform(0.85, 1.15)
    grade = ":".join(
        f"{c}='clip(255*pow(val/255*{gain:.4f},{gamma:.4f}),0,255)'" for c, gain in zip("rgb", gains, strict=True)
    )
    crop = f"crop=iw*{zoom:.4f}:ih*{zoom:.4f}:(iw-ow)*{x:.4f}:(ih-oh)*{y:.4f}"
    words = ["-ss", f"{float(rng.integers(last) / media.rate):.3f}", "-i", str(source), "-frames:v", str(FRAMES)]
    words += ["-vf", f"{crop},scale={WIDTH}:-2:flags=area,format=gbrp,lutrgb={grade},format=yuv420p", "-an"]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-threads", "1", str(target)]
    subprocess.run([str(find_ffmpeg(None).path), *QUIET, "-threads", "1", *words], check=True)


def real_edit(folder: Path, source: Path, count: int, seed: int) -> Edit:
    """Return an edit of takes, scene by scene; a longer edit begins with the shots of a shorter one."""
    clips = sorted([*source.glob("dev/*.mp4"), *source.glob("dev_hard/*.mp4")])
    if not clips:
        raise SystemExit(f"{source}: no clips in dev/ and dev_hard/: name the folder with --source")
    media, scene = folder / f"clips-{seed}", np.random.default_rng(seed)
    media.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    while len(shots) < count:
        clip = clips[int(scene.integers(len(clips)))]
        for _ in range(int(scene.integers(3, 2 * SCENE - 2))):
            number = len(shots)
            target = media / f"{number:05}.mp4"
            if not target.is_file():
                take(clip, target, np.random.default_rng([seed, number]))
            shots.append(shot_of(number, probe(target)))
    return edit_of(shots[:count])


def shot_of(number: int, media: Media) -> Shot:
    """Return shot ``number`` of an edit: the whole of its media."""
    length, record = FrameRange(0, media.frames, media.rate), FrameRange(FRAMES * number, FRAMES, Fraction(24))
    return Shot(f"shot_{number:05}", f"shot {number}", media, length, record, 0, (0, number))


def edit_of(shots: Sequence[Shot]) -> Edit:
    """Return an edit of shots."""
    return Edit("long", {"OTIO_SCHEMA": "Timeline.1"}, Fraction(24), tuple(shots), ())


def graded(edit: Edit, jobs: int, width: int, cache: Cache) -> Run:
    """Grade an edit, and measure it."""
    run = Run(len(edit.shots))
    settings = replace(Settings(), sampling=Sampling(width=width))
    with processes(jobs) as executor, Meter(run).measuring() as meter:
        pipeline.grade_timeline(edit, settings=settings, means=Means(executor, cache, progress=meter.progress))
    run.cache = cache.usage().bytes if isinstance(cache, DiskCache) else 0
    return run


def drawn_survey(count: int, seed: int, media: Media, put: Put) -> tuple[Survey, Traits]:
    """Draw what was measured in an edit: tiny pictures, links and hints as long edits have them."""
    rng = np.random.default_rng(seed)
    scene = np.repeat(np.arange(count), rng.integers(3, 2 * SCENE - 2, count))[:count]
    patterns, palettes = (
        centers[scene] + rng.normal(0, spread, (count, size))
        for size, spread in ((768, 0.3), (576, 0.3))
        for centers in [rng.normal(0, 1, (count, size))]
    )
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    shots = [shot_of(k, replace(media, path=Path(f"{k:06}.mp4"))) for k in range(count)]
    samples = {}
    for shot in shots:
        frames = np.clip(rng.uniform(0.1, 0.9, 3) + rng.normal(0, 0.15, (2, 20, 36, 3)), 0.01, 0.99)
        samples[shot.id] = Sample.of(shot.id, frames, np.ones(frames.shape[:3], np.bool_), (5, 20))
    links, hints = [], []
    for a in range(count):
        for b in {*range(a + 1, min(a + 4, count)), *map(int, rng.integers(a, count, 3))} - {a}:
            if scene[a] == scene[b]:
                links.append(put_away(drawn_link(shots[a].id, shots[b].id, rng), put))
            else:
                hints.append(Hint(shots[a].id, shots[b].id, "regions", float(rng.uniform(0.05, 0.4))))
    return Survey(shots, samples, links, hints, twins={shot.id: shot.id for shot in shots}), Traits(patterns, palettes)


def drawn_link(a: str, b: str, rng: np.random.Generator) -> Link:
    """Draw a link of two shots that differ by a cast."""
    colors = rng.uniform(0.05, 0.9, (1000, 3))
    other = np.clip(colors * rng.uniform(0.9, 1.1, 3) + rng.normal(0, 0.01, colors.shape), 0, 1)
    held = rng.uniform(size=len(colors)) < 0.2
    return Link(a, b, colors, other, np.ones(len(colors)), held, int(rng.integers(30, 300)), 0.012, 0.8)


def drawn(count: int, seed: int, media: Media, solved: int) -> Run:
    """Measure what is done once for the whole edit, on a drawn survey."""
    survey, traits = drawn_survey(count, seed, media, Spill(Path(tempfile.gettempdir())).put)
    run, scenes = Run(count), []
    with Meter(run).measuring() as meter:
        meter.at("choosing pairs")
        candidates(survey.shots, survey.samples, Linking(), traits=traits)
        meter.at("scenes")
        scenes = group(survey, Grouping(), traits)
        if count <= solved:
            meter.at("solving")
            decide(survey, scenes, Settings(), progress=meter.progress)
    del run.stages["reading"]
    print(f"{count} drawn shots in {len(scenes)} scenes", flush=True)
    return run


def changed(edit: Edit, jobs: int, width: int) -> tuple[Run, Run, Run]:
    """Grade an edit; again as it is; and again with one shot that begins two frames later."""
    with tempfile.TemporaryDirectory() as folder:
        cache = DiskCache(Path(folder), 2**50)
        first, same = graded(edit, jobs, width, cache), graded(edit, jobs, width, cache)
        middle = len(edit.shots) // 2
        shot = edit.shots[middle]
        later = replace(shot, source=FrameRange(2, shot.source.count - 2, shot.source.rate))
        return (
            first,
            same,
            graded(edit_of([*edit.shots[:middle], later, *edit.shots[middle + 1 :]]), jobs, width, cache),
        )


def exponent(runs: Sequence[Run], measure: Callable[[Run], float]) -> float:
    """Return e of ``c * shots ** e`` through the two longest edits; NaN where there is nothing to fit."""
    (short, small), (long, large) = ((run.shots, measure(run)) for run in sorted(runs, key=lambda run: run.shots)[-2:])
    return math.log(large / small) / math.log(long / short) if min(small, large) > 0.05 else math.nan


def stage_value(name: str, what: str) -> Callable[[Run], float]:
    """Return what measures one figure of one stage."""
    return lambda run: float(getattr(run.stages.get(name, Stage()), what))


def show(title: str, runs: Sequence[Run]) -> None:
    """Print the table of some edits."""
    heads = "".join(f" {run.shots}: CPU s (parent) | MiB (parent) |" for run in runs)
    print(f"\n{title}\n\n| stage |{heads} e |\n|---|{'---|---|' * len(runs)}---|")
    for name in dict.fromkeys(name for run in runs for name in run.stages):
        cells = [run.stages.get(name, Stage()) for run in runs]
        texts = (f" {s.cpu:.1f} ({s.parent:.1f}) | {s.memory / MIB:.0f} ({s.parent_memory / MIB:.0f}) |" for s in cells)
        e = exponent(runs, stage_value(name, "cpu")) if len(runs) > 1 else math.nan
        print(f"| {name} |{''.join(texts)} {e:.2f} |")
    texts = (
        f" {run.total('cpu'):.1f} ({run.total('parent'):.1f}) | "
        f"{run.total('memory') / MIB:.0f} ({run.total('parent_memory') / MIB:.0f}) |"
        for run in runs
    )
    e = exponent(runs, lambda run: run.total("cpu")) if len(runs) > 1 else math.nan
    print(f"| all, or most |{''.join(texts)} {e:.2f} |")
    if any(run.cache for run in runs):
        print("cache: " + ", ".join(f"{run.shots}: {run.cache / MIB:.0f} MiB" for run in runs))


def grown(runs: Sequence[Run], measure: Callable[[Run], float], count: int) -> float:
    """Extrapolate a figure to ``count`` shots."""
    longest = max(runs, key=lambda run: run.shots)
    e = exponent(runs, measure) if len(runs) > 1 else 1.0
    return measure(longest) * (count / longest.shots) ** (max(e, 0.0) if math.isfinite(e) else 1.0)


def foretell(real: Sequence[Run], drawn_runs: Sequence[Run]) -> None:
    """Print what longer edits would cost on a farm, and what breaks first."""
    print(f"\n| shots | CPU h | h on {WORKERS} workers | of it one process | GiB of the parent | cache GiB |")
    print("|---|---|---|---|---|---|")
    for count in FARTHER:
        once = {name for run in drawn_runs for name in run.stages}
        work = single = 0.0
        for runs in (real, drawn_runs):
            for name in dict.fromkeys(name for run in runs for name in run.stages):
                if runs is drawn_runs or name not in once:
                    whole = grown(runs, stage_value(name, "cpu"), count)
                    alone = min(whole, grown(runs, stage_value(name, "parent"), count))
                    work, single = work + whole, single + alone
        memory = max(
            (grown(r, lambda run: run.total("parent_memory"), count) for r in (real, drawn_runs) if r), default=0
        )
        cache = grown(real, lambda run: float(run.cache), count) if real else 0.0
        hours = (single + (work - single) / WORKERS) / 3600
        breaks = " (breaks)" if memory > MACHINE * 2**30 else ""
        print(
            f"| {count} | {work / 3600:.1f} | {hours:.2f} | {single / 3600:.2f} | {memory / 2**30:.1f}{breaks} "
            f"| {cache / 2**30:.0f} |"
        )


def counts(text: str) -> list[int]:
    """Return the numbers of a list such as ``30,100``."""
    return [int(word) for word in text.split(",") if word]


def main() -> None:
    """Measure and print."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--shots", type=counts, default=[])
    parser.add_argument("--drawn", type=counts, default=[])
    parser.add_argument("--solved", type=int, default=300, help="drawn edits of so many shots are solved and checked")
    parser.add_argument("--changed", type=int)
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("--width", type=int, default=WIDTH, help="of a sampled frame")
    parser.add_argument("--jobs", type=int, default=default_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not all(name in os.environ for name in BLAS_THREADS):  # the command sets them before NumPy loads
        limits = dict.fromkeys(BLAS_THREADS, "1")
        os.execve(sys.executable, [sys.executable, *sys.argv], {**limits, **os.environ})  # noqa: S606
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        real: list[Run] = []
        for count in options.shots:
            edit = real_edit(folder, options.source, count, options.seed)
            with tempfile.TemporaryDirectory(dir=folder) as cache:
                where = NO_CACHE if options.no_cache else DiskCache(Path(cache), 2**50)
                real.append(graded(edit, options.jobs, options.width, where))
            show("Real clips", real)
        still = probe(sorted(options.source.glob("dev/*.mp4"))[0])
        drawn_runs = [drawn(count, options.seed, still, options.solved) for count in options.drawn]
        if drawn_runs:
            show("Drawn samples, links and hints", drawn_runs)
        if real or drawn_runs:
            foretell(real, drawn_runs)
        if options.changed:
            edit = real_edit(folder, options.source, options.changed, options.seed)
            first, same, again = changed(edit, options.jobs, options.width)
            show("Everything new", [first])
            show("Nothing changed", [same])
            show("One shot changed", [again])
            whole, least = first.total("cpu"), same.total("cpu")
            part = (again.total("cpu") - least) / whole
            print(f"\nwork done again: {part:.1%} of {whole:.0f} CPU s; {least:.1f} s where nothing changed")
    if options.json:
        figures: list[dict[str, Any]] = [
            {"shots": run.shots, "cache": run.cache, "stages": {k: vars(s) for k, s in run.stages.items()}}
            for run in (*real, *drawn_runs)
        ]
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
