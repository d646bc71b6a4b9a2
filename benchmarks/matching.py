"""How well shots are matched: otiograde beside simple peers, on footage whose truth is known.

    python benchmarks/matching.py [FOLDER ...] [--ablate] [--alone] [--deep] [--plot SVG] [--json FILE] [--cache DIR]

A FOLDER is one that ``make_graded.py`` wrote (default: ../shared/footage/dev_graded beside the checkout). Its
``score.py``, found beside the folder or beside the default, measures every answer from the planted perturbations: it
shares nothing with the matcher. Where surfaces of the set are known (``NAME_surfaces.npz``), ``score_surfaces.py`` says
how far they are apart: the other truth, since light may differ before anyone grades. otiograde finds the scenes itself,
once more with the true scenes given, and uses the balanced anchor; the peers are given the true scenes and hero shots.
``--ablate`` adds one row for each kind of evidence left out; ``--alone`` leaves the peers out; ``--deep`` lets
otiograde use its networks.
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

from calibration import OWN_LIGHT, Ended, plot, shots_ended, words
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
    """A program that came with the footage."""
    return next(path for path in (folder.parent / name, FOOTAGE / name) if path.exists())


def score(folder: Path, luts: Mapping[str, Lut3D], *, clean: bool) -> dict[str, Any]:
    """The figures of the footage's own ``score.py``."""
    with tempfile.TemporaryDirectory() as name:
        for clip, lut in luts.items():
            write_cube(Path(name) / f"{clip}.cube", lut)
        out = Path(name) / "score.json"
        command = [sys.executable, str(program_of(folder, "score.py")), str(folder), "--luts", name, "--json", str(out)]
        subprocess.run(command + ["--clean"] * clean, check=True, stdout=subprocess.DEVNULL)
        return dict(json.loads(out.read_text()))


def by_clip(record: GradedTimeline) -> dict[str, Lut3D]:
    """One LUT per clip name, the first use's."""
    luts: dict[str, Lut3D] = {}
    for shot in record.edit.shots:
        luts.setdefault(shot.name, record.lut(shot.id))
    return luts


def health(luts: Mapping[str, Lut3D], samples: Mapping[str, Sample]) -> dict[str, float]:
    """The worst figures of the LUTs on their shots' colors."""
    found = [lut.health(samples[clip].colors(3000)) for clip, lut in luts.items()]
    return {
        "second_difference": max(one.second_difference for one in found),
        "neutral_step": min(one.neutral_step for one in found),
        "newly_clipped": max(one.newly_clipped for one in found),
    }


def grouping(record: GradedTimeline, truth: Mapping[str, Any]) -> dict[str, float]:
    """Pair precision, recall and F1 of the scenes found."""
    true = {shot: name for name, scene in truth["scenes"].items() for shot in scene["shots"]}
    names = {shot.id: shot.name for shot in record.edit.shots}
    found = {shot: scene.id for scene in record.scenes for shot in scene.shots}
    ids = list(names)
    pairs = [(found[a] == found[b], true[names[a]] == true[names[b]]) for k, a in enumerate(ids) for b in ids[:k]]
    both = sum(one and other for one, other in pairs)
    precision = both / max(sum(one for one, _ in pairs), 1)
    recall = both / max(sum(other for _, other in pairs), 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}


def surfaces_of(folder: Path) -> Path | None:
    """The known surfaces of a set, None where there are none."""
    path = FOOTAGE / f"{folder.name.removesuffix('_graded')}_surfaces.npz"
    return path if path.exists() else None


def surfaces_apart(folder: Path, luts: Mapping[str, Lut3D]) -> float | None:
    """Mean of the pairs' median ΔE00 between the same surfaces, by the footage's own ``score_surfaces.py``."""
    if (points := surfaces_of(folder)) is None:
        return None
    with tempfile.TemporaryDirectory() as name:
        for clip, lut in luts.items():
            write_cube(Path(name) / f"{clip}.cube", lut)
        program = program_of(folder, "score_surfaces.py")
        command = [sys.executable, str(program), str(folder), str(points), "--luts", name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1])


