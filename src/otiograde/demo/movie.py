"""The demo movie: six takes of two sets, each with a known color cast, cut into an edit. Measures the match.

One take drifts: its cast changes from its first frame to its last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, repeat
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from otiograde.color.difference import delta_e00
from otiograde.color.encodings import encoding
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Transform
from otiograde.demo import kitchen, studio
from otiograde.demo.camera import Pose, take_picture
from otiograde.demo.casts import CASTS, DRIFTS, Cast
from otiograde.demo.cutting import HANDLE, cut
from otiograde.demo.light import Stage
from otiograde.demo.paint import Brush
from otiograde.errors import ExportError
from otiograde.folder.writing import part_of, write_file
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL
from otiograde.media.writing import write_video

#: The sets by name.
SETS = {"kitchen": kitchen, "studio": studio}

#: The takes in the order of the edit, which cuts between the two sets. A name is set, underscore, camera set-up.
ORDER = ("kitchen_wide", "kitchen_medium", "studio_wide", "studio_medium", "kitchen_close", "studio_close")

#: Frames a second.
RATE = Fraction(24)

#: The folder of the clips, beside the edit.
MEDIA = "media"

#: Standard deviation of the film grain, in code values.
GRAIN = 0.008

#: Width in pixels of the picture for which the paints have full detail.
FULL_WIDTH = 640

#: Known colors of a take: the number of colors from each sampled frame, and the step between sampled frames.
COLORS, SAMPLING_STEP = 400, 8

#: Frames of a clip at which it is measured, from the first to the last one that the edit shows.
MEASURED = 7

#: The grade of a clip by its name, at a frame of its media.
Grades: TypeAlias = Callable[[str, int], Transform]


@dataclass(frozen=True, eq=False)
class DemoMovie:
    """The movie in its folder, and the truth about its colors."""

    #: The timeline file.
    edit: Path
    #: Set -> names of its clips.
    sets: Mapping[str, tuple[str, ...]]
    #: Clip name -> its cast, at its first frame.
    casts: Mapping[str, Cast]
    #: Clip name -> some of its colors before the cast, (n, 3) code values.
    colors: Mapping[str, NDArray[np.float32]]
    #: Clip name -> its cast at its last frame, where that is another.
    drifts: Mapping[str, Cast] = field(default_factory=dict)
    #: Number of frames of each clip.
    frames: int = 1

    def cast(self, clip: str, frame: int) -> Cast:
        """Return the cast of a clip at a frame."""
        start = self.casts[clip]
        return start.towards(self.drifts.get(clip, start), frame / max(1, self.frames - 1))

    @property
    def measured(self) -> tuple[int, ...]:
        """The frames at which clips are measured."""
        handle = self.frames // HANDLE
        return tuple(np.linspace(handle, self.frames - 1 - handle, MEASURED).round().astype(int).tolist())


@dataclass(frozen=True)
class _Take:
    """How a clip is made."""

    #: The file to write.
    path: Path
    #: The camera at the first and at the last frame.
    move: tuple[Pose, Pose]
    #: The cast at the first and at the last frame.
    casts: tuple[Cast, Cast]
    #: Number of frames.
    frames: int
    #: Width and height in pixels.
    size: tuple[int, int]
    #: Seed of the grain and of the known colors.
    seed: tuple[int, int]


def draw_movie(
    folder: Path,
    *,
    seed: int = 7,
    size: tuple[int, int] = (640, 360),
    frames: int = 56,
    executor: Executor = SERIAL,
    progress: Progress = silent,
) -> DemoMovie:
    """Draw six clips of ``frames`` frames and ``size`` (width, height) into ``folder``, and write the edit of them.

    The same ``seed`` gives the same movie. Raises ``ExportError`` or ``MediaError`` if it cannot be written.
    """
    takes = [_take(folder, clip, frames, size, seed) for clip in ORDER]
    edit = folder / "demo.otio"
    try:
        (folder / MEDIA).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be made: {error.strerror or error}") from error
    # The edit comes first: it marks the folder as a demo, even if the demo is interrupted.
    write_file(edit, cut([take.path.relative_to(folder) for take in takes], frames, RATE).encode("ascii"))
    done, steps = 0, len(SETS) + len(ORDER)
    stages: dict[str, Stage] = {}
    for name, stage in zip(SETS, executor.map(_dress, SETS, repeat(seed), repeat(size[0] / FULL_WIDTH)), strict=True):
        stages[name] = stage
        progress("drawing", done := done + 1, steps)
    colors: dict[str, NDArray[np.float32]] = {}
    stage_of_take = (stages[_set_of(clip)] for clip in ORDER)
    for clip, shown in zip(ORDER, executor.map(_shoot, stage_of_take, takes), strict=True):
        colors[clip] = shown
        progress("drawing", done := done + 1, steps)
    sets = {name: tuple(clip for clip in ORDER if _set_of(clip) == name) for name in SETS}
    return DemoMovie(edit, sets, CASTS, colors, DRIFTS, frames)


def _set_of(clip: str) -> str:
    return clip.partition("_")[0]


def _take(folder: Path, clip: str, frames: int, size: tuple[int, int], seed: int) -> _Take:
    name, _, setup = clip.partition("_")
    path = folder / MEDIA / f"{clip}.mp4"
    casts = CASTS[clip], DRIFTS.get(clip, CASTS[clip])
    return _Take(path, SETS[name].MOVES[setup], casts, frames, size, (seed, ORDER.index(clip)))


def _dress(name: str, seed: int, detail: float) -> Stage:
    """Paint and light a set."""
    rng = np.random.default_rng((seed, sorted(SETS).index(name)))
    return Stage(tuple(SETS[name].things(Brush(rng, detail))), SETS[name].LIGHT).lit(rng)


def _shoot(stage: Stage, take: _Take) -> NDArray[np.float32]:
    """Write the clip of a take. Returns some of its colors before the cast, ``(n, 3)``."""
    colors: list[NDArray[np.float32]] = []
    with part_of(take.path) as part:
        write_video(take.path, _frames(stage, take, colors), RATE, encoding("bt709"), bits=8, crf=16, part=part)
    return np.concatenate(colors)


def _frames(stage: Stage, take: _Take, colors: list[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Draw each frame with grain and cast. Appends some of its colors without them to ``colors``."""
    (start, end), (cast, last) = take.move, take.casts
    for number in range(take.frames):
        rng = np.random.default_rng((*take.seed, number))
        share = number / max(1, take.frames - 1)
        clean = _developed(take_picture(stage, start.towards(end, share), take.size))
        if number % SAMPLING_STEP == 0:
            colors.append(rng.choice(clean.reshape(-1, 3), COLORS))
        grain = rng.standard_normal((*clean.shape[:2], 1), np.float32) * GRAIN
        yield np.clip(cast.towards(last, share)(clean + grain), 0, 1)


