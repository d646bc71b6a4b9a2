"""How well cuts are found: movies built of real clips with known passages and traps, beside other detectors.

    python benchmarks/cuts.py [FOOTAGE] [--seeds N] [--folder DIR] [--peers PYTHON] [--deep] [--film MOVIE TRUTH]

FOOTAGE is the folder of ``dev`` and ``dev_hard`` (default: ../shared/footage beside the checkout). Half of the
neighbors in a movie are of one scene. ``cuts`` has cuts only; ``mixed`` has cuts, dissolves of 6 to 24 frames and fades
too, with camera flashes, steps of exposure and whip pans inside shots. ``soft`` has cuts over one to three blended
frames, as converted rates leave them. No two passages overlap. Frames are 384x216, in H.264 at crf 20. A passage is
right within two frames; a long one where it overlaps.

``--peers`` names the Python of an environment with PySceneDetect (``pip install scenedetect-headless``), which
then runs beside FFmpeg's ``scdet``. ``--deep`` adds a second opinion. A film of TRUTH, one line ``KIND FIRST LAST`` for
each passage (of a cut, LAST is FIRST - 1), was used for no decision. The last table sets the figures beside their aims.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.deep.network import open_network
from otiograde.means.network import Network
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_thumbnails
from otiograde.media.probe import probe
from otiograde.survey.passages import find_passages
from otiograde.survey.thumbnails import SIZE

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
WIDTH, HEIGHT = 384, 216
Frames = list[NDArray[np.uint8]]
#: Kind, first and last frame of a passage. Of a cut, the last frame is the one before the first.
Passage = tuple[str, int, int]
#: First and last frame of each passage that a detector found.
Passages = list[tuple[int, int]]


@dataclass
class Movie:
    """A movie that is being built."""

    frames: Frames = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    #: Kind, first and last frame of what looks like a cut and is none.
    traps: list[Passage] = field(default_factory=list)


def frames_of(path: Path) -> Frames:
    """Read a clip, scaled and cropped to the movie's size."""
    picture = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase:flags=area,crop={WIDTH}:{HEIGHT}"
    words = [
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-vf",
        picture,
        "-pix_fmt",
        "rgb24",
        "-f",
        "rawvideo",
        "-",
    ]
    data = subprocess.run([str(find_ffmpeg().path), *words], capture_output=True, check=True).stdout
    return list(np.frombuffer(data, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))


