"""History: the drafts of a review, each one change after the other; undo is the draft before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from otiograde.review.changes import Change, ChangeError, Draft, Solved


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and the draft that it led to."""

    change: Change
    draft: Draft


@dataclass(frozen=True, slots=True)
class History:
    """``base``, the steps ``done`` since, those ``undone`` (the next to be done again last), and what is ``saved``."""

    base: Draft
    saved: Draft
    done: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()

    @classmethod
    def of(cls, base: Draft) -> History:
        """The history that a draft on disk begins."""
        return cls(base, base)

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return self.done[-1].draft if self.done else self.base

    @property
    def dirty(self) -> bool:
        """Whether what is saved is something else."""
        return self.draft is not self.saved

    def do(self, change: Change) -> History:
        """The history with one change more; what was undone is forgotten. Raises ``ChangeError``."""
        return replace(self, done=(*self.done, Step(change, change(self.draft))), undone=())

    def undo(self) -> History:
        """The history without its last change. Raises ``ChangeError`` when there is none."""
        if not self.done:
            raise ChangeError("there is nothing to undo")
        return replace(self, done=self.done[:-1], undone=(*self.undone, self.done[-1]))

    def redo(self) -> History:
        """The history with the last change that was undone. Raises ``ChangeError`` when there is none."""
        if not self.undone:
            raise ChangeError("there is nothing to do again")
        return replace(self, done=(*self.done, self.undone[-1]), undone=self.undone[:-1])

    def saving(self, draft: Draft) -> History:
        """The history after saving; ``draft`` is the present one with its checks made."""
        if self.done:
            return replace(self, done=(*self.done[:-1], replace(self.done[-1], draft=draft)), saved=draft)
        return replace(self, base=draft, saved=draft)

    def replayed(self, base: Draft) -> tuple[History, tuple[Change, ...]]:
        """The changes on another base, and those that make no sense there; solutions are not carried over."""
        return replay(base, (step.change for step in self.done))


def replay(base: Draft, changes: Iterable[Change]) -> tuple[History, tuple[Change, ...]]:
    """The history of a base with the changes that make sense, and those that do not."""
    history, lost = History.of(base), []
    for change in changes:
        try:
            history = history if isinstance(change, Solved) else history.do(change)
        except ChangeError:
            lost.append(change)
    return history, tuple(lost)