def _developed(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert linear light to code values below 1, with a shoulder like that of film."""
    return np.asarray((1 - np.exp(-1.5 * light)) ** (1 / 2.2))


def truth_error(movie: DemoMovie, grades: Grades | None = None) -> float:
    """Measure the mean ΔE00 between the shots of a set. It is 0 if all pairs agree on all their true colors.

    None for ``grades`` measures the movie without grades. For two shots with casts P and grades T at one frame, the
    error is the mean ΔE00 between T₁(P₁(c)) and T₂(P₂(c)) over the true colors c of both. The result is the mean over
    all pairs and over frames from the first to the last one that the edit shows.
    """
    errors = []
    for clips in movie.sets.values():
        for pair in combinations(clips, 2):
            colors = np.concatenate([movie.colors[clip] for clip in pair]).astype(np.float64)
            for frame in movie.measured:
                first, second = (_shown(movie, clip, frame, colors, grades) for clip in pair)
                errors.append(delta_e00(first, second).mean())
    return float(np.mean(errors))


def drift_error(movie: DemoMovie, clip: str, grades: Grades | None = None) -> float:
    """Measure the mean ΔE00 between the first and the last frame of a clip that the edit shows, on its true colors.

    None for ``grades`` measures the clip without its grade.
    """
    colors = movie.colors[clip].astype(np.float64)
    first, last = (_shown(movie, clip, frame, colors, grades) for frame in (movie.measured[0], movie.measured[-1]))
    return float(delta_e00(first, last).mean())


def _shown(
    movie: DemoMovie, clip: str, frame: int, colors: NDArray[np.float64], grades: Grades | None
) -> NDArray[np.float64]:
    """Return true colors ``(n, 3)`` through the cast and the grade of a frame, in Lab."""
    rgb = np.clip(movie.cast(clip, frame)(colors), 0, 1)
    if grades is not None:
        rgb = np.clip(grades(clip, frame)(rgb), 0, 1)
    return np.asarray(srgb_to_lab(np.asarray(rgb, np.float64)))
