"""Looks on the command line: recovered from stills, taken as a palette, written as a LUT; and what is refused.

Tests: cli/lut.py, cli/options.py
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from making.clips import encode_numbered
from making.drawn_looks import eight_bits, pictures, triples
from otiograde.color.difference import delta_e00
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import srgb_to_lab
from otiograde.folder.reading import read_cube, read_record
from otiograde.folder.writing import write_cube
from otiograde.media.frames import write_still

QUICK = ("--jobs", "1", "--no-report")
STILL = triples()[0].still


def apart(a: Lut3D, b: Lut3D) -> float:
    scene = pictures()["kitchen"][0].reshape(-1, 3).astype(np.float64)
    labs = [srgb_to_lab(np.clip(lut(scene), 0, 1)) for lut in (a, b)]
    return float(delta_e00(*labs).mean())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three stills of one look in a folder, and one of another beside it."""
    stills = tmp_path / "film"
    stills.mkdir()
    for name, picture in zip("abc", (STILL, triples()[0].second, STILL[:, ::-1]), strict=True):
        write_still(stills / f"{name}.png", picture)
    write_still(tmp_path / "night.png", next(row.still for row in triples() if row.family == "night"))
    return stills


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Two stills to grade."""
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path, picture in zip(paths, pictures()["kitchen"], strict=False):
        write_still(path, cv2.resize(picture, (320, 180)))
    return paths


def test_from_look_writes_a_healthy_lut(run, folder: Path, tmp_path: Path) -> None:
    result = run("lut", "from-look", folder / "a.png", "-o", tmp_path / "look.cube")
    assert result.code == 0, result.err
    assert "grade recovered from a.png (±" in result.err
    one = read_cube(tmp_path / "look.cube")
    assert one.health().second_difference <= 0.06
    assert not one.is_identity
    assert run("lut", "from-look", folder, "-o", tmp_path / "all.cube", "--size", "17", "--quiet").err == ""
    assert read_cube(tmp_path / "all.cube").size == 17
    assert "is already there" in run("lut", "from-look", folder, "-o", tmp_path / "all.cube").err
    assert run("lut", "from-look", folder, "-o", tmp_path / "all.cube", "--strength", "0", "--force").code == 0
    assert read_cube(tmp_path / "all.cube").is_identity
    assert run("lut", "from-look", folder, "-o", tmp_path / "x.cube", "--strength", "1.6").code == 2


@pytest.mark.ffmpeg
def test_from_look_of_a_clip(run, ffmpeg: Path, tmp_path: Path) -> None:
    film = encode_numbered(ffmpeg, tmp_path / "film.mp4", 25)
    result = run("lut", "from-look", film, "-o", tmp_path / "look.cube")
    assert result.code == 0, result.err
    assert "grade recovered from film.mp4 (±" in result.err


@pytest.mark.slow
def test_stills_are_read_as_a_grade_and_the_record_says_so(
    run, clips: list[Path], folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(*clips, "-o", out, "--look", folder / "a.png", "--look-strength", "1.2", *QUICK).code in (0, 3)
    record = read_record(out)
    assert (record.settings.look_as, record.settings.look_strength) == ("grade", 1.2)
    reasons = [reason.text for grade in record.grades for reason in grade.reasons if reason.kind == "look"]
    assert len(reasons) == 2
    assert reasons[0].startswith("grade recovered from a.png (±")
    assert run(*clips, "-o", out, "--scenes", record.scenes[0].id, *QUICK).code in (0, 3)
    assert read_record(out).grades == record.grades


@pytest.mark.slow
def test_palette_is_what_it_was(run, clips: list[Path], folder: Path, tmp_path: Path) -> None:
    look = folder / "a.png"
    assert run(*clips, "-o", tmp_path / "out", "--look", look, "--look-as", "palette", *QUICK).code in (0, 3)
    record = read_record(tmp_path / "out")
    assert record.settings.look_as == "palette"
    assert not [reason for grade in record.grades for reason in grade.reasons if reason.kind == "look"]


@pytest.mark.slow
def test_stills_that_disagree_are_a_finding_and_no_failure(
    run, clips: list[Path], folder: Path, tmp_path: Path
) -> None:
    looks = ("--look", folder / "a.png", "--look", tmp_path / "night.png")
    result = run(*clips, "-o", tmp_path / "out", *looks, "--json", *QUICK)
    found = [finding for finding in json.loads(result.out)["findings"] if finding["check"] == "look"]
    assert len(found) == len(read_record(tmp_path / "out").scenes)
    assert found[0]["passed"] is None
    assert found[0]["value"] > 6
    assert "the stills of the look disagree" in found[0]["note"]
    assert "the stills of the look disagree" in result.err


@pytest.mark.slow
def test_how_stills_are_read_does_not_matter_for_a_cube(run, clips: list[Path], tmp_path: Path) -> None:
    write_cube(tmp_path / "warm.cube", Lut3D.bake(lambda code: code**1.1, 9))
    look = ("--look", tmp_path / "warm.cube")
    plain = run(*clips, "-o", tmp_path / "a", *look, *QUICK)
    stated = run(*clips, "-o", tmp_path / "b", *look, "--look-as", "grade", *QUICK)
    assert "is used as it is" not in plain.err
    assert "warm.cube: a .cube is used as it is: how stills are read does not matter" in stated.err
    assert [grade.look for grade in read_record(tmp_path / "a").grades] == [
        grade.look for grade in read_record(tmp_path / "b").grades
    ]


def refused(result: Any) -> str:
    """The one line of an error."""
    assert result.code == 1
    (line,) = [line for line in result.err.splitlines() if line.startswith("otiograde: ")]
    assert result.err.strip().endswith(line)
    return str(line)


@pytest.mark.parametrize(
    ("still", "message"),
    [
        (np.random.default_rng(0).uniform(0, 1, (12, 20, 3)).astype(np.float32), "too few for a look"),
        (np.full((60, 60, 3), 0.5, np.float32), "a single color"),
        (np.zeros((60, 60, 3), np.float32), "0 usable pixels"),
    ],
    ids=["too small", "one color", "black"],
)
def test_still_without_a_look_is_one_line(run, still: NDArray[Any], message: str, tmp_path: Path) -> None:
    write_still(tmp_path / "still.png", still)
    line = refused(run("lut", "from-look", tmp_path / "still.png", "-o", tmp_path / "look.cube"))
    assert "still.png" in line
    assert message in line
    assert not (tmp_path / "look.cube").exists()


def test_files_that_cannot_be_read_are_one_line(run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert "a.png" in refused(run("lut", "from-look", tmp_path / "a.png", "-o", tmp_path / "look.cube"))
    (tmp_path / "stills").mkdir()
    line = refused(run("lut", "from-look", tmp_path / "stills", "-o", tmp_path / "look.cube"))
    assert "a folder without stills is no look" in line


def test_options_that_do_not_go_together_are_one_line(run, clips: list[Path], folder: Path, tmp_path: Path) -> None:
    write_cube(tmp_path / "warm.cube", Lut3D.bake(lambda code: code**1.1, 9))
    still, cube, out = folder / "a.png", tmp_path / "warm.cube", ("-o", tmp_path / "out")
    palette = ("--look", still, "--look-as", "palette")
    assert "from 0 to 1, not 1.2" in refused(run(*clips, *out, *palette, "--look-strength", "1.2", *QUICK))
    assert "mixed into a grade" in refused(run(*clips, *out, *palette, "--look-palette", "0.2", *QUICK))
    assert "a look alone" in refused(run(*clips, *out, "--look", cube, "--look", still, *QUICK))
    assert not (tmp_path / "out").exists()


def test_screenshot_is_read_and_said(run, tmp_path: Path) -> None:
    window = np.full((120, 240, 3), 0.9, np.float32)
    window[10:55, 40:120] = STILL[::2, ::2]
    window[104, ::3] = window[::2, 230] = 0.1
    write_still(tmp_path / "window.png", window)
    result = run("lut", "from-look", tmp_path / "window.png", "-o", tmp_path / "look.cube")
    assert result.code == 0
    assert "window.png: " in result.err
    assert "of it has one color (a frame, a title, a window?): crop it to the picture" in result.err


def with_alpha(path: Path, picture: NDArray[np.float32]) -> None:
    codes = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(path), np.dstack([codes, np.full(codes.shape[:2], 255, np.uint8)]))


def sixteen_bits(path: Path, picture: NDArray[np.float32]) -> None:
    write_still(path, picture, 16)


def turned(path: Path, picture: NDArray[np.float32]) -> None:
    """A .jpg that lies on its side, and says so in its EXIF data."""
    codes = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
    best = [cv2.IMWRITE_JPEG_QUALITY, 100, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    data = cv2.imencode(".jpg", codes, best)[1].tobytes()
    block = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + struct.pack("<I", 6) + bytes(4)
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:])


WRITERS: list[tuple[str, Callable[[Path, NDArray[np.float32]], None]]] = [
    ("alpha.png", with_alpha),
    ("deep.png", sixteen_bits),
    ("turned.jpg", turned),
]


@pytest.mark.parametrize(("name", "write"), WRITERS, ids=[name for name, _ in WRITERS])
def test_kinds_of_stills_give_the_same_look(run, name: str, write: Any, tmp_path: Path) -> None:
    write_still(tmp_path / "plain.png", STILL)
    write(tmp_path / name, eight_bits(STILL))
    for still in ("plain.png", name):
        result = run("lut", "from-look", tmp_path / still, "-o", tmp_path / f"{still}.cube")
        assert result.code == 0, result.err
    assert apart(read_cube(tmp_path / "plain.png.cube"), read_cube(tmp_path / f"{name}.cube")) < 0.5
