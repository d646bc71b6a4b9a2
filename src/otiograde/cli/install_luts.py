"""``otiograde install-luts OUT --app APP``: copy the LUTs of an output to the LUT folder of a program.

``otiograde install-luts --app resolve`` adds otiograde to Resolve's menu instead.
"""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import output_options
from otiograde.folder.apps import APPS


@click.command()
@click.argument("output", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--app", type=click.Choice(APPS), required=True, help="Program that gets the LUTs.")
@click.option("--dry-run", is_flag=True, help="Change nothing; only print what would be done.")
@click.option("--uninstall", is_flag=True, help="Remove exactly what was installed for this edit, or the script.")
@output_options
def install_luts(output: Path | None, app: str, dry_run: bool, uninstall: bool, as_json: bool, quiet: bool) -> int:
    """Copy the LUTs of OUTPUT into your LUT folder of a program. Files of others are never overwritten.

    The environment variable OTIOGRADE_<APP>_LUTS (OTIOGRADE_RESOLVE_LUTS …) names another folder.

    Without OUTPUT, --app resolve adds a script to Resolve's menu Workspace > Scripts. It grades the timeline that is
    open. OTIOGRADE_RESOLVE_SCRIPTS names another folder than Resolve's for it.
    """
    if output is None:
        return _install_script(app, dry_run, uninstall, as_json, quiet)
    from otiograde.folder import installing
    from otiograde.folder.reading import read_record
    from otiograde.record.codec import encode

    record = read_record(output)
    folder = installing.lut_folder(app, installing.Machine(sys.platform, Path.home(), os.environ))
    source = output if output.is_dir() else output.parent
    would = "would be " if dry_run else ""
    with Console(quiet) as console:
        if uninstall:
            result = installing.uninstall(record, app, folder, dry_run=dry_run)
            for name in result.kept:
                console.print("kept", f"{name}: changed since it was installed")
            console.print("removed", f"{plural(len(result.removed), 'LUT')} {would}removed from {folder}")
        else:
            result = installing.install(source, record, app, folder, dry_run=dry_run)
            present = f", {len(result.there)} there already" if result.there else ""
            console.print("installed", f"{plural(len(result.written), 'LUT')} {would}copied to {folder}{present}")
            if result.written and not dry_run:
                console.print("note", APPS[app].to_see_them.format(app=app))
    if as_json:
        show_json(encode(result))
    return 0


def _install_script(app: str, dry_run: bool, uninstall: bool, as_json: bool, quiet: bool) -> int:
    from otiograde.folder import menu
    from otiograde.folder.installing import Machine

    if app != "resolve":
        raise click.UsageError(f"name the output folder whose LUTs {app} gets: only Resolve has a script")
    folder = menu.scripts_folder(Machine(sys.platform, Path.home(), os.environ))
    would = "would be " if dry_run else ""
    with Console(quiet) as console:
        if uninstall:
            path, changed = menu.uninstall(folder, dry_run=dry_run)
            console.print("removed", f"{path} {would + 'removed' if changed else 'is not there'}")
        else:
            path, changed = menu.install(folder, _script(), dry_run=dry_run)
            console.print("installed", f"{path} {would + 'written' if changed else 'is up to date'}")
            console.print("note", "in Resolve, open a timeline, then Workspace > Scripts > otiograde")
    if as_json:
        show_json({"file": str(path), "changed": changed})
    return 0


def _script() -> str:
    """Return the script for Resolve's menu. It runs otiograde in this Python."""
    from otiograde import media
    from otiograde.exporters import exporter
    from otiograde.folder import menu

    beside = Path(inspect.getfile(exporter("resolve")))
    template = Path(inspect.getfile(media)).with_name("resolve_menu.py")
    return menu.script(template.read_text("utf-8"), sys.executable, beside.with_name("resolve_live.py"))
