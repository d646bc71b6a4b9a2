"""Frame k of a movie has the grade of the media frame that it shows, where grades change inside shots.

Tests: movie/keying.py, movie/luts.py
"""

from __future__ import annotations

import math
import os
import subprocess
import time
from dataclasses import replace
from fractions import Fraction
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
    run_in,
)
from making.media import media
from making.movies import clip, dissolve, numbered_film, record_of, render
from making.records import graded
from making.shots import edit, shot
from making.waiting import slowness
from otiograde.color.cdl import Cdl
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.exporters import export_all
from otiograde.exporters.render import export
from otiograde.folder.writing import write_cube, write_folder
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_frames
from otiograde.media.index import index_of
from otiograde.media.probe import probe
from otiograde.movie.keying import courses_of, mixture
from otiograde.movie.plan import plan
from otiograde.movie.proving import prove
from otiograde.movie.timing import passage_of
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline

#: Half a code of 10 bits.
LIMIT = 0.5 / 1023

#: What follows a command whose frames are compared.
END = ("-frames:v", "24", "-f", "framemd5", "-")

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
    wanted = np.stack([graded_patches(record, shot, path, number) for number in shown])
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


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_at_every_rate(tmp_path: Path, each: Path, ffmpeg: Path, rate: str) -> None:
    path = patched_film(ffmpeg, tmp_path / "film.mp4", 90, rate)
    record = keyed(record_of(tmp_path, [clip(path, 41, 40, RATES[rate])], rate=RATES[rate]), COURSES["keys"])
    assert worst(record, deep_frames(record, tmp_path / "out", each), [*range(41, 81)], path) < LIMIT


SPEEDS = [(2.0, 6, 40), (0.5, 20, 61), (-1.0, 30, 70), (-2.0, 10, 40), (1.25, 3, 60), (-0.5, 9, 60), (3.7, 0, 30)]


@pytest.mark.slow
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


@pytest.mark.slow
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
        a = graded_patches(record, 0, film, 26 + k)
        b = graded_patches(record, 1, other, 56 + k)
        error = np.abs(patches(frames[16 + k : 17 + k])[0] - (a * (1 - k / 10) + b * (k / 10))).max()
        assert error < LIMIT, k
    assert worst(record, frames[:16], [*range(10, 26)], film) < LIMIT
    assert worst(record, frames[26:], [*range(66, 80)], other, 1) < LIMIT


@pytest.mark.slow
def test_rendered_and_by_the_script_it_is_the_same(tmp_path: Path, each: Path, film: Path) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 10, 20), dissolve(3, 3), clip(film, 60, 20)]), COURSES["keys"])
    write_folder(tmp_path / "out", export_all(record, ["luts", "render"]))
    for frame in (4, 11, 23, 40, 41, 58, 77, 90):
        assert (tmp_path / f"out/luts/keys/film.{frame}.cube").is_file()
    done = render(record, tmp_path / "own", each)
    assert done.movie is not None, done.failures
    encoder = "-c:v libx264 -preset ultrafast -qp 0"
    environment = {**os.environ, "DITHER": "none", "ENCODER": encoder}
    subprocess.run(["sh", tmp_path / "out/render.sh", each], env=environment, capture_output=True, check=True)
    movies = [list(iter_frames(probe(movie))) for movie in (done.movie, tmp_path / "out/film.mp4")]
    assert len(movies[0]) == 40
    assert all(np.array_equal(one, other) for one, other in zip(*movies, strict=True))
    again = render(record, tmp_path / "own", each)
    assert (again.made, again.kept) == (0, done.made)


def test_the_longest_command_fits_a_batch_file(tmp_path: Path, film: Path) -> None:
    """Two shots with names of 64 letters, dissolving into each other, with many keys or with flicker on either side."""
    record = record_of(tmp_path, [clip(film, 10, 40), dissolve(20, 20), clip(film, 60, 40)])
    shots = tuple(replace(shot, id=letter * 64) for shot, letter in zip(record.edit.shots, "ab", strict=True))
    grades = tuple(replace(grade, shot=shot.id) for grade, shot in zip(record.grades, shots, strict=True))
    named = replace(record, edit=replace(record.edit, shots=shots), grades=grades)
    for course in (course_at(*range(0, 120, 3)), flicker(0, 120)):
        files = export(keyed(named, course))
        assert b"too long" not in files["render.bat"]
        assert max(map(len, files["render.bat"].splitlines())) < 8000


def test_flicker_of_a_rate_that_varies_is_bounded(tmp_path: Path, film: Path) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 10, 40)]), flicker(0, 190))
    shots = (replace(record.edit.shots[0], media=replace(record.edit.shots[0].media, variable_rate=True)),)
    record = replace(record, edit=replace(record.edit, shots=shots))
    assert not plan(record).notes
    longer = replace(record.grades[0], course=flicker(0, 300))
    (note,) = plan(replace(record, grades=(longer,))).notes
    assert note == (
        "film: the grade at one frame is used, as the rate varies and there are 300 frames of flicker, more than 200"
    )


