"""How well cuts are found: movies built of real clips with known passages and traps, beside other detectors.

    python benchmarks/cuts.py [FOOTAGE] [--seeds N] [--folder DIR]

FOOTAGE is the folder of ``dev`` and ``dev_hard`` (default: ../shared/footage beside the checkout). Half of the
neighbors in a movie are of one scene. ``cuts`` has cuts only; ``mixed`` has cuts, dissolves of 6 to 24 frames and fades
too, with camera flashes, steps of exposure and whip pans inside shots. No two passages overlap. Frames are 384x216, in
H.264 at crf 20. A passage is right within two frames; a long one where it overlaps. PySceneDetect (``scenedetect``) and
FFmpeg's ``scdet`` are measured where they are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_thumbnails
from otiograde.media.probe import probe
from otiograde.survey.passages import SIZE, find_passages

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
WIDTH, HEIGHT = 384, 216
Frames = list[NDArray[np.uint8]]
#: Kind, first and last frame of a passage. Of a cut, the last frame is the one before the first.
Passage = tuple[str, int, int]


@dataclass
class Movie:
    """A movie that is being built."""

    frames: Frames = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    traps: Counter[str] = field(default_factory=Counter)


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
    movie.traps[str(kind)] += 1
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


def ours(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the passages that otiograde finds."""
    for passage in find_passages(iter_thumbnails(probe(path), SIZE)):
        yield passage.first, passage.last


def content(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the cuts of PySceneDetect's content detector."""
    yield from _scenedetect(path, "ContentDetector")


def adaptive(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the cuts of PySceneDetect's adaptive detector."""
    yield from _scenedetect(path, "AdaptiveDetector")


def _scenedetect(path: Path, name: str) -> Iterator[tuple[int, int]]:
    import scenedetect  # noqa: PLC0415

    for scene, _ in scenedetect.detect(str(path), getattr(scenedetect, name)())[1:]:
        first = scene.frame_num if hasattr(scene, "frame_num") else scene.get_frames()
        yield first, first - 1


def scdet(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the cuts of FFmpeg's ``scdet`` at its default threshold."""
    words = ["-i", str(path), "-vf", "scdet=threshold=10", "-f", "null", "-"]
    log = subprocess.run([str(find_ffmpeg().path), "-hide_banner", *words], capture_output=True, text=True, check=True)
    for moment in re.findall(r"lavfi\.scd\.time: ([0-9.]+)", log.stderr):
        first = round(float(moment) * 24)
        yield first, first - 1


Detector = Callable[[Path], Iterator[tuple[int, int]]]


def detectors() -> dict[str, Detector]:
    """Return the detectors that are installed."""
    peers: dict[str, Detector] = {"otiograde": ours, "FFmpeg scdet 10": scdet}
    if importlib.util.find_spec("scenedetect"):
        peers |= {"PySceneDetect content": content, "PySceneDetect adaptive": adaptive}
    return peers


def hits(found: list[tuple[int, int]], truth: list[Passage]) -> Counter[str]:
    """Count the passages of each kind that were found; each answer counts once."""
    used: set[int] = set()
    counts: Counter[str] = Counter()
    for kind, first, last in truth:
        for number, (low, high) in enumerate(found):
            if number not in used and max(low, high + 1) >= first - 2 and min(low, high + 1) <= last + 3:
                used.add(number)
                counts[kind] += 1
                break
    return counts


def main() -> None:
    """Build the movies, run the detectors, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footage", nargs="?", type=Path, default=FOOTAGE)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the movies there")
    options = parser.parse_args()
    clips = sorted(path for name in ("dev", "dev_hard") for path in (options.footage / name).glob("*.mp4"))
    folder = options.folder or Path(tempfile.mkdtemp(prefix="otiograde-cuts-"))
    print("| movie | detector | F1 | precision | recall | cuts | dissolves | fades | false | ms a frame |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for kind in ("cuts", "mixed"):
        for seed in range(1, options.seeds + 1):
            movie = build(clips, kind, seed)
            encode(movie, folder / f"{kind}{seed}.mp4")
            total = Counter(name for name, _, _ in movie.passages)
            for name, detector in detectors().items():
                began = time.process_time()
                found = list(detector(folder / f"{kind}{seed}.mp4"))
                spent = (time.process_time() - began) / len(movie.frames) * 1000
                right = hits(found, movie.passages)
                correct, answers, asked = right.total(), max(len(found), 1), max(len(movie.passages), 1)
                parts = " | ".join(f"{right[part]}/{total[part]}" for part in ("cut", "dissolve", "fade"))
                scores = f"{2 * correct / (answers + asked):.3f} | {correct / answers:.2f} | {correct / asked:.2f}"
                print(
                    f"| {kind} {seed} | {name} | {scores} | {parts} | {len(found) - correct} | {spent:.1f} |",
                    flush=True,
                )
            print(f"| | {len(movie.frames)} frames; traps: {dict(movie.traps)} | | | | | | | | |", flush=True)
    whole = [path.stem for path in clips if list(ours(path))]
    print(f"\nsingle shots taken apart: {len(whole)} of {len(clips)} {whole}")


if __name__ == "__main__":
    main()
