"""How well drift is detected: ramps, steps and casts planted in real clips, and planted flicker.

    python benchmarks/drift.py [FOOTAGE] [--jobs N]

FOOTAGE is the folder of ``dev_graded`` and ``dev_hard_graded`` (default: ../shared/footage beside the checkout).
Changes are planted in the sampled frames of the clean clips, in light (sRGB-decoded), and rounded to 8 bits. The area
under the ROC curve measures how well planted and untouched clips are told apart. Clips with unknown drift are left out
and counted.
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.transfer import srgb_decode, srgb_encode
from otiograde.means.workers import default_count, processes
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.settings import Sampling
from otiograde.record.shot import FrameRange, Shot
from otiograde.survey.drift import Drift, measure
from otiograde.survey.sample import frame_numbers, make_sample

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
KINDS = ("none", "ramp 0.15", "ramp 0.3", "ramp 0.6", "warmth 0.3", "step 0.3")


def shot_of(path: Path) -> Shot:
    """Return a shot of the clip without its handles."""
    media = probe(path)
    margin = 8 if media.frames > 40 else 2
    count = media.frames - 2 * margin
    return Shot(
        path.stem, path.stem, media, FrameRange(margin, count, media.rate), FrameRange(0, count, Fraction(24)), 0, (0,)
    )


def planted(frames: NDArray[np.float32], kind: str, sign: int) -> NDArray[np.float32]:
    """Return the frames with a planted change. The size of a ramp is that over all frames."""
    name, _, size = kind.partition(" ")
    if name == "none":
        return frames
    along = (np.arange(len(frames)) + 0.5) / len(frames)
    stops = sign * float(size) * ((along > 0.5) if name == "step" else along)
    gains = 2.0 ** (stops[:, None] * (np.array([0.5, 0, -0.5]) if name == "warmth" else np.ones(3)))
    light = srgb_decode(frames) * gains[:, None, None, :]
    return (np.rint(np.clip(srgb_encode(light), 0, 1) * 255) / 255).astype(np.float32)


def measured(path: Path) -> dict[str, Drift | None]:
    """Measure the drift of one clip, untouched and with each planted change."""
    shot = shot_of(path)
    at = frame_numbers(shot, Sampling())
    frames = read_frames(shot.media, at, Sampling().width)
    sign = 1 if sum(path.stem.encode()) % 2 else -1
    drifts = {}
    for kind in KINDS:
        sample = make_sample(shot.id, planted(frames, kind, sign), at, Sampling())
        drifts[kind] = measure(sample, shot.media.encoding)
    return drifts


def untouched(path: Path) -> Drift | None:
    """Measure the drift of one clip as it is."""
    shot = shot_of(path)
    at = frame_numbers(shot, Sampling())
    return measure(make_sample(shot.id, read_frames(shot.media, at, 480), at, Sampling()), shot.media.encoding)


def area(without: list[float], with_it: list[float]) -> float:
    """Return the area under the ROC curve: how often a planted value is above an untouched one."""
    pairs = [(low < high) + 0.5 * (low == high) for low in without for high in with_it]
    return float(np.mean(pairs)) if pairs else float("nan")


def ramps(paths: list[Path], rows: list[dict[str, Drift | None]]) -> None:
    """Print how well ramps, casts and steps are told from untouched clips."""
    drifts = {kind: [drift for row in rows if (drift := row[kind]) and drift.kind != "unknown"] for kind in KINDS}
    figures = {"warmth 0.3": "warmth", "step 0.3": "jump"}
    print(f"{len(paths)} clips")
    print(f"{'planted':12}{'measured, median [10 %, 90 %]':36}{'AUC':>6}{'detected':>12}{'unknown':>9}")
    for kind in KINDS:
        figure = figures.get(kind, "slope")
        values = [abs(getattr(drift, figure)) for drift in drifts[kind]]
        low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
        auc = area([abs(getattr(drift, figure)) for drift in drifts["none"]], values)
        detected = sum(drift.kind != "steady" for drift in drifts[kind])
        spread = f"{figure} {middle:.3f} [{low:.3f}, {high:.3f}]"
        print(f"{kind:12}{spread:36}{auc:6.3f}{f'{detected} of {len(values)}':>12}{len(rows) - len(values):9}")
    for path, row in zip(paths, rows, strict=True):
        if (drift := row["none"]) and drift.kind != "steady":
            print(f"  untouched {path.parents[1].name} {path.stem}: {drift.kind}, {drift.words}")


def flicker(folder: Path, rows: list[Drift | None]) -> None:
    """Print which clips with planted flicker are detected, and how large the flicker in their sampled frames is."""
    truth = {shot["id"]: shot["flicker"] for shot in json.loads((folder / "truth.json").read_text())["shots"]}
    drifts = [drift for drift in rows if drift and drift.kind != "unknown"]
    areas = [[drift.flicker for drift in drifts if bool(truth[drift.shot]) is planted] for planted in (False, True)]
    print(f"{folder.name}: flicker AUC {area(*areas):.3f}")
    for drift in filter(None, rows):
        if planted := truth[drift.shot]:
            size = np.ptp(np.array(planted["ev"])[list(drift.at)])
            measured_flicker = f"{drift.flicker:.3f}: {drift.words or drift.kind}"
            print(f"  {drift.shot}: planted {size:.3f} in the sampled frames, measured {measured_flicker}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("footage", type=Path, nargs="?", default=FOOTAGE)
    parser.add_argument("--jobs", type=int, default=default_count())
    options = parser.parse_args()
    folders = [folder for name in ("dev_graded", "dev_hard_graded") if (folder := options.footage / name).is_dir()]
    clean = [path for folder in folders for path in sorted((folder / "ref").glob("*.mp4"))]
    with processes(options.jobs) as executor:
        ramps(clean, list(executor.map(measured, clean)))
        for folder in folders:
            flicker(folder, list(executor.map(untouched, sorted((folder / "media").glob("*.mp4")))))


if __name__ == "__main__":
    main()
