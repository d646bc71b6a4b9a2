"""GradedTimeline: the one record a run ends in. Every output is a view of it, and can be written later from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from otiograde.color.lut import Lut3D
from otiograde.errors import RecordError, StepError
from otiograde.record.codec import decode, encode
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import Shot
from otiograde.record.steps import Step
from otiograde.record.upgrading import upgrade

#: The version of the record's format: raised when an older otiograde could no longer read it.
FORMAT = 3


@dataclass(frozen=True, slots=True)
class GradedTimeline:
    """The edit, its scenes, one grade per shot, what the checks found, and what made it.

    ``grades`` are in the edit's shot order. ``settings`` are what they were made with, and ``made_with``
    names the programs and libraries with their versions; ``evidence`` is what the grades rest on, one entry a link. No
    clock and no machine is in it: same input, same bytes.
    """

    edit: Edit
    scenes: tuple[Scene, ...]
    grades: tuple[Grade, ...]
    findings: tuple[Finding, ...]
    settings: Settings = field(default_factory=Settings)
    made_with: dict[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def lut_size(self) -> int:
        """Nodes a side of the LUTs."""
        return self.settings.lut_size

    def grade(self, shot: str) -> Grade:
        """The grade of the shot with this id. Raises ``KeyError``."""
        for grade in self.grades:
            if grade.shot == shot:
                return grade
        raise KeyError(shot)

    def scene(self, name: str) -> Scene:
        """The scene with this id, whose case does not matter; of several, the one that agrees in case, too.

        Raises ``KeyError``.
        """
        scenes = [scene for scene in self.scenes if scene.id.casefold() == name.casefold()]
        if not scenes:
            raise KeyError(name)
        return next((scene for scene in scenes if scene.id == name), scenes[0])

    def lut(self, shot: str) -> Lut3D:
        """The LUT of the shot with this id. Raises ``KeyError``."""
        return self.grade(shot).lut(self.lut_size)

    @property
    def passed(self) -> bool:
        """Whether no check failed (one that could not be made has not failed)."""
        return all(finding.passed is not False for finding in self.findings)


def with_steps(record: GradedTimeline, asked: Iterable[tuple[str, Step]]) -> GradedTimeline:
    """The record with more steps, each for the shot or scene named (a shot's id or name, a scene's id; "": all).

    A step that a shot has already is not added again. Raises ``StepError`` for a name that is none.
    """
    shots = record.edit.shots
    for who, step in asked:
        chosen = {shot.id for shot in (record.edit.named(who) if who else shots)}
        try:
            chosen = chosen or set(record.scene(who).shots)
        except KeyError:
            raise StepError(f"{step}: there is no shot or scene {who[:64]!r}") from None
        shots = tuple(_with_step(shot, step) if shot.id in chosen else shot for shot in shots)
    return replace(record, edit=replace(record.edit, shots=shots))


def _with_step(shot: Shot, step: Step) -> Shot:
    if step in shot.wishes.steps:
        return shot
    return replace(shot, wishes=replace(shot.wishes, steps=(*shot.wishes.steps, step)))


def format_record(record: GradedTimeline) -> str:
    """The record as JSON text, LF, keys in the order of the fields."""
    return json.dumps({"otiograde": FORMAT, **encode(record)}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def parse_record(text: str) -> GradedTimeline:
    """The record in a JSON text, of this or of an earlier format.

    Raises ``RecordError`` for a text that is none, or is from a newer otiograde.
    """
    try:
        values = json.loads(text)
        version = values.pop("otiograde")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise RecordError("this is not a record of otiograde (graded.json)") from None
    if not isinstance(version, int) or version > FORMAT:
        raise RecordError(f"this record has format {version}, newer than {FORMAT}: update otiograde to read it")
    try:
        record: GradedTimeline = decode(GradedTimeline, upgrade(values, version))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordError(f"this record is damaged: {error}") from error
    return record
