"""Looks tried on a scene: the looks that a run would make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from making.graded_wall import UNUSUAL, graded_wall, write_look, write_window
from making.pictures import Look
from otiograde.color.transform import Identity
from otiograde.errors import MatchError
from otiograde.grading.look_trials import at_strength, open_once, trial_of, with_amounts
from otiograde.grading.pipeline import grade_timeline
from otiograde.means.means import Means
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import WishedLook


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> GradedTimeline:
    return graded_wall(tmp_path_factory.mktemp("wall"))


@pytest.mark.slow
def test_a_trial_is_what_a_run_makes(record: GradedTimeline, tmp_path: Path) -> None:
    still = write_window(tmp_path / "film.png", Look(exposure=-0.6, warmth=0.3, contrast=1.3), seed=8)
    trial = trial_of(record, record.scenes[0].id, Means())
    opened, _ = open_once(WishedLook(still, "grade"), record.settings, None)
    for strength, palette in ((1.0, 0.0), (0.3, 0.0), (1.4, 0.7)):
        wish = WishedLook(still, "grade", max(strength, 1.0), palette)
        tried = at_strength(trial.graded(with_amounts(opened, wish)), min(strength, 1.0))
        look = {"look": still, "look_as": "grade", "look_strength": strength, "look_palette": palette}
        run = grade_timeline([shot.media.path for shot in record.edit.shots], settings=replace(UNUSUAL, **look))
        assert {shot: grade.look for shot, grade in tried.items()} == {grade.shot: grade.look for grade in run.grades}
        assert [tried[grade.shot].balance for grade in run.grades] == [grade.balance for grade in run.grades]


@pytest.mark.slow
def test_locked_shots_get_no_look(record: GradedTimeline, tmp_path: Path) -> None:
    look, _ = open_once(WishedLook(write_look(tmp_path / "warm.cube")), record.settings, None)
    (scene,) = record.scenes
    held = replace(record, scenes=(replace(scene, locked=("a",)),))
    looks = {shot: grade.look for shot, grade in trial_of(held, scene.id, Means()).graded(look).items()}
    assert [isinstance(looks[shot], Identity) for shot in scene.shots] == [True, False, False]
    with pytest.raises(MatchError, match=f"{scene.id}: all its shots are locked, and a locked shot gets no look"):
        trial_of(replace(record, scenes=(replace(scene, locked=scene.shots),)), scene.id, Means())
    with pytest.raises(KeyError):
        trial_of(record, "nowhere", Means())
