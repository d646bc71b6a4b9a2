"""``--step`` when grading and when rendering."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from otiograde.folder.reading import read_record
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    for number in range(2):
        picture = np.full((48, 64, 3), 100, np.uint8)
        picture[:, ::3] = (40 + number, 90, 160)
        cv2.imwrite(str(tmp_path / f"clip{number}.png"), picture)
    return tmp_path


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_steps_are_kept_and_rendered(run: Any, stills: Path, tmp_path: Path) -> None:
    clips, out = sorted(stills.glob("clip*.png")), tmp_path / "out"
    first = "clip0@before:colorlevels:rimax=.5:gimax=.5:bimax=.5"
    words = [*clips, "-o", out, "--no-report", "--no-cache", "-j", "1", "--strength", "0"]
    done = run(*words, "--step", first, "--step", "eq:gamma=1.5")
    assert done.code == 0, done.err
    assert "eq:gamma=1.5, of 2 shots" in done.err
    texts = [[str(step) for step in shot.wishes.steps] for shot in read_record(out).edit.shots]
    assert texts == [["before:colorlevels:rimax=0.5:gimax=0.5:bimax=0.5", "eq:gamma=1.5"], ["eq:gamma=1.5"]]
    done = run("render", out, "--encoder", "ffv1", "--step", "eq:saturation=0", "--step", "eq:gamma=1.5")
    assert done.code == 0, done.err
    frames = list(iter_frames(probe(out / "film.mkv")))
    assert frames[0].mean() > frames[-1].mean() + 0.1
    assert all(np.ptp(frame[..., :], axis=-1).max() < 0.02 for frame in frames)
    done = run("export", out, "edl")
    assert "the steps of 2 shots are in render.sh" in done.err


@pytest.mark.parametrize(
    ("step", "code", "message"),
    [
        ("eq:saturation=9", 2, "saturation is from 0 to 3"),
        ("drawtext:textfile=/etc/passwd", 2, "there is no step 'drawtext'"),
        ("eq:gamma=1;[v]null", 2, "gamma cannot be"),
        ("nobody@vignette", 1, "there is no shot or scene 'nobody'"),
    ],
)
def test_steps_that_are_none(run: Any, stills: Path, tmp_path: Path, step: str, code: int, message: str) -> None:
    words = [*sorted(stills.glob("clip*.png")), "-o", tmp_path / "out", "--no-report", "--no-cache", "-j", "1"]
    done = run(*words, "--strength", "0", "--step", step)
    assert done.code == code
    assert message in " ".join(done.err.split())
    assert not (tmp_path / "out").exists()
