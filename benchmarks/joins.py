"""How well a clip is joined to its own continuation: real clips split in two or in five, with planted casts.

    python benchmarks/joins.py [FOOTAGE] [--clips N] [--only splits|chains|cuts] [--cache DIR]

FOOTAGE is the folder of ``dev`` and ``dev_hard`` (default: ../shared/footage beside the checkout). Three tables:

* ``splits``: ten clips are split in the middle. The second half gets a cast: .2 to .4 stop, warmth, contrast and
  saturation. The edit is graded with the first shot as the anchor. What is left (mean CIEDE2000 to the clean frames) is
  printed at the first, middle and last frame of the second half, beside that of a run without joins.
* ``chains``: clips are split in five, and each part gets the cast of the part before it once more, as when a clip is
  extended again and again: -.25 stop, 12 % contrast and 18 % saturation in all. No anchor is named. What is left in the
  fifth part, and the largest step across a cut: one frame with the cast and the grade of either side, without what
  H.264 does to it.
* ``cuts``: the real cuts of built movies (``cuts.py``) that were taken for joins.

All clips go through H.264 at crf 16, at most 640 pixels wide. What a cast clips has lost its detail: half of
``cups_close``. What is planted is the truth, also in ``cafe_wide`` and ``hut_girl``, which drift by themselves.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cuts import build
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.media.writing import write_video
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Anchor, Linking, Sampling, Settings
from otiograde.survey.links.joins import join
from otiograde.survey.sample import make_ends, make_sample, scaled_ends

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
SPLITS = (
    *("dev/coffee", "dev/cups_close", "dev/dog_wide", "dev/fox_b", "dev/juggle_close", "dev/woman_smile"),
    *("dev/natural/maid_wan_camera", "dev_hard/bunny_stream", "dev/dog_close", "dev/cups_wide"),
)
CHAINS = ("dev/coffee", "dev/cups_wide", "dev/dog_wide", "dev_hard/cafe_wide", "dev_hard/hut_girl")
#: Casts of the splits, in turn.
CASTS = 6
#: Parts of a chain, and the largest width of the pictures.
PARTS, WIDTH = 5, 640
Frame = NDArray[np.float32]


class Cast(NamedTuple):
    """A change of a picture in code values of gamma 2.2."""

    stops: float
    warmth: float
    contrast: float
    saturation: float

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with the cast, in 8 bits."""
        light = np.power(frame, 2.2) * 2.0 ** (self.stops + self.warmth * np.array([1, 0, -1]))
        codes = (np.power(light, 1 / 2.2) - 0.4) * self.contrast + 0.4
        luma = (codes @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
        return np.asarray(np.rint(np.clip(luma + (codes - luma) * self.saturation, 0, 1) * 255) / 255, np.float32)

    def times(self, count: float) -> Cast:
        """Return the cast made so many times, roughly."""
        return Cast(self.stops * count, self.warmth * count, self.contrast**count, self.saturation**count)


def drawn(seed: int) -> Cast:
    """Draw the cast of one split."""
    draw = np.random.default_rng(seed)
    stops = draw.uniform(0.2, 0.4) * draw.choice([-1, 1])
    return Cast(stops, draw.uniform(-0.12, 0.12), draw.uniform(0.9, 1.15), draw.uniform(0.85, 1.2))


def smaller(frame: Frame) -> Frame:
    """Scale a frame down to ``WIDTH``, and to even sides."""
    height, width = frame.shape[:2]
    across = min(WIDTH, width)
    size = across // 2 * 2, round(height * across / width) // 2 * 2
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)


class Piece(NamedTuple):
    """One part of a clip, as a file, and its frames before the cast."""

    path: Path
    clean: Sequence[Frame]


def pieces(clip: Path, casts: Sequence[Cast | None], folder: Path) -> list[Piece]:
    """Split a clip evenly, and write its parts with their casts."""
    media = probe(clip)
    frames = [smaller(frame) for frame in iter_frames(media)]
    made = []
    for number, (part, cast) in enumerate(zip(np.array_split(np.arange(len(frames)), len(casts)), casts, strict=True)):
        clean = [frames[k] for k in part]
        path = folder / f"{clip.stem}_{number + 1}.mp4"
        shown = clean if cast is None else [cast(frame) for frame in clean]
        write_video(path, shown, Fraction(media.rate), media.encoding, crf=16)
        made.append(Piece(path, clean))
    return made


def difference(one: Frame, other: Frame) -> float:
    """Return the mean CIEDE2000 of two frames."""
    return float(delta_e00(srgb_to_lab(one[::2, ::2]), srgb_to_lab(other[::2, ::2])).mean())


def graded(frame: Frame, lut: Lut3D) -> Frame:
    """Return a frame after a LUT."""
    return np.asarray(np.clip(lut(frame), 0, 1), np.float32)


