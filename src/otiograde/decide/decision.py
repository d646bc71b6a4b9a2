"""Decision: from a survey and its scenes to one grade per shot, settled, wished for, looked and proved.

Every flow ends here: an edit that is graded, a part of it that is graded again, a new cut, a scene under review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from otiograde.decide.look.looks import Looks, with_looks
from otiograde.decide.match import matcher
from otiograde.decide.verify import Case, check_all, evidence_of, settle
from otiograde.decide.wishing import as_wished
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Matching, Settings
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.survey import Survey


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a survey's free shots: their grades, the findings on them and their scenes, the evidence."""

    grades: tuple[Grade, ...]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]


def decide(
    survey: Survey,
    scenes: Sequence[Scene],
    settings: Settings,
    looks: Looks = Looks(),
    kept: Mapping[str, Grade] = MappingProxyType({}),
) -> Decision:
    """Solve, settle and prove the shots of ``scenes`` whose grades are not ``kept``; the kept ones are their anchors.

    ``survey`` has the kept shots as they look with their grades on. Scenes without a free shot are left out. Raises
    ``MatchError`` for a matcher that is not there.
    """
    solver = matcher(settings.matcher.name, **settings.matcher.fields)
    parts = [_part(scene, survey, kept) for scene in scenes if any(_free(shot, survey, kept) for shot in scene.shots)]
    solved = [
        grade
        for part in parts
        for grade in solver.solve(
            part, survey.samples, survey.links, wished_anchor(part, survey.shots, settings.anchor)
        )
    ]
    wished = as_wished(solved, [shot for shot in survey.shots if shot.id not in kept])
    settled = settle(Case.of(survey, parts, wished, settings.lut_size))
    locked = {shot for scene in scenes for shot in scene.locked}
    leaders = {shot: grade for shot, grade in kept.items() if shot not in locked}
    grades = with_looks(survey, parts, with_drifts(settled, survey.drifts), looks, leaders)
    case = Case.of(survey, parts, grades, settings.lut_size)
    return Decision(
        tuple(grade for grade in grades if grade.shot not in kept),
        tuple(finding for finding in check_all(case) if finding.shot not in kept),
        tuple(evidence_of(case)),
    )


def completed(settings: Settings) -> Settings:
    """Return the settings with every field of the matcher named, as a record keeps them. Raises ``MatchError``."""
    name = settings.matcher.name
    solver: Any = matcher(name, **settings.matcher.fields)
    return replace(
        settings, matcher=Matching(name, {field.name: getattr(solver, field.name) for field in fields(solver)})
    )


def wished_anchor(scene: Scene, shots: Iterable[Shot], anchor: Anchor) -> Anchor:
    """What the first of the scene's shots to wish for an anchor wishes for, else ``anchor``."""
    kinds = (shot.wishes.anchor for shot in shots if shot.id in scene.shots)
    return next((Anchor(kind) for kind in kinds if kind is not None), anchor)


def with_drifts(grades: Iterable[Grade], drifts: Mapping[str, Drift]) -> list[Grade]:
    """The grades, with a reason on the shots that change in themselves: one LUT cannot follow them."""
    words = {shot: drift.words for shot, drift in drifts.items() if drift.kind not in ("steady", "unknown")}
    return [
        replace(grade, reasons=(*grade.reasons, Reason("drift", f"{words[grade.shot]}, which one LUT cannot follow")))
        if grade.shot in words
        else grade
        for grade in grades
    ]


def _free(shot: str, survey: Survey, kept: Mapping[str, Grade]) -> bool:
    return shot in survey.samples and shot not in kept


def _part(scene: Scene, survey: Survey, kept: Mapping[str, Grade]) -> Scene:
    """The scene as it is solved: the shots that were measured, the kept ones locked."""
    shots = tuple(shot for shot in scene.shots if shot in survey.samples)
    locked = tuple(shot for shot in shots if shot in kept or shot in scene.locked)
    hero = scene.hero if scene.hero in shots and scene.hero not in kept else None
    return replace(scene, shots=shots, locked=locked, hero=hero)
