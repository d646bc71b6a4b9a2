"""Round trip of grades of kinds that the prior does not know: planted on clean clips, and undone.

    python benchmarks/round_trip.py [FOLDER] [--json FILE] [--seed N]

FOLDER holds a clean edit ``timeline_ref.otio`` (default: ../shared/footage/dev_graded beside the checkout). Every shot
gets another grade P of one family, in 8 bits. The pipeline finds the scenes and solves the balances T. The figure is
the mean CIEDE2000 between T(P(c)) of the shots of a scene, over the clean colors c of both. It is 0 if all shots of a
scene end with one common grade.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otiograde.color.difference import delta_e00
from otiograde.color.spaces import oklab_to_srgb, srgb_to_lab, srgb_to_oklab
from otiograde.color.transfer import srgb_decode, srgb_encode
from otiograde.color.transform import Identity, Transform
from otiograde.decide.grouping import group
from otiograde.decide.match.joint import Joint
from otiograde.decide.verify import settle
from otiograde.decide.verify.case import Case
from otiograde.grading.pipeline import read
from otiograde.grading.study import sample_all
from otiograde.means.means import Means
from otiograde.means.workers import processes
from otiograde.record.settings import Anchor, Grouping, Linking, Sampling
from otiograde.survey.links import link_all
from otiograde.survey.sample import make_sample
from otiograde.survey.survey import Survey

Array = NDArray[np.float64]
Grade = Callable[[Array], Array]
FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"


def film_curves(rng: np.random.Generator) -> Grade:
    """Draw a grade like a print stock: an S-curve for each channel, with different toe and shoulder."""
    slope, pivot = rng.uniform(3.0, 5.0, 3), rng.uniform(0.42, 0.55, 3)

    def grade(rgb: Array) -> Array:
        s = 1 / (1 + np.exp(-slope * (rgb - pivot)))
        low, high = 1 / (1 + np.exp(slope * pivot)), 1 / (1 + np.exp(-slope * (1 - pivot)))
        return 0.03 + 0.94 * (0.5 * rgb + 0.5 * (s - low) / (high - low))

    return grade


def hue_rotation(rng: np.random.Generator) -> Grade:
    """Draw a grade that turns all hues by one angle in Oklab, and scales saturation."""
    angle, gain = rng.uniform(-0.25, 0.25), rng.uniform(0.75, 1.2)
    turn = gain * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    def grade(rgb: Array) -> Array:
        light = np.array(srgb_to_oklab(rgb))
        light[..., 1:] = light[..., 1:] @ turn.T
        return np.asarray(oklab_to_srgb(light), np.float64)

    return grade


def crosstalk(rng: np.random.Generator) -> Grade:
    """Draw a 3 x 3 matrix in linear light, like that of a sensor. Each row sums to a random gain."""
    matrix = np.eye(3) + rng.normal(0, 0.08, (3, 3))
    matrix *= rng.uniform(0.85, 1.1, (3, 1)) / matrix.sum(1, keepdims=True)
    return lambda rgb: np.asarray(srgb_encode(np.clip(srgb_decode(rgb) @ matrix.T, 0, 1)), np.float64)


FAMILIES = {"film curves": film_curves, "hue rotation": hue_rotation, "crosstalk": crosstalk}


def planted(grade: Grade, colors: NDArray[np.floating]) -> Array:
    """Apply a grade and round to 8 bits, as a file would hold it."""
    return np.rint(np.clip(grade(colors.astype(np.float64)), 0, 1) * 255) / 255


def apart(
    scenes: list[tuple[str, ...]], clean: dict[str, Array], grades: dict[str, Grade], balances: dict[str, Transform]
) -> list[float]:
    """Return the mean ΔE00 of each pair of shots of a scene, over the clean colors of both."""
    differences = []
    for scene in scenes:
        for a, b in combinations(scene, 2):
            colors = np.concatenate([clean[a], clean[b]])
            one, other = (srgb_to_lab(np.clip(balances[shot](planted(grades[shot], colors)), 0, 1)) for shot in (a, b))
            differences.append(float(delta_e00(one, other).mean()))
    return differences


def measure(folder: Path, seed: int, jobs: int) -> dict[str, dict[str, float]]:
    """Plant each family on every shot, solve, and compare."""
    shots = read(folder / "timeline_ref.otio").shots
    rows = {}
    with processes(jobs) as executor:
        means = Means(executor)
        samples = sample_all(shots, Sampling(), means)
        truth = group(Survey(shots, samples, *link_all(shots, samples, Linking(), means)), Grouping())
        clean = {shot: sample.colors(900).astype(np.float64) for shot, sample in samples.items()}
        for name, family in FAMILIES.items():
            rng = np.random.default_rng(seed)
            grades = {shot.id: family(rng) for shot in shots}
            seen = {
                shot: make_sample(shot, planted(grades[shot], sample.frames).astype(np.float32), sample.at, Sampling())
                for shot, sample in samples.items()
            }
            survey = Survey(shots, seen, *link_all(shots, seen, Linking(), means))
            scenes = group(survey, Grouping())
            solved = [grade for scene in scenes for grade in Joint().solve(scene, seen, survey.links, Anchor())]
            balances = {grade.shot: grade.transform for grade in settle(Case.of(survey, scenes, solved, 33))}
            true = [scene.shots for scene in truth]
            before = apart(true, clean, grades, dict.fromkeys(balances, Identity()))
            after = apart(true, clean, grades, balances)
            rows[name] = {
                "before": float(np.mean(before)),
                "after": float(np.mean(after)),
                "worst_pair": max(after),
                "pairs_worse": sum(b > a + 0.5 for a, b in zip(before, after, strict=True)),
                "pairs": len(after),
            }
    return rows


def main() -> None:
    """Print one row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOOTAGE / "dev_graded")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    rows = measure(options.folder, options.seed, options.jobs)
    print(f"{'family':14s}{'before':>9s}{'after':>9s}{'worst':>9s}{'worse':>9s}{'pairs':>9s}")
    for name, row in rows.items():
        print(f"{name:14s}" + "".join(f"{value:9.2f}" for value in row.values()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