def harm(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """ΔE00 introduced into shots that were right; the scene whose takes really differ apart."""
    own = {name: row for name, row in rows.items() if name != OWN_LIGHT}
    return {
        "mean": float(np.mean([row["moved"] for row in own.values()])),
        "max": max(row["moved_max"] for row in own.values()),
        OWN_LIGHT: rows.get(OWN_LIGHT, {"moved": 0.0})["moved"],
    }


def unproved_moved(record: GradedTimeline, samples: Mapping[str, Sample]) -> dict[str, float]:
    """By how much shots without a verified link are moved: mean and most, ΔE00, and how many there are."""
    linked = {shot for own in record.evidence if own.kind in ("surfaces", "learned") for shot in (own.a, own.b)}
    moved = []
    for shot in record.edit.shots:
        if shot.id not in linked:
            colors = samples[shot.name].colors(3000).astype(np.float64)
            after = np.clip(record.lut(shot.id)(colors), 0, 1)
            moved.append(float(np.mean(delta_e00(srgb_to_lab(colors), srgb_to_lab(after)))))
    return {"shots": len(moved), "mean": float(np.mean(moved or [0.0])), "max": max(moved, default=0.0)}


class Bench(NamedTuple):
    """One folder under measurement."""

    folder: Path
    truth: Mapping[str, Any]
    means: Means

    def grade(self, edit: Edit, linking: Linking = Linking(), **matcher: Any) -> GradedTimeline:
        """Grade an edit; ``matcher`` are fields of the joint matcher."""
        settings = Settings(linking=linking, matcher=Matching("joint", matcher))
        return grade_timeline(edit, settings=settings, means=self.means)

    def samples(self, edit: Edit) -> dict[str, Sample]:
        """One sample per clip name, the first use's."""
        first = {shot.name: shot for shot in reversed(edit.shots)}
        samples = sample_all(list(first.values()), Sampling(), Means(self.means.executor, self.means.cache))
        return {clip: samples[shot.id] for clip, shot in first.items()}

    def row(self, luts: Mapping[str, Lut3D]) -> dict[str, Any]:
        """The figures of one answer to the perturbed edit, by both truths."""
        result = score(self.folder, luts, clean=False)
        return result["ALL"] | {"worse_shots": result["worse"], "surfaces": surfaces_apart(self.folder, luts)}

    def with_true_scenes(self, edit: Edit) -> Edit:
        """The edit, its scenes wished for as they are."""
        true = {shot: name for name, scene in self.truth["scenes"].items() for shot in scene["shots"]}
        shots = [replace(shot, wishes=replace(shot.wishes, scene=true[shot.name])) for shot in edit.shots]
        return replace(edit, shots=tuple(shots))


def measure(bench: Bench, *, alone: bool, ablate: bool) -> tuple[dict[str, Any], list[Ended]]:
    """All rows of one folder, and how its shots ended."""
    edit, right = (read(bench.folder / name) for name in ("timeline.otio", "timeline_ref.otio"))
    start = time.perf_counter()
    record = bench.grade(edit)
    seconds = time.perf_counter() - start
    samples, clean = bench.samples(edit), bench.samples(right)
    ended = shots_ended(bench.folder, record, clean, bench.truth)
    luts, untouched = by_clip(record), bench.grade(right)
    rows: dict[str, Any] = {"nothing": bench.row({}), "otiograde": bench.row(luts) | health(luts, samples)}
    rows["otiograde"] |= {"seconds": seconds, "scenes": grouping(record, bench.truth), "ended": words(ended)}
    rows["otiograde"] |= {"harm": harm(score(bench.folder, by_clip(untouched), clean=True)["rows"])}
    rows["otiograde"] |= {"unproved": unproved_moved(untouched, clean)}
    rows["otiograde, true scenes"] = bench.row(by_clip(bench.grade(bench.with_true_scenes(edit))))
    for kind in KINDS if ablate else ():
        rows[f"without {kind}"] = bench.row(by_clip(bench.grade(edit, Linking(without=(kind,)))))
    if ablate:
        rows["without reach"] = bench.row(by_clip(bench.grade(edit, reach=False)))
        rows["without what moved"] = bench.row(by_clip(bench.grade(edit, Linking(moved=0))))
    for who, how in {} if alone else peers().items():
        own = peer_luts(how, samples, bench.truth)
        rows[who] = bench.row(own) | health(own, samples)
        rows[who]["harm"] = harm(score(bench.folder, peer_luts(how, clean, bench.truth), clean=True)["rows"])
    return rows, ended


def show(folder: Path, rows: Mapping[str, Any]) -> None:
    """One table."""
    print(f"\n{folder.name}")
    head = ["consistency", "worst pair", "drift", "worse", "surfaces", "harm mean", "harm max", OWN_LIGHT, "bend"]
    print(f"{'':34s}" + "".join(f"{word:>12s}" for word in [*head, "neutral", "clipped"]))
    for who, row in rows.items():
        hurt = row.get("harm", {})
        figures = [row["consistency"], row["worst_pair"], row["drift"], row["worse"], row["surfaces"]]
        figures += [hurt.get("mean"), hurt.get("max"), hurt.get(OWN_LIGHT)]
        figures += [row.get("second_difference"), row.get("neutral_step"), row.get("newly_clipped")]
        print(f"{who:34s}" + "".join(f"{'':>12s}" if one is None else f"{one:12.3f}" for one in figures))
    own = rows["otiograde"]
    scenes, unproved = own["scenes"], own["unproved"]
    print(
        f"scenes found: F1 {scenes['f1']:.2f}, precision {scenes['precision']:.2f}, recall {scenes['recall']:.2f}"
        f" · {own['seconds']:.1f} s from edit to record"
    )
    print(f"confidence: {own['ended']}")
    print(
        f"harm to the {unproved['shots']} right shots without verified links: mean {unproved['mean']:.2f},"
        f" most {unproved['max']:.2f}"
    )
    missed = [f"{name} {own[name]:.2f} > {limit}" for name, limit in TARGETS.items() if own[name] > limit]
    print("targets: " + ("met" if not missed else "MISSED: " + ", ".join(missed)), flush=True)


def main() -> None:
    """Measure the folders and print one table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="*", type=Path, default=[FOOTAGE / "dev_graded"])
    parser.add_argument("--ablate", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="how the shots of all folders ended, by the confidence claimed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="frames and links are kept here (default: a folder for this run)")
    options = parser.parse_args()
    everything, every_end = {}, []
    network = open_network() if options.deep else None
    with tempfile.TemporaryDirectory() as name, processes(options.jobs) as executor:
        for folder in options.folder:
            truth = json.loads((folder / "truth.json").read_text())
            bench = Bench(folder, truth, Means(executor, DiskCache(options.cache or Path(name)), network))
            everything[folder.name], ended = measure(bench, alone=options.alone, ablate=options.ablate)
            every_end += ended
            show(folder, everything[folder.name])
    if len(options.folder) > 1:
        print(f"\nall folders: {words(every_end)}")
    if options.plot:
        options.plot.write_text(plot(every_end), encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))


if __name__ == "__main__":
    main()
