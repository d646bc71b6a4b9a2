"""``otiograde install-luts OUT --app APP``: copy the LUTs of an output to the LUT folder of a program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from otiograde.cli.console import Console, plural, show_json
from otiograde.cli.options import output_options
from otiograde.folder.apps import APPS


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.option("--app", type=click.Choice(APPS), required=True, help="Program that gets the LUTs.")
@click.option("--dry-run", is_flag=True, help="Change nothing; only print what would be done.")
@click.option("--uninstall", is_flag=True, help="Remove exactly what was installed for this edit.")
@output_options
def install_luts(output: Path, app: str, dry_run: bool, uninstall: bool, as_json: bool, quiet: bool) -> int:
    """Copy the LUTs of OUTPUT into your LUT folder of a program. Files of others are never overwritten.

    The environment variable OTIOGRADE_<APP>_LUTS (OTIOGRADE_RESOLVE_LUTS …) names another folder.
    """
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
