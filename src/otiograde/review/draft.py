"""Draft: a record under review, of which changes make the next draft."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from otiograde.decide.wishing import with_wishes
from otiograde.errors import OtiogradeError
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot, Wishes

#: Returns the new wishes of a shot.
Wish: TypeAlias = Callable[[Shot], Wishes]


class ChangeError(OtiogradeError, ValueError):
    """A change that does not fit the draft, or a request that cannot be read."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record under review."""

    record: GradedTimeline
    #: Ids of scenes whose wishes changed since they were solved.
    unsolved: frozenset[str] = frozenset()
    #: Ids of scenes with grades that have not been checked since they changed.
    unchecked: frozenset[str] = frozenset()

    def scene(self, scene_id: str) -> Scene:
        """Return the scene with this id. Raises ``ChangeError`` if there is none."""
        for scene in self.record.scenes:
            if scene.id == scene_id:
                return scene
        raise ChangeError(f"there is no scene {scene_id!r}")

    def scenes_of(self, shots: Collection[str]) -> frozenset[str]:
        """Return the ids of the scenes that hold these shots."""
        return frozenset(scene.id for scene in self.record.scenes if not set(shots).isdisjoint(scene.shots))

    def check_shots(self, shots: Collection[str]) -> None:
        """Raise ``ChangeError`` if ``shots`` is empty or names a shot that is not in the edit."""
        if unknown := set(shots) - {shot.id for shot in self.record.edit.shots}:
            raise ChangeError(f"there is no shot {min(unknown)!r}")
        if not shots:
            raise ChangeError("no shot is named")

    def set_wishes(self, shots: Collection[str], wish: Wish, *, solve: bool) -> Draft:
        """Return the draft with new wishes for these shots. With ``solve``, their scenes must be solved again.

        Raises ``ChangeError`` for a shot that is not in the edit.
        """
        self.check_shots(shots)
        changed = {shot.id: wish(shot) for shot in self.record.edit.shots if shot.id in shots}
        edit = self.record.edit
        edit = replace(
            edit,
            shots=tuple(replace(shot, wishes=changed.get(shot.id, shot.wishes)) for shot in edit.shots),
        )
        encodings = {shot.id: shot.media.encoding for shot in edit.shots}
        grades = tuple(
            with_wishes(grade, changed[grade.shot], encodings[grade.shot]) if grade.shot in changed else grade
            for grade in self.record.grades
        )
        wishes = {shot.id: shot.wishes for shot in edit.shots}
        scenes = tuple(with_hero_and_locks(scene, wishes) for scene in self.record.scenes)
        touched = self.scenes_of(shots)
        return replace(
            self,
            record=replace(self.record, edit=edit, scenes=scenes, grades=grades),
            unsolved=self.unsolved | touched if solve else self.unsolved,
            unchecked=self.unchecked | touched,
        )


def with_hero_and_locks(scene: Scene, wishes: Mapping[str, Wishes]) -> Scene:
    """Return the scene with the hero and the locks that its shots wish for."""
    hero = next((shot for shot in scene.shots if wishes[shot].hero), None)
    return replace(scene, hero=hero, locked=tuple(shot for shot in scene.shots if wishes[shot].lock))


def shots_label(shots: Iterable[str]) -> str:
    """The shot's id, or the number of shots."""
    names = list(shots)
    return names[0] if len(names) == 1 else f"{len(names)} shots"
