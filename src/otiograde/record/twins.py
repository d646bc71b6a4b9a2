"""Twins: shots that show the same frames of the same media are solved once, and graded alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot


def twins_of(shots: Sequence[Shot]) -> dict[str, str]:
    """Map each shot to its first twin: the first shot of the same frames of the same media, with the same wishes.

    Twins are solved once, so an edit that uses one take a thousand times costs one take. Steps do not tell twins
    apart: the solver does not see them.
    """
    first: dict[object, str] = {}
    keys = ((shot.media, shot.source, shot.speed, replace(shot.wishes, steps=())) for shot in shots)
    return {shot.id: first.setdefault(key, shot.id) for shot, key in zip(shots, keys, strict=True)}


def with_twins(scenes: Sequence[Scene], twins: Mapping[str, str]) -> tuple[Scene, ...]:
    """Add to each scene the twins of its shots, in record order."""
    scene_of = {shot: scene.id for scene in scenes for shot in scene.shots}
    members: dict[str, list[str]] = {scene.id: [] for scene in scenes}
    for shot, first in twins.items():
        members[scene_of[first]].append(shot)
    locked = {shot for scene in scenes for shot in scene.locked}
    return tuple(
        replace(
            scene,
            shots=tuple(members[scene.id]),
            locked=tuple(shot for shot in members[scene.id] if twins[shot] in locked),
        )
        for scene in scenes
    )


def grades_of(shots: Sequence[Shot], grades: Iterable[Grade], twins: Mapping[str, str]) -> tuple[Grade, ...]:
    """Give every shot the grade of its first twin, in the edit's order."""
    by_shot = {grade.shot: grade for grade in grades}
    return tuple(replace(by_shot[twins[shot.id]], shot=shot.id) for shot in shots)
