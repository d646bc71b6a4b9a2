"""One line on a scene for people."""

from __future__ import annotations

from collections.abc import Iterable

from otiograde.color.transform import Identity
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.scene import Scene


def summary(scene: Scene, grades: Iterable[Grade], findings: Iterable[Finding]) -> str:
    """Say how many shots a scene has, what was done to them, what it brought, and whether the checks passed."""
    own = [grade for grade in grades if grade.shot in scene.shots]
    mine = [finding for finding in findings if finding.shot == scene.id or finding.shot in scene.shots]
    moved = sum(not isinstance(grade.transform, Identity) for grade in own)
    count = f"{len(own)} shot{'' if len(own) == 1 else 's'}"
    done = "left alone" if not moved else f"{moved} corrected" if moved < len(own) else "all corrected"
    anchor = f"hero {scene.hero}" if scene.hero else f"locked {', '.join(scene.locked)}" if scene.locked else "balanced"
    return "   ".join(
        [count, *([] if len(own) == 1 else [anchor]), done, *_agreement(scene, mine), _verdict(scene, mine)]
    )


def _agreement(scene: Scene, findings: list[Finding]) -> list[str]:
    found = {finding.check: finding for finding in findings if finding.shot == scene.id}
    if "difference_before" not in found or "difference_after" not in found:
        return []
    before, after = found["difference_before"], found["difference_after"]
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