def test_the_way_through_keys_is_proven_neutral(tmp_path: Path, ffmpegs: list[Path]) -> None:
    gray = numbered_film(ffmpegs[-1], tmp_path / "gray.mp4")
    record = keyed(record_of(tmp_path, [clip(gray, 1, 60)]), COURSES["many"])
    assert len(plan(record).segments) == 2
    for program in ffmpegs:
        (finding,) = prove(record, find_ffmpeg(str(program)), tmp_path)
        assert finding.passed
        assert finding.value <= 0.6


def test_opacity_and_a_lut_that_was_changed_by_hand(tmp_path: Path, ffmpeg: Path, film: Path) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 20, 12)]), course_at(20, 30))
    whole, half, none = (
        patches(deep_frames(record, tmp_path / "out", ffmpeg, opacity=opacity)) for opacity in (1.0, 0.5, 0.0)
    )
    assert np.abs(half - (whole + none) / 2).max() < LIMIT
    write_folder(tmp_path / "keyed", export_all(record, ["luts"]))
    first = render(record, tmp_path / "keyed", ffmpeg)
    write_cube(tmp_path / "keyed/luts/keys/film.30.cube", Lut3D.identity(9))
    second = render(record, tmp_path / "keyed", ffmpeg)
    assert (first.made, second.made) == (1, 1)


def test_ffmpeg_ignores_another_file_for_a_running_lut(tmp_path: Path, each: Path, film: Path) -> None:
    """Why there are masks: ``sendcmd`` into ``lut3d`` changes nothing, and FFmpeg exits with 0 all the same."""
    write_cube(tmp_path / "a.cube", Lut3D.identity(2))
    write_cube(tmp_path / "b.cube", Lut3D.bake(lambda rgb: 1 - rgb, 2))
    (tmp_path / "c.txt").write_text("0.2 lut3d file b.cube;\n")
    plain, sent = (
        run_in(tmp_path, each, ["-v", "fatal", "-i", str(film), "-vf", f"format=gbrp,{command}lut3d=file=a.cube", *END])
        for command in ("", "sendcmd=f=c.txt,")
    )
    assert plain == sent
    (tmp_path / "a.cube").write_bytes((tmp_path / "b.cube").read_bytes())
    words = ["-v", "fatal", "-i", str(film), "-vf", "format=gbrp,lut3d=file=a.cube", *END]
    assert run_in(tmp_path, each, words) != plain


def test_a_dissolve_that_is_in_the_media_mixes_the_grades_of_the_same_frames(
    tmp_path: Path, each: Path, film: Path
) -> None:
    """Two shots of a finished movie: over its own dissolve both sides show the same frames, each with its grade."""
    plain = record_of(tmp_path, [clip(film, 10, 20), dissolve(4, 6), clip(film, 30, 20)])
    assert [shot.shared for shot in plain.edit.shots] == [(0, 4), (6, 0)]
    record = keyed(plain, [course_at(12, 35), course_at(20, 33, 34, 60, first=4)])
    frames = deep_frames(record, tmp_path / "out", each)
    assert numbers_of(frames) == [*range(10, 50)]
    for n, frame in enumerate(range(10, 50)):
        share = min(max((n - 16) / 10, 0), 1)
        a, b = (graded_patches(record, side, film, frame) for side in (0, 1))
        assert np.abs(patches(frames[n : n + 1])[0] - (a * (1 - share) + b * share)).max() < LIMIT, n


FAST, LONG_USE = Fraction(1000), 10**12


@pytest.mark.parametrize(
    ("course", "speed", "frames", "count", "most"),
    [
        (course_at(*range(0, 3000, 10)), 1 / FAST**2, 10**6, LONG_USE, 40),
        (course_at(*range(0, 3000, 10)), FAST, LONG_USE, 10**9, 10),
        (flicker(0, 20_000), -Fraction(1), 10**6, 10**5, 2400),
        (flicker(0, 20_000), 1 / FAST**2, 10**6, LONG_USE, 170),
    ],
)
def test_a_hostile_use_of_keys_is_planned_at_once(
    course: Course, speed: Fraction, frames: int, count: int, most: int
) -> None:
    of = media(Path("/nowhere/a.mov"), frames=frames)
    use = replace(shot("a", of, (0, frames), count=count), speed=speed)
    record = graded(edit(use, length=count), course=course, lut_size=2)
    begun = time.process_time()
    planned = plan(record)
    assert time.process_time() - begun < 20 * slowness()
    assert len(planned.segments) <= most
    assert max(len(segment.graph) for segment in planned.segments) < 8000


def test_a_look_that_changes_alone_is_mixed_too() -> None:
    """What is taken out is the same at all keys, nothing; the looks differ."""
    made = shot("a", media(Path("/nowhere/a.mov"), frames=60), (0, 60), count=60)
    looks = (Cdl((0.8, 1.0, 1.0)), Cdl((1.0, 1.0, 0.7)))
    course = Course((Key(0, Identity()), Key(59, Identity())), kind="look")
    courses, notes = courses_of(graded(edit(made), course=course, look=looks[0], key_looks=looks))
    mixed = mixture(courses["a"], passage_of(made, Fraction(24)))
    assert [turn.key for row in mixed.rows for turn in row] == [0, 59]
    assert not notes
