"""``--scenes``, ``--scene`` and ``--boldness``: what they may be, and one line for what they cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from otiograde.cli.options import GradingOptions
from otiograde.folder.reading import read_record
from otiograde.record.settings import Settings


@pytest.fixture
def stills(tmp_path: Path) -> list[Path]:
    """Four stills with slates in their names."""
    paths = []
    for number, name in enumerate(["12A_1", "12B_1", "13A_1", "13A_2"]):
        picture = np.full((48, 64, 3), 100, np.uint8)
        picture[:, ::3] = (40 + number, 90, 160)
        paths.append(tmp_path / f"{name}.png")
        cv2.imwrite(str(paths[-1]), picture)
    return paths


@pytest.mark.parametrize(
    ("source", "scenes"),
    [
        ("auto", [None] * 4),
        ("one", ["scene_001"] * 4),
        ("names", ["12", "12", "13", "13"]),
        ("tracks", ["V1"] * 4),
    ],
)
def test_an_edit_is_inspected_with_its_named_scenes(
    run: Any, stills: list[Path], source: str, scenes: list[Any]
) -> None:
    done = run("inspect", *stills, "--scenes", source, "--json")
    assert done.code == 0, done.err
    assert [shot["wishes"]["scene"] for shot in json.loads(done.out)["shots"]] == scenes


def test_scenes_by_option_and_by_file(run: Any, stills: list[Path], tmp_path: Path) -> None:
    listed = tmp_path / "scenes.csv"
    listed.write_text("shot,scene\n12A_1,roof\n")
    done = run("inspect", *stills, "--scenes", listed, "--scene", "cellar=12B_1,13A_1", "--json")
    assert [shot["wishes"]["scene"] for shot in json.loads(done.out)["shots"]] == ["roof", "cellar", "cellar", None]


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["--scenes", "onee"], 2, "--scenes onee: give one of auto, one, tracks, folders, names, markers"),
        (["--scenes", "one", "--scenes", "tracks"], 2, "name one source of scenes"),
        (["--scenes", "none.csv"], 1, "none.csv: the list of scenes cannot be read"),
        (["--scenes", "markers"], 1, "the edit has no marker with a name"),
        (["--scene", "roof=sh999"], 1, "no shot has the id or name sh999"),
        (["--scene", "roof=12A_1", "--scene", "hall=12A_1"], 1, "a shot has one scene"),
    ],
)
def test_what_cannot_be_meant_is_one_line(run: Any, stills: list[Path], words: list[str], code: int, why: str) -> None:
    done = run("inspect", *stills, *words)
    assert done.code == code
    assert [line for line in done.err.splitlines() if why in line]
    assert "Traceback" not in done.err


def test_scenes_are_made_or_graded_again_not_both(run: Any, stills: list[Path], tmp_path: Path) -> None:
    for words in (["--scenes", "one", "--shots", "12A_1"], ["--scenes", "scene_001", "--scene", "a=12A_1"]):
        done = run(*stills, "-o", tmp_path / "out", *words)
        assert done.code == 2
        assert "leave out what is graded again" in done.err
    done = run(*stills, "-o", tmp_path / "out", "--scenes", "onee")
    assert done.code == 2
    assert "or a scene of an earlier output in" in done.err


@pytest.mark.slow
def test_the_record_says_who_named_a_scene(run: Any, stills: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["-o", out, "--no-report", "--no-cache", "-j", "1"]
    assert run(*stills, *words, "--scenes", "names", "--boldness", "0.25").code == 0
    record = read_record(out)
    assert [scene.id for scene in record.scenes] == ["12", "13"]
    assert record.settings.boldness == 0.25
    assert "--scenes names: its slate says scene 12" in [reason.text for reason in record.scenes[0].reasons]
    assert run(*stills, *words, "--scenes", "12").code == 0
    assert [scene.id for scene in read_record(out).scenes] == ["12", "13"]
    assert run(*stills, *words).code == 0
    assert [scene.shots for scene in read_record(out).scenes] == [("12A_1", "12B_1"), ("13A_1", "13A_2")]


def test_boldness_is_of_the_run_unless_it_is_left_out() -> None:
    def options(boldness: float | None) -> GradingOptions:
        look: dict[str, Any] = {
            "look": (),
            "look_strength": 1.0,
            "look_as": None,
            "look_palette": 0.0,
            "look_every": None,
        }
        return GradingOptions(matcher=None, anchor=None, **look, lut_size=None, boldness=boldness, shots=())

    assert options(None).applied_to(Settings(boldness=0.2)).boldness == 0.2
    assert options(0.0).applied_to(Settings(boldness=0.2)).boldness == 0.0
