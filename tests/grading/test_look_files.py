"""Looks that the edit itself asks for, scene by scene."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from making.clips import encode_numbered, read_numbers
from otiograde.cli.options import LOOKS
from otiograde.color.lut import Lut3D
from otiograde.color.spaces import to_space
from otiograde.color.transform import Identity
from otiograde.decide.look import cube_look
from otiograde.errors import CubeError, MatchError, OtiogradeError
from otiograde.folder.writing import write_cube
from otiograde.grading.look_files import (
    DEFAULT,
    KINDS,
    StillOptions,
    open_look,
    open_looks,
    read_stills,
    with_look_kind,
)
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


@pytest.fixture
def stills(tmp_path: Path) -> list[Path]:
    """A folder with three stills of one look, and a file that is none."""
    folder = tmp_path / "stills"
    folder.mkdir()
    noise = np.random.default_rng(5)
    for name in "cab":
        write_still(folder / f"{name}.png", noise.uniform(0.1, 0.5, (48, 64, 3)).astype(np.float32))
    (folder / "notes.txt").write_text("not a still")
    return [folder / f"{name}.png" for name in "abc"]


def test_folder_is_its_stills_in_the_order_of_their_names(stills: list[Path]) -> None:
    assert list(read_stills([stills[0].parent])) == ["stills/a.png", "stills/b.png", "stills/c.png"]


@pytest.mark.ffmpeg
def test_clip_is_one_still_of_five_frames(tmp_path: Path, ffmpeg: Path) -> None:
    film = encode_numbered(ffmpeg, tmp_path / "film.mp4", 25)
    (frames,) = read_stills([film]).values()
    assert read_numbers(frames) == [2, 7, 12, 17, 22]


@pytest.mark.parametrize("kind", KINDS)
def test_several_stills_are_one_look(kind: Any, stills: list[Path]) -> None:
    scene = np.random.default_rng(6).uniform(0.2, 0.8, (3000, 3))
    options = Settings(look=stills[0], more_looks=tuple(stills[1:]), look_as=kind)
    files, folder = open_looks((), options).chosen, open_look(stills[0].parent, StillOptions(kind))
    assert files is not None
    np.testing.assert_array_equal(files(scene)(scene), folder(scene)(scene))
    assert np.abs(files(scene)(scene) - open_look(stills[0], StillOptions(kind))(scene)(scene)).max() > 1e-4


def test_looks_that_do_not_go_together_are_said(stills: list[Path], tmp_path: Path) -> None:
    write_cube(tmp_path / "0.cube", darker(0.9))
    with pytest.raises(MatchError, match=r"0.cube is a look alone: give one .cube, or stills of one look"):
        open_looks((), Settings(look=stills[0], more_looks=(tmp_path / "0.cube",)))
    with pytest.raises(MatchError, match=r"0.cube: its strength is from 0 to 1, not 1.2"):
        open_look(tmp_path / "0.cube", StillOptions(strength=1.2))
    with pytest.raises(MatchError, match="strength of a palette look is from 0 to 1, not"):
        open_look(stills[0], StillOptions("palette", strength=1.2))
    with pytest.raises(MatchError, match=r"Lab statistics: its strength is from 0 to 1, not 1.2"):
        open_looks((), Settings(look_lab=parse_lab("lab:55,18/2,12/8,14"), look_strength=1.2, look_as="grade"))
    (tmp_path / "0.toml").write_text("l_mean=60\nl_std=10\na_mean=4\na_std=3\nb_mean=12\nb_std=4\n")
    with pytest.raises(MatchError, match=r"0.toml is a look alone: give one .toml, or stills of one look"):
        open_looks((), Settings(look=tmp_path / "0.toml", more_looks=(stills[0],)))
    assert (
        "how stills are read does not matter"
        in open_looks((), Settings(look=tmp_path / "0.toml", look_as="palette")).notes[0]
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(MatchError, match="empty: a folder without stills is no look"):
        open_look(tmp_path / "empty")


def test_command_line_offers_every_kind_of_look() -> None:
    assert tuple(KINDS) == LOOKS


def test_kind_of_look_is_set_for_new_stills_and_stays_for_earlier_ones(stills: list[Path], tmp_path: Path) -> None:
    write_cube(tmp_path / "0.cube", darker(0.9))
    assert with_look_kind(Settings(), ()).look_as is None
    assert with_look_kind(Settings(look=tmp_path / "0.cube"), ()).look_as is None
    assert with_look_kind(Settings(look=stills[0]), ()).look_as == DEFAULT
    assert with_look_kind(Settings(look=stills[0], look_as="palette"), ()).look_as == "palette"
    scene = np.random.default_rng(6).uniform(0.2, 0.8, (3000, 3))
    earlier = open_looks((), Settings(look=stills[0])).chosen
    assert earlier is not None
    assert earlier(scene) == open_look(stills[0], StillOptions("palette"))(scene)


@pytest.mark.slow
def test_wished_still_is_read_anew_in_a_record_without_stills(edit: Edit, stills: list[Path]) -> None:
    before = grade_timeline(edit)
    assert before.settings.look_as is None
    shots = [
        replace(shot, wishes=replace(shot.wishes, look=stills[0])) if shot.id == "e" else shot for shot in edit.shots
    ]
    after = regrade(before, replace(edit, shots=tuple(shots)), {"e"})
    assert after.settings.look_as == DEFAULT
    assert any("grade recovered from a.png" in reason.text for reason in after.grade("e").reasons)
    assert regrade(after, replace(edit, shots=tuple(shots)), {"e"}).grade("e") == after.grade("e")
