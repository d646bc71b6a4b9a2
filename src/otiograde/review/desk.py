"""Desk: one output folder under review, with its history and the work in progress."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from otiograde.color.trim import Trim
from otiograde.decide.wishing import with_wishes
from otiograde.errors import OtiogradeError
from otiograde.exporters.report import page
from otiograde.grading.picturing import draw_frame
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.means.network import Network, OpenStyle
from otiograde.record.grade import Grade
from otiograde.record.shot import Wishes
from otiograde.review.changes import Change, SetLook
from otiograde.review.draft import ChangeError, Draft
from otiograde.review.folder import Folder
from otiograde.review.history import History
from otiograde.review.solving import check_changes, compare_scene, solve_scene
from otiograde.review.views import Lattice, ReviewView
from otiograde.review.work import Finish, Job, Outcome, Pulse, Work


class StaleError(OtiogradeError, ValueError):
    """A request for an older state, or one that came while work was in progress."""


class Desk:
    """One output folder under review.

    Only a ``Work`` may run on another thread. Everything else runs on one thread.
    """

    def __init__(
        self, path: Path, cache: Cache, network: Network | None = None, style: OpenStyle | None = None
    ) -> None:
        self.folder, record = Folder.open(path)
        self.history = History.of(Draft(record))
        self.means = Means(cache=cache, network=network, style=style)
        self.revision = 0
        self.job: Job | None = None
        self.outcome: Outcome | None = None

    @property
    def draft(self) -> Draft:
        """The current draft."""
        return self.history.draft

    def view(self) -> ReviewView:
        """Return the state that the page shows."""
        revision, history = self.revision, self.history  # another thread may change them meanwhile
        return ReviewView.of(revision, history, self.folder.looks())

    def pulse(self) -> Pulse:
        """Return what can change without a request."""
        return Pulse(self.revision, self.job, self.outcome, self.job is None and self.folder.changed_outside)

    def page(self) -> str:
        """Return the report of the draft with the tools of the review, as HTML."""
        record = self.draft.record
        return page(record, self.folder.pictures(self.history.saved.record.edit, record.edit), review=True)

    def lut(self, shot: str) -> Lattice:
        """Return the LUT of a shot in the draft. Raises ``ChangeError`` if there is no such shot."""
        transform: Any = self._grade(shot).transform
        return Lattice.of(transform)

    def preview(self, shot: str, strength: float | None, trim: Trim) -> Lattice:
        """Return the LUT that a shot would have at another strength (0 to 1) and with another trim.

        Raises ``ChangeError``.
        """
        if strength is not None and not 0 <= strength <= 1:
            raise ChangeError("a strength is a number from 0 to 1")
        grade, wishes = self._grade(shot), Wishes(strength=strength, trim=trim)
        transform: Any = with_wishes(grade, wishes, self.draft.record.edit.shot(shot).media.encoding).transform
        return Lattice.of(transform)

    def frame(self, shot: str, frame: int) -> bytes:
        """Return a media frame of a shot as a small JPEG, before its grade. Raises ``ChangeError`` and ``MediaError``.

        The frame may lie beside the shot, so that a cut that lies a little off can be seen.
        """
        self.draft.check_shots([shot])
        media = self.draft.record.edit.shot(shot).media
        if not 0 <= frame < media.frames:
            raise ChangeError(f"{shot}: there is no frame {frame}; its media has {media.frames}")
        return draw_frame(media, frame)

    def _grade(self, shot: str) -> Grade:
        self.draft.check_shots([shot])
        return self.draft.record.grade(shot)

    def change(self, revision: int, change: Change) -> None:
        """Make a change. Raises ``StaleError`` and ``ChangeError``."""
        self._check_revision(revision)
        if isinstance(change, SetLook) and change.look is not None:
            looks = self.folder.looks()
            if str(change.look) not in looks:
                raise ChangeError(f"there is no look {str(change.look)!r}")
            change = replace(change, look=looks[str(change.look)])
        self._set_history(self.history.do(change))

    def undo(self, revision: int) -> None:
        """Undo the last change. Raises ``StaleError`` and ``ChangeError``."""
        self._check_revision(revision)
        self._set_history(self.history.undo())

    def redo(self, revision: int) -> None:
        """Redo the change that was undone last. Raises ``StaleError`` and ``ChangeError``."""
        self._check_revision(revision)
        self._set_history(self.history.redo())

    def reload(self, revision: int) -> None:
        """Read the folder again and repeat the changes that still fit. Raises ``StaleError`` and ``ExportError``."""
        self._check_revision(revision)
        self.folder, record = Folder.open(self.folder.path)
        history, dropped = self.history.replayed(Draft(record))
        repeated = f"{len(history.done)} of your changes made again"
        self._set_history(history)
        notes = [repeated, *(f"lost: {change.label}" for change in dropped)]
        self.outcome = Outcome("Read again: " + "; ".join(notes))

    def add_look(self, name: str, content: bytes) -> str:
        """Add a look to the folder and return its file name.

        Raises ``ExportError``, ``CubeError`` or ``MediaError`` if the content is not a look.
        """
        file = self.folder.add_look(name, content)
        self.revision += 1
        return file.name

    def solving(self, revision: int, scene: str) -> tuple[Job, Work]:
        """Start to solve a scene again. Raises ``StaleError`` and ``ChangeError``."""
        self._check_revision(revision)
        draft, job = self.draft, Job("solving", scene)
        shots = draft.scene(scene).shots

        def work() -> Finish:
            solved = solve_scene(draft, scene, replace(self.means, progress=job.progress))
            comparison = compare_scene(draft.record, solved.record, scene, shots)

            def finish() -> Outcome:
                self._set_history(self.history.do(solved))
                return Outcome("Solved again.", comparisons=(comparison,))

            return finish

        return self._start(job), work

    def saving(self, revision: int, *, solve_first: bool) -> tuple[Job, Work]:
        """Start to save: check the changed grades and write the folder.

        ``solve_first`` solves the scenes before that whose wishes changed. Raises ``StaleError``.
        """
        self._check_revision(revision)
        job = Job("saving")
        start, folder, original = self.history, self.folder, self.history.base.record

        def work() -> Finish:
            history, means = start, replace(self.means, progress=job.progress)
            comparisons = []
            for scene in sorted(start.draft.unsolved) if solve_first else ():
                solved = solve_scene(history.draft, scene, means)
                before, history = history.draft.record, history.do(solved)
                shots = history.draft.scene(scene).shots
                comparisons.append(compare_scene(before, solved.record, scene, shots))
            draft = check_changes(history.draft, means)
            written, notes = folder.save(draft.record, original, job.progress, start.saved.record.edit)

            def finish() -> Outcome:
                self.folder = written
                self._set_history(history.saving(draft))
                return Outcome("; ".join([f"Saved to {folder.path}", *notes]), comparisons=tuple(comparisons))

            return finish

        return self._start(job), work

    def end_work(self, result: Finish | OtiogradeError) -> None:
        """Apply the result of the work, or report why it failed."""
        self.job = None
        self.outcome = Outcome(str(result), failed=True) if isinstance(result, OtiogradeError) else result()

    def _start(self, job: Job) -> Job:
        self.job, self.outcome = job, None
        return job

    def _check_revision(self, revision: int) -> None:
        if self.job is not None:
            raise StaleError(f"{self.job.what}: wait until it is done, or stop it")
        if revision != self.revision:
            raise StaleError("this was changed in another window meanwhile: here is how it is now")

    def _set_history(self, history: History) -> None:
        self.history, self.outcome = history, None
        self.revision += 1
