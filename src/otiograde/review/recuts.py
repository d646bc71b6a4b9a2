"""Recuts: changes of the cut of a finished movie."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from otiograde.record.graded import GradedTimeline
from otiograde.record.recutting import join_shots, split_shot
from otiograde.review.draft import ChangeError, Draft, with_hero_and_locks


@dataclass(frozen=True, slots=True)
class Split:
    """Split a shot of a finished movie; its second part begins at a frame of the media."""

    shot: str
    frame: int

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"split {self.shot} at frame {self.frame}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with both parts in the shot's scene. Raises ``ChangeError`` if it cannot be split there."""
        draft.check_shots([self.shot])
        return _recut(draft, [self.shot], lambda record: split_shot(record, self.shot, self.frame))


@dataclass(frozen=True, slots=True)
class Join:
    """Join two shots of a finished movie that follow each other. The first one's grade and wishes stay."""

    first: str
    second: str

    @property
    def label(self) -> str:
        """What the change does, as the undo button shows it."""
        return f"join {self.first} and {self.second}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with one shot for the two. Raises ``ChangeError`` if they do not follow each other."""
        draft.check_shots([self.first, self.second])
        return _recut(draft, [self.first, self.second], lambda record: join_shots(record, self.first, self.second))


def _recut(draft: Draft, shots: Collection[str], recut: Callable[[GradedTimeline], GradedTimeline]) -> Draft:
    """Return the draft with its edit cut otherwise; the scenes of ``shots`` must be solved again."""
    touched = draft.scenes_of(shots)
    try:
        record = recut(draft.record)
    except ValueError as error:
        raise ChangeError(str(error)) from None
    wishes = {shot.id: shot.wishes for shot in record.edit.shots}
    record = replace(record, scenes=tuple(with_hero_and_locks(scene, wishes) for scene in record.scenes))
    there = {scene.id for scene in record.scenes}
    unsolved, unchecked = ((before | touched) & there for before in (draft.unsolved, draft.unchecked))
    return replace(draft, record=record, unsolved=frozenset(unsolved), unchecked=frozenset(unchecked))
