"""Twins: shots that show the same frames of the same media are solved once, and graded alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from otiograde.record.grade import Grade
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot


def twins_of(shots: Sequence[Shot]) -> dict[str, str]:
    """Each shot's first twin: the first shot that shows the same frames of the same media, with the same wishes.

    Twins are solved once and graded alike, so an edit that uses one take a thousand times costs one take. Steps are
    nothing to the solver.
    """
    first: dict[object, str] = {}
    keys = ((shot.media, shot.source, shot.speed, replace(shot.wishes, steps=())) for shot in shots)
    return {shot.id: first.setdefault(key, shot.id) for shot, key in zip(shots, keys, strict=True)}


def with_twins(scenes: Sequence[Scene], twins: Mapping[str, str]) -> tuple[Scene, ...]:
    """The scenes with every shot's twins beside it, in record order."""
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
    """One grade per shot, in the edit's order; a twin has its first twin's."""
    by_shot = {grade.shot: grade for grade in grades}
    return tuple(replace(by_shot[twins[shot.id]], shot=shot.id) for shot in shots)
