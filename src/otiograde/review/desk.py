"""Desk: one output folder under review: its history, the work in progress, and what a page is told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

from otiograde.color.describing import describe
from otiograde.color.lut import Lut3D
from otiograde.color.trim import LIMITS, Trim
from otiograde.decide.wishing import with_wishes
from otiograde.errors import OtiogradeError
from otiograde.exporters.report import compact, page
from otiograde.folder.reading import Pictures
from otiograde.means.cache import Cache
from otiograde.means.means import Means
from otiograde.means.network import Network
from otiograde.record.grade import Grade
from otiograde.record.settings import AnchorKind
from otiograde.record.shot import Verdict, Wishes
from otiograde.review.changes import Change, ChangeError, Draft, LookLike, Solved
from otiograde.review.folder import Folder
from otiograde.review.history import History
from otiograde.review.solving import Difference, checked, compared, missing, solve

#: Nodes a side of the LUTs that a page shows.
PREVIEW_SIZE = 17


class StaleError(OtiogradeError, ValueError):
    """A request that was made of an older state, or while the desk is at work."""


class StoppedError(OtiogradeError):
    """Work that a person stopped."""


@dataclass
class Job:
    """Work in progress, on a scene or on all. ``canceled`` stops it at its next step."""

    what: str
    scene: str | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    canceled: bool = field(default=False, repr=False)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Note where the work is. Raises ``StoppedError``."""
        if self.canceled:
            raise StoppedError(f"{self.what}: stopped")
        self.stage, self.done, self.total = stage, done, total


@dataclass(frozen=True, slots=True)
class Told:
    """How the last work ended: words, whether it failed, and what changed."""

    words: str
    failed: bool = False
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Lattice:
    """A LUT as a page takes it: ``lattice`` base64 (``exporters.report.compact``), and a digest of it."""

    lattice: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class ShotView:
    """One shot as a page shows it.

    ``share`` is what the checks left of the balance, ``strength`` what is wished of that: 1 where ``wished`` is None.
    ``lut`` is the digest of its lattice, ``lost`` where its media should be.
    """

    id: str
    name: str
    scene: str
    hero: bool
    lock: bool
    share: float
    strength: float
    wished: float | None
    trim: Trim
    verdict: Verdict | None
    confidence: str
    words: str
    reasons: tuple[str, ...]
    lut: str
    lost: str


@dataclass(frozen=True, slots=True)
class SceneView:
    """One scene as a page shows it. ``solved`` and ``checked`` say whether that is up to date."""

    id: str
    shots: tuple[str, ...]
    hero: str | None
    anchor: AnchorKind | None
    look: str | None
    solved: bool
    checked: bool


