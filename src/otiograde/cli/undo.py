"""``otiograde undo OUT``: write the edit as it was read, without the effects of otiograde."""

from __future__ import annotations

from pathlib import Path

import click

from otiograde.cli.console import Console, show_json
from otiograde.cli.options import output_options


@click.command()
@click.argument("output", type=click.Path(exists=True, path_type=Path))
@click.option("--to", "-o", "target", type=click.Path(path_type=Path), help="File to write.  [default: in OUTPUT]")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@output_options
def undo(output: Path, target: Path | None, force: bool, as_json: bool, quiet: bool) -> int:
    """Write the edit as it was read: the same clips, effects and metadata, and no effect of otiograde.

    Relative media addresses become absolute, so that the file opens anywhere.
    """
    from otiograde.exporters.otio import format_edit, plain_edit
    from otiograde.folder.layout import EDIT
    from otiograde.folder.reading import read_record
    from otiograde.folder.writing import check_target, write_file

    record = read_record(output)
    folder = output if output.is_dir() else output.parent
    within = None if target is not None else folder
    if target is None:
        target = folder / f"{_stem(folder, record.edit.name)}.otio"
    content = format_edit(plain_edit(record))
    if not (target.is_file() and target.read_bytes() == content):
        check_target(folder / EDIT, target, force=force)
        write_file(target, content, within=within)
    Console(quiet).print("wrote", f"{target}")
    if as_json:
        show_json({"output": str(target)})
    return 0


def _stem(folder: Path, name: str) -> str:
    """Return the stem of the edit's file: that of the output folder, else the name of the edit.

    It is never ``graded``, because ``graded.otio`` is the graded edit.
    """
    stem = folder.resolve().name
    stem = stem.removesuffix(".graded") if stem.endswith(".graded") else name
    safe = (char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in stem)
    stem = "".join(safe).strip(" .")
    return f"{stem}.original" if stem.casefold() in ("", "graded") else stem
