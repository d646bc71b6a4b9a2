"""How well shots are matched: otiograde and simple peers on footage whose truth is known.

    python benchmarks/matching.py [FOLDER ...] [--ablate] [--alone] [--deep] [--plot SVG] [--json FILE] [--cache DIR]

A FOLDER is one that ``make_graded.py`` wrote (default: ../shared/footage/dev_graded beside the checkout). Two programs
beside the folder or beside the default measure every result. They share no code with the matcher:

* ``score.py`` compares with the planted perturbations.
* ``score_surfaces.py`` measures the difference between known surfaces, if ``NAME_surfaces.npz`` exists. This is a
  second truth, because light may differ before grading.

otiograde uses the balanced anchor. It runs twice: with the scenes that it finds, and with the true scenes. The peers
get the true scenes and hero shots. ``--ablate`` adds a row for each kind of evidence that is left out. ``--alone``
omits the peers. ``--deep`` lets otiograde use its networks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calibration import UNEVEN_SCENE, ShotError, plot, shot_errors, summary_line
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.deep.network import open_network
from otiograde.folder.writing import write_cube
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.grading.study import sample_all
from otiograde.means.cache import DiskCache
from otiograde.means.means import Means
from otiograde.means.workers import processes
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Linking, Matching, Sampling, Settings
from otiograde.survey.kinds import KINDS
from otiograde.survey.sample import Sample
from peers import peer_luts, peers

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
TARGETS = {"consistency": 2.2, "worst_pair": 2.5, "drift": 3.0, "worse": 0}


def program_of(folder: Path, name: str) -> Path:
    """Return the path of a program that comes with the footage."""
    return next(path for path in (folder.parent / name, FOOTAGE / name) if path.exists())


def score(folder: Path, luts: Mapping[str, Lut3D], *, clean: bool) -> dict[str, Any]:
    """Return the figures of the footage's ``score.py``."""
    with tempfile.TemporaryDirectory() as name:
        for clip, lut in luts.items():
            write_cube(Path(name) / f"{clip}.cube", lut)
        out = Path(name) / "score.json"
        command = [sys.executable, str(program_of(folder, "score.py")), str(folder), "--luts", name, "--json", str(out)]
        subprocess.run(command + ["--clean"] * clean, check=True, stdout=subprocess.DEVNULL)
        return dict(json.loads(out.read_text()))


def by_clip(record: GradedTimeline) -> dict[str, Lut3D]:
    """Return one LUT for each clip name: that of its first shot."""
    luts: dict[str, Lut3D] = {}
    for shot in record.edit.shots:
        luts.setdefault(shot.name, record.lut(shot.id))
    return luts


def health(luts: Mapping[str, Lut3D], samples: Mapping[str, Sample]) -> dict[str, float]:
    """Return the worst figures of the LUTs on the colors of their shots."""
    figures = [lut.health(samples[clip].colors(3000)) for clip, lut in luts.items()]
    return {
        "second_difference": max(figure.second_difference for figure in figures),
        "neutral_step": min(figure.neutral_step for figure in figures),
        "newly_clipped": max(figure.newly_clipped for figure in figures),
    }


def grouping(record: GradedTimeline, truth: Mapping[str, Any]) -> dict[str, float]:
    """Return precision, recall and F1 of the scenes in the record, over pairs of shots."""
    true = {shot: name for name, scene in truth["scenes"].items() for shot in scene["shots"]}
    names = {shot.id: shot.name for shot in record.edit.shots}
    scene_of = {shot: scene.id for scene in record.scenes for shot in scene.shots}
    ids = list(names)
    pairs = [(scene_of[a] == scene_of[b], true[names[a]] == true[names[b]]) for k, a in enumerate(ids) for b in ids[:k]]
    both = sum(grouped and truly for grouped, truly in pairs)
    precision = both / max(sum(grouped for grouped, _ in pairs), 1)
    recall = both / max(sum(truly for _, truly in pairs), 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}


