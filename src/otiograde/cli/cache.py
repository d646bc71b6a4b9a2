"""``otiograde cache``: show how large the cache is, or empty it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from otiograde.cli.console import Console, show_json
from otiograde.cli.options import output_options
from otiograde.cli.values import NumberRange

if TYPE_CHECKING:
    from otiograde.means.cache import Usage

DAY = 24 * 60 * 60


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cache() -> None:
    """Show how large the cache is, or empty it.

    The cache holds samples and links of earlier runs. Nothing that a run decides depends on it.
    """


@cache.command()
@output_options
def info(as_json: bool, quiet: bool) -> None:
    """Show the folder of the cache, how much it holds, and its limit."""
    from otiograde.cli.run import user_cache

    store = user_cache()
    used = store.usage()
    if as_json:
        show_json({"folder": str(store.folder), **asdict(used), "limit": store.limit})
    elif not quiet:
        click.echo(f"{store.folder}: {described(used)}, of at most {store.limit / 2**30:g} GiB")


@cache.command()
@click.option(
    "--unused",
    type=NumberRange(0, 36500),
    default=0.0,
    show_default=True,
    metavar="DAYS",
    help="Remove only what no run has used for so many days.",
)
@output_options
def clear(unused: float, as_json: bool, quiet: bool) -> None:
    """Empty the cache. The next run measures again what it needs."""
    from otiograde.cli.run import user_cache

    store = user_cache()
    removed = store.clear(unused * DAY)
    if as_json:
        show_json({"folder": str(store.folder), **asdict(removed)})
    with Console(quiet or as_json) as console:
        console.print("removed", f"{described(removed)} from {store.folder}")


def described(used: Usage) -> str:
    """Return a size for people.

    >>> from otiograde.means.cache import Usage
    >>> described(Usage(3, 5 * 2**20))
    '3 entries, 5.0 MiB'
    """
    noun = "entry" if used.entries == 1 else "entries"
    size = f"{used.bytes / 2**30:.1f} GiB" if used.bytes >= 2**30 else f"{used.bytes / 2**20:.1f} MiB"
    return f"{used.entries} {noun}, {size}"
