"""Changes inside shots of all kinds of video: fields, pulldown, long clips, and rates of all kinds.

Tests: grading/steadying.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from making.clips import ffmpeg_run
from making.courses import Frames, along, exposed, generated, pan
from making.interlaced import encode_frames
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.grading.steadying import Steadied, steady_all
from otiograde.means.means import Means
from otiograde.media.probe import probe
from otiograde.record.course import Course
from otiograde.record.settings import Steadying
from otiograde.record.shot import FrameRange, Shot

SIZE = 144, 192
X264 = ("-c:v", "libx264", "-crf", "16", "-preset", "fast", "-threads", "1")


def measured(path: Path) -> tuple[Steadied, int]:
    """What is found in a whole file, and how many frames it has."""
    media = probe(path)
    frames = FrameRange(0, media.frames, media.rate)
    shot = Shot("a", "a", media, frames, frames, 0, (0,))
    return steady_all([shot], {}, Steadying("all"), Means())["a"], media.frames


def left(shown: Frames, clean: Frames, course: Course) -> float:
    """What a course leaves of a change, in frames of any media whose numbers are those of the course."""
    off = []
    for number, (frame, truth) in enumerate(zip(shown, clean, strict=True)):
        index, share = course.at(number)
        pair = [np.clip(key.transform(frame), 0, 1) for key in course.keys[index : index + 2]]
        mixed = pair[0] if not share else pair[0] + share * (pair[1] - pair[0])
        off.append(delta_e00(srgb_to_lab(mixed), srgb_to_lab(truth)).mean())
    return float(np.mean(off))


def encoded(ffmpeg: Path, path: Path, frames: Frames, rate: str, *words: str) -> Path:
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    begin = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", rate, "-i", "-")
    data = np.rint(frames * 255).astype(np.uint8).tobytes()
    ffmpeg_run(ffmpeg, *begin, *words, *X264, "-pix_fmt", "yuv420p", path, data=data)
    return path


def stepped(count: int, at: int, height: int = SIZE[0], width: int = SIZE[1]) -> tuple[Frames, Frames]:
    """Frames with a step of .3 stop, and the same without."""
    clean = pan(count, height, width)
    return exposed(clean, -0.3 * (np.arange(count) >= at)), clean


def drifting(count: int, height: int = SIZE[0], width: int = SIZE[1]) -> tuple[Frames, Frames]:
    """Frames that drift as generated video does, and the same without."""
    clean = pan(count, height, width)
    return generated(clean, 1.5 * along(count)), clean


def woven(moments: Frames, *, top: bool) -> list[np.ndarray]:
    """Frames whose two fields are moments one after another."""
    frames = np.rint(moments[0::2] * 255).astype(np.uint8)
    later = np.rint(moments[1::2] * 255).astype(np.uint8)
    second = 1 if top else 0
    frames[:, second::2] = later[:, second::2]
    return list(frames)


def telecined(film: Frames) -> list[np.ndarray]:
    """Film with 3:2 pulldown, top field first: A A, A B, B C, C C, D D."""
    codes = np.rint(film * 255).astype(np.uint8)
    frames = []
    for cycle in range(0, len(codes) - 3, 4):
        for top, bottom in ((0, 0), (0, 1), (1, 2), (2, 2), (3, 3)):
            frame = codes[cycle + top].copy()
            frame[1::2] = codes[cycle + bottom][1::2]
            frames.append(frame)
    return frames


@pytest.mark.parametrize("top", [True, False])
def test_a_step_between_two_frames_of_fields(ffmpeg: Path, tmp_path: Path, top: bool) -> None:
    moments, clean = stepped(80, 40)
    path = encode_frames(ffmpeg, tmp_path / "a.mov", woven(moments, top=top), "top" if top else "bottom")
    steadied, count = measured(path)
    assert count == 40
    assert steadied.course is not None
    assert [key.frame for key in steadied.course.keys] == [19, 20]
    assert left(moments[::2], clean[::2], steadied.course) < 0.4


def test_a_drift_in_fields(ffmpeg: Path, tmp_path: Path) -> None:
    moments, clean = drifting(96)
    path = encode_frames(ffmpeg, tmp_path / "a.mov", woven(moments, top=True), "top")
    steadied, _ = measured(path)
    assert steadied.course is not None
    assert steadied.course.kind == "drift"
    assert left(moments[::2], clean[::2], steadied.course) < 0.5


@pytest.mark.parametrize("flagged", ["top", "progressive"])
def test_a_step_in_film_with_pulldown(ffmpeg: Path, tmp_path: Path, flagged: str) -> None:
    """The step lies at the seam of two cycles, as where reels meet."""
    film, clean = stepped(40, 20)
    frames = telecined(film)
    path = encode_frames(ffmpeg, tmp_path / "a.mov", frames, flagged, rate="30000/1001")  # type: ignore[arg-type]
    steadied, count = measured(path)
    assert count == 50
    assert steadied.course is not None, steadied.left
    assert [key.frame for key in steadied.course.keys] == [24, 25]
    shown = [frame // 5 * 4 + (0, 0, 1, 2, 3)[frame % 5] for frame in range(50)]
    assert left(film[shown], clean[shown], steadied.course) < 0.4


@pytest.mark.parametrize("flagged", ["top", "progressive"])
def test_film_with_pulldown_is_quiet(ffmpeg: Path, tmp_path: Path, flagged: str) -> None:
    path = encode_frames(ffmpeg, tmp_path / "a.mov", telecined(pan(40, *SIZE)), flagged, rate="30000/1001")  # type: ignore[arg-type]
    assert measured(path)[0].course is None


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001"])
def test_a_drift_and_a_step_at_every_rate(ffmpeg: Path, tmp_path: Path, rate: str) -> None:
    for name, (shown, clean) in {"step": stepped(48, 24, 90, 160), "drift": drifting(48, 90, 160)}.items():
        steadied, _ = measured(encoded(ffmpeg, tmp_path / f"{name}.mp4", shown, rate))
        assert steadied.course is not None
        assert left(shown, clean, steadied.course) < 0.5


def test_a_step_at_a_rate_that_varies(ffmpeg: Path, tmp_path: Path) -> None:
    """Time stamps jump; keys are numbers of frames and do not care."""
    shown, clean = stepped(48, 24, 90, 160)
    vary = ("-vf", "setpts='(N+0.4*mod(N,3)+6*gt(N,30))/24/TB'", "-fps_mode", "vfr")
    path = encoded(ffmpeg, tmp_path / "a.mkv", shown, "24", *vary)
    steadied, count = measured(path)
    assert count == 48
    assert probe(path).rate != Fraction(24)
    assert steadied.course is not None
    assert [key.frame for key in steadied.course.keys] == [23, 24]
    assert left(shown, clean, steadied.course) < 0.4


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "most", "crf"), [("steps", 2, "28"), ("drift", 12, "18")])
def test_clips_of_three_hundred_frames(ffmpeg: Path, tmp_path: Path, kind: str, most: int, crf: str) -> None:
    shown, clean = stepped(300, 140, 90, 160) if kind == "steps" else drifting(300, 90, 160)
    steadied, _ = measured(encoded(ffmpeg, tmp_path / "a.mp4", shown, "24", "-crf", crf))
    assert steadied.course is not None
    assert steadied.course.kind == kind
    assert len(steadied.course.keys) <= most
    assert left(shown, clean, steadied.course) < 0.5


def test_a_long_quiet_clip_stays(ffmpeg: Path, tmp_path: Path) -> None:
    assert measured(encoded(ffmpeg, tmp_path / "a.mp4", pan(300), "25"))[0] == Steadied()
