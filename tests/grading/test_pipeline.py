"""Bad input: what no camera should have made, through the whole pipeline. Nothing breaks, nothing is made up.

Tests: grading/study.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from making.graded_wall import UNUSUAL, write_windows
from otiograde.color.encodings import encoding
from otiograde.color.spaces import srgb_to_lab
from otiograde.decide.look import still_look
from otiograde.grading import remembering, study
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.means import Means
from otiograde.means.workers import SerialExecutor, processes
from otiograde.media.frames import write_still
from otiograde.media.probe import probe
from otiograde.media.writing import write_video
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.settings import Matching, Settings

Picture = NDArray[np.float32]
RATE = Fraction(24)
HEIGHT, WIDTH = 120, 200
CAST = np.array([1.12, 1.0, 0.86], np.float32)


def scene(shift: int = 0, seed: int = 3) -> Picture:
    """A window of a wall with detail everywhere, in [.1, .75]."""
    noise = np.random.default_rng(seed).random((HEIGHT, WIDTH + 80, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * weight for sigma, weight in ((1.5, 4), (5, 10), (20, 30)))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return np.ascontiguousarray((0.1 + 0.65 * soft)[:, shift : shift + WIDTH], np.float32)


def moving(count: int = 12, cast: NDArray[np.float32] | float = 1.0) -> list[Picture]:
    return [np.asarray(scene(2 * at) * cast, np.float32) for at in range(count)]


def plain(color: Iterable[float], count: int = 12) -> list[Picture]:
    return [np.broadcast_to(np.array(list(color), np.float32), (HEIGHT, WIDTH, 3)).copy() for _ in range(count)]


Film = Callable[..., GradedTimeline]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Grades clips made of lists of frames, cut together in this order."""

    def graded(*shots: list[Picture], **options: object) -> GradedTimeline:
        paths = []
        for number, frames in enumerate(shots):
            paths.append(tmp_path / f"shot_{number}.mp4")
            write_video(paths[-1], frames, RATE, encoding("bt709"), crf=6)
        return grade_timeline(paths, **options)  # type: ignore[arg-type]

    return graded


def words(record: GradedTimeline, shot: str) -> str:
    return "; ".join(reason.text for reason in record.grade(shot).reasons)


def drift(record: GradedTimeline, shot: str) -> Finding:
    return next(finding for finding in record.findings if (finding.check, finding.shot) == ("drift", shot))


def left_alone(record: GradedTimeline, *shots: str) -> bool:
    return all(record.lut(shot).is_identity for shot in shots)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("color", "why"), [((0, 0, 0), "black"), ((1, 1, 1), "clipped"), ((0.3, 0.5, 0.2), "no surface|only shot")]
)
def test_shot_of_one_color_is_left_alone_and_says_so(film: Film, color: tuple[float, ...], why: str) -> None:
    record = film(moving(), plain(color), moving(cast=CAST))
    assert left_alone(record, "shot_1")
    assert re.search(why, words(record, "shot_1"))
    assert record.passed
    assert all(np.isfinite(record.lut(grade.shot).lattice).all() for grade in record.grades)


@pytest.mark.slow
def test_black_frames_inside_a_shot_are_not_sampled(film: Film) -> None:
    faded = [frame * level for frame, level in zip(moving(20), np.r_[np.ones(14), np.linspace(1, 0, 6)], strict=True)]
    record = film(faded, moving(20, CAST))
    assert {finding.passed for finding in record.findings} <= {True, None}
    assert not left_alone(record, "shot_1")
    # The fade is not taken for the shot's own exposure.
    gray = np.full((1, 3), 0.5)
    lightness = srgb_to_lab(record.grade("shot_0").transform(gray))[0, 0]
    assert abs(lightness - srgb_to_lab(gray)[0, 0]) < 4


@pytest.mark.slow
@pytest.mark.parametrize("box", [(0.12, 0.0), (0.0, 0.12)], ids=["letterbox", "pillarbox"])
def test_bars_do_not_count(film: Film, box: tuple[float, float]) -> None:
    down, across = round(box[0] * HEIGHT), round(box[1] * WIDTH)
    barred = moving()
    for frame in barred:
        frame[:down] = frame[HEIGHT - down :] = 0
        frame[:, :across] = frame[:, WIDTH - across :] = 0
    plainly, with_bars = film(moving(), moving(cast=CAST)), film(barred, moving(cast=CAST))
    colors = scene().reshape(-1, 3)[::97]
    same = [record.grade("shot_1").transform(colors) for record in (plainly, with_bars)]
    assert not left_alone(with_bars, "shot_1")
    assert np.abs(same[0] - same[1]).mean() < 0.02


@pytest.mark.slow
def test_shot_of_two_frames(film: Film) -> None:
    record = film(moving(2), moving(12, CAST))
    assert len(record.grades) == 2
    assert record.passed
    assert not left_alone(record, "shot_0", "shot_1")


@pytest.mark.slow
def test_still_has_no_time_to_drift_in(tmp_path: Path) -> None:
    write_still(tmp_path / "still.png", scene())
    write_video(tmp_path / "clip.mp4", moving(cast=CAST), RATE, encoding("bt709"), crf=6)
    record = grade_timeline([tmp_path / "still.png", tmp_path / "clip.mp4"])
    assert not any((finding.check, finding.shot) == ("drift", "still") for finding in record.findings)
    assert not left_alone(record, "clip")
    assert record.passed


