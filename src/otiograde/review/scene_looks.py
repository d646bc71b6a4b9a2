"""Looks: choose the look of a scene, try it on its shots, and apply it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from otiograde.grading.look_trials import Trial, at_strength, open_once, trial_of, with_amounts
from otiograde.means.means import Means
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.settings import STRONGEST_GRADE, LookKind, Settings
from otiograde.record.shot import Shot, WishedLook
from otiograde.review.draft import ChangeError, Draft

#: Looks of one scene that are kept while it is tried, at most.
KEPT = 32


@dataclass(frozen=True, slots=True)
class SetLook:
    """Give a scene the look of a still or a .cube file; None removes it. With ``scene`` None, all scenes get it.

    A look that the run gave to every scene is from then on a wish of the other scenes.
    """

    scene: str | None
    look: Path | None
    #: How a still is read. None for a .cube or a Lab target, and for a still as the settings say.
    look_as: LookKind | None = None
    #: From 0 to 1, or to 1.5 for a recovered grade.
    strength: float = 1.0
    #: Share of the palette that is mixed into a recovered grade, from 0 to 1.
    palette: float = 0.0

    @property
    def wish(self) -> WishedLook | None:
        """The look with all that is wished of it. Raises ``ChangeError`` for a number that no look can have."""
        if self.look is None:
            return None
        strongest = STRONGEST_GRADE if self.look_as == "grade" else 1
        if not 0 <= self.strength <= strongest:
            raise ChangeError(f"the strength of this look is a number from 0 to {strongest:g}")
        if not 0 <= self.palette <= (1 if self.look_as == "grade" else 0):
            raise ChangeError("the share of the palette is a number from 0 to 1, and only a grade has one")
        return WishedLook(self.look, self.look_as, self.strength, self.palette)

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"look {self.look.name if self.look else 'of its own'} for {self.scene or 'all scenes'}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with this look.

        Raises ``ChangeError`` where an accepted shot keeps another look, or where the other scenes cannot keep the
        look of the run.
        """
        wish, shots = self.wish, self.shots(draft)
        other = {shot for scene in draft.record.scenes if draft.record.look_of(scene) != wish for shot in scene.shots}
        for shot in draft.record.edit.shots:
            if shot.id in other.intersection(shots) and shot.wishes.verdict == "accepted":
                raise ChangeError(f"{shot.id} is accepted and keeps its grade with its look: take that back first")
        freed = replace(draft, record=_without_run_look(draft.record, shots))
        return freed.set_wishes(shots, lambda shot: shot.wishes.with_look(wish), solve=True)

    def shots(self, draft: Draft) -> tuple[str, ...]:
        """Return the shots that get the look. Raises ``ChangeError`` if there is no such scene."""
        if self.scene is None:
            return tuple(shot.id for shot in draft.record.edit.shots)
        return draft.scene(self.scene).shots


def _without_run_look(record: GradedTimeline, shots: tuple[str, ...]) -> GradedTimeline:
    """Return the record without a look of the run: the shots of all other scenes wish for it instead."""
    settings = record.settings
    if settings.look is None and settings.look_lab is None:
        return record
    others = {shot.id for shot in record.edit.shots} - set(shots)
    wish = record.look_of(record.scenes[0])
    if others and (wish is None or settings.more_looks):
        what = "Lab numbers" if wish is None else f"{1 + len(settings.more_looks)} files"
        raise ChangeError(f"the look of this run is made of {what} and holds for all scenes: choose one for all scenes")

    def wished(shot: Shot) -> Shot:
        return replace(shot, wishes=shot.wishes.with_look(wish)) if shot.id in others else shot

    edit = replace(record.edit, shots=tuple(wished(shot) for shot in record.edit.shots))
    free = replace(settings, look=None, more_looks=(), look_lab=None, look_strength=1.0, look_palette=0.0)
    return replace(record, edit=edit, settings=free)


@dataclass(frozen=True, slots=True)
class AppliedLook:
    """A look that was chosen, and the record in which its scenes are solved with it."""

    change: SetLook
    record: GradedTimeline
    scenes: frozenset[str]

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return self.change.label

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with the look and these solutions."""
        return Draft(self.record, draft.unsolved - self.scenes, draft.unchecked - self.scenes)


@dataclass
class Trials:
    """Tries looks on one scene at a time, and remembers what was asked for last. Threads may share it."""

    #: The scene and what its shots were graded with, and the trial of it.
    _held: tuple[Any, Trial] | None = None
    #: Looks by file, kind and time of the file's last change.
    _opened: dict[Any, tuple[Any, tuple[str, ...]]] = field(default_factory=dict)
    #: Grades by wish and time of the file's last change.
    _tried: dict[Any, dict[str, Grade]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def grades(self, draft: Draft, scene: str, wish: WishedLook, means: Means) -> tuple[dict[str, Grade], str]:
        """Return the grades that the shots of a scene would have with a look, and a note on it.

        Raises ``ChangeError`` if there is no such scene; ``CubeError``, ``ExportError``, ``MatchError`` or
        ``MediaError`` for a file that is no look, or a scene that cannot be looked at.
        """
        with self._lock:
            trial = self._trial(draft, scene, means)
            changed = wish.file.stat().st_mtime_ns if wish.file.exists() else 0
            file = wish.file, wish.kind, changed
            if file not in self._opened:
                _make_room(self._opened)
                self._opened[file] = open_once(wish, trial.settings, means.style)
            look, notes = self._opened[file]
            whole = replace(wish, strength=max(wish.strength, 1.0))
            if (whole, changed) not in self._tried:
                _make_room(self._tried)
                self._tried[whole, changed] = trial.graded(with_amounts(look, whole))
            grades = self._tried[whole, changed]
        return at_strength(grades, min(wish.strength, 1.0)), "; ".join(notes)

    def _trial(self, draft: Draft, scene: str, means: Means) -> Trial:
        held = draft.scene(scene)
        grades = tuple(grade.bare for grade in draft.record.grades if grade.shot in held.shots)
        trims = tuple(grade.trim for grade in draft.record.grades if grade.shot in held.shots)
        state = held, grades, trims, _reading(draft.record.settings)
        if self._held is None or self._held[0] != state:
            self._held, self._tried, self._opened = (state, trial_of(draft.record, scene, means)), {}, {}
        return self._held[1]


def _make_room(held: dict[Any, Any]) -> None:
    """Forget the oldest of too many."""
    if len(held) >= KEPT:
        del held[next(iter(held))]


def _reading(settings: Settings) -> Settings:
    """Return the settings without the look of the run, which a trial does not depend on."""
    return replace(settings, look=None, more_looks=(), look_lab=None, look_strength=1.0, look_palette=0.0)
