"""Files that otiograde writes into the folders of other programs: known by their first line, and removed again."""

from __future__ import annotations

from pathlib import Path

from otiograde.errors import ExportError
from otiograde.folder.writing import write_file


def write_marked(path: Path, text: str, *, within: Path) -> bool:
    """Write a file whose first line is its mark. Returns whether it was not there in this form.

    No link below ``within`` is followed. Raises ``ExportError`` for a file that does not begin with this mark.
    """
    if read_marked(path, text.partition("\n")[0]) == text:
        return False
    write_file(path, text.encode(), within=within)
    return True


def remove_marked(path: Path, mark: str) -> bool:
    """Remove the file; return whether it was there. Raises ``ExportError`` as ``write_marked`` does."""
    if read_marked(path, mark) is None:
        return False
    try:
        path.unlink()
    except OSError as error:
        raise ExportError(f"{path}: cannot be removed ({error.strerror}): check its permissions") from error
    return True


def read_marked(path: Path, mark: str) -> str | None:
    """Return the text of our file, or None where there is none. Raises ``ExportError`` for a file of others."""
    try:
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error
    if text.partition("\n")[0] != mark:
        raise ExportError(f"{path}: was not written by otiograde: move it away first")
    return text
