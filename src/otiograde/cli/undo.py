"""``otiograde undo OUT``: the edit as it was read, without effects of ours."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.options import talking_options
from otiograde.cli.talk import Talk, show_json


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.option("--to", "-o", "target", type=click.Path(path_type=Path), help="File to write.  [default: in OUTPUT]")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@talking_options
def undo(output: Path, target: Path | None, force: bool, as_json: bool, quiet: bool) -> int:
    """Write the edit that OUTPUT was made from: the same clips, effects and metadata, and no effect of otiograde.

    Relative media URLs are made absolute, so that the edit opens wherever it lies.
    """
    from otiograde.exporters.otio import format_edit, plain_edit
    from otiograde.folder.layout import EDIT
    from otiograde.folder.reading import read_record
    from otiograde.folder.writing import check_target, write_file

    record = read_record(output)
    home = output if output.is_dir() else output.parent
    if target is None:
        target = home / f"{_stem(home, record.edit.name)}.otio"
    content = format_edit(plain_edit(record))
    if not (target.is_file() and target.read_bytes() == content):
        check_target(home / EDIT, target, force=force)
        write_file(target, content)
    Talk(quiet).say("wrote", f"{target}")
    if as_json:
        show_json({"output": str(target)})
    return 0


def _stem(home: Path, name: str) -> str:
    """Name the edit as its file was: an output folder is called after it; never ``graded``, which is another file."""
    stem = home.resolve().name
    stem = stem.removesuffix(".graded") if stem.endswith(".graded") else name
    stem = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._- ") else "_" for sign in stem).strip(" .")
    return f"{stem}.original" if stem.casefold() in ("", "graded") else stem