def left(piece: Piece, lut: Lut3D | None) -> list[float]:
    """Return what is left at the first, middle and last frame."""
    frames = list(iter_frames(probe(piece.path)))
    chosen = (0, len(frames) // 2, len(frames) - 1)
    return [difference(frames[k] if lut is None else graded(frames[k], lut), piece.clean[k]) for k in chosen]


def run(
    parts: Sequence[Piece], anchor: Anchor, without: tuple[str, ...], means: Means
) -> tuple[GradedTimeline, list[Lut3D]]:
    """Grade the parts of a clip as an edit, and return the record and the parts' LUTs."""
    settings = Settings(anchor=anchor, linking=Linking(without=without))
    record = grade_timeline([part.path for part in parts], settings=settings, means=means)
    return record, [record.lut(shot.id) for shot in record.edit.shots]


def splits(footage: Path, names: Sequence[str], folder: Path, means: Means) -> None:
    """Print the table of clips split in two."""
    print("| clip | as planted | without joins: first, middle, last | mean | with joins | mean | at the cut |")
    print("|---|---|---|---|---|---|---|", flush=True)
    rows = []
    for name in names:
        parts = pieces(footage / f"{name}.mp4", [None, drawn(SPLITS.index(name) % CASTS)], folder)
        row = [left(parts[1], None)]
        for without in (("joins",), ()):
            record, luts = run(parts, Anchor("first"), without, means)
            row.append(left(parts[1], luts[1]))
        joins = [finding.note.split(":")[-1] for finding in record.findings if finding.check == "join"]
        rows.append(np.mean(row, axis=1))
        cells = " | ".join(
            f"{' '.join(f'{value:.2f}' for value in values)} | {np.mean(values):.2f}" for values in row[1:]
        )
        print(f"| {name} | {rows[-1][0]:.2f} | {cells} | {joins[0].strip() if joins else 'no join'} |", flush=True)
    mean, worst = np.mean(rows, axis=0), np.max(rows, axis=0)
    print(f"| mean | {mean[0]:.2f} | | {mean[1]:.2f} | | {mean[2]:.2f} | |")
    print(f"| worst | {worst[0]:.2f} | | {worst[1]:.2f} | | {worst[2]:.2f} | |", flush=True)


def chains(footage: Path, names: Sequence[str], folder: Path, means: Means) -> None:
    """Print the table of chains of five."""
    print("| clip | joins | fifth part as planted | left | steps as planted | left, largest | reasons of the fifth |")
    print("|---|---|---|---|---|---|---|", flush=True)
    once = Cast(-0.25 / (PARTS - 1), 0.0, 1.12 ** (1 / (PARTS - 1)), 1.18 ** (1 / (PARTS - 1)))
    for name in names:
        parts = pieces(footage / f"{name}.mp4", [once.times(k) if k else None for k in range(PARTS)], folder)
        for without in (("joins",), ()):
            record, luts = run(parts, Anchor(), without, means)
            sides = [
                (once.times(k)(part.clean[0]), once.times(k - 1)(part.clean[0])) for k, part in enumerate(parts) if k
            ]
            planted = [difference(*side) for side in sides]
            steps = [
                difference(graded(after, luts[k]), graded(before, luts[k - 1]))
                for k, (after, before) in enumerate(sides, 1)
            ]
            fifth = np.mean(left(parts[-1], None)), np.mean(left(parts[-1], luts[-1]))
            reasons = [reason.sentence for reason in record.grades[-1].reasons if reason.kind == "anchor"]
            figures = f"{fifth[0]:.2f} | {fifth[1]:.2f} | {max(planted):.2f} | {max(steps):.2f}"
            print(f"| {name} | {'off' if without else 'on'} | {figures} | {'; '.join(reasons)} |", flush=True)


def cuts(footage: Path, count: int) -> None:
    """Print how many real cuts are taken for joins."""
    clips = sorted(path for name in ("dev", "dev_hard") for path in (footage / name).glob("*.mp4"))
    for kind, seed in (("cuts", 1), ("cuts", 2))[:count]:
        movie = build(clips, kind, seed)
        taken = [first for name, first, _ in movie.passages if name == "cut" and _joined(movie.frames, first)]
        print(f"{kind} {seed}: {len(taken)} of {len(movie.passages)} cuts taken for joins {taken or ''}", flush=True)


def _joined(frames: Sequence[NDArray[np.uint8]], first: int) -> bool:
    ends = []
    for number in (first - 2, first):
        shown = np.array(frames[number : number + 2], np.float32) / 255
        sample = make_sample(str(number), shown, (0, 1), Sampling())
        ends.append(make_ends(sample, scaled_ends(shown), (0, 1), Sampling()).ends)
    tail, head = ends
    return tail is not None and head is not None and join(tail, head, 1.6, Linking()) is not None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footage", nargs="?", type=Path, default=FOOTAGE)
    parser.add_argument("--clips", type=int, default=10, help="clips of a table, at most")
    parser.add_argument("--only", choices=("splits", "chains", "cuts"))
    parser.add_argument("--cache", type=Path, help="keep what was measured there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="otiograde-joins-") as folder:
        means = Means(cache=DiskCache(options.cache or Path(folder) / "cache"))
        if options.only in (None, "splits"):
            splits(options.footage, SPLITS[: options.clips], Path(folder), means)
        if options.only in (None, "chains"):
            chains(options.footage, CHAINS[: options.clips], Path(folder), means)
    if options.only in (None, "cuts"):
        cuts(options.footage, options.clips)


if __name__ == "__main__":
    main()
