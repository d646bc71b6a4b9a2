"""The script in DaVinci Resolve's menu: where it belongs, what is filled in, and how it is written and removed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from otiograde.errors import ExportError
from otiograde.folder.installing import Machine, expanded
from otiograde.folder.marked import read_marked, remove_marked, write_marked

#: First line of the script, by which it is recognized, and its file. Resolve's menu shows the name without ``.py``.
MARK, FILE = "# Written by `otiograde install-luts --app resolve`.", "otiograde.py"

#: The environment variable that names another folder.
OVERRIDE = "OTIOGRADE_RESOLVE_SCRIPTS"

#: Operating system -> Resolve's folders, the user's first; the first that exists is used.
RESOLVE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "darwin": (
            "~/Library/Application Support/Blackmagic Design/DaVinci Resolve",
            "/Library/Application Support/Blackmagic Design/DaVinci Resolve",
        ),
        "win32": (
            r"%APPDATA%\Blackmagic Design\DaVinci Resolve\Support",
            r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve",
        ),
        "linux": ("~/.local/share/DaVinciResolve", "/opt/resolve", "/home/resolve"),
    }
)
#: Below it, the scripts that the menu shows on every page.
SCRIPTS = ("Fusion", "Scripts", "Utility")


def scripts_folder(machine: Machine) -> Path:
    """Return the folder of Resolve's scripts. Raises ``ExportError`` if Resolve is not there."""
    if named := machine.environment.get(OVERRIDE):
        return Path(named)
    patterns = RESOLVE.get(machine.system, ())
    for pattern in patterns:
        folder = expanded(pattern, machine)
        if folder is not None and folder.is_dir():
            return folder.joinpath(*SCRIPTS)
    where = ", ".join(patterns) or f"Resolve does not run on {machine.system}"
    raise ExportError(f"Resolve's folder is not there ({where}): start Resolve once, or name its Utility in {OVERRIDE}")


def script(template: str, python: str, live: Path) -> str:
    """Return the script with the paths of the interpreter that runs otiograde, and of the part that it loads.

    Raises ``ExportError`` if there is no such file.
    """
    text = f"{MARK}\n{template}"
    for name, path in (("PYTHON", python), ("LIVE", str(live))):
        if not Path(path).is_file():
            raise ExportError(f"{path or 'the path of this Python'} is not a file, so Resolve could not run otiograde")
        empty = f'\n{name} = ""\n'
        before, _, after = text.partition(empty)
        text = f"{before}\n{name} = {path!a}\n{after}"
    return text


def install(folder: Path, text: str, *, dry_run: bool = False) -> tuple[Path, bool]:
    """Write the script; return it, and whether it was not there in this form. Raises ``ExportError``."""
    path = folder / FILE
    if dry_run:
        return path, read_marked(path, MARK) != text
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be made: {error.strerror or error}") from error
    return path, write_marked(path, text, within=folder)


def uninstall(folder: Path, *, dry_run: bool = False) -> tuple[Path, bool]:
    """Remove the script; return it, and whether it was there. Raises ``ExportError``."""
    path = folder / FILE
    return path, read_marked(path, MARK) is not None if dry_run else remove_marked(path, MARK)
