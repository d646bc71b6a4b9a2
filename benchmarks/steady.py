"""How well changes inside a shot are found and taken out: planted in real clips, encoded, beside FFmpeg's deflicker.

    python benchmarks/steady.py [FOOTAGE] [--crf N ...] [--kinds KIND ...] [--frames N] [--jobs N]

FOOTAGE is the folder of ``dev`` and ``dev_hard`` (default: ../shared/footage beside the checkout). Changes are planted
at 320 pixels across, in light or in code values, rounded to 8 bits and encoded with x264. What is found in the encoded
clip is taken out of the frames before encoding, since the noise of coding would hide what is left. ``left`` is the mean
CIEDE2000 to the clip without the change, over all frames; ``worst`` is that of the worst clip. What is clipped cannot
come back, so a clip with a mean above 0.45 gets darker, the others brighter. Changes of the scene must stay: ``acted``
counts the clips in which anything was taken out, ``moved`` is the mean difference that this made.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from otiograde.color.difference import delta_e00
from otiograde.color.luma import LUMA
from otiograde.color.spaces import srgb_to_lab
from otiograde.color.transfer import srgb_decode, srgb_encode
from otiograde.grading.steadying import steady_all
from otiograde.means.means import Means
from otiograde.means.workers import default_count, processes
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import read_frames
from otiograde.media.probe import probe
from otiograde.record.course import Course
from otiograde.record.settings import Steadying
from otiograde.record.shot import FrameRange, Shot
from otiograde.survey.course_screen import course_width

FOOTAGE = Path(__file__).resolve().parents[2] / "shared/footage"
Frames = NDArray[np.float32]

#: Clips that are quiet by themselves: changes are planted in them.
QUIET = ("coffee", "cups_wide", "dog_wide", "juggle_wide", "room_man", "fox_a", "lab_cam1", "bunny_stream")
#: Clips from cameras and films: nothing is to be taken out of them.
CAMERA = (
    *("coffee", "cups_close", "cups_wide", "dog_close", "dog_mid", "dog_wide", "juggle_close", "juggle_wide"),
    *("room_man", "room_woman", "lab_cam1", "lab_cam2", "lab_cam3", "lab_cam4", "street_03", "street_10"),
    *("street_20", "street_28", "bunny_burrow", "bunny_meadow", "bunny_stream", "hut_girl", "hut_shaman"),
    *("sky_girl", "sky_dragon"),
)
#: Clips of AI models: nobody knows which of their changes are wrong.
AI = (
    *("road_a", "road_b", "fox_a", "fox_b", "woman_smile", "maid_hunyuan", "maid_wan21_480p", "maid_wan21_720p"),
    *("maid_wan_camera", "workshop_01", "workshop_02", "workshop_11", "workshop_12", "roses_2", "roses_3"),
    *("cafe_wide", "cafe_profile", "cafe_write"),
)
#: Code values above which a clip is bright.
BRIGHT = 0.45


def coded(light: NDArray[np.floating]) -> Frames:
    """Encode light as 8-bit code values in [0, 1]."""
    return rounded(srgb_encode(np.maximum(light, 0)))


def rounded(codes: NDArray[np.floating]) -> Frames:
    """Round code values to 8 bits."""
    return (np.rint(np.clip(codes, 0, 1) * 255) / 255).astype(np.float32)


def exposed(frames: Frames, stops: NDArray[np.floating]) -> Frames:
    """Change the exposure of each frame; ``stops`` broadcast to ``(n, h, w, 3)``."""
    return coded(srgb_decode(frames) * 2.0**stops)


def along(frames: Frames, values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return one value a frame, to broadcast; a bright clip gets the negative ones."""
    return (-values if frames.mean() > BRIGHT else values)[:, None, None, None]


def generated(frames: Frames, amounts: NDArray[np.floating], cast: float = 0.0) -> Frames:
    """Change frames as video models do: darker, with more contrast and saturation; ``cast`` makes them warmer, too."""
    amount = amounts[:, None, None, None]
    codes = srgb_encode(srgb_decode(frames) * 2.0 ** (amount * (-0.25 + cast * np.array([1, 0, -1]))))
    codes = 0.4 + (codes - 0.4) * (1 + 0.12 * amount)
    luma = (codes @ LUMA)[..., None]
    return rounded(luma + (codes - luma) * (1 + 0.18 * amount))


