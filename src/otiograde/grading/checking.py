"""Check the grades of a record again, on its media."""

from __future__ import annotations

from dataclasses import replace

from otiograde.decide.verify import Case, check_all
from otiograde.grading.study import look_at
from otiograde.means.means import Means
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline


def check_again(record: GradedTimeline, means: Means = Means()) -> list[Finding]:
    """Look at the record's media anew, with the settings of the record, and make every check of its grades again."""
    courses = {grade.shot: grade.course for grade in record.grades if grade.course is not None}
    survey = look_at(record.edit, record.settings, means, courses=courses)
    shots = survey.samples
    scenes = [replace(scene, shots=tuple(shot for shot in scene.shots if shot in shots)) for scene in record.scenes]
    grades = [grade for grade in record.grades if grade.shot in shots]
    return check_all(Case.of(survey, scenes, grades, record.lut_size))
