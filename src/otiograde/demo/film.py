"""The demo film: six takes of two sets, each with its own cast, cut into an edit; and the truth about a match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.difference import delta_e00
from otiograde.color.encodings import encoding
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transform import Identity, Transform
from otiograde.demo import kitchen, studio
from otiograde.demo.camera import Pose, take_picture
from otiograde.demo.casts import CASTS, Cast
from otiograde.demo.cutting import cut
from otiograde.demo.light import Stage
from otiograde.demo.paint import Brush
from otiograde.errors import ExportError
from otiograde.folder.writing import write_file
from otiograde.means.progress import Progress, silent
from otiograde.means.workers import SERIAL
from otiograde.media.writing import write_video

SETS = {"kitchen": kitchen, "studio": studio}

#: The takes in the order of the edit: the two sets are intercut.
ORDER = ("kitchen_wide", "kitchen_medium", "studio_wide", "studio_medium", "kitchen_close", "studio_close")

RATE = Fraction(24)

#: Where the clips lie, beside the edit.
MEDIA = "media"

#: Deviation of the film grain, in code values.
GRAIN = 0.008

#: Paints are as fine as a picture of this width needs.
FULL_WIDTH = 640

#: Known colors of a take: so many of every so manieth frame.
COLORS, EVERY = 400, 8


@dataclass(frozen=True, eq=False)
class Film:
    """The film as it lies in its folder, and the truth about it.

    ``edit`` is the timeline file. ``sets`` names the clips of each set; ``casts`` and ``colors`` are by clip name, the
    latter ``(n, 3)`` code values that the clip shows, as they were before its cast.
    """

    edit: Path
    sets: Mapping[str, tuple[str, ...]]
    casts: Mapping[str, Cast]
    colors: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class _Take:
    """What is filmed: a clip's move and cast, where to, how many frames, how large, and the seed of its grain."""

    path: Path
    move: tuple[Pose, Pose]
    cast: Cast
    frames: int
    size: tuple[int, int]
    seed: tuple[int, int]


def draw_film(
    folder: Path,
    *,
    seed: int = 7,
    size: tuple[int, int] = (640, 360),
    frames: int = 56,
    executor: Executor = SERIAL,
    progress: Progress = silent,
) -> Film:
    """Draw six clips of ``frames`` frames and ``size`` (width, height) into ``folder`` and cut them into an edit there.

    The same film for the same ``seed``. Raises ``ExportError`` or ``MediaError`` where it cannot be written.
    """
    takes = [_take(folder, clip, frames, size, seed) for clip in ORDER]
    edit = folder / "demo.otio"
    try:
        (folder / MEDIA).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be made: {error.strerror or error}") from error
    # The edit first: by it the folder of an interrupted demo is known as one.
    write_file(edit, cut([take.path.relative_to(folder) for take in takes], frames, RATE).encode("ascii"))
    done, steps = 0, len(SETS) + len(ORDER)
    stages: dict[str, Stage] = {}
    for name, stage in zip(SETS, executor.map(_dress, SETS, repeat(seed), repeat(size[0] / FULL_WIDTH)), strict=True):
        stages[name] = stage
        progress("drawing", done := done + 1, steps)
    colors: dict[str, NDArray[np.float32]] = {}
    for clip, seen in zip(ORDER, executor.map(_shoot, (stages[_place(clip)] for clip in ORDER), takes), strict=True):
        colors[clip] = seen
        progress("drawing", done := done + 1, steps)
    sets = {name: tuple(clip for clip in ORDER if _place(clip) == name) for name in SETS}
    return Film(edit, sets, CASTS, colors)


def _place(clip: str) -> str:
    return clip.partition("_")[0]


def _take(folder: Path, clip: str, frames: int, size: tuple[int, int], seed: int) -> _Take:
    place, _, setup = clip.partition("_")
    path = folder / MEDIA / f"{clip}.mp4"
    return _Take(path, SETS[place].MOVES[setup], CASTS[clip], frames, size, (seed, ORDER.index(clip)))


def _dress(name: str, seed: int, detail: float) -> Stage:
    """Paint and light a set."""
    rng = np.random.default_rng((seed, sorted(SETS).index(name)))
    return Stage(tuple(SETS[name].things(Brush(rng, detail))), SETS[name].LIGHT).lit(rng)


def _shoot(stage: Stage, take: _Take) -> NDArray[np.float32]:
    """Film a take into its file; what comes back are its known colors ``(n, 3)``."""
    known: list[NDArray[np.float32]] = []
    write_video(take.path, _frames(stage, take, known), rate=RATE, encoding=encoding("bt709"), bits=8, crf=16)
    return np.concatenate(known)


def _frames(stage: Stage, take: _Take, known: list[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Draw each frame with its grain and its cast, and note some of its colors without them."""
    start, end = take.move
    for number in range(take.frames):
        rng = np.random.default_rng((*take.seed, number))
        pose = start.towards(end, number / max(1, take.frames - 1))
        clean = _developed(take_picture(stage, pose, take.size))
        if number % EVERY == 0:
            known.append(rng.choice(clean.reshape(-1, 3), COLORS))
        grain = rng.standard_normal((*clean.shape[:2], 1), np.float32) * GRAIN
        yield np.clip(take.cast(clean + grain), 0, 1)


def _developed(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take linear light to code values below 1, with a film's shoulder."""
    return np.asarray((1 - np.exp(-1.5 * light)) ** (1 / 2.2))


def truth_error(film: Film, grades: Mapping[str, Transform] | None = None) -> float:
    """Measure ΔE00 between the shots of a set, over the true colors of both: 0 when every pair agrees everywhere.

    ``grades`` by clip name, LUTs say; None is the film as it was shot. Of two shots with casts P and grades T it is the
    mean of ΔE00 between T₁(P₁(c)) and T₂(P₂(c)) over the colors c of both; the result is the mean of all pairs.
    """
    errors = []
    for clips in film.sets.values():
        for pair in combinations(clips, 2):
            colors = np.concatenate([film.colors[clip] for clip in pair]).astype(np.float64)
            shown = [np.clip(film.casts[clip](colors), 0, 1) for clip in pair]
            if grades is not None:
                shown = [
                    np.clip(grades.get(clip, Identity())(rgb), 0, 1) for clip, rgb in zip(pair, shown, strict=True)
                ]
            first, second = (srgb_to_lab(np.asarray(rgb, np.float64)) for rgb in shown)
            errors.append(delta_e00(first, second).mean())
    return float(np.mean(errors))
