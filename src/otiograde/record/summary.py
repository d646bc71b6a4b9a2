"""A one-line summary of a scene for people."""

from __future__ import annotations

from collections.abc import Iterable

from otiograde.color.transform import Identity
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene


def summary(scene: Scene, grades: Iterable[Grade], findings: Iterable[Finding]) -> str:
    """Give the number of shots, how many are corrected, the change of their difference, and the verdict."""
    scene_grades = [grade for grade in grades if grade.shot in scene.shots]
    scene_findings = [finding for finding in findings if finding.shot == scene.id or finding.shot in scene.shots]
    corrected = sum(not isinstance(grade.transform, Identity) for grade in scene_grades)
    total = len(scene_grades)
    count = f"{total} shot{'' if total == 1 else 's'}"
    done = "left alone" if not corrected else f"{corrected} corrected" if corrected < total else "all corrected"
    anchor = f"hero {scene.hero}" if scene.hero else f"locked {', '.join(scene.locked)}" if scene.locked else "balanced"
    return "   ".join(
        [
            count,
            *([] if total == 1 else [anchor]),
            done,
            *_change(scene, scene_findings),
            _verdict(scene, scene_findings),
        ]
    )


def _change(scene: Scene, findings: list[Finding]) -> list[str]:
    by_check = {finding.check: finding for finding in findings if finding.shot == scene.id}
    if "difference_before" not in by_check or "difference_after" not in by_check:
        return []
    before, after = by_check["difference_before"], by_check["difference_after"]
    return [f"{after.unit} {before.value:.1f} -> {after.value:.1f}" + (f" ({after.note})" if after.note else "")]


def _verdict(scene: Scene, findings: list[Finding]) -> str:
    failed = sorted({finding.check for finding in findings if finding.passed is False})
    if failed:
        return f"failed: {', '.join(failed)}"
    if any(
        finding.shot == scene.id and finding.check == "agreement" and finding.passed is None for finding in findings
    ):
        return "unverifiable"
    return "ok"
