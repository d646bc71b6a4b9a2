"""New shots of a new cut: solved with the settings of the record, under its look.

Tests: grading/carrying.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from making.graded_wall import UNUSUAL, graded_wall, spied, write_look, write_window
from making.pictures import Look
from otiograde.errors import MatchError
from otiograde.grading.carrying import Carried, carry
from otiograde.grading.pipeline import read
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.settings import Matching
from otiograde.record.shot import Wishes


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    """Three windows on a wall under a look, and two stills beside them that are not in the edit yet."""
    folder = tmp_path_factory.mktemp("wall")
    write_window(folder / "d.png", Look(exposure=0.3), 40)
    write_window(folder / "far.png", Look(), seed=11)
    return parse_record(format_record(graded_wall(folder, replace(UNUSUAL, look=write_look(folder / "look.cube")))))


def longer(record: GradedTimeline, name: str, **wishes: str) -> Edit:
    """The edit with one still more at its end."""
    stills = [shot.media.path for shot in record.edit.shots]
    new = read([*stills, stills[0].with_name(f"{name}.png")])
    shots = (replace(shot, wishes=Wishes(**wishes)) if shot.id == name else shot for shot in new.shots)  # type: ignore[arg-type]
    return replace(new, shots=tuple(shots))


def middle(carried: Carried, name: str) -> list[float]:
    """Where mid gray goes under the look of a shot."""
    return np.round(carried.record.grade(name).look(np.full((1, 3), 0.5))[0], 3).tolist()


LOOKED, UNCHANGED = [0.45, 0.4, 0.35], [0.5, 0.5, 0.5]


@pytest.mark.slow
def test_a_new_shot_is_solved_with_the_settings_of_the_record(
    record: GradedTimeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = spied(monkeypatch, "otiograde.grading.carrying", "look_at", "group", "decide")
    carried = carry(record, longer(record, "d"))
    assert carried.new == ("d",)
    assert calls == [
        ("look_at", record.settings),
        ("group", record.settings.grouping),
        ("decide", record.settings),
    ]
    assert carried.record.settings == record.settings
    assert record.settings == replace(UNUSUAL, look=record.settings.look)
    assert middle(carried, "d") == LOOKED


@pytest.mark.slow
def test_a_new_scene_has_the_look_of_the_run_while_its_file_is_there(record: GradedTimeline, tmp_path: Path) -> None:
    cut = longer(record, "far", scene="elsewhere")
    carried = carry(record, cut)
    assert carried.record.grade("far").scene == "elsewhere"
    assert (middle(carried, "far"), middle(carried, "a")) == (LOOKED, LOOKED)
    lost = replace(record, settings=replace(record.settings, look=tmp_path / "gone.cube"))
    again = carry(lost, cut)
    assert (middle(again, "far"), middle(again, "a")) == (UNCHANGED, LOOKED)
    assert again.record.settings == lost.settings


@pytest.mark.slow
def test_a_shot_that_was_locked_does_not_take_the_look_from_its_scene(record: GradedTimeline, tmp_path: Path) -> None:
    """It has no look; a new shot of its scene takes that of the others."""
    without = replace(
        record, grades=(replace(record.grades[0], look=type(record.grades[0].trim)()), *record.grades[1:])
    )
    lost = replace(without, settings=replace(record.settings, look=tmp_path / "gone.cube"))
    assert middle(carry(lost, longer(record, "d")), "d") == LOOKED


@pytest.mark.slow
def test_a_matcher_that_is_not_there_matters_for_new_shots_alone(record: GradedTimeline) -> None:
    strange = replace(record, settings=replace(record.settings, matcher=Matching("wizard")))
    assert carry(strange, record.edit).record.settings == strange.settings
    with pytest.raises(MatchError, match="unknown matcher 'wizard'"):
        carry(strange, longer(record, "d"))
