"""Floors under the figures on real pictures, so that quality cannot rot silently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from otiograde.grading.pipeline import grade_timeline
from otiograde.means.means import Means
from otiograde.means.workers import processes
from otiograde.record.graded import GradedTimeline

pytestmark = pytest.mark.footage

SCENES = {
    frozenset({"shot_002", "shot_008", "shot_013"}),
    frozenset({"shot_011", "shot_015"}),
    frozenset({"shot_005", "shot_006"}),
    frozenset({"shot_001", "shot_010"}),
    frozenset({"shot_003", "shot_014"}),
    frozenset({"shot_007", "shot_012"}),
}


def graded(edit: Path) -> GradedTimeline:
    with processes(2) as executor:
        return grade_timeline(edit, means=Means(executor))


def scenes(record: GradedTimeline) -> set[frozenset[str]]:
    names = {shot.id: shot.name for shot in record.edit.shots}
    return {frozenset(names[shot] for shot in scene.shots) for scene in record.scenes if len(scene.shots) > 1}


def test_planted_casts_are_evened_out(footage: Path) -> None:
    record = graded(footage / "dev_graded/timeline.otio")
    assert scenes(record) == SCENES
    moved = [grade for grade in record.grades if not record.lut(grade.shot).is_identity]
    assert len(moved) == 14
    for grade in moved:
        health = record.lut(grade.shot).health()
        assert health.second_difference <= 0.06
        assert health.neutral_step >= 0
        assert grade.confidence in {"high", "medium", "low"}


def test_what_is_right_stays_to_the_byte(footage: Path) -> None:
    record = graded(footage / "dev_graded/timeline_ref.otio")
    assert scenes(record) == SCENES
    # wood_room's two takes really differ in exposure, and only they are touched.
    touched = {shot.name for shot in record.edit.shots if not record.lut(shot.id).is_identity}
    assert touched <= {"shot_001", "shot_010"}
    for shot in touched:
        lut = record.lut(shot)
        nodes = type(lut).identity(lut.size).lattice
        assert float(np.abs(lut.lattice - nodes).mean()) < 0.05
