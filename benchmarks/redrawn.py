"""How well pictures are matched that were drawn again: one composition, no common texture, a planted grade.

    python benchmarks/redrawn.py [FOOTAGE] [--every N] [--first K]

FOOTAGE is the folder of ``dev`` and ``dev_hard`` (default: ../shared/footage beside the checkout). Two tables:

* Each N-th clip, from the K-th on, and the same clip drawn again: its shapes are bent by 9 to 16 pixels of 480, zoomed
  and shifted; blocks of nine and of six pixels are scattered; a median leaves no detail, and the detail of another clip
  is laid over it; light differs by up to .12 stop; what is drawn shows the frames one sample later. Each side gets a
  random grade. The two shots are grouped and matched by themselves, without and with links by layout. What is left is
  the mean CIEDE2000 of the clip's colors through both grades and both corrections.
* False joins: all pairs of clips of different scenes, by layout alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from make_grade_prior import draw_grade
from otiograde.color.difference import delta_e00
from otiograde.color.luma import LUMA32
from otiograde.color.spaces import srgb_to_lab
from otiograde.decide.decision import completed, decide
from otiograde.decide.grouping import group
from otiograde.grading.pipeline import read
from otiograde.grading.study import sample_all
from otiograde.means.means import Means
from otiograde.record.settings import Linking, Sampling, Settings
from otiograde.record.shot import Shot
from otiograde.survey.links import link_all
from otiograde.survey.links.layout import describe, link_by_layout
from otiograde.survey.sample import Sample, make_sample
from otiograde.survey.survey import Survey

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
FOLDERS = ("dev", "dev/natural", "dev_hard")
#: Shots that so many matches join need no layout.
CERTAIN = Linking().many
Frame = NDArray[np.float32]


class Clip(NamedTuple):
    """A clip of the footage."""

    name: str
    scene: str
    shot: Shot
    sample: Sample


def clips(footage: Path) -> list[Clip]:
    """Sample all clips of the manifests."""
    taken = []
    for folder in FOLDERS:
        entries = json.loads((footage / folder / "manifest.json").read_text())["clips"]
        scenes = {Path(entry["file"]).stem: entry.get("scene", folder) for entry in entries}
        edit = read([footage / folder / entry["file"] for entry in entries])
        samples = sample_all(list(edit.shots), Sampling(), Means())
        taken += [Clip(shot.id, scenes[shot.media.path.stem], shot, samples[shot.id]) for shot in edit.shots]
    return taken


def smooth(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Frame:
    """Return smooth noise ``(h, w)`` between -1 and 1."""
    noise = np.asarray(cv2.GaussianBlur(rng.normal(size=shape[:2]).astype(np.float32), (0, 0), sigma), np.float32)
    return np.asarray(noise / np.abs(noise).max(), np.float32)


def moved(frame: Frame, x: Frame, y: Frame) -> Frame:
    """Return a frame whose pixels come from ``x`` and ``y`` away."""
    row, column = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]].astype(np.float32)
    return np.asarray(cv2.remap(frame, column + x, row + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def scattered(frame: Frame, rng: np.random.Generator, block: int, by: float) -> Frame:
    """Return a frame whose blocks are moved at random by up to so many pixels."""
    height, width = frame.shape[:2]
    draws = [rng.uniform(-by, by, (height // block, width // block)).astype(np.float32) for _ in "xy"]
    x, y = (np.asarray(cv2.resize(draw, (width, height), interpolation=cv2.INTER_CUBIC)) for draw in draws)
    return moved(frame, x, y)


def detail(frame: Frame) -> tuple[Frame, Frame]:
    """Return the detail of a frame's luma and its local strength, ``(h, w)`` each."""
    luma = frame @ LUMA32
    fine = luma - np.asarray(cv2.GaussianBlur(luma, (0, 0), 6), np.float32)
    return fine, np.sqrt(np.asarray(cv2.GaussianBlur(fine * fine, (0, 0), 14), np.float32))