def mixed(a: NDArray[np.uint8], b: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Mix two frames; ``share`` is that of the second."""
    return np.clip(a * (1 - share) + b * share + 0.5, 0, 255).astype(np.uint8)


def trapped(frames: Frames, movie: Movie, draw: np.random.Generator) -> Frames:
    """Plant a flash, a step of exposure or a whip pan in the middle of a shot, or nothing."""
    kind = draw.choice(["flash", "step", "whip", "none"], p=[0.25, 0.2, 0.17, 0.38])
    middle = len(frames) // 2
    if len(frames) < 44 or kind == "none":
        return frames
    at = len(movie.frames) + middle
    movie.traps.append((str(kind), at - 1, at + 8))
    if kind == "flash":
        for k in range(middle, middle + int(draw.integers(1, 3))):
            frames[k] = mixed(frames[k], np.full_like(frames[k], 255), 0.75)
        return frames
    if kind == "step":
        gain = 2.0 ** float(draw.choice([-0.6, 0.4, 0.6]))
        return [
            np.rint(np.clip((frame / 255) ** 2.2 * gain, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
            if k >= middle
            else frame
            for k, frame in enumerate(frames)
        ]
    phase = np.clip((np.arange(len(frames)) - middle) / 7, 0, 1)
    places = np.rint(phase**2 * (3 - 2 * phase) * WIDTH).astype(int)
    whipped = []
    for frame, place, speed in zip(frames, places, np.gradient(places), strict=True):
        large = cv2.resize(frame, (2 * WIDTH, 2 * HEIGHT))[HEIGHT // 2 :, place:][:HEIGHT, :WIDTH]
        whipped.append(np.asarray(cv2.blur(large, (int(speed), 1)) if speed > 3 else large, np.uint8))
    return whipped


def build(clips: list[Path], kind: str, seed: int) -> Movie:
    """Build a movie of the clips."""
    draw = np.random.default_rng(seed)
    pairs = [clips[n : n + 2] for n in range(0, len(clips), 2)]
    draw.shuffle(pairs)
    movie = Movie()
    for path in (path for pair in pairs for path in pair):
        shot = frames_of(path)
        if len(shot) > 75:
            start = int(draw.integers(0, len(shot) - 74))
            shot = shot[start : start + 75]
        if draw.random() < 0.35 and len(shot) > 50:
            shot = shot[: int(draw.integers(18, 40))]
        if kind == "mixed":
            shot = trapped(shot, movie, draw)
        _append(movie, shot, str(draw.choice(["cut", "dissolve", "fade"], p=[0.45, 0.35, 0.2])), kind, draw)
    return movie


def _append(movie: Movie, shot: Frames, passage: str, kind: str, draw: np.random.Generator) -> None:
    """Append a shot by a passage; one that would overlap another becomes a cut."""
    end = len(movie.frames)
    free = end - (movie.passages[-1][2] + 1 if movie.passages else 0)
    length = int(draw.choice([6, 12, 18, 24] if passage == "dissolve" else [8, 12, 16]))
    if kind == "soft":
        passage, length = "dissolve", int(draw.integers(1, 4))
    if not movie.frames:
        movie.frames += shot
    elif kind == "cuts" or passage == "cut" or min(free - 10, len(shot) - 20) < length:
        movie.passages.append(("cut", end, end - 1))
        movie.frames += shot
    elif passage == "dissolve":
        for k in range(length):
            movie.frames[end - length + k] = mixed(movie.frames[end - length + k], shot[k], (k + 1) / (length + 1))
        movie.passages.append(("dissolve", end - length, end - 1))
        movie.frames += shot[length:]
    else:
        color = np.full_like(shot[0], int(draw.choice([0, 0, 0, 255])))
        for k in range(length):
            movie.frames[end - length + k] = mixed(movie.frames[end - length + k], color, (k + 1) / length)
            shot[k] = mixed(color, shot[k], k / length)
        movie.passages.append(("fade", end - length, end + length - 1))
        movie.frames += shot


def encode(movie: Movie, path: Path) -> None:
    """Write the movie as H.264."""
    words = [
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        f"{WIDTH}x{HEIGHT}",
        "-r",
        "24",
        "-i",
        "-",
    ]
    encoder = ["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", str(path)]
    data = b"".join(np.ascontiguousarray(frame).tobytes() for frame in movie.frames)
    subprocess.run([str(find_ffmpeg().path), *words, *encoder], input=data, check=True)


def ours(path: Path, network: Network | None = None) -> Passages:
    """Find passages as otiograde does."""
    thumbnails = iter_thumbnails(probe(path), SIZE)
    return [(found.first, found.last) for found in find_passages(thumbnails, network and network.transitions)]


def scdet(path: Path) -> Passages:
    """Find the cuts of FFmpeg's ``scdet`` at its default threshold."""
    words = ["-i", str(path), "-vf", "scdet=threshold=10", "-f", "null", "-"]
    log = subprocess.run([str(find_ffmpeg().path), "-hide_banner", *words], capture_output=True, text=True, check=True)
    rate = probe(path).rate
    firsts = [round(float(moment) * rate) for moment in re.findall(r"lavfi\.scd\.time: ([0-9.]+)", log.stderr)]
    return [(first, first - 1) for first in firsts]


#: Runs in an environment with PySceneDetect: prints the first frames of its scenes.
SCENES = """
import json, sys, scenedetect
scenes = scenedetect.detect(sys.argv[1], getattr(scenedetect, sys.argv[2])())
print(json.dumps([getattr(start, "frame_num", None) or start.get_frames() for start, _ in scenes[1:]]))
"""


def scenedetect(python: Path, detector: str, path: Path) -> Passages:
    """Find the cuts of one of PySceneDetect's detectors."""
    command = [str(python), "-W", "ignore", "-c", SCENES, str(path), detector]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return [(first, first - 1) for first in json.loads(answer.stdout.splitlines()[-1])]


def detectors(peers: Path | None, network: Network | None) -> dict[str, Callable[[Path], Passages]]:
    """Return the detectors to run, by name."""
    chosen: dict[str, Callable[[Path], Passages]] = {"otiograde": ours}
    if network:
        chosen["otiograde --deep"] = partial(ours, network=network)
    if peers:
        for name in ("ContentDetector", "AdaptiveDetector"):
            chosen[f"PySceneDetect {name}"] = partial(scenedetect, peers, name)
    return chosen | {"FFmpeg scdet 10": scdet}


def seconds() -> float:
    """Return the processor seconds of this process and of those that it waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@dataclass
class Score:
    """How well a detector did in one or more movies."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    trapped: Counter[str] = field(default_factory=Counter)
    frames: int = 0
    spent: float = 0.0
    #: Cuts that are not found to the frame.
    off: int = 0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.right.total() / max(self.answers + self.asked.total(), 1)

    def add(self, found: Passages, truth: list[Passage], traps: list[Passage]) -> None:
        """Count the passages of each kind that were found, and the traps that were taken for one."""
        used: set[int] = set()
        self.answers += len(found)
        for kind, first, last in truth:
            self.asked[kind] += 1
            near = [n for n, answer in enumerate(found) if n not in used and _meets(answer, first - 2, last + 2)]
            if near:
                used.add(near[0])
                self.right[kind] += 1
                self.off += kind == "cut" and found[near[0]][0] != first
        for number, answer in enumerate(found):
            if number not in used:
                self.trapped.update({kind for kind, first, last in traps if _meets(answer, first, last)})

    def row(self) -> str:
        """Return the row of a table."""
        right = self.right.total()
        parts = [f"{self.right[kind]}/{self.asked[kind]}" for kind in ("cut", "dissolve", "fade")]
        precision, recall = right / max(self.answers, 1), right / max(self.asked.total(), 1)
        cells = [f"{self.f1:.3f}", f"{precision:.2f}", f"{recall:.2f}", *parts, str(self.answers - right)]
        return " | ".join([*cells, f"{self.spent / max(self.frames, 1) * 1000:.1f}"])


def _meets(found: tuple[int, int], first: int, last: int) -> bool:
    low, high = found
    return max(low, high + 1) >= first and min(low, high + 1) <= last + 1


def read_truth(file: Path) -> tuple[list[Passage], list[Passage]]:
    """Read the passages and traps of a movie."""
    rows = [line.split() for line in file.read_text().splitlines() if line and not line.startswith("#")]
    known = [(kind, int(first), int(last)) for kind, first, last in rows]
    traps = [row for row in known if row[0] in ("flash", "step", "whip")]
    return [row for row in known if row not in traps], traps


def built(clips: list[Path], folder: Path, seeds: int) -> Iterator[tuple[str, Path]]:
    """Build the movies that are not there, and yield the kind and the file of each; the truth is beside it."""
    for kind in ("cuts", "mixed", "soft"):
        for seed in range(1, seeds + 1):
            file = folder / f"{kind}{seed}.mp4"
            if not file.with_suffix(".txt").is_file():
                movie = build(clips, kind, seed)
                encode(movie, file)
                rows = sorted([*movie.passages, *movie.traps], key=lambda row: row[1:])
                file.with_suffix(".txt").write_text("".join(f"{kind} {a} {b}\n" for kind, a, b in rows))
            yield kind, file


def decoding(file: Path) -> float:
    """Return the processor seconds that decoding and scaling alone take."""
    began = seconds()
    for _ in iter_thumbnails(probe(file), SIZE):
        pass
    return seconds() - began


def aims(scores: dict[str, Score], whole: int, clips: int, decoded: float) -> Iterator[str]:
    """Yield the figures of otiograde beside what they must be and should become."""
    yield "| otiograde | figure | must | goal |"
    yield "|---|---|---|---|"
    cuts, mixed, film = (scores.get(name, Score()) for name in ("cuts", "mixed", "film"))
    rows = [("cuts, F1", f"{cuts.f1:.3f}", ">= .99", "1.0"), ("cuts, not to the frame", f"{cuts.off}", "0", "0")]
    rows.append(("mixed, F1", f"{mixed.f1:.3f}", ">= .92", ">= .97"))
    dissolves = mixed.right["dissolve"] / max(mixed.asked["dissolve"], 1)
    rows.append(("mixed, dissolves", f"{dissolves:.0%}", ">= 85 %", ">= 95 %"))
    if (soft := scores.get("soft", Score())).frames:
        rows.append(("cuts over blended frames, F1", f"{soft.f1:.3f}", "", ""))
    rows.append(("flashes and steps taken for cuts", f"{mixed.trapped['flash'] + mixed.trapped['step']}", "0", "0"))
    rows.append(("whip pans taken for cuts", f"{mixed.trapped['whip']}", "<= 1 of 6", "0"))
    rows.append(("single shots taken apart", f"{whole} of {clips}", "<= 1 of 43", "0"))
    if film.frames:
        rows.append(("film, F1", f"{film.f1:.3f}", ">= .88", ">= .93"))
    spent, frames = (cuts.spent + mixed.spent - decoded) * 1000, max(cuts.frames + mixed.frames, 1)
    rows.append(("ms a frame beside decoding", f"{spent / frames:.2f}", "<= 2", "<= 1"))
    yield from (f"| {' | '.join(row)} |" for row in rows)


def parsed() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footage", nargs="?", type=Path, default=FOOTAGE)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the movies there, and use those that are there")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="of an environment with scenedetect")
    parser.add_argument("--deep", action="store_true", help="measure with a second opinion, too")
    parser.add_argument("--film", nargs=2, type=Path, metavar=("MOVIE", "TRUTH"), help="a movie that is cut already")
    return parser.parse_args()