def exposure_there_and_back(time: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the stops of a camera that corrects its exposure, too far at first."""
    curve = 0.4 * (1 / (1 + np.exp(-(time - 0.35) * 30)) - 0.6 / (1 + np.exp(-(time - 0.7) * 20)))
    return np.asarray(curve - curve[0])


def third(shape: tuple[int, ...], number: int) -> NDArray[np.floating]:
    """Return a mask ``(h, w, 1)`` of a third of the picture with a soft edge: a side, or a disk."""
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]] / np.array(shape[:2])[:, None, None]
    inside = (1 / 3 - column, column - 2 / 3, 1 / 3 - row, 0.3 - np.hypot(column - 0.5, (row - 0.5) * 0.7))[number % 4]
    return np.asarray(np.clip(inside / 0.08 + 0.5, 0, 1)[..., None])


def lamp(frames: Frames, time: NDArray[np.floating], number: int) -> Frames:
    """Switch a warm lamp on in a third of the picture."""
    stops = 0.6 * (time > 0.45)[:, None, None, None] * third(frames.shape[1:], number) * np.array([1.1, 1, 0.8])
    return exposed(frames, stops)


def cloud(frames: Frames, time: NDArray[np.floating], number: int) -> Frames:
    """Let the shadow of a cloud come over a third of the picture."""
    stops = -0.6 * np.clip((time - 0.3) / 0.4, 0, 1)[:, None, None, None] * third(frames.shape[1:], number)
    return exposed(frames, stops)


def flashes(frames: Frames, time: NDArray[np.floating], number: int) -> Frames:
    """Let a camera flash in two places."""
    del number
    stops = np.zeros(len(time))
    stops[[len(time) // 3, 2 * len(time) // 3, 2 * len(time) // 3 + 1]] = 1.0
    return exposed(frames, stops[:, None, None, None])


def dissolve(frames: Frames, time: NDArray[np.floating], number: int) -> Frames:
    """Dissolve to the same clip, mirrored and upside down: another picture with the same colors."""
    del number
    share = np.clip((time - 0.4) / 0.3, 0, 1)[:, None, None, None]
    return rounded(frames * (1 - share) + frames[:, ::-1, ::-1] * share)


Plant = Callable[[Frames, NDArray[np.floating], int], Frames]
#: What is to be taken out.
GRADE: Mapping[str, Plant] = {
    "ramp .3": lambda frames, time, _: exposed(frames, along(frames, 0.3 * time)),
    "ai": lambda frames, time, _: generated(frames, time),
    "join": lambda frames, time, _: generated(frames, (time > 0.5).astype(float), 0.1),
    "step .3": lambda frames, time, _: exposed(frames, along(frames, 0.3 * (time > 0.5))),
    "auto-exposure": lambda frames, time, _: exposed(frames, along(frames, exposure_there_and_back(time))),
    "flicker": lambda frames, time, number: exposed(
        frames, along(frames, np.random.default_rng(number).normal(0, 0.06, len(time)))
    ),
    "lamp of 50 Hz": lambda frames, time, _: exposed(
        frames, along(frames, 0.1 * np.sin(2 * np.pi * np.arange(len(time)) / 3.37))
    ),
}
#: What is to stay.
SCENE: Mapping[str, Plant] = {
    "fade": lambda frames, time, _: rounded(frames * np.clip((1 - time) / 0.25, 0, 1)[:, None, None, None]),
    "dissolve": dissolve,
    "flashes": flashes,
    "lamp in a third": lamp,
    "cloud in a third": cloud,
}


class Result(NamedTuple):
    """What became of one clip."""

    before: float
    left: float
    moved: float
    deflickered: float
    acted: bool
    #: Milliseconds of the processor for each frame.
    cost: float
    words: str


def path_of(footage: Path, name: str) -> Path:
    """Return the file of a clip."""
    return next(path for path in footage.glob(f"dev*/**/{name}.mp4") if "graded" not in str(path))


def encoded(frames: Frames, rate: Fraction, crf: int, path: Path) -> Path:
    """Encode frames with x264 in BT.709."""
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    tags = [f"-{name}=bt709" for name in ("colorspace", "color_primaries", "color_trc")]
    words = ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(rate), "-i", "-"]
    words += ["-vf", "scale=out_color_matrix=bt709", "-c:v", "libx264", "-preset", "fast", "-crf", str(crf)]
    words += ["-pix_fmt", "yuv420p", "-threads", "1", *(part for tag in tags for part in tag.split("="))]
    codes = np.rint(frames * 255).astype(np.uint8)
    subprocess.run([str(find_ffmpeg().path), *words, str(path)], input=codes.tobytes(), check=True)
    return path


def deflickered(frames: Frames) -> Frames:
    """Run FFmpeg's deflicker with its defaults."""
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    words = ["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-i", "-", "-vf", "deflicker"]
    words += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    codes = np.rint(frames * 255).astype(np.uint8).tobytes()
    done = subprocess.run([str(find_ffmpeg().path), *words], input=codes, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(frames.shape).astype(np.float32) / 255


def small(frames: Frames) -> Frames:
    """Scale frames down to the size at which they are compared."""
    width = course_width(frames.shape[2] / frames.shape[1])
    size = width, round(width * frames.shape[1] / frames.shape[2])
    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])