def surfaces_of(folder: Path) -> Path | None:
    """Return the file of known surfaces of a folder, or None if there is none."""
    path = FOOTAGE / f"{folder.name.removesuffix('_graded')}_surfaces.npz"
    return path if path.exists() else None


def surfaces_apart(folder: Path, luts: Mapping[str, Lut3D]) -> float | None:
    """Return the mean over pairs of the median ΔE00 between the same surfaces, by ``score_surfaces.py``."""
    if (points := surfaces_of(folder)) is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        for clip, lut in luts.items():
            write_cube(Path(name) / f"{clip}.cube", lut)
        program = program_of(folder, "score_surfaces.py")
        command = [sys.executable, str(program), str(folder), str(points), "--luts", name]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(output.split()[-1])


def harm(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the ΔE00 by which shots that were right are moved. The scene whose takes differ is a separate figure."""
    even = {name: row for name, row in rows.items() if name != UNEVEN_SCENE}
    return {
        "mean": float(np.mean([row["moved"] for row in even.values()])),
        "max": max(row["moved_max"] for row in even.values()),
        UNEVEN_SCENE: rows.get(UNEVEN_SCENE, {"moved": 0.0})["moved"],
    }


def unproved_moved(record: GradedTimeline, samples: Mapping[str, Sample]) -> dict[str, float]:
    """Return the ΔE00 by which shots without a verified link are moved, mean and largest, and their number."""
    verified = ("surfaces", "learned", "layout")
    linked = {shot for link in record.evidence if link.kind in verified for shot in (link.a, link.b)}
    moved = []
    for shot in record.edit.shots:
        if shot.id not in linked:
            colors = samples[shot.name].colors(3000).astype(np.float64)
            after = np.clip(record.lut(shot.id)(colors), 0, 1)
            moved.append(float(np.mean(delta_e00(srgb_to_lab(colors), srgb_to_lab(after)))))
    return {"shots": len(moved), "mean": float(np.mean(moved or [0.0])), "max": max(moved, default=0.0)}


class Bench(NamedTuple):
    """One folder to measure."""

    folder: Path
    truth: Mapping[str, Any]
    means: Means

    def grade(self, edit: Edit, linking: Linking = Linking(), **matcher: Any) -> GradedTimeline:
        """Grade an edit. ``matcher`` are parameters of the joint matcher."""
        settings = Settings(linking=linking, matcher=Matching("joint", matcher))
        return grade_timeline(edit, settings=settings, means=self.means)

    def samples(self, edit: Edit) -> dict[str, Sample]:
        """Return one sample for each clip name: that of its first shot."""
        first = {shot.name: shot for shot in reversed(edit.shots)}
        samples = sample_all(list(first.values()), Sampling(), Means(self.means.executor, self.means.cache))
        return {clip: samples[shot.id] for clip, shot in first.items()}

    def row(self, luts: Mapping[str, Lut3D]) -> dict[str, Any]:
        """Return the figures of one set of LUTs for the perturbed edit, by both truths."""
        result = score(self.folder, luts, clean=False)
        return result["ALL"] | {"worse_shots": result["worse"], "surfaces": surfaces_apart(self.folder, luts)}

    def with_true_scenes(self, edit: Edit) -> Edit:
        """Return the edit with wishes for its true scenes."""
        true = {shot: name for name, scene in self.truth["scenes"].items() for shot in scene["shots"]}
        shots = [replace(shot, wishes=replace(shot.wishes, scene=true[shot.name])) for shot in edit.shots]
        return replace(edit, shots=tuple(shots))


def measure(bench: Bench, *, alone: bool, ablate: bool) -> tuple[dict[str, Any], list[ShotError]]:
    """Return all rows of one folder, and the errors of its shots."""
    edit, right = (read(bench.folder / name) for name in ("timeline.otio", "timeline_ref.otio"))
    start = time.perf_counter()
    record = bench.grade(edit)
    seconds = time.perf_counter() - start
    samples, clean = bench.samples(edit), bench.samples(right)
    errors = shot_errors(bench.folder, record, clean, bench.truth)
    luts, untouched = by_clip(record), bench.grade(right)
    rows: dict[str, Any] = {"nothing": bench.row({}), "otiograde": bench.row(luts) | health(luts, samples)}
    rows["otiograde"] |= {"seconds": seconds, "scenes": grouping(record, bench.truth), "ended": summary_line(errors)}
    rows["otiograde"] |= {"harm": harm(score(bench.folder, by_clip(untouched), clean=True)["rows"])}
    rows["otiograde"] |= {"unproved": unproved_moved(untouched, clean)}
    rows["otiograde, true scenes"] = bench.row(by_clip(bench.grade(bench.with_true_scenes(edit))))
    for kind in KINDS if ablate else ():
        rows[f"without {kind}"] = bench.row(by_clip(bench.grade(edit, Linking(without=(kind,)))))
    if ablate:
        rows["without readings"] = bench.row(by_clip(bench.grade(edit, readings=False)))
        rows["without reach"] = bench.row(by_clip(bench.grade(edit, reach=False)))
        rows["without what moved"] = bench.row(by_clip(bench.grade(edit, Linking(moved=0))))
    for who, how in {} if alone else peers().items():
        matched = peer_luts(how, samples, bench.truth)
        rows[who] = bench.row(matched) | health(matched, samples)
        rows[who]["harm"] = harm(score(bench.folder, peer_luts(how, clean, bench.truth), clean=True)["rows"])
    return rows, errors


def show(folder: Path, rows: Mapping[str, Any]) -> None:
    """Print one table."""
    print(f"\n{folder.name}")
    head = ["consistency", "worst pair", "drift", "worse", "surfaces", "harm mean", "harm max", UNEVEN_SCENE, "bend"]
    print(f"{'':34s}" + "".join(f"{word:>12s}" for word in [*head, "neutral", "clipped"]))
    for who, row in rows.items():
        hurt = row.get("harm", {})
        figures = [row["consistency"], row["worst_pair"], row["drift"], row["worse"], row["surfaces"]]
        figures += [hurt.get("mean"), hurt.get("max"), hurt.get(UNEVEN_SCENE)]
        figures += [row.get("second_difference"), row.get("neutral_step"), row.get("newly_clipped")]
        print(f"{who:34s}" + "".join(f"{'':>12s}" if figure is None else f"{figure:12.3f}" for figure in figures))
    result = rows["otiograde"]
    scenes, unproved = result["scenes"], result["unproved"]
    print(
        f"scenes found: F1 {scenes['f1']:.2f}, precision {scenes['precision']:.2f}, recall {scenes['recall']:.2f}"
        f" · {result['seconds']:.1f} s from edit to record"
    )
    print(f"confidence: {result['ended']}")
    print(
        f"harm to the {unproved['shots']} right shots without verified links: mean {unproved['mean']:.2f},"
        f" most {unproved['max']:.2f}"
    )
    missed = [f"{name} {result[name]:.2f} > {limit}" for name, limit in TARGETS.items() if result[name] > limit]
    print("targets: " + ("met" if not missed else "MISSED: " + ", ".join(missed)), flush=True)


def main() -> None:
    """Measure the folders and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="*", type=Path, default=[FOOTAGE / "dev_graded"])
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="SVG of the errors of all shots, by stated confidence")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="folder of the cache (default: a temporary one)")
    options = parser.parse_args()
    tables, all_errors = {}, []
    network = open_network() if options.deep else None
    with tempfile.TemporaryDirectory() as name, processes(options.jobs) as executor:
        for folder in options.folder:
            truth = json.loads((folder / "truth.json").read_text())
            bench = Bench(folder, truth, Means(executor, DiskCache(options.cache or Path(name)), network))
            tables[folder.name], errors = measure(bench, alone=options.alone, ablate=options.ablate)
            all_errors += errors
            show(folder, tables[folder.name])
    if len(options.folder) > 1:
        print(f"\nall folders: {summary_line(all_errors)}")
    if options.plot:
        options.plot.write_text(plot(all_errors), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1))


if __name__ == "__main__":
    main()
