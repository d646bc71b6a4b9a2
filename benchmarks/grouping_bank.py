"""The pictures that grouping is measured with: views of all clips, each with a grade or a look of its own.

One clip gives up to six shots: all of the picture or a part of it, from the first or the second half of the clip. Some
places are also made dark, with noise; such a night is a scene of its own. Parts of one clip share its light and its
camera, so real angles are harder: the benchmark says how it does on pairs of different clips.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from look_families import FAMILIES
from make_grade_prior import decode, draw_grade, encode
from otiograde.color.palette import palette
from otiograde.color.texture import patterns
from otiograde.means.network import Network
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.settings import Sampling
from otiograde.survey.links.content import content_of
from otiograde.survey.links.regions import Picture, common, picture_of
from otiograde.survey.sample import Sample, make_sample

#: The folders of clips below the folder of the footage, and clips of ``dev/special`` with their scene.
FOLDERS = ("dev", "dev_hard", "dev/natural")
SPECIAL = {"sdr_h264_360p_rooftop": "rooftop", "fullrange_hevc_vfr_rooftop": "rooftop"}

#: Scenes that are also made dark.
NIGHTS = {
    "garden_path", "park_juggle", "table_cups", "mountain_road", "old_street", "lab", "cafe", "rose_garden",
    "wood_room", "maid",
}  # fmt: skip

#: The views of a clip: the side of the picture that is seen, and which half of the clip.
VIEWS = ((1.0, 0), (1.0, 1), (0.6, 0), (0.55, 1), (0.4, 0), (0.33, 1))

#: Frames of a view. Of a night, two views are left out.
FRAMES, NIGHT_VIEWS = 5, (0, 2, 3, 4)

#: How much of a film-like look a view carries.
LEAST, MOST = 0.35, 0.8

#: The families of looks. A monochrome picture has no colors to compare.
FILM_LIKE = tuple(draw for name, draw in FAMILIES.items() if name != "monochrome")

#: The sources that are left out together. Sources with similar pictures are in one part, so that nothing leaks.
PARTS: tuple[frozenset[str], ...] = (
    frozenset({"garden_path", "park_juggle", "table_cups", "table_coffee"}),
    frozenset({"maid", "snow_fox", "golden_woman", "old_street", "lab"}),
    frozenset({"workshop", "rose_garden", "cafe", "mountain_road"}),
    frozenset({"bunny_forest", "hut", "red_sky", "wood_room", "rooftop"}),
)

SEED = 7


class View(NamedTuple):
    """One shot of the bank."""

    #: Name of the clip, and of the scene. A night is another scene of the same ``site``.
    clip: str
    scene: str
    site: str
    #: Width, height and rate of the clip's media.
    format: tuple[int, int, str]
    #: Median luma in [0, 1].
    luma: float
    patterns: NDArray[np.float64]
    palette: NDArray[np.float64]
    picture: Picture
    #: Description of what is seen, a unit vector; empty without a network.
    content: NDArray[np.float64]


class Bank(NamedTuple):
    """All views, and the masses of color that they have in common ``(n, n)``; NaN for two parts of the sources."""

    views: list[View]
    common: NDArray[np.float64]

    def numbers(self, places: frozenset[str]) -> list[int]:
        """Return the numbers of the views of some places."""
        return [number for number, view in enumerate(self.views) if view.site in places]


def open_bank(footage: Path, file: Path | None, network: Network | None, looks: float = 0.0) -> Bank:
    """Read the bank from ``file``, or make it and write it there.

    ``looks`` is the share of the views that carry a film-like look instead of a grade.
    """
    if file is not None and file.exists():
        bank: Bank = pickle.loads(file.read_bytes())  # noqa: S301  (a file of this program)
        return bank
    views = [view for number, clip in enumerate(_clips(footage)) for view in _views(number, *clip, network, looks)]
    masses = np.full((len(views), len(views)), np.nan)
    for part in PARTS:
        inside = [number for number, view in enumerate(views) if view.site in part]
        for a, b in combinations(inside, 2):
            mass = common(views[a].picture, views[b].picture)
            masses[a, b] = masses[b, a] = np.nan if mass is None else mass
    bank = Bank(views, masses)
    if file is not None:
        file.write_bytes(pickle.dumps(bank))
    return bank


def _clips(footage: Path) -> Iterator[tuple[Path, str]]:
    """Yield the clips and the names of their scenes."""
    for folder in FOLDERS:
        for clip in json.loads((footage / folder / "manifest.json").read_text())["clips"]:
            yield footage / folder / clip["file"], clip.get("scene") or "maid"
    for name, scene in SPECIAL.items():
        yield footage / "dev/special" / f"{name}.mp4", scene


def _views(number: int, path: Path, scene: str, network: Network | None, looks: float) -> Iterator[View]:
    """Make the views of one clip."""
    media = probe(path)
    at = [media.frames * (2 * k + 1) // (4 * FRAMES) for k in range(2 * FRAMES)]
    frames = read_frames(media, at, 960)
    print(f"{path.stem}: {len(frames)} frames", file=sys.stderr, flush=True)
    form = (media.width, media.height, str(media.rate))
    for night in (False, True) if scene in NIGHTS else (False,):
        for view in NIGHT_VIEWS if night else range(len(VIEWS)):
            rng = np.random.default_rng([number, view, night, SEED])
            seen = _seen(frames, *VIEWS[view], rng)
            sample = _sample(f"{path.stem}_{view}", _at_night(seen, rng) if night else seen, looks, rng)
            if len(sample.at):
                name = "@night" if night else ""
                yield _measure(sample, (path.stem + name, scene + name, scene), form, network)


def _seen(frames: NDArray[np.floating], side: float, half: int, rng: np.random.Generator) -> NDArray[np.floating]:
    """Cut one view out of the frames of a clip; three of ten are mirrored."""
    frames = frames[FRAMES * half : FRAMES * (half + 1)]
    height, width = frames.shape[1:3]
    side *= rng.uniform(0.93, 1.07) if side < 1 else 1
    rows, columns = int(height * side), int(width * side)
    y, x = int(rng.uniform(0, height - rows + 0.999)), int(rng.uniform(0, width - columns + 0.999))
    frames = frames[:, y : y + rows, x : x + columns]
    if columns > Sampling().width:
        size = (Sampling().width, round(rows * Sampling().width / columns))
        frames = np.array([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])
    return frames[:, :, ::-1] if rng.random() < 0.3 else frames


def _at_night(frames: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return frames with little light and with noise."""
    light = decode(np.asarray(frames, np.float64)) * rng.uniform(0.03, 0.09) * np.array([0.8, 1.0, 1.25])
    return np.asarray(encode(light) + rng.normal(0, 0.006, frames.shape))


