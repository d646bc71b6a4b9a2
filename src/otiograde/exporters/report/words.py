"""The report's sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from otiograde.color.describing import describe
from otiograde.color.transform import Identity
from otiograde.exporters.report.pairs import Step
from otiograde.record.edit import Skip
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene

CONFIDENCE = {"high": "high confidence", "medium": "medium confidence", "low": "low confidence", "none": "no evidence"}


def plural(count: int, noun: str) -> str:
    """``1 shot``, ``2 shots``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def names_of(record: GradedTimeline) -> dict[str, str]:
    """What each shot is called: its clip's name; where several clips share one, or have none, its id."""
    uses = Counter(shot.name for shot in record.edit.shots)
    return {shot.id: shot.name if shot.name and uses[shot.name] == 1 else shot.id for shot in record.edit.shots}


def sentence(text: str) -> str:
    """A remark as a sentence: a capital first, a full stop last, arrows as an arrow."""
    text = text.strip().replace(" -> ", " → ").replace(" %", "\N{NO-BREAK SPACE}%")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def opening(record: GradedTimeline) -> str:
    """What the edit is, and what was done to it."""
    moved = sum(not isinstance(grade.transform, Identity) for grade in record.grades)
    alone = len(record.grades) - moved
    unproved = sum(_unproved(scene, record.findings) for scene in record.scenes)
    said = [f"{plural(len(record.grades), 'shot')} in {plural(len(record.scenes), 'scene')}."]
    both = f"{plural(moved, 'shot')} corrected, {alone} left alone."
    said.append("All left alone." if not moved else "All corrected." if not alone else both)
    if unproved:
        said.append(f"{plural(unproved, 'scene')} could not be verified.")
    return " ".join(said)


def verdict(record: GradedTimeline) -> str:
    """Whether the checks passed."""
    judged = [finding for finding in record.findings if finding.passed is not None]
    failed = [finding for finding in judged if not finding.passed]
    if not judged:
        return "Nothing was checked."
    return f"{len(failed)} of {len(judged)} checks failed." if failed else f"All {len(judged)} checks passed."


def of_scene(scene: Scene, record: GradedTimeline) -> str:
    """What was done to a scene."""
    grades = [grade for grade in record.grades if grade.shot in scene.shots]
    if len(grades) == 1:
        return "A single shot: nothing to match."
    moved = sum(not isinstance(grade.transform, Identity) for grade in grades)
    names = names_of(record)
    goal = "balanced to one another"
    if scene.hero:
        goal = f"matched to {names.get(scene.hero, scene.hero)}"
    elif scene.locked:
        goal = f"matched to {', '.join(names.get(shot, shot) for shot in scene.locked)}"
    part = f"{moved} {goal}, {len(grades) - moved} left alone"
    done = "left alone" if not moved else goal if moved == len(grades) else part
    proof = " Could not be verified: no surface was seen in two shots." if _unproved(scene, record.findings) else ""
    return f"{plural(len(grades), 'shot')}, {done}.{proof}"


def _unproved(scene: Scene, findings: Iterable[Finding]) -> bool:
    return any(each.shot == scene.id and each.check == "agreement" and each.passed is None for each in findings)


def done_to(grade: Grade) -> str:
    """What was done to one shot, in a colorist's words."""
    if isinstance(grade.transform, Identity):
        return "Keeps its own colors."
    words = describe(grade.transform)
    return sentence("hardly any change" if words == "no change" else words)


def failures(findings: Sequence[Finding], names: dict[str, str]) -> list[str]:
    """The checks that failed, one sentence each."""
    said = []
    for each in findings:
        if each.passed is False:
            limit = "" if each.limit is None else f", limit {each.limit:g}"
            note = f": {each.note}" if each.note else ""
            figure = f"{each.value:.3g} {each.unit}".strip()
            check = each.check.replace("_", " ")
            said.append(sentence(f"{names.get(each.shot, each.shot)}: {check} {figure}{limit}{note}"))
    return said


def left_out(skips: Iterable[Skip]) -> tuple[str, ...]:
    """What of the edit got no grade, and why."""
    return tuple(sentence(f"{skip.what} {skip.name}: {skip.why}") for skip in skips if skip.what != "gap")


def step_words(step: Step) -> str:
    """``12.1 → 1.2``, or that nothing was measured."""
    return f"{step.before:.1f} → {step.after:.1f}" if step.measured else "not measured"
