"""Decision: make one grade per shot from a survey and its scenes, with wishes, looks and proof.

Every flow ends here: grading an edit, grading a part of it again, a new cut, a scene under review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from otiograde.color.arrays import Float64
from otiograde.color.encodings import Encoding
from otiograde.color.transform import Identity
from otiograde.color.working import native, steepest
from otiograde.decide.look.looks import Looks, disagreements, with_looks
from otiograde.decide.match import Matcher, matcher
from otiograde.decide.verify import Case, Remember, afresh, check_all, evidence_of, settle
from otiograde.decide.wishing import as_wished
from otiograde.record.evidence import Evidence
from otiograde.record.finding import SPLIT, Finding
from otiograde.record.grade import Grade
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Anchor, Matching, Settings
from otiograde.record.shot import Shot
from otiograde.survey.drift import Drift
from otiograde.survey.link import links_within
from otiograde.survey.survey import Survey
from otiograde.survey.working import as_working, in_working_space

#: Contrasts that a correction of SDR may have anywhere beside other encodings. Beyond them the look of the camera is
#: another than the view's, and its codes are no light.
PLAUSIBLE = (0.7, 1.4)


@dataclass(frozen=True, slots=True)
class Decision:
    """The result for the free shots of a survey."""

    #: One grade per free shot, scene by scene.
    grades: tuple[Grade, ...]
    #: The findings on these shots and on their scenes.
    findings: tuple[Finding, ...]
    #: The links and hints of the graded scenes, summed up.
    evidence: tuple[Evidence, ...]


def decide(
    survey: Survey,
    scenes: Sequence[Scene],
    settings: Settings,
    looks: Looks = Looks(),
    kept: Mapping[str, Grade] = MappingProxyType({}),
    *,
    progress: Callable[[str, int, int], None] | None = None,
    remember: Remember = afresh,
) -> Decision:
    """Grade the free shots of ``scenes``: solve, settle and prove them. The shots with a ``kept`` grade are anchors.

    ``survey`` holds the kept shots with their grades applied. Scenes without a free shot are left out.
    ``progress`` is that of the means, and ``remember`` returns what was decided for a scene before. Raises
    ``MatchError`` for an unknown matcher.
    """
    parts = [_part(scene, survey, kept) for scene in scenes if any(_free(shot, survey, kept) for shot in scene.shots)]
    boldness = boldness_of(survey.shots, settings.boldness)
    within = links_within({part.id: part.shots for part in parts}, survey.links)
    solved: list[Grade] = []
    for done, part in enumerate(parts, 1):
        given = part, replace(survey, links=within[part.id]), settings, boldness
        solved += remember(partial(_made_from, *given), partial(_bold, *given))
        if progress is not None:
            progress("solving", done, len(parts))
    wished = as_wished(with_courses(solved, survey), [shot for shot in survey.shots if shot.id not in kept])
    settled = settle(Case.of(survey, parts, wished, settings.lut_size), boldness, progress, remember)
    locked = {shot for scene in scenes for shot in scene.locked}
    leaders = {shot: grade for shot, grade in kept.items() if shot not in locked}
    drifting = with_drifts(settled, survey.drifts)
    grades = with_looks(survey, parts, drifting, looks, leaders)
    case = Case.of(survey, parts, grades, settings.lut_size)
    return Decision(
        tuple(grade for grade in grades if grade.shot not in kept),
        (
            *(finding for finding in check_all(case) if finding.shot not in kept),
            *disagreements(survey, parts, drifting, looks, leaders),
        ),
        tuple(evidence_of(case)),
    )


def _solved(solver: Matcher, scene: Scene, survey: Survey, anchor: Anchor) -> list[Grade]:
    """Solve a scene: in the codes of its encoding, or in the working space if it has several."""
    encodings = {shot.id: shot.media.encoding for shot in survey.shots if shot.id in scene.shots}
    if len({encoding.family for encoding in encodings.values()}) < 2:
        return solver.solve(scene, survey.samples, survey.links, anchor)  # the links are those of the scene
    samples = {shot: in_working_space(survey.samples[shot], encodings[shot]) for shot in scene.shots}
    links = [as_working(link, encodings) for link in survey.links]
    grades = solver.solve(scene, samples, links, anchor)
    return [_in_native_codes(grade, survey.colors(grade.shot), encodings[grade.shot]) for grade in grades]


def _in_native_codes(grade: Grade, colors: Float64, encoding: Encoding) -> Grade:
    """Return a grade of ACEScct codes as one of a shot's own, with a reason that says so."""
    if isinstance(grade.balance, Identity):
        return grade
    if encoding.family == "sdr" and not PLAUSIBLE[0] <= (slope := steepest(grade.balance, colors)) <= PLAUSIBLE[1]:
        why = f"its look is not that of the view, a contrast of {slope:.2f} would be needed beside other encodings"
        return Grade(grade.shot, grade.scene, reasons=(Reason("left", f"left alone: {why}"),))
    space = Reason("evidence", f"matched as light: the scene has {encoding.name} and other encodings")
    return replace(grade, balance=native(grade.balance, colors, encoding), reasons=(*grade.reasons, space))