@dataclass(frozen=True, slots=True)
class View:
    """The whole state as a page shows it; ``undo`` and ``redo`` say what they would do, None where there is nothing."""

    revision: int
    name: str
    scenes: tuple[SceneView, ...]
    shots: tuple[ShotView, ...]
    undo: str | None
    redo: str | None
    dirty: bool
    looks: tuple[str, ...]
    limits: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What changes without being asked for: the revision, the work, its end, and whether others wrote the folder."""

    revision: int
    job: Job | None
    told: Told | None
    outside: bool


#: Work done off the event loop; what it returns takes its result over.
Work: TypeAlias = Callable[[], Callable[[], Told]]


class Desk:
    """One folder under review. Everything but a ``Work`` runs on one thread."""

    def __init__(self, path: Path, cache: Cache, network: Network | None = None) -> None:
        self.folder, record = Folder.open(path)
        self.history = History.of(Draft(record))
        self.means = Means(cache=cache, network=network)
        self.revision = 0
        self.job: Job | None = None
        self.told: Told | None = None

    @property
    def draft(self) -> Draft:
        """The draft as it is now."""
        return self.history.draft

    def view(self) -> View:
        """What a page shows."""
        revision, history = self.revision, self.history  # while another thread may change them
        draft = history.draft
        lost = missing(draft.record.edit.shots)
        return View(
            revision,
            draft.record.edit.name,
            tuple(_scene_view(draft, scene.id) for scene in draft.record.scenes),
            tuple(
                _shot_view(grade, lost.get(grade.shot, ""), shot.wishes, shot.name)
                for grade, shot in zip(draft.record.grades, draft.record.edit.shots, strict=True)
            ),
            history.done[-1].change.words if history.done else None,
            history.undone[-1].change.words if history.undone else None,
            history.dirty,
            tuple(self.folder.looks()),
            LIMITS,
        )

    def pulse(self) -> Pulse:
        """What changes without being asked for."""
        return Pulse(self.revision, self.job, self.told, self.job is None and self.folder.changed_outside)

    def page(self) -> str:
        """The page over the report of the draft."""
        return page(self.draft.record, Pictures(self.folder.path), review=True)

    def lut(self, shot: str) -> Lattice:
        """The LUT of a shot as the draft has it. Raises ``ChangeError``."""
        transform: Any = self._grade(shot).transform
        return lattice(transform)

    def preview(self, shot: str, strength: float | None, trim: Trim) -> Lattice:
        """The LUT of a shot as it would be at another strength and with another trim. Raises ``ChangeError``."""
        if strength is not None and not 0 <= strength <= 1:
            raise ChangeError("a strength is from 0 to 1")
        transform: Any = with_wishes(self._grade(shot), Wishes(strength=strength, trim=trim)).transform
        return lattice(transform)

    def _grade(self, shot: str) -> Grade:
        self.draft.check([shot])
        return self.draft.record.grade(shot)

    def change(self, revision: int, change: Change) -> None:
        """Make a change. Raises ``StaleError``, ``ChangeError``."""
        self._expect(revision)
        if isinstance(change, LookLike) and change.look is not None:
            looks = self.folder.looks()
            if str(change.look) not in looks:
                raise ChangeError(f"there is no look {str(change.look)!r}")
            change = replace(change, look=looks[str(change.look)])
        self._become(self.history.do(change))

    def undo(self, revision: int) -> None:
        """Take the last change back. Raises ``StaleError``, ``ChangeError``."""
        self._expect(revision)
        self._become(self.history.undo())

    def redo(self, revision: int) -> None:
        """Do again what was taken back. Raises ``StaleError``, ``ChangeError``."""
        self._expect(revision)
        self._become(self.history.redo())

    def reload(self, revision: int) -> None:
        """Read the folder anew, and make the changes again that still make sense."""
        self._expect(revision)
        self.folder, record = Folder.open(self.folder.path)
        history, lost = self.history.replayed(Draft(record))
        kept = f"{len(history.done)} of your changes made again"
        self._become(history)
        self.told = Told("Read again: " + "; ".join([kept, *(f"lost: {change.words}" for change in lost)]))

    def keep_look(self, name: str, content: bytes) -> str:
        """Put a look into the folder; gives its name there. Raises ``ExportError``, ``CubeError``, ``MediaError``."""
        file = self.folder.keep_look(name, content)
        self.revision += 1
        return file.name

    def solving(self, revision: int, scene: str) -> tuple[Job, Work]:
        """Solve a scene again. Raises ``StaleError``, ``ChangeError``."""
        self._expect(revision)
        draft, job = self.draft, Job("solving", scene)
        shots = draft.scene(scene).shots

        def work() -> Callable[[], Told]:
            solved = solve(draft, scene, replace(self.means, progress=job.progress))
            difference = compared(draft.record, solved.record, scene, shots)

            def done() -> Told:
                self._become(self.history.do(solved))
                return Told("Solved again.", differences=(difference,))

            return done

        return self._at_work(job), work

    def saving(self, revision: int, *, solve_first: bool) -> tuple[Job, Work]:
        """Save: first solve what asks for it (where media are there and it is wanted), make the checks, and write.

        Raises ``StaleError``.
        """
        self._expect(revision)
        job = Job("saving")
        start, folder, read = self.history, self.folder, self.history.base.record

        def work() -> Callable[[], Told]:
            history, means = start, replace(self.means, progress=job.progress)
            differences = []
            for scene in sorted(start.draft.unsolved) if solve_first else ():
                solved: Solved = solve(history.draft, scene, means)
                before, history = history.draft.record, history.do(solved)
                differences.append(compared(before, solved.record, scene, history.draft.scene(scene).shots))
            draft = checked(history.draft, means)
            written, lost = folder.save(draft.record, read, job.progress)

            def done() -> Told:
                self.folder = written
                self._become(history.saving(draft))
                return Told("; ".join([f"Saved to {folder.path}", *lost]), differences=tuple(differences))

            return done

        return self._at_work(job), work

    def finish(self, done: Callable[[], Told] | OtiogradeError) -> None:
        """Take the result of the work over, or say why there is none."""
        self.job = None
        self.told = Told(str(done), failed=True) if isinstance(done, OtiogradeError) else done()

    def _at_work(self, job: Job) -> Job:
        self.job, self.told = job, None
        return job

    def _expect(self, revision: int) -> None:
        if self.job is not None:
            raise StaleError(f"{self.job.what}: wait, or stop it")
        if revision != self.revision:
            raise StaleError("this was changed in another window meanwhile: here is how it is now")

    def _become(self, history: History) -> None:
        self.history, self.told = history, None
        self.revision += 1


def _scene_view(draft: Draft, scene_id: str) -> SceneView:
    scene = draft.scene(scene_id)
    wishes = [shot.wishes for shot in draft.record.edit.shots if shot.id in scene.shots]
    return SceneView(
        scene.id,
        scene.shots,
        scene.hero,
        next((each.anchor for each in wishes if each.anchor), None),
        next((each.look.name for each in wishes if each.look), None),
        scene.id not in draft.unsolved,
        scene.id not in draft.unchecked,
    )


def _shot_view(grade: Grade, lost: str, wishes: Wishes, name: str) -> ShotView:
    transform: Any = grade.transform
    return ShotView(
        grade.shot,
        name,
        grade.scene,
        hero=wishes.hero,
        lock=wishes.lock,
        share=grade.share,
        strength=1.0 if wishes.strength is None else wishes.strength,
        wished=wishes.strength,
        trim=wishes.trim,
        verdict=wishes.verdict,
        confidence=grade.confidence,
        words=_words(transform),
        reasons=tuple(reason.sentence for reason in grade.reasons),
        lut=lattice(transform).digest,
        lost=lost,
    )


@lru_cache(maxsize=2048)
def _words(transform: Any) -> str:
    return describe(transform)


@lru_cache(maxsize=2048)
def lattice(transform: Any) -> Lattice:
    """A transform as a page takes it."""
    packed = compact(Lut3D.bake(transform, PREVIEW_SIZE), PREVIEW_SIZE)
    return Lattice(packed, PREVIEW_SIZE, blake2b(packed.encode("ascii"), digest_size=8).hexdigest())
