"""Looks that the edit itself asks for, scene by scene."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from otiograde.color.lut import Lut3D
from otiograde.color.spaces import to_space
from otiograde.color.transform import Identity
from otiograde.decide.look import cube_look
from otiograde.errors import CubeError, OtiogradeError
from otiograde.folder.writing import write_cube
from otiograde.grading.pipeline import grade_timeline, read
from otiograde.grading.regrading import regrade
from otiograde.media.frames import write_still
from otiograde.record.edit import Edit
from otiograde.record.lab_target import parse_lab
from otiograde.record.reason import Reason
from otiograde.record.settings import Settings


def darker(gain: float) -> Lut3D:
    return Lut3D(np.asarray(Lut3D.identity(5).lattice * np.float32(gain), np.float32))


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Two scenes of two stills each, and a third without a wish."""
    noise = np.random.default_rng(2)
    for name in "abcde":
        write_still(tmp_path / f"{name}.png", noise.uniform(0.2, 0.7, (48, 64, 3)).astype(np.float32))
    for number, gain in enumerate((0.9, 0.8, 0.7)):
        write_cube(tmp_path / f"{number}.cube", darker(gain))
    whole = read([tmp_path / f"{name}.png" for name in "abcde"])
    asked = {"a": ("one", None), "b": ("one", 0), "c": ("two", 1), "d": ("two", 2), "e": ("three", None)}
    shots = []
    for shot in whole.shots:
        scene, look = asked[shot.id]
        file = None if look is None else tmp_path / f"{look}.cube"
        shots.append(replace(shot, wishes=replace(shot.wishes, scene=scene, look=file)))
    return replace(whole, rate=Fraction(24), shots=tuple(shots))


@pytest.mark.slow
def test_first_shot_of_a_scene_that_names_a_look_wins(edit: Edit) -> None:
    record = grade_timeline(edit)
    middle = {grade.shot: float(grade.look(np.full((1, 3), 0.5))[0, 0]) for grade in record.grades}
    assert middle == pytest.approx({"a": 0.45, "b": 0.45, "c": 0.4, "d": 0.4, "e": 0.5})
    assert record.grade("a").reasons[-1] == Reason("look", "look 0.cube, as b asks")
    assert record.grade("d").reasons[-1] == Reason("look", "look 1.cube, as c asks")
    assert record.grade("e").look == Identity()


@pytest.mark.slow
def test_the_look_for_all_comes_before_what_shots_ask(edit: Edit) -> None:
    record = grade_timeline(edit, look=cube_look(darker(0.5)))
    assert all(grade.look(np.full((1, 3), 0.5))[0, 0] == pytest.approx(0.25) for grade in record.grades)


@pytest.mark.slow
def test_how_a_look_was_read_is_noted_once(edit: Edit, tmp_path: Path) -> None:
    cube = (tmp_path / "0.cube").read_text("ascii")
    (tmp_path / "0.cube").write_text(f"GAMMA 2.4\n{cube}")
    record = grade_timeline(edit)
    assert record.edit.notes == ("0.cube: unknown keyword skipped: GAMMA (line 1)",)
    assert regrade(record, edit, {"a", "b"}).edit.notes == record.edit.notes


def test_look_that_cannot_be_read_is_an_error_before_the_work(edit: Edit, tmp_path: Path) -> None:
    (tmp_path / "0.cube").write_text("LUT_3D_SIZE banana\n")
    with pytest.raises(CubeError):
        grade_timeline(edit)
    (tmp_path / "0.cube").unlink()
    with pytest.raises(OtiogradeError):
        grade_timeline(edit)


@pytest.mark.slow
def test_lab_statistics_are_a_look_and_stay_in_the_record(edit: Edit, tmp_path: Path) -> None:
    target = parse_lab("lab:60,10/4,3/12,4")
    record = grade_timeline(edit, settings=Settings(look_lab=target))
    assert record.settings.look_lab == target
    grade = record.grade("a")
    gray = to_space(np.asarray(grade.look(np.full((1, 3), 0.5))), "lab")[0]
    assert gray[2] > 5
    again = regrade(record, edit, {"a", "b"})
    assert again.grades == record.grades
    (tmp_path / "warm.toml").write_text("l_mean=60\nl_std=10\na_mean=4\na_std=3\nb_mean=12\nb_std=4\n")
    of_file = grade_timeline(edit, settings=Settings(look=tmp_path / "warm.toml"))
    assert of_file.grades == record.grades
