"""``otiograde watch EDIT``: grade an edit whenever it is saved."""

from __future__ import annotations

from contextlib import suppress
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


@click.command(params=[*grade.params, _EVERY])
@click.pass_context
def watch(ctx: click.Context, /, edit: tuple[Path, ...], every: float, quiet: bool, **options: Any) -> int:
    """Grade EDIT now, and again whenever it is saved, until Ctrl-C. The options are those of grade.

    What did not change comes out of the cache. A file that is half written, or gone for a moment, is waited for.
    """
    from otiograde.errors import OtiogradeError
    from otiograde.grading.saves import saves

    if len(edit) > 1:
        raise click.UsageError("name one edit to watch, or one folder of clips")
    console = Console(quiet)
    if not edit[0].exists():
        console.print("waiting", f"{edit[0]} is not there yet")
    with suppress(KeyboardInterrupt):
        for _ in saves(edit[0], every):
            try:
                ctx.invoke(grade, edit=edit, quiet=quiet, **options)
            except OtiogradeError as error:
                click.echo(f"otiograde: {' '.join(str(error).split())}", err=True)
            console.print("watching", f"{edit[0]}: Ctrl-C ends this")
    return 0
