"""How well shots are matched: otiograde beside simple peers, on footage whose truth is known.

    python benchmarks/matching.py [FOLDER ...] [--json FILE] [--jobs N]

A FOLDER is one that ``make_graded.py`` wrote (default: ../shared/footage/dev_graded beside the checkout). Its
``score.py``, found beside the folder or beside the default, measures every answer from the planted perturbations: it
shares nothing with the matcher. otiograde finds the scenes itself and uses the balanced anchor; the peers are given
the true scenes and hero shots. color-matcher and colortrans are run when they are installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.cache import NO_CACHE
from otiograde.color.lut import Lut3D
from otiograde.graded import GradedTimeline
from otiograde.look.before_after import lut_from_stills
from otiograde.outputs import write_cube
from otiograde.pipeline import grade_timeline, read, sample_all, silent
from otiograde.sample import Sample, Sampling
from otiograde.workers import SERIAL, processes

Array = NDArray[np.float64]
#: A peer: frames of the hero and of a shot, (F, h, w, 3) in [0, 1], to the colors of the shot's own lattice.
Peer = Callable[[Array, Array], Callable[[Array], Array]]
FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
TARGETS = {"consistency": 2.2, "worst_pair": 2.5, "drift": 3.0, "worse": 0}


# ------------------------------------------------------------------------------------------------ peers, in plain NumPy


def lab(rgb: Array) -> Array:
    """CIELAB by OpenCV in float: what the usual tools use."""
    return cv2.cvtColor(np.clip(rgb, 0, 1).astype(np.float32).reshape(1, -1, 3), cv2.COLOR_RGB2Lab)[0].astype(float)


def from_lab(values: Array) -> Array:
    """Back, clipped."""
    rgb = cv2.cvtColor(values.astype(np.float32).reshape(1, -1, 3), cv2.COLOR_Lab2RGB)[0].astype(float)
    return np.clip(rgb, 0, 1)


def pool(frames: Array, count: int = 6000) -> Array:
    """Some of the pixels."""
    pixels = frames.reshape(-1, 3)
    return pixels[np.random.default_rng(0).choice(len(pixels), min(count, len(pixels)), replace=False)].astype(float)


def reinhard(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Mean and deviation per Lab channel (Reinhard et al. 2001)."""
    to, own = lab(pool(hero)), lab(pool(shot))
    gain = to.std(0) / (own.std(0) + 1e-6)
    return lambda rgb: from_lab((lab(rgb) - own.mean(0)) * gain + to.mean(0))


