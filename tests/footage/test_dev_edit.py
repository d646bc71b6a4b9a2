"""The main job on real footage: grade the development edit, render it on every FFmpeg, compare with our float path."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otiograde.color.encodings import rgb_to_ycbcr
from otiograde.folder.reading import read_record
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.movie.plan import Delivery
from otiograde.movie.rendering import Rendering, render_edit
from otiograde.record.graded import GradedTimeline

pytestmark = pytest.mark.footage


def grade(edit: Path, out: Path) -> Path:
    words = [sys.executable, "-m", "otiograde", str(edit), "-o", str(out), "--no-cache"]
    start = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    print(done.stderr, f"{time.monotonic() - start:.1f} s")
    assert done.returncode == 0, done.stderr
    return out


def score(footage: Path, out: Path, *words: str) -> dict[str, Any]:
    """The figures of the footage's own scorer, which shares nothing with the matcher."""
    told = out.with_suffix(".json")
    command = [sys.executable, footage / "score.py", footage / "dev_graded", out, "--json", told, *words]
    subprocess.run([*map(str, command)], check=True)
    return dict(json.loads(told.read_text("utf-8")))


@pytest.fixture(scope="module")
def graded(footage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return grade(footage / "dev_graded" / "timeline.otio", tmp_path_factory.mktemp("graded") / "OUT")


@pytest.fixture(scope="module")
def record(graded: Path) -> GradedTimeline:
    return read_record(graded)


def test_every_shot_has_a_lut_and_an_effect(graded: Path, record: GradedTimeline) -> None:
    assert len(record.edit.shots) == 16
    assert len(list((graded / "luts").iterdir())) == 16
    text = (graded / "graded.otio").read_text("utf-8")
    assert text.count('"otiograde.LUT3D"') == 16
    assert json.loads(text)["OTIO_SCHEMA"] == "Timeline.1"


def test_grades_are_healthy_and_know_how_sure_they_are(record: GradedTimeline) -> None:
    moved = [grade for grade in record.grades if not record.lut(grade.shot).is_identity]
    assert len(moved) == 14
    for grade in moved:
        health = record.lut(grade.shot).health()
        assert health.second_difference <= 0.06
        assert health.neutral_step >= 0
        assert grade.confidence in {"high", "medium", "low"}


def scenes_of(record: GradedTimeline) -> set[frozenset[str]]:
    """The names of the shots of each scene."""
    names = {shot.id: shot.name for shot in record.edit.shots}
    return {frozenset(names[shot] for shot in scene.shots) for scene in record.scenes}


def test_scenes_are_the_true_ones(footage: Path, record: GradedTimeline) -> None:
    truth = json.loads((footage / "dev_graded" / "truth.json").read_text("utf-8"))["scenes"]
    assert scenes_of(record) == {frozenset(scene["shots"]) for scene in truth.values()}


def test_no_check_failed(record: GradedTimeline) -> None:
    assert record.passed, [finding for finding in record.findings if finding.passed is False]


def test_the_match_holds_its_figures(footage: Path, graded: Path) -> None:
    found = score(footage, graded)["ALL"]
    assert found["consistency"] <= 2.0
    assert found["worst_pair"] <= 2.2
    assert found["drift"] <= 3.0
    assert found["worse"] == 0


def test_what_is_right_is_left_alone(footage: Path, record: GradedTimeline, tmp_path: Path) -> None:
    """wood_room's two takes really differ in exposure; nothing else may move, not by a byte."""
    out = grade(footage / "dev_graded" / "timeline_ref.otio", tmp_path / "OUT")
    rows = score(footage, out, "--clean")["rows"]
    rows.pop("wood_room")
    assert max(row["moved_max"] for row in rows.values()) <= 1.0
    right = read_record(out)
    assert scenes_of(right) == scenes_of(record)
    touched = {shot.name for shot in right.edit.shots if not right.lut(shot.id).is_identity}
    assert touched <= {"shot_001", "shot_010"}
    for shot in touched:
        lut = right.lut(shot)
        nodes = type(lut).identity(lut.size).lattice
        assert float(np.abs(lut.lattice - nodes).mean()) < 0.05


def pictures(program: Path, movie: Path) -> list[str]:
    """The hash of every frame."""
    words = [program, "-v", "error", "-i", movie, "-map", "0:v", "-f", "framemd5", "-"]
    told = subprocess.run([*map(str, words)], capture_output=True, check=True, text=True).stdout
    return [line.rpartition(",")[2] for line in told.splitlines() if not line.startswith("#")]


def test_renders_as_we_compute(graded: Path, record: GradedTimeline, ffmpegs: list[Path], tmp_path: Path) -> None:
    """The whole edit on every FFmpeg: exactly its frames, and in each shot the picture that our float path computes.

    All of them and ``otiograde render`` give the same pixels.

    In the mean of each plane within one code of the film, Y'CbCr: the chroma that 4:2:0 cannot hold is no one's error.
    Shots of the film's own size are compared where they stand alone: not in the dissolve.
    """
    worst, films = 0.0, []
    lossless = "-c:v libx264 -preset ultrafast -qp 0"
    for program in ffmpegs:
        words = ["bash", str(graded / "render.sh"), str(program)]
        environment = {"DITHER": "none", "FORCE": "1", "ENCODER": lossless, "PATH": "/usr/bin:/bin"}
        subprocess.run(words, check=True, env=environment)
        films.append(pictures(program, graded / "film.mp4"))
        film = probe(graded / "film.mp4")
        assert film.frames == record.edit.length == 996
        for shot in record.edit.shots:
            media = shot.media
            if (media.width, media.height) != (film.width, film.height) or media.encoding != film.encoding:
                continue
            at = shot.record.start + (6 if shot.name == "shot_007" else 0)
            source = next(iter_frames(media, shot.source.start + (6 if at != shot.record.start else 0), 1))
            wanted, got = record.lut(shot.id).apply(source), next(iter_frames(film, at, 1))
            codes = [rgb_to_ycbcr(rgb, media.encoding, media.bits) for rgb in (got, wanted)]
            worst = max(worst, *np.abs(codes[0] - codes[1]).mean((0, 1)).tolist())
    print(f"worst mean difference {worst:.2f} codes")
    assert 0 < worst <= 1.0
    rendering = Rendering(tmp_path, find_ffmpeg(str(ffmpegs[0])), 2, "none")
    done = render_edit(record, tmp_path / "film.mkv", rendering, Delivery("ffv1"))
    assert done.movie is not None, done.failures
    assert all(film == pictures(ffmpegs[0], done.movie) for film in films)
    assert len(films[0]) == 996