def _sample(name: str, frames: NDArray[np.floating], looks: float, rng: np.random.Generator) -> Sample:
    """Give the frames a random grade or look, round them to 8 bits, and sample them."""
    colors = np.clip(np.asarray(frames, np.float64), 0, 1)
    rounded = np.round(np.clip(_graded(colors, looks, rng), 0, 1) * 255) / 255
    return make_sample(name, rounded.astype(np.float32), range(len(rounded)), Sampling())


def _graded(colors: NDArray[np.float64], looks: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return colors in a random film-like look, or in a random grade; two of five grades are strong."""
    if looks and rng.random() < looks:
        changed = np.clip(FILM_LIKE[rng.integers(len(FILM_LIKE))](rng)(colors), 0, 1)
        return np.asarray(colors + rng.uniform(LEAST, MOST) * (changed - colors))
    grade = draw_grade(rng, film=bool(rng.random() < 0.5))
    return np.asarray(colors + (1.0 if rng.random() < 0.4 else 0.35) * (grade(colors) - colors))


def _measure(sample: Sample, names: tuple[str, str, str], form: tuple[int, int, str], network: Network | None) -> View:
    count, frames = len(sample.at), sample.frames
    luma = float(np.median(sample.colors(3000) @ np.array([0.2126, 0.7152, 0.0722])))
    seen = np.zeros(0)
    if network is not None:
        mean = content_of(sample, network).seen[-1].mean(0, dtype=np.float64)
        seen = mean / np.linalg.norm(mean)
    colors = palette((frames[k] for k in sorted({0, count // 2, count - 1})), sample.usable)
    return View(*names, form, luma, patterns(frames, sample.usable), colors, picture_of(sample), seen)
