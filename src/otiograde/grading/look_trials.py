"""Try looks on a scene: the grades that its shots would have with another look, without solving it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from otiograde.color.transform import Identity
from otiograde.decide.look import Look, Recovered
from otiograde.decide.look.look import of_strength
from otiograde.decide.look.looks import Looks, with_looks
from otiograde.errors import MatchError, MediaError
from otiograde.grading.look_files import open_wished
from otiograde.grading.study import sample_all, twins_among, with_courses
from otiograde.means.means import Means
from otiograde.means.network import OpenStyle
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import WishedLook
from otiograde.survey.survey import Survey


@dataclass(frozen=True)
class Trial:
    """A scene on which looks are tried: its colors are read, and its grades have no look."""

    #: The scene with its measured shots only.
    scene: Scene
    #: The grades of all its shots.
    grades: tuple[Grade, ...]
    survey: Survey
    settings: Settings

    def graded(self, look: Look) -> dict[str, Grade]:
        """Return the grades of the scene's shots with a look, by shot. Locked shots get none."""
        measured = [grade for grade in self.grades if grade.shot in self.scene.shots]
        looked = {grade.shot: grade for grade in with_looks(self.survey, [self.scene], measured, Looks(look), {})}
        firsts = {grade.shot: looked[self.survey.twins[grade.shot]] for grade in self.grades}
        return {
            grade.shot: replace(
                grade,
                look=firsts[grade.shot].look,
                course=firsts[grade.shot].course,
                key_looks=firsts[grade.shot].key_looks,
            )
            for grade in self.grades
        }


def open_once(wish: WishedLook, settings: Settings, style: OpenStyle | None) -> tuple[Look, tuple[str, ...]]:
    """Open a look for all its amounts (``with_amounts``), with notes on its file.

    Raises ``CubeError``, ``ExportError``, ``MatchError`` or ``MediaError`` for a file that is no look.
    """
    mixed = 0.5 if (wish.kind or settings.look_as) == "grade" else 0.0
    return open_wished(replace(wish, strength=1.0, palette=mixed), settings, style)


def with_amounts(look: Look, wish: WishedLook) -> Look:
    """Return an opened look at the strength, 1 or more, and with the palette that are wished."""
    return replace(look, strength=wish.strength, weight=wish.palette) if isinstance(look, Recovered) else look


def trial_of(record: GradedTimeline, scene_id: str, means: Means) -> Trial:
    """Read the colors of a scene's shots. What the cache holds is not read again.

    Raises ``MatchError`` for a scene whose shots are all locked, and ``MediaError`` where no shot can be read.
    """
    scene = record.scene(scene_id)
    shots = [shot for shot in record.edit.shots if shot.id in scene.shots]
    if not set(scene.shots) - set(scene.locked):
        raise MatchError(f"{scene_id}: all its shots are locked, and a locked shot gets no look")
    twins = {shot.id: shot.id for shot in shots} if record.settings.look_every else twins_among(shots, ())
    measured = [shot for shot in shots if twins[shot.id] == shot.id]
    grades = tuple(_without_look(record.grade(shot.id)) for shot in shots)
    courses = {
        grade.shot: grade.course for grade in grades if grade.course is not None and grade.shot in twins.values()
    }
    samples = with_courses(sample_all(measured, record.settings.sampling, means), courses)
    if not any(sample.at for sample in samples.values()):
        why = next((note for sample in samples.values() for note in sample.notes), "no frame shows a picture")
        raise MediaError(f"{scene_id}: looks are tried on its media, which cannot be read: {why}")
    part = replace(scene, shots=tuple(shot.id for shot in measured))
    part = replace(part, locked=tuple(shot for shot in scene.locked if shot in part.shots))
    return Trial(part, grades, Survey(measured, samples, twins=twins), record.settings)


def at_strength(grades: Mapping[str, Grade], strength: float) -> dict[str, Grade]:
    """Return grades with their looks at a strength from 0 to 1; theirs count as 1."""
    return {
        shot: replace(
            grade,
            look=of_strength(grade.look, strength),
            key_looks=tuple(of_strength(look, strength) for look in grade.key_looks),
        )
        for shot, grade in grades.items()
    }


def _without_look(grade: Grade) -> Grade:
    course = None if grade.course is not None and grade.course.kind == "look" else grade.course
    return replace(grade, look=Identity(), key_looks=(), course=course)