def without(frames: Frames, course: Course | None) -> Frames:
    """Take a course out of frames."""
    if course is None:
        return frames
    steadied = []
    for number, frame in enumerate(frames):
        index, share = course.at(number)
        pair = [np.clip(key.transform(frame), 0, 1) for key in course.keys[index : index + 2]]
        steadied.append(pair[0] if not share else pair[0] + share * (pair[1] - pair[0]))
    return np.array(steadied, np.float32)


def difference(one: Frames, other: Frames) -> float:
    """Return the mean CIEDE2000 of two clips."""
    return float(delta_e00(srgb_to_lab(one), srgb_to_lab(other)).mean())


def measured(name: str, number: int, kind: str, *, footage: Path, crf: int, most: int) -> Result:
    """Plant a change in a clip, and take out what is found in the encoded clip."""
    media = probe(path_of(footage, name))
    clean = read_frames(media, range(min(media.frames, most)), 320)
    clean = clean[:, : clean.shape[1] // 2 * 2, : clean.shape[2] // 2 * 2]
    plant = {**GRADE, **SCENE}.get(kind)
    planted = clean if plant is None else plant(clean, np.linspace(0, 1, len(clean)), number)
    with tempfile.TemporaryDirectory() as folder:
        copy = probe(encoded(planted, media.rate, crf, Path(folder) / "planted.mp4"))
        frames = FrameRange(0, copy.frames, copy.rate)
        shot = Shot(name, name, copy, frames, frames, 0, (0,))
        begun = time.process_time()
        found = steady_all([shot], {}, Steadying("all"), Means())[name]
        cost = (time.process_time() - begun) / copy.frames * 1000
    seen = small(planted)
    steadied = without(seen, found.course)
    truth = small(clean) if kind in GRADE else seen
    return Result(
        difference(seen, truth),
        difference(steadied, truth),
        difference(steadied, seen),
        difference(small(deflickered(planted)), truth) if kind in GRADE else 0.0,
        found.course is not None,
        cost,
        found.course.words if found.course else found.left,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", nargs="?", type=Path, default=FOOTAGE)
    parser.add_argument("--crf", nargs="*", type=int, default=[18, 23, 28])
    parser.add_argument("--kinds", nargs="*", default=[*GRADE, *SCENE, "camera", "ai clips"])
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--clips", nargs="*", default=QUIET)
    parser.add_argument("--jobs", type=int, default=default_count())
    options = parser.parse_args()
    columns = ("before", "left", "worst", "deflicker", "acted", "moved", "ms")
    print(f"{'crf':>3} {'change':<18}{'clips':>5}" + "".join(f"{column:>10}" for column in columns))
    with processes(options.jobs) as executor:
        for crf in options.crf:
            for kind in options.kinds:
                names = {"camera": CAMERA, "ai clips": AI}.get(kind, options.clips)
                work = partial(measured, kind=kind, footage=options.footage, crf=crf, most=options.frames)
                results = list(executor.map(work, names, range(len(names))))
                before, left, moved, peer, acted, cost = np.array([result[:6] for result in results], float).T
                print(
                    f"{crf:3} {kind:<18}{len(names):5}{before.mean():10.2f}{left.mean():10.2f}{left.max():10.2f}"
                    f"{peer.mean():10.2f}{int(acted.sum()):10}{moved.mean():10.3f}{cost.mean():10.1f}",
                    flush=True,
                )
                for name, result in zip(names, results, strict=True):
                    print(f"      {name:<16}{result.before:6.2f}{result.left:6.2f}  {result.words}")


if __name__ == "__main__":
    main()
