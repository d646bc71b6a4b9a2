"""``otiograde review OUT``: review the grades in a browser, overrule them, and save."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from otiograde.cli.console import Console
from otiograde.cli.options import MeansOptions, cache_option, deep_options, grouped


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1.  [default: a free one]")
@click.option("--no-browser", is_flag=True, help="Print the address without opening it.")
@deep_options
@cache_option("Sample and link again when a scene is solved again.")
@grouped(MeansOptions, "means")
def review(output: Path, port: int, no_browser: bool, means: MeansOptions) -> None:
    """Review the grades of OUTPUT in a browser: move shots, name heroes, trim, solve again, and save.

    The printed address works on this machine only, and is new each time. Ctrl-C ends the review.
    """
    import secrets
    import webbrowser

    from otiograde.cli.run import open_cache, open_deep_network
    from otiograde.cli.summary import print_settings_notes
    from otiograde.deep.style import open_style
    from otiograde.review.desk import Desk
    from otiograde.review.server import listen, server

    with Console() as console:
        desk = Desk(output, open_cache(means.cache), open_deep_network(means, console), open_style)
        print_settings_notes(desk.draft.record, desk.means, console)
    token = secrets.token_urlsafe(24)
    with listen(port) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/{token}/"
        try:
            click.echo(address)
            with suppress(OSError):  # the terminal may be closed already
                click.echo(f"  reviewing  {desk.folder.path}    Ctrl-C ends it", err=True)
            if not no_browser and sys.stdout.isatty():
                webbrowser.open(address)
            server(desk, token, listener).run(sockets=[listener])
        except KeyboardInterrupt:
            unsaved = ", unsaved changes are dropped" if desk.history.dirty else ""
            with suppress(OSError):  # the terminal may be closed
                click.echo(f"  closed     {desk.folder.path}{unsaved}", err=True)
