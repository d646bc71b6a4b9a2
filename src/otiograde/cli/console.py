"""Console: a command prints lines and a progress bar on stderr, and results on stdout."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Exit code of a command that did its work, but one of whose checks failed.
FINDING_FAILED = 3


class Console:
    """Prints lines ``verb  text`` and a progress bar on stderr, or nothing with ``quiet``.

    With ``verbose``, commands print every reason, not only what matters most.
    The bar appears on a terminal only, and is removed when the work ends. Elsewhere, with ``OTIOGRADE_PROGRESS=lines``
    in the environment, each tenth of a step is a line: another program that runs a command can show them.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet, self.verbose = quiet, verbose
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._tenths: dict[str, int] = {}

    def __enter__(self) -> Console:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console as RichConsole
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("  {task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=RichConsole(stderr=True), transient=True)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def print(self, verb: str, text: str) -> None:
        """Print one line: what is done, and to what."""
        if self.quiet:
            return
        line = f"  {verb:<10} {text}"
        if self._progress is not None:
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show that the step ``stage`` has finished ``done`` of its ``total`` parts."""
        if self._progress is None:
            self._print_tenth(stage, done, total)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total, visible=done < total)

    def _print_tenth(self, stage: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if os.environ.get("OTIOGRADE_PROGRESS") == "lines" and tenth > self._tenths.get(stage, 0):
            self._tenths[stage] = tenth
            self.print(stage, f"{done} of {total}")


def show_json(value: Any) -> None:
    """Print a result as JSON on stdout."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False))


def typed(path: Path) -> str:
    """Return a path as it is typed in a shell: quoted where it has to be."""
    return f'"{path}"' if os.name == "nt" else shlex.quote(str(path))


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: ``1 shot``, ``2 shots``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