def main() -> None:
    """Build the movies, run the detectors, and print the tables."""
    options = parsed()
    cv2.setNumThreads(1)
    clips = sorted(path for name in ("dev", "dev_hard") for path in (options.footage / name).glob("*.mp4"))
    folder = options.folder or Path(tempfile.mkdtemp(prefix="otiograde-cuts-"))
    folder.mkdir(parents=True, exist_ok=True)
    movies = [(kind, file, file.with_suffix(".txt")) for kind, file in built(clips, folder, options.seeds)]
    if options.film:
        movies.append(("film", *options.film))
    decoded = 0.0
    scores: dict[tuple[str, str], Score] = {}
    chosen = detectors(options.peers, open_network() if options.deep else None)
    print("| movie | detector | F1 | precision | recall | cuts | dissolves | fades | false | ms a frame |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for kind, file, truth in movies:
        decoded += decoding(file) if kind in ("cuts", "mixed") else 0
        for name, detector in chosen.items():
            score = scores.setdefault((name, kind), Score())
            began = seconds()
            found = detector(file)
            for one in (score, alone := Score()):
                one.spent += seconds() - began
                one.frames += probe(file).frames
                one.add(found, *read_truth(truth))
            print(f"| {file.stem} | {name} | {alone.row()} |", flush=True)
    whole = [path.stem for path in clips if ours(path)]
    print(f"\nsingle shots taken apart: {len(whole)} of {len(clips)} {whole}\n")
    ours_alone = {kind: score for (name, kind), score in scores.items() if name == "otiograde"}
    print("\n".join(aims(ours_alone, len(whole), len(clips), decoded)))


if __name__ == "__main__":
    main()
