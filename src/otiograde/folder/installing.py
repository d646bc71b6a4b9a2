"""Put LUTs into the folder where an editing program looks for them, and take exactly those away again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from otiograde.errors import ExportError
from otiograde.folder.apps import APPS, names_for, project_of
from otiograde.folder.layout import CHECKSUMS, parse_checksums
from otiograde.folder.reading import changed_files
from otiograde.folder.writing import write_file
from otiograde.record.graded import GradedTimeline

#: Names the folder to take instead, whatever the system: one variable a program.
OVERRIDE = "OTIOGRADE_{}_LUTS"


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides where folders lie: the system (``sys.platform``), the home folder and the environment."""

    system: str
    home: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done, or would be: paths below ``folder``; ``kept`` were changed by others since, and stay."""

    folder: Path
    written: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def lut_folder(app: str, machine: Machine) -> Path:
    """Find the program's LUT folder of this user. Raises ``ExportError``: no such program here, or no folder of it."""
    if app not in APPS:
        raise ExportError(f"there is no program {app!r}: use one of {', '.join(APPS)}")
    named = machine.environment.get(OVERRIDE.format(app.upper()))
    if named:
        return Path(named)
    places = APPS[app].folders.get(machine.system, ())
    if not places:
        raise ExportError(f"{app} does not run on {machine.system}: name the folder in {OVERRIDE.format(app.upper())}")
    found = [path for place in places if (path := _expanded(place, machine)) is not None]
    for path in found:
        if path.is_dir():
            return path
    if APPS[app].makes_folder or not found:
        raise ExportError(
            f"{app}'s LUT folder is not there ({', '.join(places)}): install {app}, or name the folder in"
            f" {OVERRIDE.format(app.upper())}"
        )
    return found[0]


def _expanded(place: str, machine: Machine) -> Path | None:
    if place.startswith("%"):
        name, _, rest = place[1:].partition("%")
        root = machine.environment.get(name)
        return Path(root, *rest.strip("\\").split("\\")) if root else None
    return machine.home / place[2:] if place.startswith("~/") else Path(place)


def install(output: Path, record: GradedTimeline, app: str, folder: Path, *, dry_run: bool = False) -> Installed:
    """Copy the LUTs of an output folder to where the program finds them; nothing is written unless all can be.

    Raises ``ExportError`` for a LUT that is missing or not what was written, and for a file of somebody else in a
    LUT's place.
    """
    wanted = {name: _content(output, path, record) for name, path in names_for(app, record).items()}
    manifest = _manifest(folder, app, project_of(record))
    ours = _read(manifest)
    written, there = [], []
    for name, content in wanted.items():
        digest, found = _sha256(content), _digest(folder / name)
        if found == digest:
            there.append(name)
        elif found in ("", ours.get(name)):
            written.append(name)
        else:
            raise ExportError(
                f"{folder / name} was not written by otiograde for this edit: move it away, or --uninstall the edit it"
                " is of (nothing was installed)"
            )
    if not dry_run:
        for name in written:
            # Noted first: what is half done can be undone.
            ours[name] = _sha256(wanted[name])
            _write(manifest, ours)
            _put(folder / name, wanted[name])
    return Installed(folder, tuple(written), tuple(there))


def uninstall(record: GradedTimeline, app: str, folder: Path, *, dry_run: bool = False) -> Installed:
    """Remove exactly what ``install`` wrote for this edit and nobody has changed since."""
    manifest = _manifest(folder, app, project_of(record))
    ours = _read(manifest)
    found = {name: _digest(folder / name) for name in ours}
    removed = tuple(name for name in ours if found[name] == ours[name])
    kept = tuple(name for name in ours if found[name] not in ("", ours[name]))
    if not dry_run and ours:
        for name in removed:
            _remove(folder / name)
        _remove(manifest)
        _prune(folder, [*(folder / name for name in removed), manifest])
    return Installed(folder, removed=removed, kept=kept)


def _prune(folder: Path, gone: list[Path]) -> None:
    """Remove the folders of ours that are empty now, the innermost first; never the program's own."""
    own = folder / "otiograde"
    homes = {home for path in gone for home in path.parents if home.is_relative_to(own)}
    for home in sorted(homes, reverse=True):
        if home.is_dir() and not any(home.iterdir()):
            home.rmdir()


def _content(output: Path, path: str, record: GradedTimeline) -> bytes:
    """Read a LUT of the output folder, known to be what was written."""
    why = changed_files(output, record).get(path, "") if not (output / path).is_file() else ""
    try:
        content = (output / path).read_bytes()
        checksums = parse_checksums((output / CHECKSUMS).read_text("ascii", errors="replace"))
    except OSError as error:
        raise ExportError(f"{error.filename} {why or 'cannot be read'}: grade the edit again") from error
    written = checksums.get(path, "nothing")
    if _sha256(content) != written:
        raise ExportError(
            f"{output / path} has changed since it was written (sha256 {_sha256(content)}, written as {written}):"
            " grade the edit again"
        )
    return content


def _manifest(folder: Path, app: str, project: str) -> Path:
    """Name the file that lists what is ours."""
    return folder / APPS[app].manifest.format(project=project)


def _read(manifest: Path) -> dict[str, str]:
    """Read path below the LUT folder -> sha256. Raises ``ExportError`` for a manifest that is damaged."""
    if not manifest.is_file():
        return {}
    try:
        files = json.loads(manifest.read_bytes())["files"]
        named = {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{manifest} is damaged, so what is ours is not known: {error}") from error
    if bad := [name for name in named if ".." in name or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._/-]*", name)]:
        raise ExportError(f"{manifest} is damaged: {bad[0]!r} is no name of ours")
    if manifest.name == "otiograde.json":  # Resolve's lies beside the LUTs and names them by their own names
        return {f"otiograde/{manifest.parent.name}/{name}": digest for name, digest in named.items()}
    return named


def _write(manifest: Path, files: Mapping[str, str]) -> None:
    beside = manifest.name == "otiograde.json"
    named = {name.rsplit("/", 1)[-1] if beside else name: digest for name, digest in sorted(files.items())}
    _put(manifest, (json.dumps({"otiograde": 1, "files": named}, indent=1) + "\n").encode("ascii"))


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{path.parent} cannot be made: {error.strerror or error}") from error
    write_file(path, content)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ExportError(f"{path} cannot be removed: {error.strerror or error}") from error


def _digest(path: Path) -> str:
    """Hash a file; empty when there is none. Anything else in its place is a stranger's."""
    if not path.exists() and not path.is_symlink():
        return ""
    return _sha256(path.read_bytes()) if path.is_file() and not path.is_symlink() else "not a file"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