def redrawn(frames: NDArray[np.float32], foreign: Frame, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the frames of a clip again, with the detail of a ``foreign`` picture."""
    shape, bend, zoom = frames.shape[1:3], rng.uniform(9, 16), rng.uniform(1, 1.15)
    shift, light = rng.uniform(-18, 18, 2), 2 ** (0.12 * smooth(rng, shape, shape[1] / 5))
    row, column = (axis - size / 2 for axis, size in zip(np.mgrid[0 : shape[0], 0 : shape[1]], shape, strict=True))
    x, y = (
        np.asarray(axis * (1 / zoom - 1) + step + bend * smooth(rng, shape, shape[1] / 12), np.float32)
        for axis, step in zip((column, row), shift, strict=True)
    )
    texture, strength = detail(np.asarray(cv2.resize(foreign, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32))
    drawn = []
    for frame in frames:
        loose = scattered(moved(frame, x, y), rng, 9, rng.uniform(9, 14))
        fine = [7 * smooth(rng, shape, shape[1] / 45) for _ in "xy"]
        loose = scattered(moved(loose, *fine), rng, 6, rng.uniform(7, 11))
        plain = cv2.medianBlur((np.clip(loose, 0, 1) * 255 + 0.5).astype(np.uint8), 13).astype(np.float32) / 255
        laid = 0.8 * texture / (strength + 0.02) * np.minimum(detail(loose)[1], 0.06)
        drawn.append(np.clip((plain + laid[..., None]) * light[..., None], 0, 1))
    return np.array(drawn, np.float32)


def shown(name: str, frames: NDArray[np.floating]) -> Sample:
    """Make the sample of frames of 8 bits."""
    codes = (np.rint(np.clip(frames, 0, 1) * 255) / 255).astype(np.float32)
    return make_sample(name, codes, range(len(codes)), Sampling())


def left(clip: Clip, foreign: Frame, seed: int) -> dict[str, float]:
    """Return what is left of two planted grades: with nothing done, without links by layout, and with them."""
    rng = np.random.default_rng(seed)
    one, other = (draw_grade(rng, film=False) for _ in "ab")
    frames = clip.sample.frames
    samples = {"a": shown("a", one(frames[:-1])), "b": shown("b", other(redrawn(frames[1:], foreign, rng)))}
    media = replace(clip.shot.media, path=clip.shot.media.path.with_name("again.mp4"))
    shots = [replace(clip.shot, id="a", name="a"), replace(clip.shot, id="b", name="b", media=media)]
    colors = clip.sample.colors(2000, 5).astype(np.float64)
    a, b = one(colors), other(colors)
    row = {"nothing": apart(a, b)}
    for name, without in (("without", ("layout",)), ("with", ())):
        settings = completed(Settings(linking=Linking(without=without)))
        clues = link_all(shots, samples, settings.linking)
        survey = Survey(shots, samples, clues.links, clues.hints)
        grades = {grade.shot: grade for grade in decide(survey, group(survey, settings.grouping), settings).grades}
        row[name] = apart(grades["a"].lut(33)(a), grades["b"].lut(33)(b))
    row["matches"] = max((link.inliers for link in clues.links if link.kind == "surfaces"), default=0)
    row["places"] = max((link.inliers for link in clues.links if link.kind == "layout"), default=0)
    return row


def apart(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return the mean CIEDE2000 of two arrays of code values."""
    return float(delta_e00(srgb_to_lab(np.clip(a, 0, 1)), srgb_to_lab(np.clip(b, 0, 1))).mean())


def false_joins(taken: Sequence[Clip]) -> tuple[int, list[str]]:
    """Return the number of pairs of clips of different scenes, and those that their layout joins."""
    described = [describe(clip.sample) for clip in taken]
    pairs = [(i, j) for i, j in combinations(range(len(taken)), 2) if taken[i].scene != taken[j].scene]
    joined = [
        f"{taken[i].name} and {taken[j].name}"
        for i, j in pairs
        if link_by_layout((taken[i].sample, described[i]), (taken[j].sample, described[j]), Linking())
    ]
    return len(pairs), joined


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("footage", nargs="?", type=Path, default=FOOTAGE)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    taken = clips(options.footage)
    rows = []
    for number in range(options.first, len(taken), options.every):
        row = left(taken[number], taken[number - 7].sample.frame(0), number)
        print(f"{taken[number].name:20s}" + " ".join(f"{name} {value:6.2f}" for name, value in row.items()), flush=True)
        rows.append(row)
    for title, some in (
        (f"fewer than {CERTAIN} matches", [row for row in rows if row["matches"] < CERTAIN]),
        ("of these, joined by layout", [row for row in rows if row["places"]]),
    ):
        means = {
            name: float(np.mean([row[name] for row in some] or [np.nan])) for name in ("nothing", "without", "with")
        }
        worse = sum(row["with"] > min(row["nothing"], row["without"]) + 0.5 for row in some)
        print(f"{title}: {len(some)} of {len(rows)}", *(f"{k} {v:.2f}" for k, v in means.items()), f"worse {worse}")
    count, joined = false_joins(taken)
    print(f"false joins: {len(joined)} of {count} pairs", *joined)


if __name__ == "__main__":
    main()
