"""``otiograde watch EDIT``: grade an edit whenever it is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from otiograde.cli.console import Console
from otiograde.cli.grade import grade
from otiograde.cli.values import NumberRange

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = click.Option(
    ["--every"],
    type=NumberRange(0.1, 3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often EDIT is looked at.",
)


def _with_options(command: Callable[..., int]) -> Callable[..., int]:
    """Pass the options of grade, as they were parsed, as one parameter."""

    @wraps(command)
    def call(edit: tuple[Path, ...], every: float, **options: Any) -> int:
        return command(edit, every, options)

    return call


@click.command(params=[*grade.params, _EVERY])
@_with_options
def watch(edit: tuple[Path, ...], every: float, options: Mapping[str, Any]) -> int:
    """Grade EDIT now, and again whenever it is saved, until Ctrl-C. The options are those of grade.

    What did not change comes out of the cache. A file that is half written, or gone for a moment, is waited for.
    """
    from otiograde.errors import OtiogradeError
    from otiograde.grading.saves import saves

    if len(edit) > 1:
        raise click.UsageError("name one edit to watch, or one folder of clips")
    console = Console(quiet=options["quiet"])
    if not edit[0].exists():
        console.print("waiting", f"{edit[0]} is not there yet")
    with suppress(KeyboardInterrupt):
        for _ in saves(edit[0], every):
            try:
                click.get_current_context().invoke(grade, edit=edit, **options)
            except OtiogradeError as error:
                click.echo(f"otiograde: {' '.join(str(error).split())}", err=True)
            console.print("watching", f"{edit[0]}: Ctrl-C ends this")
    return 0