@pytest.mark.slow
def test_half_an_hour_is_five_frames(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = study.read_frames, []

    def read_frames(media, at, width):  # type: ignore[no-untyped-def]
        asked.append(tuple(at))
        return real(media, [number % 12 for number in at], width)

    def long_probe(path, **words):  # type: ignore[no-untyped-def]
        return replace(probe(path, **words), frames=43_200)

    monkeypatch.setattr(study, "read_frames", read_frames)
    monkeypatch.setattr(remembering, "probe", long_probe)
    record = film(moving(), moving(cast=CAST))
    # And the two frames on each side of the cut, which tell whether a clip continues there.
    assert asked == [
        (4320, 12960, 21600, 30240, 38880, 43198, 43199),
        (4320, 12960, 21600, 30240, 38880, 0, 1),
    ]
    assert not left_alone(record, "shot_1")


@pytest.mark.slow
def test_gray_material_gets_lightness_and_no_color(film: Film) -> None:
    gray = [np.repeat(frame.mean(-1, keepdims=True), 3, -1) for frame in moving()]
    record = film(gray, [frame * np.float32(0.8) for frame in gray])
    ramp = np.repeat(np.linspace(0.1, 0.7, 13)[:, None], 3, 1)
    for shot in ("shot_0", "shot_1"):
        lab = srgb_to_lab(record.grade(shot).transform(ramp))
        assert np.hypot(lab[:, 1], lab[:, 2]).max() < 1.0
    first, second = (record.grade(shot).transform(ramp * gain) for shot, gain in (("shot_0", 1.0), ("shot_1", 0.8)))
    assert np.abs(first - second).mean() < 0.02


@pytest.mark.slow
def test_flashing_shot_is_named(film: Film) -> None:
    flashing = moving(25)
    for at in (7, 17):
        flashing[at] = np.clip(flashing[at] * 1.9 + 0.25, 0, 1)
    record = film(flashing, moving(25, CAST))
    assert drift(record, "shot_0").passed is None
    assert "flashes at frame 7, 17" in drift(record, "shot_0").note
    assert "flashes at frame 7, 17" in words(record, "shot_0")
    assert drift(record, "shot_1").passed is True


@pytest.mark.slow
def test_drifting_shot_is_named(film: Film) -> None:
    darker = [frame * np.float32(gain) for frame, gain in zip(moving(30), np.linspace(1, 0.75, 30), strict=True)]
    record = film(darker, moving(30))
    assert "darkens by 0." in drift(record, "shot_0").note
    assert "between frames" in drift(record, "shot_0").note
    assert drift(record, "shot_0").passed is None


@pytest.mark.slow
def test_the_same_frames_twice_differ_by_nothing(film: Film) -> None:
    record = film(moving(), moving())
    assert left_alone(record, "shot_0", "shot_1")
    differences = {finding.check: finding.value for finding in record.findings}
    # Across the cut, the last frame is paired with the first, which is another moment.
    assert differences["difference_before"] == differences["difference_after"] < 0.03
    assert {piece.before for piece in record.evidence if piece.kind == "surfaces"} == {0}
    assert differences["difference_p95_after"] < 0.3  # a frame may be paired with the one before it
    assert "already matches" in words(record, "shot_0")


def test_scene_of_one_shot_is_left_alone_unless_a_look_is_asked(film: Film) -> None:
    assert left_alone(film(moving()), "shot_0")
    warm = still_look(np.clip(scene() * np.array([1.2, 1.0, 0.7]), 0, 1))
    assert not left_alone(film(moving(), look=warm), "shot_0")


class Backwards(SerialExecutor):
    """Does the last task first: whatever order work is finished in, results come in the order asked for."""

    def map(self, fn, *iterables, timeout=None, chunksize=1):  # type: ignore[no-untyped-def]
        del timeout, chunksize
        tasks = list(zip(*iterables, strict=True))
        return iter([fn(*task) for task in reversed(tasks)][::-1])


@pytest.mark.slow
def test_same_bytes_whoever_does_the_work(film: Film) -> None:
    shots = moving(), moving(cast=CAST), plain((0.3, 0.5, 0.2)), [scene(40 - 2 * at) * CAST[::-1] for at in range(12)]
    alone, backwards = film(*shots), film(*shots, means=Means(Backwards()))
    with processes(2) as executor:
        together = film(*shots, means=Means(executor))
    assert format_record(alone) == format_record(backwards)
    assert format_record(alone) == format_record(together)


@pytest.mark.slow
def test_same_bytes_with_the_same_settings(tmp_path: Path) -> None:
    """A second run, and a run with the settings that the record of the first gives back, differ by no byte."""
    windows = write_windows(tmp_path)
    first = grade_timeline(windows, settings=UNUSUAL)
    text = format_record(first)
    assert first.settings == UNUSUAL
    assert format_record(grade_timeline(windows, settings=UNUSUAL)) == text
    assert format_record(grade_timeline(windows, settings=parse_record(text).settings)) == text
    assert format_record(grade_timeline(windows)) != text


def test_the_record_names_every_field_of_the_matcher(tmp_path: Path) -> None:
    record = grade_timeline(write_windows(tmp_path)[:1], settings=Settings(matcher=Matching("reinhard"), lut_size=5))
    assert record.settings.matcher == Matching("reinhard", {"strength": 1.0})
