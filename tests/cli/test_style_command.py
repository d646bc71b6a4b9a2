"""Style looks on the command line: with the network, and without it one line and the recovered grade.

Tests: cli/lut.py, cli/run.py
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from making.drawn_looks import pictures, triples
from otiograde.cli.lut import FEATURES
from otiograde.deep import style
from otiograde.deep.style import open_style
from otiograde.errors import ToolNotFoundError
from otiograde.folder.reading import read_cube, read_record
from otiograde.media.frames import write_still

QUICK = ("--jobs", "1", "--no-report")


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """A scene of two stills."""
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path, picture in zip(paths, pictures()["kitchen"], strict=False):
        write_still(path, cv2.resize(picture, (320, 180)))
    return paths


@pytest.fixture
def still(tmp_path: Path) -> Path:
    write_still(tmp_path / "film.png", triples()[0].still)
    return tmp_path / "film.png"


@pytest.fixture
def network() -> None:
    """Skip where the real network is not installed."""
    if find_spec("torch") is None:
        pytest.skip("NO TORCH: style looks were not made")
    try:
        open_style("efficientnet")
    except ToolNotFoundError as error:
        pytest.skip(f"NO WEIGHTS, so style looks were not made: {error}")


def test_the_command_knows_the_networks() -> None:
    assert tuple(style.FEATURES) == FEATURES


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_style_is_a_look_of_the_scene(run, clips: list[Path], still: Path, tmp_path: Path) -> None:
    arguments = ("--look", still, "--look-as", "style", *QUICK)
    result = run(*clips, "-o", tmp_path / "out", *arguments)
    assert result.code in (0, 3), result.err
    record = read_record(tmp_path / "out")
    assert record.settings.look_as == "style"
    assert "efficientnet-lite0-57934424.pth" in record.made_with
    reasons = [reason.text for grade in record.grades for reason in grade.reasons if reason.kind == "look"]
    assert reasons == ["style of film.png: the scene resembles it, content included"] * 2
    assert run(*clips, "-o", tmp_path / "as_grade", "--look", still, *QUICK).code in (0, 3)
    assert read_record(tmp_path / "as_grade").grades[0].look != record.grades[0].look
    assert run(*clips, "-o", tmp_path / "again", *arguments).code in (0, 3)
    assert read_record(tmp_path / "again").grades == record.grades
    assert run(*clips, "-o", tmp_path / "out", "--scenes", record.scenes[0].id, *QUICK).code in (0, 3)
    assert read_record(tmp_path / "out").grades == record.grades


@pytest.mark.slow
def test_without_torch_one_line_and_the_grade(
    run, clips: list[Path], still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(*clips, "-o", tmp_path / "as_grade", "--look", still, *QUICK).code in (0, 3)
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    result = run(*clips, "-o", tmp_path / "out", "--look", still, "--look-as", "style", *QUICK)
    assert result.code in (0, 3)
    (line,) = [line for line in result.err.splitlines() if "style" in line]
    assert "the grade is recovered instead" in line
    assert "pip install 'otiograde[neural]'" in line
    looks = [[grade.look for grade in read_record(tmp_path / name).grades] for name in ("out", "as_grade")]
    assert looks[0] == looks[1]


def test_strengths_and_palettes_that_a_style_has_not(run, clips: list[Path], still: Path, tmp_path: Path) -> None:
    arguments = (*clips, "-o", tmp_path / "out", "--look", still, "--look-as", "style", *QUICK)
    assert "the strength of a style look is from 0 to 1, not 1.2" in run(*arguments, "--look-strength", "1.2").err
    assert "mixed into a grade, not into a style look" in run(*arguments, "--look-palette", "0.2").err


@pytest.mark.slow
@pytest.mark.usefixtures("network")
def test_from_style_writes_the_style_of_the_pixels_as_a_lut(
    run, clips: list[Path], still: Path, tmp_path: Path
) -> None:
    result = run("lut", "from-style", clips[0], still, "-o", tmp_path / "style.cube")
    assert result.code == 0, result.err
    table = read_cube(tmp_path / "style.cube")
    assert table.size == 33
    assert not table.is_identity
    assert table.health().neutral_step >= -1e-6
    assert np.isfinite(table.lattice).all()
    assert "is already there" in run("lut", "from-style", clips[0], still, "-o", tmp_path / "style.cube").err


def test_from_style_without_torch_is_the_recovered_grade(
    run, clips: list[Path], still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    result = run("lut", "from-style", clips[0], still, "-o", tmp_path / "style.cube", "--size", "17")
    assert result.code == 0
    (line,) = [line for line in result.err.splitlines() if "note" in line]
    assert "no style transfer, the grade is recovered instead: style looks need torch" in line
    table = read_cube(tmp_path / "style.cube")
    assert table.size == 17
    assert not table.is_identity
