"""What people read of a record at a glance: a line for each scene, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from otiograde.color.difference import seen_as
from otiograde.color.transform import Identity
from otiograde.record.finding import CUT_INSIDE, SPLIT, DoubtKind, Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.twins import twins_of

#: The most names in one line.
MOST_NAMES = 5


def summary(scene: Scene, grades: Iterable[Grade], findings: Iterable[Finding]) -> str:
    """Give the number of shots, how many are corrected, the change of their difference, and the verdict."""
    scene_grades = [grade for grade in grades if grade.shot in scene.shots]
    scene_findings = [finding for finding in findings if finding.shot == scene.id or finding.shot in scene.shots]
    corrected = sum(not grade.is_identity for grade in scene_grades)
    total = len(scene_grades)
    count = f"{total} shot{'' if total == 1 else 's'}"
    done = "left alone" if not corrected else f"{corrected} corrected" if corrected < total else "all corrected"
    anchor = f"hero {scene.hero}" if scene.hero else f"locked {', '.join(scene.locked)}" if scene.locked else "balanced"
    if anchor == "balanced" and is_chain(scene, scene_grades, scene_findings):
        anchor = f"chain of {total} clips, anchored in {scene.shots[0]}"
    return "   ".join(
        [
            count,
            *([] if total == 1 else [anchor]),
            done,
            *_change(scene, scene_findings),
            _verdict(scene, scene_findings),
        ]
    )


def is_chain(scene: Scene, grades: Iterable[Grade], findings: Iterable[Finding]) -> bool:
    """Whether each shot of a scene continues the one before it, and the first one keeps its grade."""
    joins = sum(finding.check == "join" and finding.shot in scene.shots for finding in findings)
    first = next((grade for grade in grades if grade.shot == scene.shots[0]), None)
    return first is not None and isinstance(first.balance, Identity) and 0 < joins == len(scene.shots) - 1


def attention(record: GradedTimeline) -> list[str]:
    """Return what a person has to look at, beside the checks that failed: one line for each kind."""
    scenes = {scene.id: scene for scene in record.scenes}
    unproved: dict[str, list[str]] = {}
    for scene in record.scenes:
        if why := unproved_words(scene, record):
            unproved.setdefault(why, []).append(scene.id)
    doubted = [
        (scene.id, reason.text) for scene in record.scenes for reason in scene.reasons if reason.kind == "against"
    ]
    unmatched = [grade.shot for grade in record.grades if _is_unmatched(grade, scenes[grade.scene])]
    withdrawn = [grade.shot for grade in record.grades if grade.share == 0 and grade.strength > 0]
    corrected = [grade for grade in record.grades if not grade.is_identity]
    unsure = [grade.shot for grade in corrected if grade.confidence == "low"]
    bold = [grade.shot for grade in corrected if any(reason.kind == "unproven" for reason in grade.reasons)]
    torn = [finding.shot for finding in record.findings if finding.check == "look"]
    inside = [f"{one.shot} (frame {one.value:g})" for one in record.findings if one.check == CUT_INSIDE]
    kinds = (
        (torn, "the stills of the look disagree, and their mean is used"),
        *((names, f"{why}, so nothing proves the match") for why, names in unproved.items()),
        *(([name], f"the evidence speaks against one scene: {why}") for name, why in doubted),
        (unmatched, "left alone, because nothing shows how to match it"),
        (withdrawn, "left alone, because the correction did harm"),
        (unsure, "corrected with low confidence"),
        (bold, "corrected by more than is proved, as the boldness asks"),
        *((_doubted(record, check), why) for check, why in _DOUBTS.items()),
        (inside, f"another picture begins inside: {SPLIT}"),
    )
    return [f"{listed(names)}: {why}" for names, why in kinds if names]


#: What is said of encodings that are in doubt, by check.
_DOUBTS: Mapping[DoubtKind, str] = {
    "looks_log": "flat as log, and apart from other media: if it is log, name it (--encoding)",
    "looks_hdr": "tagged as SDR with metadata of HDR, and apart: if it is HDR, name it (--encoding)",
    "range_doubt": "codes below the black of their log, and apart: name its scale (--encoding NAME-data)",
    "encoding_contradiction": "metadata name another encoding than the one that is believed: name it (--encoding)",
    "encoding_unknown": "no transfer tag beside BT.2020: taken as SDR, and apart; name it (--encoding)",
}


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Return names as a list, the first ``most`` of them and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _doubted(record: GradedTimeline, check: str) -> list[str]:
    return [finding.shot for finding in record.findings if finding.check == check]


def unproved_words(scene: Scene, record: GradedTimeline) -> str:
    """Say why the match of a scene could not be verified; empty if it was, or if there was nothing to match."""
    if not _is_unproved(scene, record.findings):
        return ""
    first = twins_of(record.edit.shots)
    inside = {first[shot] for shot in scene.shots} | set(scene.shots)
    pieces = (piece for piece in record.evidence if piece.matches and piece.a in inside and piece.b in inside)
    matches = sum({(piece.a, piece.b): piece.matches for piece in pieces}.values())
    if not matches:
        return "no surface is seen in two of the shots"
    joined = "1 match joins" if matches == 1 else f"{matches} matches join"
    return f"{joined} the shots, but no color of them is sure enough"


def _is_unproved(scene: Scene, findings: Iterable[Finding]) -> bool:
    return any(
        finding.shot == scene.id and finding.check == "agreement" and finding.passed is None for finding in findings
    )


def _is_unmatched(grade: Grade, scene: Scene) -> bool:
    """Whether a shot has others to match, and nobody asked to leave it as it is, but no evidence was there."""
    asked = grade.shot == scene.hero or grade.shot in scene.locked or grade.confidence != "none"
    left = any(reason.kind == "left" for reason in grade.reasons)
    return left and not asked and len(scene.shots) > 1 and isinstance(grade.balance, Identity)


def _change(scene: Scene, findings: list[Finding]) -> list[str]:
    by_check = {finding.check: finding for finding in findings if finding.shot == scene.id}
    if "difference_before" not in by_check or "difference_after" not in by_check:
        return []
    before, after = by_check["difference_before"], by_check["difference_after"]
    word = f" ({seen_as(after.value)})" if after.unit == "ΔE00" and after.value >= 0 else ""
    return [f"{after.unit} {before.value:.1f} -> {after.value:.1f}{word}"]


def _verdict(scene: Scene, findings: list[Finding]) -> str:
    failed = sorted({finding.check for finding in findings if finding.passed is False})
    if failed:
        return f"failed: {', '.join(failed)}"
    return "unverifiable" if _is_unproved(scene, findings) else "ok"
