"""``otiograde review OUT``: look at the grades, overrule them, and save them again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from otiograde.cli.options import MeansOptions, cache_option, deep_options, gathered
from otiograde.cli.talk import Talk


@click.command()
@click.argument("output", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1.  [default: a free one]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@deep_options
@cache_option("Sample and link everything anew when a scene is solved again.")
@gathered(MeansOptions, "means")
def review(output: Path, port: int, no_browser: bool, means: MeansOptions) -> None:
    """Review the grades in OUTPUT in a browser: move shots, name heroes, trim, solve again, and save.

    The address is for this machine alone, and changes each time. Ctrl-C ends the review; what was saved is saved.
    """
    import os
    import secrets
    import webbrowser

    from otiograde.means.workers import BLAS_THREADS

    for name in BLAS_THREADS:  # read when NumPy loads; a scene's systems are small, threads only wait for each other
        os.environ.setdefault(name, "1")
    from otiograde.cli.run import deep_network, disk_cache
    from otiograde.cli.telling import tell_settings
    from otiograde.review.desk import Desk
    from otiograde.review.server import listen, server

    with Talk() as talk:
        desk = Desk(output, disk_cache(means.cache), deep_network(means, talk))
        tell_settings(desk.draft.record, desk.means, talk)
    token = secrets.token_urlsafe(24)
    with listen(port) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/{token}/"
        click.echo(address)
        click.echo(f"  reviewing  {desk.folder.path}    Ctrl-C ends it", err=True)
        if not no_browser and sys.stdout.isatty():
            webbrowser.open(address)
        try:
            server(desk, token, listener).run(sockets=[listener])
        except KeyboardInterrupt:
            unsaved = ", changes since the last saving are dropped" if desk.history.dirty else ""
            click.echo(f"  closed     {desk.folder.path}{unsaved}", err=True)
