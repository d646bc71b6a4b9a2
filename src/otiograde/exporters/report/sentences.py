"""The sentences of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isfinite

from otiograde.color.describing import describe
from otiograde.color.encodings import Encoding
from otiograde.color.transform import Identity
from otiograde.record.cuts import AT_CUT, Difference, worst_pairs
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.summary import is_chain, unproved_words

#: ΔE00 from which a difference that is left is seen plainly.
PLAIN = 3.5

CONFIDENCE = {"high": "high confidence", "medium": "medium confidence", "low": "low confidence", "none": "no evidence"}


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 shot``, ``2 shots``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def names_of(record: GradedTimeline) -> dict[str, str]:
    """Return shot id -> name: the clip's name, or the id if the clip has none or shares it with others."""
    uses = Counter(shot.name for shot in record.edit.shots)
    return {shot.id: shot.name if shot.name and uses[shot.name] == 1 else shot.id for shot in record.edit.shots}


def sentence(text: str) -> str:
    """Return a remark as a sentence, with a capital letter, a period and proper arrows."""
    text = text.strip().replace(" -> ", " → ").replace(" %", "\N{NO-BREAK SPACE}%")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def opening(record: GradedTimeline) -> str:
    """Return the report's first sentences: how many shots and scenes there are, and how many were corrected."""
    corrected = sum(not grade.is_identity for grade in record.grades)
    alone = len(record.grades) - corrected
    unproved = sum(bool(unproved_words(scene, record)) for scene in record.scenes)
    parts = [f"{plural(len(record.grades), 'shot')} in {plural(len(record.scenes), 'scene')}."]
    both = f"{plural(corrected, 'shot')} corrected, {alone} left alone."
    parts.append("All left alone." if not corrected else "All corrected." if not alone else both)
    if unproved:
        parts.append(f"{plural(unproved, 'scene')} could not be verified.")
    return " ".join(parts)


def verdict(record: GradedTimeline) -> str:
    """Return how many checks failed."""
    judged = [finding for finding in record.findings if finding.passed is not None]
    failed = [finding for finding in judged if not finding.passed]
    if not judged:
        return "Nothing was checked."
    if failed:
        return f"{len(failed)} of {len(judged)} checks failed."
    passed = f"All {len(judged)} checks passed." if len(judged) > 1 else "The one check passed."
    left = [pair.difference for pair in worst_pairs(record)]
    if not any(difference.unit == "ΔE00" and difference.after >= PLAIN for difference in left):
        return passed
    return (
        f"{passed} They ask that nothing ends worse than it began. What still differs may be light, which is no fault."
    )


def standing(difference: Difference) -> str:
    """Return what the mean difference between shots is, and how it is seen before and now."""
    what = f"{difference.unit} between the same surfaces in different shots, on colors that no fit has seen"
    if not difference.word():
        return f"{what}."
    if difference.word() == difference.word(False):
        return f"{what}: {difference.word()} before and now."
    return f"{what}: {difference.word(False)} before, {difference.word()} now."


def scene_summary(scene: Scene, record: GradedTimeline) -> str:
    """Return what was done to a scene."""
    grades = [grade for grade in record.grades if grade.shot in scene.shots]
    if len(grades) == 1:
        return "A single shot: nothing to match."
    corrected = sum(not grade.is_identity for grade in grades)
    names = names_of(record)
    goal = "balanced to one another"
    if scene.hero:
        goal = f"matched to {names.get(scene.hero, scene.hero)}"
    elif scene.locked:
        goal = f"matched to {', '.join(names.get(shot, shot) for shot in scene.locked)}"
    elif is_chain(scene, grades, record.findings):
        goal = f"a chain of clips, matched to {names.get(scene.shots[0], scene.shots[0])}"
    part = f"{corrected} {goal}, {len(grades) - corrected} left alone"
    done = "left alone" if not corrected else goal if corrected == len(grades) else part
    why = unproved_words(scene, record)
    proof = f" Could not be verified: {why}." if why else ""
    return f"{plural(len(grades), 'shot')}, {done}.{proof}{_across_joins(scene, record.evidence)}"


def _across_joins(scene: Scene, pieces: Iterable[Evidence]) -> str:
    """Return what differs at the cuts at which a clip continues: a sentence after a space, or nothing."""
    joins = [piece for piece in pieces if piece.kind == AT_CUT and {piece.a, piece.b} <= set(scene.shots)]
    measured = [piece for piece in joins if isfinite(piece.after)]
    if not measured:
        return ""
    before, after = max(piece.before for piece in measured), max(piece.after for piece in measured)
    where = f"A clip continues across {plural(len(measured), 'cut')}"
    return " " + sentence(f"{where}: {measured[0].unit} {before:.1f} -> {after:.1f} there at most")


def confidence(grade: Grade) -> str:
    """Return how well a grade is supported; what goes beyond all proof is unproven."""
    if any(reason.kind == "unproven" for reason in grade.reasons):
        return "unproven"
    return CONFIDENCE[grade.confidence]


def grade_summary(grade: Grade, encoding: Encoding | None = None) -> str:
    """Return what was done to one shot with code values in this encoding, in a colorist's words."""
    if grade.is_identity:
        return "Keeps its own colors."
    whole = sentence(describe(grade.transform, encoding))
    if grade.course is None:
        return whole
    words = f": {grade.course.words}" if grade.course.words else ""
    if grade.course.kind == "look":
        return f"{whole} {sentence(grade.course.words or 'the look changes inside the shot')}"
    inside = sentence(f"what changes inside the shot is taken out{words}")
    return inside if isinstance(grade.transform, Identity) else f"{whole} {inside}"


def failures(findings: Sequence[Finding], names: dict[str, str]) -> list[str]:
    """Return one sentence for each check that failed."""
    lines = []
    for finding in findings:
        if finding.passed is False:
            limit = "" if finding.limit is None else f", limit {finding.limit:g}"
            note = f": {finding.note}" if finding.note else ""
            figure = f"{finding.value:.3g} {finding.unit}".strip()
            check = finding.check.replace("_", " ")
            lines.append(sentence(f"{names.get(finding.shot, finding.shot)}: {check} {figure}{limit}{note}"))
    return lines


def not_graded(edit: Edit) -> tuple[str, ...]:
    """Return one sentence for each part of the edit that has no grade, with the reason."""
    return tuple(sentence(f"{skip.what} {skip.name}: {skip.why}") for skip in edit.lost)


def figures(difference: Difference) -> str:
    """Return ``12.1 → 1.2``, or that nothing was measured."""
    return f"{difference.before:.1f} → {difference.after:.1f}" if difference.measured else "not measured"
