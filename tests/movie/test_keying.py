"""Frame k of a movie has the grade of the media frame that it shows, where grades change inside shots.

Tests: movie/keying.py, movie/luts.py
"""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.keyed import (
    LONG,
    course_at,
    deep_frames,
    flicker,
    graded_patches,
    keyed,
    numbers_of,
    patched_film,
    patches,
)
from making.movies import clip, dissolve, record_of
from otiograde.media.index import index_of
from otiograde.media.probe import probe
from otiograde.record.course import Course
from otiograde.record.graded import GradedTimeline

#: Half a code of 10 bits.
LIMIT = 0.5 / 1023

RATES = {"24000/1001": 24000 / 1001, "25": 25.0, "30000/1001": 30000 / 1001}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return patched_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


@pytest.fixture(params=[0, 1], ids=["first", "second"])
def each(request: pytest.FixtureRequest, ffmpegs: list[Path]) -> Path:
    if request.param >= len(ffmpegs):
        pytest.skip("THERE IS ONLY ONE FFMPEG on this machine")
    return ffmpegs[request.param]


def worst(record: GradedTimeline, frames: Any, shown: list[int], path: Path, shot: int = 0) -> float:
    """The largest error of a color, where the frames show these media frames of one shot."""
    assert numbers_of(frames) == shown
    wanted = np.stack([graded_patches(record, shot, probe(path), number) for number in shown])
    return float(np.abs(patches(frames) - wanted).max())


COURSES = {
    "ramp": course_at(20, 60),
    "keys": course_at(4, 11, 23, 40, 41, 58, 77, 90),
    "many": course_at(*range(0, 120, 5)),
    "step": course_at(30, 31),
    "steps": Course(course_at(30, 31).keys + course_at(40, 41, first=1).keys),
    "one": course_at(30),
    "later": course_at(200, 300),
    "flicker": flicker(25, 50),
    "long flicker": flicker(3, 300),
}


@pytest.mark.parametrize("name", COURSES)
def test_frame_k_has_course_k(tmp_path: Path, each: Path, film: Path, name: str) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 17, 60)]), COURSES[name])
    frames = deep_frames(record, tmp_path / "out", each)
    assert worst(record, frames, [*range(17, 77)], film) < LIMIT


@pytest.mark.parametrize("rate", RATES)
def test_at_every_rate(tmp_path: Path, each: Path, ffmpeg: Path, rate: str) -> None:
    path = patched_film(ffmpeg, tmp_path / "film.mp4", 90, rate)
    record = keyed(record_of(tmp_path, [clip(path, 41, 40, RATES[rate])], rate=RATES[rate]), COURSES["keys"])
    assert worst(record, deep_frames(record, tmp_path / "out", each), [*range(41, 81)], path) < LIMIT


SPEEDS = [(2.0, 6, 40), (0.5, 20, 61), (-1.0, 30, 70), (-2.0, 10, 40), (1.25, 3, 60), (-0.5, 9, 60), (3.7, 0, 30)]


@pytest.mark.parametrize(("speed", "start", "count"), SPEEDS)
@pytest.mark.parametrize("name", ["keys", "flicker"])
def test_retimed_and_reversed_uses_carry_the_keys(
    tmp_path: Path, each: Path, film: Path, name: str, speed: float, start: int, count: int
) -> None:
    record = keyed(record_of(tmp_path, [clip(film, start, count, speed=speed)]), COURSES[name])
    steps = [math.floor(k * abs(speed)) for k in range(count)]
    last = start + round(count * abs(speed) + 1e-9) - 1
    shown = [min(start + step, 119) if speed > 0 else last - step for step in steps]
    assert worst(record, deep_frames(record, tmp_path / "out", each), shown, film) < LIMIT


def test_a_frozen_frame_has_its_grade(tmp_path: Path, each: Path, film: Path) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 33, 6, freeze=True)]), COURSES["keys"])
    assert worst(record, deep_frames(record, tmp_path / "out", each), [33] * 6, film) < LIMIT


@pytest.mark.parametrize("name", ["keys", "steps", "flicker"])
@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_a_rate_that_varies(tmp_path: Path, each: Path, ffmpeg: Path, container: str, name: str) -> None:
    path = patched_film(ffmpeg, tmp_path / "even.mp4")
    odd = tmp_path / f"odd.{container}"
    late = "setpts='(N+6*floor(N/5)+mod(N*N,4)/5)/24/TB'"
    words = [ffmpeg, "-v", "error", "-i", path, "-vf", late, "-fps_mode", "vfr", "-enc_time_base", "1/12000"]
    subprocess.run(list(map(str, [*words, *LONG, odd])), check=True)
    media, stamps = probe(odd), index_of(odd)
    assert media.variable_rate
    times = np.array([(pts - stamps.pts[0]) * float(stamps.tick) for pts in stamps.pts])
    for start, count, speed in [(30, 60, 1.0), (20, 30, 2.0), (50, 40, -1.0)]:
        record = keyed(record_of(tmp_path, [clip(odd, start, count, speed=speed)]), COURSES[name])
        at = [start + k * speed if speed > 0 else start + (count - k) * -speed for k in range(count)]
        late_by = 0.001 if speed > 0 else -0.001
        shown = [int(np.searchsorted(times, frame / 24 + late_by, "right")) - 1 for frame in at]
        assert worst(record, deep_frames(record, tmp_path / "out", each), shown, odd) < LIMIT


def test_a_dissolve_between_two_keyed_shots(tmp_path: Path, each: Path, ffmpeg: Path, film: Path) -> None:
    """Frame k of the dissolve mixes both shots, each with the grade of its frame, in the handles too."""
    other = patched_film(ffmpeg, tmp_path / "other.mov")
    plain = record_of(tmp_path, [clip(film, 10, 20), dissolve(4, 6), clip(other, 60, 20)])
    record = keyed(plain, [course_at(5, 27, 40), course_at(50, 57, 58, 70, first=5)])
    frames = deep_frames(record, tmp_path / "out", each)
    assert len(frames) == 40
    for k in range(10):
        a = graded_patches(record, 0, probe(film), 26 + k)
        b = graded_patches(record, 1, probe(other), 56 + k)
        error = np.abs(patches(frames[16 + k : 17 + k])[0] - (a * (1 - k / 10) + b * (k / 10))).max()
        assert error < LIMIT, k
    assert worst(record, frames[:16], [*range(10, 26)], film) < LIMIT
    assert worst(record, frames[26:], [*range(66, 80)], other, 1) < LIMIT
