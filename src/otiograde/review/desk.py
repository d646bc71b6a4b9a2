"""Desk: one output folder under review, with its history and the work in progress."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from otiograde.color.trim import Trim
from otiograde.decide.wishing import with_wishes
from otiograde.errors import OtiogradeError
from otiograde.exporters.report import page
from otiograde.grading.look_clips import DEFAULT
from otiograde.grading.look_files import shows_no_still
from otiograde.grading.picturing import draw_frame, draw_look, draw_looks
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.means.network import Network, OpenStyle
from otiograde.record.grade import Grade
from otiograde.record.settings import LookKind
from otiograde.record.shot import Wishes
from otiograde.review.changes import Change
from otiograde.review.draft import ChangeError, Draft
from otiograde.review.folder import Folder, LookFolder
from otiograde.review.history import History
from otiograde.review.scene_looks import AppliedLook, SetLook, Trials
from otiograde.review.solving import check_changes, compare_scene, solve_scene
from otiograde.review.views import Lattice, LookTrial, ReviewView
from otiograde.review.work import Finish, Job, Outcome, Pulse, Work

#: The longest path that is opened, in characters.
LONGEST_PATH = 4096


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
        self._trials = Trials()
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
        pictures = self.folder.pictures(self.history.saved.record.edit, record.edit)
        if stills := draw_looks(record, pictures.keys()):
            pictures = {**pictures, **stills}
        return page(record, pictures, review=True)

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
        self._set_history(self.history.do(self._found(change) if isinstance(change, SetLook) else change))

    def _found(self, change: SetLook) -> SetLook:
        """Return a change with the file of the look that it names, and how that is read. Raises ``ChangeError``."""
        if change.look is None:
            return change
        file = self._look_file(str(change.look))
        still = not shows_no_still(file)
        return replace(change, look=file, look_as=(change.look_as or self._usual_kind) if still else None)

    @property
    def _usual_kind(self) -> LookKind:
        return self.draft.record.settings.look_as or DEFAULT

    def _look_file(self, name: str) -> Path:
        """Return the file of a look by its name: one in the looks folder, or one that a scene has."""
        record = self.draft.record
        held = {wish.file.name: wish.file for scene in record.scenes if (wish := record.look_of(scene))}
        files = held | self.folder.looks()
        if name not in files:
            raise ChangeError(f"there is no look {name!r}")
        return files[name]

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

        Raises ``ExportError`` if the content is not a look.
        """
        file = self.folder.add_look(name, content)
        self.revision += 1
        return file.name

    def open_look(self, path: str, name: str = "") -> LookFolder | str:
        """Copy a look of this machine to the folder and return its file name, or list the looks of a folder.

        ``name`` names a look in the folder ``path``. A relative path starts at the output folder, and stays in it.
        Raises ``ChangeError`` and ``ExportError``.
        """
        if not path.strip() or "\0" in path + name or len(path) > LONGEST_PATH:
            raise ChangeError("give the path of a still, of a .cube or of a folder with stills")
        opened = self.folder.open_look(Path(path.strip()), name)
        if isinstance(opened, LookFolder):
            return opened
        self.revision += 1
        return opened.name

    def still(self, name: str) -> bytes | None:
        """Return the still of a look as a small JPEG; None for a LUT. Raises ``ChangeError`` and ``MediaError``."""
        return draw_look(self._look_file(name))

    def try_look(self, change: SetLook) -> LookTrial:
        """Return what the shots of a scene would look like with a look. Raises as ``Trials.grades`` does."""
        found = self._found(change)
        if found.scene is None or (wish := found.wish) is None:
            raise ChangeError("a look is tried on one scene: name it")
        grades, note = self._trials.grades(self.draft, found.scene, wish, self.means)
        transforms: dict[str, Any] = {shot: grade.transform for shot, grade in grades.items()}
        return LookTrial({shot: Lattice.of(transform) for shot, transform in transforms.items()}, note)

    def applying(self, revision: int, change: SetLook) -> tuple[Job, Work]:
        """Start to give scenes a look and to solve them again, as one change. Raises as ``change`` does."""
        self._check_revision(revision)
        draft, change = self.draft, self._found(change)
        changed, scenes = change(draft), [change.scene] if change.scene else [s.id for s in draft.record.scenes]
        job = Job("solving", change.scene)

        def work() -> Finish:
            solved = changed
            for scene in scenes:
                solved = solve_scene(solved, scene, replace(self.means, progress=job.progress))(solved)
            records = draft.record, solved.record
            comparisons = tuple(compare_scene(*records, scene, draft.scene(scene).shots) for scene in scenes)

            def finish() -> Outcome:
                self._set_history(self.history.do(AppliedLook(change, solved.record, frozenset(scenes))))
                return Outcome("Look applied.", comparisons=comparisons)

            return finish

        return self._start(job), work

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
