"""Solve a scene again, check what no check has seen, and say what changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from otiograde.color.cdl_fit import likely_colors
from otiograde.color.difference import delta_e00
from otiograde.color.spaces import srgb_to_lab
from otiograde.errors import MediaError
from otiograde.grading.checking import check_again
from otiograde.grading.regrading import regrade
from otiograde.means.means import Means
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot
from otiograde.review.changes import Draft, Solved


@dataclass(frozen=True, slots=True)
class Difference:
    """What solving a scene again did: how far its shots lie apart, before and after, and how much each moved.

    ``before`` and ``after`` are medians of held-out pairs in ``unit``, NaN where there are none. ``moved``: shot id ->
    mean ΔE00 between its grades, over colors that are likely in it.
    """

    scene: str
    before: float
    after: float
    unit: str
    moved: dict[str, float]


def missing(shots: Iterable[Shot]) -> dict[str, str]:
    """The shots whose media are not there, and where they should be."""
    gone = {}
    for shot in shots:
        media = shot.media
        try:
            path = media.path.with_name(media.path.name % media.first) if media.kind == "sequence" else media.path
        except (TypeError, ValueError):  # a name that is no pattern
            path = media.path
        if not path.is_file():
            gone[shot.id] = str(path)
    return gone


def solve(draft: Draft, scene_id: str, means: Means) -> Solved:
    """Solve one scene anew, as its shots wish now; accepted shots keep their grades and lead the others.

    Raises ``ChangeError``: no such scene. ``MediaError``: media that are not there.
    """
    scene = draft.scene(scene_id)
    own = [shot for shot in draft.record.edit.shots if shot.id in scene.shots]
    if gone := missing(own):
        places = "; ".join(f"{shot}: {path}" for shot, path in gone.items())
        raise MediaError(f"{scene_id} cannot be solved without its media: {places}")
    chosen = {shot.id for shot in own if shot.wishes.verdict != "accepted"}
    again = regrade(draft.record, draft.record.edit, chosen, means=means)
    return Solved(scene_id, again)


def checked(draft: Draft, means: Means) -> Draft:
    """The draft with the checks made that its changed grades have not seen."""
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
    found = check_again(part, means)
    known = {scene.id for scene in record.scenes} | {shot.id for shot in record.edit.shots}
    fresh = shots | draft.unchecked
    kept = (old for old in record.findings if old.shot in known and old.shot not in fresh)
    return replace(draft, record=replace(record, findings=(*kept, *found)), unchecked=frozenset())


def compared(before: GradedTimeline, after: GradedTimeline, scene_id: str, shots: Collection[str]) -> Difference:
    """What changed between two records of one scene."""
    apart = [
        next((each for each in record.findings if (each.shot, each.check) == (scene_id, "difference_after")), None)
        for record in (before, after)
    ]
    values = [found.value if found else math.nan for found in apart]
    transforms: dict[str, tuple[Any, Any]]
    transforms = {shot: (before.grade(shot).transform, after.grade(shot).transform) for shot in shots}
    moved = {shot: _moved(*pair) for shot, pair in transforms.items()}
    return Difference(scene_id, values[0], values[1], next((found.unit for found in apart if found), ""), moved)


@lru_cache(maxsize=256)
def _moved(before: Any, after: Any) -> float:
    if before == after:
        return 0.0
    colors, weights = likely_colors(after)
    first, second = (srgb_to_lab(np.clip(each(colors), 0, 1)) for each in (before, after))
    return float(np.average(delta_e00(first, second), weights=weights))