def monge_kantorovich(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """The linear Monge-Kantorovich map in encoded RGB (Pitié & Kokaram 2007)."""
    to, own = pool(hero), pool(shot)
    cov_to, cov_own = np.cov(to.T) + 1e-6 * np.eye(3), np.cov(own.T) + 1e-6 * np.eye(3)
    values, vectors = np.linalg.eigh(cov_own)
    root, inverse = (vectors * np.sqrt(values)) @ vectors.T, (vectors / np.sqrt(values)) @ vectors.T
    values, vectors = np.linalg.eigh(root @ cov_to @ root)
    matrix = inverse @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T @ inverse
    return lambda rgb: (rgb - own.mean(0)) @ matrix.T + to.mean(0)


def histogram(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Cumulative histograms per Lab channel."""
    to, own = lab(pool(hero)), lab(pool(shot))
    at = np.linspace(0, 1, 64)
    ends = [(np.quantile(own[:, c], at) + 1e-7 * at, np.quantile(to[:, c], at)) for c in range(3)]
    return lambda rgb: from_lab(np.stack([np.interp(lab(rgb)[:, c], *ends[c]) for c in range(3)], 1))


def nearest_bins(hero: Array, shot: Array) -> Callable[[Array], Array]:
    """Reinhard in 8-bit Lab of one frame, accumulated in the nearest bins of an identity lattice: it leaves holes."""
    to = cv2.cvtColor((pool(hero) * 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(float)
    frame = shot[len(shot) // 2].reshape(-1, 3)
    own = cv2.cvtColor((frame * 255).astype(np.uint8)[None], cv2.COLOR_RGB2LAB)[0].astype(float)
    moved = (own - own.mean(0)) / (own.std(0) + 1e-6) * to.std(0) + to.mean(0)
    after = cv2.cvtColor(np.clip(moved, 0, 255).astype(np.uint8)[None], cv2.COLOR_LAB2RGB)[0] / 255
    size = 33
    index = np.rint(frame * (size - 1)).astype(int) @ np.array([1, size, size**2])
    counts = np.bincount(index, minlength=size**3)
    sums = np.stack([np.bincount(index, after[:, c], size**3) for c in range(3)], 1)

    def peer(rgb: Array) -> Array:
        at = np.rint(np.clip(rgb, 0, 1) * (size - 1)).astype(int) @ np.array([1, size, size**2])
        return np.where(counts[at, None] > 0, sums[at] / np.maximum(counts[at, None], 1), rgb)

    return peer


def by_pictures(transfer: Callable[[NDArray[np.uint8], NDArray[np.uint8]], Any]) -> Peer:
    """A peer that only maps a picture to a picture: its LUT is regressed from the two."""

    def peer(hero: Array, shot: Array) -> Callable[[Array], Array]:
        source, target = ((frames[len(frames) // 2] * 255).astype(np.uint8) for frames in (shot, hero))
        after = np.clip(np.asarray(transfer(source, target), float), 0, 255) / 255
        return lut_from_stills(source / 255.0, after, 33)

    return peer


def peers() -> dict[str, Peer]:
    """The peers by name."""
    found: dict[str, Peer] = {
        "document (8-bit Reinhard, bins)": nearest_bins,
        "Reinhard Lab": reinhard,
        "Monge-Kantorovich": monge_kantorovich,
        "histogram": histogram,
    }
    if find_spec("color_matcher"):
        from color_matcher import ColorMatcher  # noqa: PLC0415

        found["color-matcher mkl"] = by_pictures(lambda src, ref: ColorMatcher(src=src, ref=ref, method="mkl").main())
    if find_spec("colortrans"):
        import colortrans  # noqa: PLC0415

        found["colortrans lhm"] = by_pictures(colortrans.transfer_lhm)
    return found


# ------------------------------------------------------------------------------------------------ measuring


def score(folder: Path, luts: Mapping[str, Lut3D], *, clean: bool) -> dict[str, Any]:
    """The figures of the footage's own ``score.py``."""
    program = next(path for path in (folder.parent / "score.py", FOOTAGE / "score.py") if path.exists())
    with tempfile.TemporaryDirectory() as name:
        for clip, lut in luts.items():
            write_cube(Path(name) / f"{clip}.cube", lut)
        out = Path(name) / "score.json"
        command = [sys.executable, str(program), str(folder), "--luts", name, "--json", str(out)]
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


def peer_luts(peer: Peer, samples: Mapping[str, Sample], truth: Mapping[str, Any]) -> dict[str, Lut3D]:
    """Each shot of a true scene towards the scene's true hero."""
    heroes = {shot["scene"]: shot["id"] for shot in truth["shots"] if shot["hero"]}
    luts = {}
    for name, scene in truth["scenes"].items():
        hero = heroes.get(name, scene["shots"][0])
        for shot in scene["shots"]:
            if shot == hero:
                continue
            transform = peer(samples[hero].frames.astype(float), samples[shot].frames.astype(float))
            nodes = Lut3D.identity(33).lattice.astype(float)
            luts[shot] = Lut3D(transform(nodes.reshape(-1, 3)).reshape(nodes.shape))
    return luts


def measure(folder: Path, jobs: int) -> dict[str, Any]:
    """All rows of one folder."""
    truth = json.loads((folder / "truth.json").read_text())
    rows: dict[str, Any] = {"nothing": score(folder, {}, clean=False)["ALL"]}
    clean: dict[str, Any] = {}
    for name, edit in (("media", "timeline.otio"), ("ref", "timeline_ref.otio")):
        shots = read(folder / edit).shots
        first = {shot.name: shot for shot in reversed(shots)}
        samples = sample_all(list(first.values()), Sampling(), SERIAL, NO_CACHE, silent)
        samples = {clip: samples[shot.id] for clip, shot in first.items()}
        start = time.perf_counter()
        with processes(jobs) as executor:
            record = grade_timeline(folder / edit, executor=executor)
        seconds = time.perf_counter() - start
        answers = {"otiograde": by_clip(record)}
        answers |= {peer: peer_luts(how, samples, truth) for peer, how in peers().items()}
        for who, luts in answers.items():
            result = score(folder, luts, clean=name == "ref")
            if name == "ref":
                clean[who] = harm(result["rows"])
            else:
                rows[who] = result["ALL"] | (health(luts, samples) if luts else {})
                rows[who]["worse_shots"] = result["worse"]
        if name == "media":
            rows["otiograde"] |= {"seconds": seconds, "scenes": grouping(record, truth)}
    for who, figures in clean.items():
        rows[who] |= {"harm": figures}
    return rows


def harm(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """ΔE00 introduced into shots that were right; wood_room, whose shots really differ, apart."""
    own = {name: row for name, row in rows.items() if name != "wood_room"}
    return {
        "mean": float(np.mean([row["moved"] for row in own.values()])),
        "max": max(row["moved_max"] for row in own.values()),
        "wood_room": rows.get("wood_room", {"moved": 0.0})["moved"],
    }


def show(folder: Path, rows: Mapping[str, Any]) -> None:
    """One table."""
    print(f"\n{folder.name}")
    head = ["consistency", "worst pair", "drift", "worse", "harm mean", "harm max", "wood_room", "bend", "neutral"]
    print(f"{'':34s}" + "".join(f"{word:>12s}" for word in [*head, "clipped"]))
    for who, row in rows.items():
        hurt = row.get("harm", {"mean": 0.0, "max": 0.0, "wood_room": 0.0})
        figures = [row["consistency"], row["worst_pair"], row["drift"], row["worse"]]
        figures += [hurt["mean"], hurt["max"], hurt["wood_room"]]
        figures += [row.get("second_difference", 0.0), row.get("neutral_step", 0.03125), row.get("newly_clipped", 0.0)]
        print(f"{who:34s}" + "".join(f"{figure:12.3f}" for figure in figures))
    own = rows["otiograde"]
    scenes = own["scenes"]
    print(
        f"scenes found: F1 {scenes['f1']:.2f}, precision {scenes['precision']:.2f}, recall {scenes['recall']:.2f}"
        f" · {own['seconds']:.1f} s from edit to record"
    )
    missed = [f"{name} {own[name]:.2f} > {limit}" for name, limit in TARGETS.items() if own[name] > limit]
    print("targets: " + ("met" if not missed else "MISSED: " + ", ".join(missed)))


def main() -> None:
    """Measure the folders and print one table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="*", type=Path, default=[FOOTAGE / "dev_graded"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    everything = {}
    for folder in options.folder:
        everything[folder.name] = measure(folder, options.jobs)
        show(folder, everything[folder.name])
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))


if __name__ == "__main__":
    main()
