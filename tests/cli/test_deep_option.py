"""``--deep`` without what it needs: one line, and on without it; a named folder of weights must have them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otiograde.color.encodings import encoding
from otiograde.deep import network
from otiograde.media.writing import write_video


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    frames = [np.random.default_rng(1).random((48, 64, 3)).astype(np.float32)] * 4
    write_video(path, frames, rate=Fraction(24), encoding=encoding("bt709"), bits=8, crf=20)
    return path


def test_without_the_extra_the_edit_is_graded_all_the_same(
    run: Any, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "find_spec", lambda _: None)
    done = run(clip, "--deep", "--no-report", "--jobs", "1", "-o", tmp_path / "out")
    assert done.code == 0
    (line,) = [line for line in done.err.splitlines() if "no --deep" in line]
    assert "pip install 'otiograde[deep]'" in line
    assert (tmp_path / "out/graded.json").is_file()
    again = run("verify", tmp_path / "out", "--deep", "--jobs", "1")
    assert again.code == 0
    assert "no --deep" in again.err


def test_a_folder_without_weights_is_an_error(
    run: Any, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "find_spec", lambda _: object())
    (tmp_path / "weights").mkdir()
    done = run(clip, "--weights", tmp_path / "weights", "--jobs", "1", "-o", tmp_path / "out")
    assert done.code == 1
    assert "has no aliked-n16.pth" in done.err
    assert not (tmp_path / "out").exists()
