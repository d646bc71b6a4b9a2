"""Clips of known truth in PQ, HLG and log, alone and mixed: ``python benchmarks/hdr.py FOOTAGE [--quick]``.

One scene model makes all clips. The light of a development clip, its highlights expanded to four times diffuse white,
gets a planted error and is coded in an encoding as 10-bit H.264. The first shot has no error and leads its scene. The
measure is ΔE00 between a graded shot and its clean original, both as the view shows them, and ΔE ITP for PQ and HLG.
It is taken on the codes that the file was made of, where the development clip is not clipped: what compression does to
a picture is no matter of its grade. It stands beside, for the pictures as they are decoded.

``--stills FOLDER``, which may be repeated, judges the detector of log on groups of four pictures.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.describing import GRAY_CARD, describe
from otiograde.color.difference import code_difference, delta_e_itp
from otiograde.color.encodings import ENCODINGS, Encoding, encoding_of, rgb_to_ycbcr
from otiograde.color.luma import LUMA
from otiograde.color.transfer import bt709_decode, srgb_decode, srgb_encode
from otiograde.color.transform import Identity
from otiograde.color.views import from_light, to_light
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import Anchor, Sampling, Settings
from otiograde.record.shot import Shot
from otiograde.survey.families import LIKE_LOG, MANY, likeness_to_log, likeness_together
from otiograde.survey.sample import make_sample
from otiograde.timeline import Reading

Frames = NDArray[np.float64]

#: Frames of a clip, every second one of its source, and its width.
COUNT, WIDTH = 24, 480

#: The shots of scenes, by file. The first of a scene is right. Most figures are those of the first three.
SCENES = (
    ("dog_wide", "dog_mid", "dog_close"),
    ("fox_a", "fox_b"),
    ("juggle_wide", "juggle_close"),
    ("cups_wide", "cups_close"),
    ("road_a", "road_b"),
)

#: Codes of a development clip between which it holds its light.
UNCLIPPED = (0.004, 0.98)

#: What the detector is judged on: logs, stops of exposure, draws of four pictures, and the pictures' width.
LOGS = ("slog3-cine", "logc3", "logc4", "vlog", "clog2", "clog3", "applelog", "dlog", "flog2", "nlog", "log3g10")
EXPOSURES, DRAWS, SMALL = (-1.5, 0.0, 1.5), 10_000, 144


@dataclass(frozen=True)
class Error:
    """What is planted: stops of exposure, of red and against blue, of green, and an exponent of contrast."""

    stops: float = 0.0
    warmth: float = 0.0
    tint: float = 0.0
    contrast: float = 1.0

    @classmethod
    def drawn(cls, draw: np.random.Generator) -> Error:
        """Draw an error: .3 to .9 stop either way, and what goes with it."""
        return cls(
            float(draw.choice([-1, 1]) * draw.uniform(0.3, 0.9)),
            float(draw.uniform(-0.3, 0.3)),
            float(draw.uniform(-0.1, 0.1)),
            float(draw.uniform(0.85, 1.18)),
        )

    def __call__(self, light: Frames) -> Frames:
        """Plant the error in light of BT.709."""
        gains = 2 ** np.array([self.warmth, self.tint, -self.warmth])
        exposed = np.maximum(light, 0) * gains / (gains @ LUMA) * 2**self.stops
        return np.asarray(GRAY_CARD * (exposed / GRAY_CARD) ** self.contrast)


def frames_of(file: Path) -> Frames:
    """Return the codes of a development clip's frames."""
    source = probe(file)
    return read_frames(source, tuple(range(0, min(2 * COUNT, source.frames), 2)), WIDTH).astype(np.float64)


def light_of(file: Path) -> Frames:
    """Return the light of a clip's frames: 1 is diffuse white, highlights reach 4."""
    return expanded(np.asarray(bt709_decode(frames_of(file)), np.float64))


