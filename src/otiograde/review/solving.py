"""Solve a scene again, check changed grades, and compare a scene before and after."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from otiograde.color.cdl_fit import likely_colors
from otiograde.color.difference import code_difference
from otiograde.color.encodings import Encoding
from otiograde.errors import MediaError
from otiograde.grading.checking import check_again
from otiograde.grading.regrading import regrade
from otiograde.means.means import Means
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.sequence import numbered
from otiograde.record.shot import Shot
from otiograde.review.changes import Solved
from otiograde.review.draft import Draft


@dataclass(frozen=True, slots=True)
class SceneComparison:
    """A scene before and after it was solved again."""

    #: Id of the scene.
    scene: str
    #: Median difference between the scene's shots before, over held-out pairs, in ``unit``. NaN without pairs.
    before: float
    #: The same after.
    after: float
    #: Unit of ``before`` and ``after``: ``ΔE00``, or the unit of the HDR difference.
    unit: str
    #: Shot id -> mean ΔE00 between its old and its new grade, over colors that are likely in the shot.
    moved: dict[str, float]


def missing_media(shots: Iterable[Shot]) -> dict[str, str]:
    """Return the shots whose media do not exist: shot id -> the path that was expected."""
    missing = {}
    for shot in shots:
        media = shot.media
        try:
            path = Path(numbered(str(media.path), media.first)) if media.kind == "sequence" else media.path
        except ValueError:  # the name is not a printf pattern
            path = media.path
        if not path.is_file():
            missing[shot.id] = str(path)
    return missing


def solve_scene(draft: Draft, scene_id: str, means: Means) -> Solved:
    """Solve a scene again with its current wishes. Accepted shots keep their grades and lead the others.

    Raises ``ChangeError`` if there is no such scene, and ``MediaError`` if media are missing.
    """
    scene = draft.scene(scene_id)
    shots = [shot for shot in draft.record.edit.shots if shot.id in scene.shots]
    if missing := missing_media(shots):
        paths = "; ".join(f"{shot}: {path}" for shot, path in missing.items())
        raise MediaError(f"{scene_id} cannot be solved without its media: {paths}")
    chosen = {shot.id for shot in shots if shot.wishes.verdict != "accepted"}
    return Solved(scene_id, regrade(draft.record, draft.record.edit, chosen, means=means))


def check_changes(draft: Draft, means: Means) -> Draft:
    """Check the grades that changed since their last check. Returns the draft with the new findings."""
    record, scenes = draft.record, [scene for scene in draft.record.scenes if scene.id in draft.unchecked]
    if not scenes:
        return draft
    shots = {shot for scene in scenes for shot in scene.shots}
    part = replace(
        record,
        edit=replace(record.edit, shots=tuple(shot for shot in record.edit.shots if shot.id in shots)),
        scenes=tuple(scenes),
        grades=tuple(grade for grade in record.grades if grade.shot in shots),
    )
    findings = check_again(part, means)
    ids = {scene.id for scene in record.scenes} | {shot.id for shot in record.edit.shots}
    checked = shots | draft.unchecked
    unchanged = (finding for finding in record.findings if finding.shot in ids and finding.shot not in checked)
    return replace(draft, record=replace(record, findings=(*unchanged, *findings)), unchecked=frozenset())


def compare_scene(
    before: GradedTimeline, after: GradedTimeline, scene_id: str, shots: Collection[str]
) -> SceneComparison:
    """Compare a scene in two records."""
    differences = [
        next((finding for finding in record.findings if _is_difference(finding, scene_id)), None)
        for record in (before, after)
    ]
    values = [finding.value if finding else math.nan for finding in differences]
    transforms: dict[str, tuple[Any, Any]]
    transforms = {shot: (before.grade(shot).transform, after.grade(shot).transform) for shot in shots}
    moved = {shot: _mean_difference(*pair, before.edit.shot(shot).media.encoding) for shot, pair in transforms.items()}
    unit = next((finding.unit for finding in differences if finding), "")
    return SceneComparison(scene_id, values[0], values[1], unit, moved)


def _is_difference(finding: Finding, scene_id: str) -> bool:
    return (finding.shot, finding.check) == (scene_id, "difference_after")


@lru_cache(maxsize=256)
def _mean_difference(before: Any, after: Any, encoding: Encoding) -> float:
    """Mean ΔE00 between two transforms as the view shows them, over colors that are likely in the shot."""
    if before == after:
        return 0.0
    colors, weights = likely_colors(after)
    first, second = (np.clip(transform(colors), 0, 1) for transform in (before, after))
    return float(np.average(code_difference(first, second, encoding, encoding), weights=weights))
