"""``otiograde install-luts OUT --app APP``: the LUTs of an output where an editing program looks for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from otiograde.cli.options import talking_options
from otiograde.cli.talk import Talk, plural, show_json
from otiograde.folder.apps import APPS


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.option("--app", type=click.Choice(APPS), required=True, help="The program.")
@click.option("--dry-run", is_flag=True, help="Change nothing, only say what would be done.")
@click.option("--uninstall", is_flag=True, help="Remove exactly what was installed for this edit.")
@talking_options
def install_luts(output: Path, app: str, dry_run: bool, uninstall: bool, as_json: bool, quiet: bool) -> int:
    """Copy the LUTs of OUTPUT into the user's LUT folder of a program; files of others are never overwritten.

    The variable OTIOGRADE_<APP>_LUTS (OTIOGRADE_RESOLVE_LUTS …) names another folder.
    """
    from otiograde.folder import installing
    from otiograde.folder.reading import read_record
    from otiograde.record.codec import encode

    record = read_record(output)
    folder = installing.lut_folder(app, installing.Machine(sys.platform, Path.home(), os.environ))
    home = output if output.is_dir() else output.parent
    would = "would be " if dry_run else ""
    with Talk(quiet) as talk:
        if uninstall:
            done = installing.uninstall(record, app, folder, dry_run=dry_run)
            for name in done.kept:
                talk.say("kept", f"{name}: changed since it was installed")
            talk.say("removed", f"{plural(len(done.removed), 'LUT')} {would}removed from {folder}")
        else:
            done = installing.install(home, record, app, folder, dry_run=dry_run)
            there = f", {len(done.there)} there already" if done.there else ""
            talk.say("installed", f"{plural(len(done.written), 'LUT')} {would}copied to {folder}{there}")
            if done.written and not dry_run:
                talk.say("note", APPS[app].to_see_them.format(app=app))
    if as_json:
        show_json(encode(done))
    return 0
