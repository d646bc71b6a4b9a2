"""Work of a review that takes time: what is in progress, and how the last work ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from otiograde.errors import OtiogradeError
from otiograde.review.solving import SceneComparison


class StoppedError(OtiogradeError):
    """The reviewer stopped the work."""


@dataclass
class Job:
    """Work in progress. ``progress`` is its progress callback."""

    #: What is done: ``solving`` or ``saving``.
    what: str
    #: Id of the scene that is solved. None when saving.
    scene: str | None = None
    #: The current step, of which ``done`` of ``total`` parts are finished.
    stage: str = ""
    done: int = 0
    total: int = 0
    #: Set to stop the work at its next call of ``progress``.
    canceled: bool = field(default=False, repr=False)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Record the current step. Raises ``StoppedError`` if the job was canceled."""
        if self.canceled:
            raise StoppedError(f"{self.what}: stopped")
        self.stage, self.done, self.total = stage, done, total


@dataclass(frozen=True, slots=True)
class Outcome:
    """How work ended."""

    #: What the page shows.
    message: str
    failed: bool = False
    #: One for each scene that was solved.
    comparisons: tuple[SceneComparison, ...] = ()


#: Applies the result of finished work to the desk. Runs on the desk's thread.
Finish: TypeAlias = Callable[[], Outcome]

#: Work that runs on another thread and changes nothing on the desk.
Work: TypeAlias = Callable[[], Finish]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What can change without a request of the page. The page asks for it again and again."""

    #: Counts the changes of the state. A page with another revision shows an old state.
    revision: int
    #: The work in progress.
    job: Job | None
    #: How the last work ended. None while work is in progress and after every later change.
    outcome: Outcome | None
    #: Whether another program changed the folder.
    outside: bool