def expanded(light: Frames) -> Frames:
    """Return light with highlights up to four times diffuse white."""
    above = np.clip((light.max(-1, keepdims=True) - 0.5) / 0.5, 0, 1)
    return light * (1 + 3 * above**2 * (3 - 2 * above))


def coded(light: Frames, name: str) -> tuple[Frames, Encoding]:
    """Return the code values of light in an encoding as a legal-range file has them. ``film`` is a foreign SDR look."""
    if name == "film":
        shown = light * (1 + light / 9) / (1 + light)  # Reinhard et al. 2002, equation 4, with white at 3
        return np.clip(srgb_encode(shown), 0, 1).astype(np.float64), ENCODINGS["bt709"]
    named = ENCODINGS[name]
    in_file = encoding_of(named.primaries, named.transfer, "bt709", "legal") if named.is_log else named
    return np.clip(from_light(light, in_file), 0, 1).astype(np.float64), in_file


def write(codes: Frames, encoding: Encoding, file: Path) -> None:
    """Write code values as 10-bit H.264 with the tags of cameras: log is tagged as BT.709."""
    height, width = (side - side % 2 for side in codes.shape[1:3])
    planes = rgb_to_ycbcr(codes[:, :height, :width], encoding, 10)
    chroma = planes[..., 1:].reshape(len(codes), height // 2, 2, width // 2, 2, 2).mean((2, 4))
    raw = b"".join(
        plane.astype("<u2").tobytes()
        for luma, half in zip(np.rint(planes[..., 0]), np.rint(chroma), strict=True)
        for plane in (luma, half[..., 0], half[..., 1])
    )
    primaries, transfer = ("bt709", "bt709") if encoding.is_log else encoding.tags
    tags = ["-color_primaries", primaries, "-color_trc", transfer, "-colorspace", encoding.matrix, "-color_range", "tv"]
    size = f"{width}x{height}"
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", size, "-r", "24", *tags, "-i", "-"]
    target = ["-c:v", "libx264", "-preset", "fast", "-crf", "6", "-pix_fmt", "yuv420p10le", *tags, str(file)]
    command = [find_ffmpeg().path, "-v", "error", "-y", *source, *target]
    subprocess.run(command, input=raw, check=True)


@dataclass(frozen=True)
class Take:
    """One shot to be graded: a clip, its encoding, and the error in it."""

    clip: str
    encoding: str
    error: Error = Error()


@dataclass(frozen=True)
class Outcome:
    """One shot after grading: differences to the clean shot before and after, and how far it was moved."""

    take: Take
    before: float
    after: float
    moved: float
    #: ΔE ITP after grading; NaN for an encoding that is neither PQ nor HLG.
    itp: float
    #: The difference after grading of the picture as it is decoded, compression and all.
    decoded: float


def graded(takes: Sequence[Take], footage: Path, *, named: bool = True) -> tuple[list[Outcome], GradedTimeline]:
    """Make the clips, grade them as one edit, and compare each with its clean original."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, take in enumerate(takes):
            light = light_of(footage / f"{take.clip}.mp4")
            file = Path(folder) / f"{number:02d}-{take.clip}-{take.encoding}.mp4"
            write(*coded(take.error(light), take.encoding), file)
            files.append(file)
        logs = [(f"*-{name}", encoding) for name, encoding in ENCODINGS.items() if encoding.is_log]
        used = tuple(
            (pattern, encoding) for pattern, encoding in logs if any(f.stem.endswith(pattern[1:]) for f in files)
        )
        edit = read(files, Reading(encodings=used if named else ()))
        record = grade_timeline(edit, settings=Settings(anchor=Anchor("first")))
        outcomes = [outcome(take, record, shot, footage) for take, shot in zip(takes, record.edit.shots, strict=True)]
    return outcomes, record


def outcome(take: Take, record: GradedTimeline, shot: Shot, footage: Path) -> Outcome:
    """Compare a graded shot with its clean original."""
    source = frames_of(footage / f"{take.clip}.mp4")
    light = expanded(np.asarray(bt709_decode(source), np.float64))
    (truth, encoding), (planted, _) = coded(light, take.encoding), coded(take.error(light), take.encoding)
    decoded = read_frames(shot.media, tuple(range(len(light))), WIDTH).astype(np.float64)
    height, width = decoded.shape[1:3]
    holds = ((source > UNCLIPPED[0]) & (source < UNCLIPPED[1])).all(-1)[:, :height, :width]
    truth, planted, decoded = (
        codes[:, :height, :width][::6, ::4, ::4][holds[::6, ::4, ::4]] for codes in (truth, planted, decoded)
    )
    untouched = isinstance(record.grade(shot.id).transform, Identity)
    after, seen = (codes if untouched else np.clip(record.lut(shot.id)(codes), 0, 1) for codes in (planted, decoded))
    pairs = ((planted, truth), (after, truth), (planted, after), (seen, truth))
    before, graded, moved, compressed = (float(code_difference(*pair, encoding, encoding).mean()) for pair in pairs)
    itp = float(delta_e_itp(after, truth, encoding).mean()) if encoding.is_hdr else float("nan")
    return Outcome(take, before, graded, moved, itp, compressed)


def apart(first: str, second: str, footage: Path, *, named: bool) -> tuple[float, float]:
    """Return how far one clip in two encodings is apart after grading, and the most that a shot was moved."""
    takes = [Take("dog_wide", name) for name in (first, second)]
    outcomes, record = graded(takes, footage, named=named)
    light = light_of(footage / "dog_wide.mp4")[::4, ::4, ::4].reshape(-1, 3)
    sides = []
    for take, shot in zip(takes, record.edit.shots, strict=True):
        codes, encoding = coded(light, take.encoding)
        sides.append((np.clip(record.lut(shot.id)(codes), 0, 1), encoding))
    (a, one), (b, other) = sides
    return float(code_difference(a, b, one, other).mean()), max(one.moved for one in outcomes)


def takes_of(encodings: Sequence[str], seed: int, scenes: int = 3) -> list[Take]:
    """Return the shots of the first scenes. The first of a scene is right; the encodings take turns."""
    draw = np.random.default_rng(seed)
    clips = [(clip, number) for scene in SCENES[:scenes] for number, clip in enumerate(scene)]
    return [
        Take(clip, encodings[k % len(encodings)], Error.drawn(draw) if number else Error())
        for k, (clip, number) in enumerate(clips)
    ]


def line(name: str, outcomes: Sequence[Outcome], must: str) -> str:
    """Return a row of the table."""
    wrong = [outcome for outcome in outcomes if outcome.take.error != Error()]
    figures = ("before", "after", "decoded")
    before, after, decoded = (float(np.mean([getattr(one, figure) for one in wrong])) for figure in figures)
    worse = sum(outcome.after > outcome.before + 0.5 for outcome in outcomes)
    itp = np.nanmean([one.itp for one in wrong]) if any(one.itp == one.itp for one in wrong) else float("nan")
    return f"| {name} | {before:.2f} | {after:.2f} | {decoded:.2f} | {worse} | {itp:.1f} | {must} |"


def words() -> list[str]:
    """Return, for each encoding, the exposure that the words of a grade name where .48 stop was planted."""
    rows = []
    for name in ("bt709", "slog3-cine", "logc3", "vlog", "pq", "hlg"):
        encoding = ENCODINGS[name]

        def back(codes: Frames, encoding: Encoding = encoding) -> Frames:
            return np.asarray(from_light(to_light(codes, encoding) * 2**0.48, encoding))

        match = re.search(r"([\d.]+) stop", describe(back, encoding))
        rows.append(f"| {name} | .48 | {match[1] if match else 'none'} |")
    return rows


def detector(folders: Sequence[Path], seed: int) -> list[str]:
    """Return the shares of groups of four pictures that are taken for log: as they are, and through each log."""
    draw = np.random.default_rng(seed)
    files = sorted(file for folder in folders for file in folder.rglob("*.jpg"))
    scores: dict[tuple[str, float], list[float]] = {}
    for index in draw.permutation(len(files))[:200]:
        picture = cv2.imread(str(files[index]))
        if picture is None or not np.ptp(picture, axis=-1).any():  # a file that is none, or black and white
            continue
        height = max(round(SMALL * picture.shape[0] / picture.shape[1]), 8)
        codes = cv2.resize(picture, (SMALL, height), interpolation=cv2.INTER_AREA)[..., ::-1] / 255.0
        light = expanded(np.asarray(srgb_decode(codes), np.float64))
        scores.setdefault(("SDR", 0.0), []).append(_score(codes))
        for name in (*LOGS, "pq", "hlg"):
            for stops in EXPOSURES:
                scores.setdefault((name, stops), []).append(_score(coded(light * 2**stops, name)[0]))
    shares = {}
    for key, values in scores.items():
        groups = np.array(values)[draw.integers(0, len(values), (DRAWS, MANY))]
        shares[key] = float(np.mean([likeness_together(group) > LIKE_LOG for group in groups.tolist()]))
    logs = [np.mean([shares[name, stops] for stops in EXPOSURES]) for name in LOGS]
    rows = [f"| SDR | {shares['SDR', 0.0]:.2%} | | | 1 % |", f"| all logs | {np.mean(logs):.1%} | | | 93 % |"]
    cells = {name: " | ".join(f"{shares[name, stops]:.1%}" for stops in EXPOSURES) for name in (*LOGS, "pq", "hlg")}
    return rows + [f"| {name} | {row} | |" for name, row in cells.items()]


def _score(codes: Frames) -> float:
    return likeness_to_log(make_sample("still", np.clip(codes, 0, 1)[None].astype(np.float32), (0,), Sampling()))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="the folder with the development clips")
    parser.add_argument("--quick", action="store_true", help="one draw, four encodings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--stills", type=Path, action="append", default=[], help="a folder of pictures for the detector"
    )
    parser.add_argument("--scenes", type=int, default=3, help="how many of the five scenes")
    options = parser.parse_args()
    if options.stills:
        print("| groups of four, taken for log | at -1.5 stops | 0 | +1.5 | must |\n|---|---|---|---|---|")
        print("\n".join(detector(options.stills, options.seed)), "\n", flush=True)
    print("| one clip in two encodings, nothing planted | apart, ΔE00 | moved | must |\n|---|---|---|---|")
    for pair in (("pq", "hlg"), ("slog3-cine", "bt709")):
        for named in (True, False):
            distance, moved = apart(*pair, options.footage, named=named)
            must = "apart .5" if named else "moved 0.0" if "slog3-cine" in pair else ""
            print(
                f"| {' and '.join(pair)}, {'named' if named else 'as tagged'} | {distance:.2f} | {moved:.2f} | {must} |"
            )
    columns = ("planted errors", "before", "after, ΔE00", "decoded", "worse by > .5", "ΔE ITP", "must")
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    alone = ("slog3-cine", "pq") if options.quick else ("bt709", "slog3-cine", "logc3", "vlog", "pq", "hlg")
    for name in alone:
        outcomes, _ = graded(takes_of([name], options.seed, options.scenes), options.footage)
        print(line(f"{name} alone", outcomes, ".9"), flush=True)
    outcomes, _ = graded(takes_of(["pq", "slog3-cine", "bt709", "hlg"], options.seed, options.scenes), options.footage)
    print(line("mixed, encodings named, exact view", outcomes, "1.5, none worse"), flush=True)
    outcomes, _ = graded(takes_of(["pq", "slog3-cine", "film", "hlg"], options.seed, options.scenes), options.footage)
    print(line("mixed, SDR by another rendering", outcomes, "none worse"))
    print("\n| encoding | planted stops | in words |\n|---|---|---|")
    print("\n".join(words()))


if __name__ == "__main__":
    main()