def completed(settings: Settings) -> Settings:
    """Return the settings with a value for every field of the matcher, for the record. Raises ``MatchError``."""
    name = settings.matcher.name
    solver: Any = matcher(name, **settings.matcher.fields)
    named = [field.name for field in fields(solver) if field.name != "boldness"]  # the settings themselves hold it
    return replace(settings, matcher=Matching(name, {field: getattr(solver, field) for field in named}))


def boldness_of(shots: Iterable[Shot], usual: float) -> dict[str, float]:
    """Return the boldness of each shot by its id: what the shot wishes for, or ``usual`` without a wish."""
    return {shot.id: usual if shot.wishes.boldness is None else shot.wishes.boldness for shot in shots}


def _bold(part: Scene, survey: Survey, settings: Settings, boldness: Mapping[str, float]) -> list[Grade]:
    """Solve a scene at the boldness of each of its shots, and take each shot's grade from the solution at its own."""
    anchor = wished_anchor(part, survey.shots, settings.anchor)
    solutions: dict[float, dict[str, Grade]] = {}
    for bold in dict.fromkeys(boldness[shot] for shot in part.shots):
        solver: Any = matcher(settings.matcher.name, **settings.matcher.fields)
        if hasattr(solver, "boldness"):
            solver = replace(solver, boldness=bold)
        solutions[bold] = {grade.shot: grade for grade in _solved(solver, part, survey, anchor)}
    return [solutions[boldness[shot]][shot] for shot in part.shots]


def _made_from(part: Scene, survey: Survey, settings: Settings, boldness: Mapping[str, float]) -> str:
    """Name all that the solution of a scene depends on."""
    anchor, bold = wished_anchor(part, survey.shots, settings.anchor), [boldness[shot] for shot in part.shots]
    encodings = [shot.media.encoding for shot in survey.shots if shot.id in part.shots]
    return repr(("solved", part, anchor, settings.matcher, bold, encodings, survey.digest(part.shots, survey.links)))


def wished_anchor(scene: Scene, shots: Iterable[Shot], anchor: Anchor) -> Anchor:
    """Return the anchor that the first of the scene's shots wishes for, or ``anchor`` without a wish."""
    kinds = (shot.wishes.anchor for shot in shots if shot.id in scene.shots)
    return next((Anchor(kind) for kind in kinds if kind is not None), anchor)


def with_drifts(grades: Iterable[Grade], drifts: Mapping[str, Drift]) -> list[Grade]:
    """Add a reason to the grades of shots that change while they run: one LUT cannot follow them."""
    words = {shot: drift.words for shot, drift in drifts.items() if drift.kind not in ("steady", "unknown")}
    return [
        replace(grade, reasons=(*grade.reasons, Reason("drift", f"{words[grade.shot]}, which one LUT cannot follow")))
        if grade.shot in words
        else grade
        for grade in grades
    ]


def with_courses(grades: Iterable[Grade], survey: Survey) -> list[Grade]:
    """Give the grades the courses of their shots, and say what is taken out and what is left."""
    steadied = []
    for grade in grades:
        course, left, reasons = survey.courses.get(grade.shot), survey.left.get(grade.shot), grade.reasons
        if course is not None:
            reasons += (Reason("drift", course.taken_out),)
        if left:
            reasons += (Reason("drift", f"{left}: left as it is"),)
        if (cut := survey.inside.get(grade.shot)) is not None:
            reasons += (Reason("drift", f"another picture begins at frame {cut}: {SPLIT}"),)
        steadied.append(replace(grade, course=course, reasons=reasons))
    return steadied


def _free(shot: str, survey: Survey, kept: Mapping[str, Grade]) -> bool:
    return shot in survey.samples and shot not in kept


def _part(scene: Scene, survey: Survey, kept: Mapping[str, Grade]) -> Scene:
    """Return the scene as it is solved: its measured shots, with the kept ones locked."""
    shots = tuple(shot for shot in scene.shots if shot in survey.samples)
    locked = tuple(shot for shot in shots if shot in kept or shot in scene.locked)
    hero = scene.hero if scene.hero in shots and scene.hero not in kept else None
    return replace(scene, shots=shots, locked=locked, hero=hero)
