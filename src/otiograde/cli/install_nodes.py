"""``otiograde install-nodes DIR``: make ComfyUI load the nodes of otiograde."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import Console, show_json
from otiograde.cli.options import output_options


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--uninstall", is_flag=True, help="Remove exactly what was installed.")
@output_options
def install_nodes(folder: Path, uninstall: bool, as_json: bool, quiet: bool) -> int:
    """Make ComfyUI load the nodes of otiograde. DIR is ComfyUI's folder, or its custom_nodes.

    otiograde must be installed in the Python that runs ComfyUI. Files of others are never overwritten.
    """
    from otiograde.folder import nodes

    with Console(quiet) as console:
        if uninstall:
            path, changed = nodes.uninstall(folder)
            console.print("removed" if changed else "note", str(path) if changed else f"{path} is not there")
        else:
            path, changed = nodes.install(folder)
            console.print("installed" if changed else "note", str(path) if changed else f"{path} is up to date")
            console.print("note", "restart ComfyUI; the nodes are in the menu under otiograde")
    if as_json:
        show_json({"file": str(path), "changed": changed})
    return 0
