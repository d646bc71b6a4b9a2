"""GradedTimeline: the one record that a run ends in. Every output is written from it, at once or later."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from otiograde.color.lut import Lut3D
from otiograde.errors import RecordError, StepError
from otiograde.record.codec import MISFITS, decode, encode
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import Shot, WishedLook
from otiograde.record.steps import Step
from otiograde.record.upgrading import upgrade
from otiograde.record.validity import check

#: Characters of a record's text at most. A record of 3 000 shots, each with a .cube of 33 nodes, has fewer.
LARGEST = 2**31

#: The version of the record's format: raised when an older otiograde could no longer read it.
FORMAT = 3


@dataclass(frozen=True, slots=True)
class GradedTimeline:
    """The record of a run. It holds no date and no name of a machine: same input, same bytes.

    >>> from fractions import Fraction
    >>> record = GradedTimeline(Edit("Trailer", {}, Fraction(24), shots=(), skips=()), (), (), ())
    >>> record.edit.name, record.passed, record.lut_size
    ('Trailer', True, 33)
    """

    edit: Edit
    #: In the order of their first shots.
    scenes: tuple[Scene, ...]
    #: One a shot, in the order of the edit's shots.
    grades: tuple[Grade, ...]
    #: What the checks measured.
    findings: tuple[Finding, ...]
    #: What the grades were made with.
    settings: Settings = field(default_factory=Settings)
    #: Version of each program and library that decides the result, by name.
    made_with: dict[str, str] = field(default_factory=dict)
    #: What the grades rest on: one entry a link and a hint.
    evidence: tuple[Evidence, ...] = ()

    @property
    def lut_size(self) -> int:
        """Nodes a side of the LUTs."""
        return self.settings.lut_size

    def grade(self, shot: str) -> Grade:
        """Return the grade of the shot with this id. Raises ``KeyError``."""
        for grade in self.grades:
            if grade.shot == shot:
                return grade
        raise KeyError(shot)

    def scene(self, name: str) -> Scene:
        """Return the scene with this id, compared without case. An exact id comes first. Raises ``KeyError``."""
        scenes = [scene for scene in self.scenes if scene.id.casefold() == name.casefold()]
        if not scenes:
            raise KeyError(name)
        return next((scene for scene in scenes if scene.id == name), scenes[0])

    def lut(self, shot: str) -> Lut3D:
        """Return the LUT of the shot with this id. Raises ``KeyError``."""
        return self.grade(shot).lut(self.lut_size)

    def look_of(self, scene: Scene) -> WishedLook | None:
        """Return the look of a scene that is made of files: the run's, or the first that its shots wish for."""
        settings = self.settings
        if settings.look is not None:
            return WishedLook(settings.look, settings.look_as, settings.look_strength, settings.look_palette)
        if settings.look_lab is not None:
            return None
        inside = (shot for shot in self.edit.shots if shot.id in scene.shots)
        return next((wish for shot in inside if (wish := shot.wishes.wished_look)), None)

    @property
    def passed(self) -> bool:
        """Whether no check failed. A check that could not be made has not failed."""
        return all(finding.passed is not False for finding in self.findings)


def with_steps(record: GradedTimeline, steps: Iterable[tuple[str, Step]]) -> GradedTimeline:
    """Add steps to shots. Each step comes with a shot's id or name, or a scene's id; "" stands for all shots.

    A step that a shot already has is not added again. Raises ``StepError`` for a name that fits nothing.
    """
    shots = record.edit.shots
    for name, step in steps:
        chosen = {shot.id for shot in (record.edit.named(name) if name else shots)}
        try:
            chosen = chosen or set(record.scene(name).shots)
        except KeyError:
            raise StepError(f"{step}: there is no shot or scene {name[:64]!r}") from None
        shots = tuple(_with_step(shot, step) if shot.id in chosen else shot for shot in shots)
    return replace(record, edit=replace(record.edit, shots=shots))


def _with_step(shot: Shot, step: Step) -> Shot:
    if step in shot.wishes.steps:
        return shot
    return replace(shot, wishes=replace(shot.wishes, steps=(*shot.wishes.steps, step)))


def format_record(record: GradedTimeline) -> str:
    """Write the record as JSON text: LF line ends, keys in the order of the fields."""
    return json.dumps({"otiograde": FORMAT, **encode(record)}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def parse_record(text: str) -> GradedTimeline:
    """Read a record from JSON text, in this format or an earlier one, and check it as a whole (``check``).

    Raises ``RecordError`` for a text that is no record, is damaged, or was written by a newer otiograde.
    """
    if len(text) > LARGEST:
        raise RecordError(f"this is no record of otiograde: it is longer than {LARGEST} characters")
    try:
        values = json.loads(text)
        version = values.pop("otiograde")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise RecordError("this is not a record of otiograde (graded.json)") from None
    if not isinstance(version, int) or version > FORMAT:
        shown = version if isinstance(version, int) and version < 10**9 else "of another program"
        raise RecordError(f"this record has format {shown}, newer than {FORMAT}: update otiograde to read it")
    try:
        record: GradedTimeline = decode(GradedTimeline, upgrade(values, version))
        check(record)
    except RecursionError:
        raise RecordError("this record is damaged: it is nested too deeply") from None
    except MISFITS as error:
        raise RecordError(f"this record is damaged: {' '.join(str(error).split())[:400]}") from error
    return record
