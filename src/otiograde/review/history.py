"""History: the drafts of a review in order, each made from the one before by a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from otiograde.review.changes import Change, Solved
from otiograde.review.draft import ChangeError, Draft
from otiograde.review.scene_looks import AppliedLook


@dataclass(frozen=True, slots=True)
class Entry:
    """A change, and the draft that it made."""

    change: Change
    draft: Draft


@dataclass(frozen=True, slots=True)
class History:
    """The changes of a review, with those that can be undone and redone."""

    #: The draft before the first change.
    base: Draft
    #: The draft that the folder holds.
    saved: Draft
    #: The changes that hold now, in order.
    done: tuple[Entry, ...] = ()
    #: The changes that were undone. The last one is redone first.
    undone: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, base: Draft) -> History:
        """Return the history of a draft that was read from disk and not changed yet."""
        return cls(base, base)

    @property
    def draft(self) -> Draft:
        """The current draft."""
        return self.done[-1].draft if self.done else self.base

    @property
    def dirty(self) -> bool:
        """Whether there are unsaved changes."""
        return self.draft is not self.saved

    def do(self, change: Change) -> History:
        """Return the history with one more change. Undone changes are dropped. Raises ``ChangeError``."""
        return replace(self, done=(*self.done, Entry(change, change(self.draft))), undone=())

    def undo(self) -> History:
        """Return the history without its last change. Raises ``ChangeError`` if there is none."""
        if not self.done:
            raise ChangeError("there is nothing to undo")
        return replace(self, done=self.done[:-1], undone=(*self.undone, self.done[-1]))

    def redo(self) -> History:
        """Return the history with the change that was undone last. Raises ``ChangeError`` if there is none."""
        if not self.undone:
            raise ChangeError("there is nothing to redo")
        return replace(self, done=(*self.done, self.undone[-1]), undone=self.undone[:-1])

    def saving(self, draft: Draft) -> History:
        """Return the history after saving. ``draft`` is the current draft with its grades checked."""
        if self.done:
            return replace(self, done=(*self.done[:-1], replace(self.done[-1], draft=draft)), saved=draft)
        return replace(self, base=draft, saved=draft)

    def replayed(self, base: Draft) -> tuple[History, tuple[Change, ...]]:
        """Repeat the changes on another base. Returns the new history, and the changes that do not fit the base.

        Solutions are not repeated: they belong to the old base.
        """
        return replay(base, (entry.change for entry in self.done))


def replay(base: Draft, changes: Iterable[Change]) -> tuple[History, tuple[Change, ...]]:
    """Make changes on a base. Returns the history with those that fit, and the changes that do not."""
    history, dropped = History.of(base), []
    for change in changes:
        try:
            history = history if isinstance(change, Solved) else history.do(_asked(change))
        except ChangeError:
            dropped.append(change)
    return history, tuple(dropped)


def _asked(change: Change) -> Change:
    """Return what a reviewer asked for, without its solution."""
    return change.change if isinstance(change, AppliedLook) else change
