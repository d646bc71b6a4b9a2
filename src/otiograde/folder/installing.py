"""Copy LUTs into the folder where an editing program looks for them, and remove exactly those again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from otiograde.errors import ExportError
from otiograde.folder.apps import APPS, installed_paths, project_of
from otiograde.folder.layout import CHECKSUMS, KEYS, LUTS, key_lut_path, parse_checksums
from otiograde.folder.reading import changed_files, written_files
from otiograde.folder.writing import write_file
from otiograde.record.graded import GradedTimeline

#: The environment variable, one per program, that names another folder to use.
OVERRIDE = "OTIOGRADE_{}_LUTS"


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer and its user, which decide where folders are."""

    #: The operating system, as in ``sys.platform``.
    system: str
    #: The user's home folder.
    home: Path
    #: Environment variables.
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Installed:
    """The files that were installed or removed, or would be, as paths below ``folder``."""

    #: The program's LUT folder.
    folder: Path
    #: Files that were copied.
    written: tuple[str, ...] = ()
    #: Files that were up to date.
    there: tuple[str, ...] = ()
    #: Files that were removed.
    removed: tuple[str, ...] = ()
    #: Files that were not removed, because somebody else has changed them.
    kept: tuple[str, ...] = ()


def lut_folder(app: str, machine: Machine) -> Path:
    """Return the program's LUT folder. Raises ``ExportError`` if the program does not run here or has no folder."""
    if app not in APPS:
        raise ExportError(f"there is no program {app!r}: use one of {', '.join(APPS)}")
    override = machine.environment.get(OVERRIDE.format(app.upper()))
    if override:
        return Path(override)
    patterns = APPS[app].folders.get(machine.system, ())
    if not patterns:
        raise ExportError(f"{app} does not run on {machine.system}: name the folder in {OVERRIDE.format(app.upper())}")
    folders = [path for pattern in patterns if (path := expanded(pattern, machine)) is not None]
    for folder in folders:
        if folder.is_dir():
            return folder
    if APPS[app].makes_folder or not folders:
        raise ExportError(
            f"{app}'s LUT folder is not there ({', '.join(patterns)}): install {app}, or name the folder in"
            f" {OVERRIDE.format(app.upper())}"
        )
    return folders[0]


def expanded(pattern: str, machine: Machine) -> Path | None:
    """Fill in ``~`` or ``%NAME%``. None if there is no such variable."""
    if pattern.startswith("%"):
        name, _, rest = pattern[1:].partition("%")
        root = machine.environment.get(name)
        return Path(root, *rest.strip("\\").split("\\")) if root else None
    return machine.home / pattern[2:] if pattern.startswith("~/") else Path(pattern)


def install(output: Path, record: GradedTimeline, app: str, folder: Path, *, dry_run: bool = False) -> Installed:
    """Copy the LUTs of an output folder into the program's folder. Nothing is written unless all can be.

    Raises ``ExportError`` for a LUT that is missing or has changed, and for a file of the same name that otiograde did
    not write.
    """
    paths = installed_paths(app, record, _keys(output, record))
    contents = {name: _content(output, path, record) for name, path in paths.items()}
    manifest = _manifest(folder, app, project_of(record))
    installed, before = _read(manifest), _read(manifest, "before")
    written, up_to_date = [], []
    for name, content in contents.items():
        digest, present = _sha256(content), _digest(folder / name)
        if present == digest:
            up_to_date.append(name)
        elif present in ("", installed.get(name), before.get(name)):
            written.append(name)
            before |= {name: present} if present else {}
        else:
            raise ExportError(
                f"{folder / name} was not written by otiograde for this edit: move it away, or --uninstall the edit it"
                " is of (nothing was installed)"
            )
    if not dry_run:
        for name in written:
            # Listed first, with what it replaces, so that an interrupted installation can be finished or removed.
            installed[name] = _sha256(contents[name])
            _write(manifest, installed, before)
            _put(folder / name, contents[name])
        if before:
            _write(manifest, installed)
    return Installed(folder, tuple(written), tuple(up_to_date))


def uninstall(record: GradedTimeline, app: str, folder: Path, *, dry_run: bool = False) -> Installed:
    """Remove the files that ``install`` wrote for this edit and that have not changed since."""
    manifest = _manifest(folder, app, project_of(record))
    installed, before = _read(manifest), _read(manifest, "before")
    present = {name: digest for name in installed if (digest := _digest(folder / name))}
    removed = tuple(name for name, digest in present.items() if digest in (installed[name], before.get(name)))
    kept = tuple(name for name in present if name not in removed)
    if not dry_run and installed:
        for name in removed:
            _remove(folder / name)
        _remove(manifest)
        _prune(folder, [*(folder / name for name in removed), manifest])
    return Installed(folder, removed=removed, kept=kept)


def _prune(folder: Path, removed: list[Path]) -> None:
    """Remove otiograde's folders that are empty now, the innermost first; never the program's folders."""
    top = folder / "otiograde"
    parents = {parent for path in removed for parent in path.parents if parent.is_relative_to(top)}
    for parent in sorted(parents, reverse=True):
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


def _keys(output: Path, record: GradedTimeline) -> dict[str, list[int]]:
    """Return the media frames of the keys that otiograde wrote into an output folder, by their shots."""
    changing = {grade.shot for grade in record.grades if grade.course is not None}
    keys: dict[str, list[int]] = {}
    for name in written_files(output) if changing else ():
        shot, _, frame = name.removeprefix(f"{LUTS}/{KEYS}/").removesuffix(".cube").rpartition(".")
        if shot in changing and frame.isdecimal() and name == key_lut_path(shot, int(frame)):
            keys.setdefault(shot, []).append(int(frame))
    return {shot: sorted(frames) for shot, frames in keys.items()}


def _content(output: Path, path: str, record: GradedTimeline) -> bytes:
    """Read a LUT of the output folder. Raises ``ExportError`` if it is missing or has changed since it was written."""
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
    """Return the path of the list of installed files."""
    return folder / APPS[app].manifest.format(project=project)


def _read(manifest: Path, key: str = "files") -> dict[str, str]:
    """Read a manifest: path below the LUT folder -> SHA-256. Raises ``ExportError`` if it is damaged.

    ``before`` are the files that an interrupted installation was replacing.
    """
    if not manifest.is_file():
        return {}
    try:
        stored = json.loads(manifest.read_bytes())
        files = stored["files"] if key == "files" else stored.get(key, {})
        digests = {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{manifest} is damaged, so the installed files are not known: {error}") from error
    if bad := [name for name in digests if ".." in name or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._/-]*", name)]:
        raise ExportError(f"{manifest} is damaged: {bad[0]!r} is not a name that otiograde writes")
    if manifest.name == "otiograde.json":  # Resolve's manifest is in the folder of the LUTs
        return {f"otiograde/{manifest.parent.name}/{name}": digest for name, digest in digests.items()}
    return digests


def _write(manifest: Path, files: Mapping[str, str], before: Mapping[str, str] = MappingProxyType({})) -> None:
    beside = manifest.name == "otiograde.json"
    content: dict[str, object] = {"otiograde": 1}
    for key, digests in (("files", files), ("before", before)):
        if digests or key == "files":
            folder = f"otiograde/{manifest.parent.name}/" if beside else ""
            names = {name: name.removeprefix(folder) for name in digests}
            content[key] = {names[name]: digest for name, digest in sorted(digests.items())}
    _put(manifest, (json.dumps(content, indent=1) + "\n").encode("ascii"))


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
    """Return the SHA-256 of a file; empty if there is none, and no digest for a folder or a link."""
    if not path.exists() and not path.is_symlink():
        return ""
    return _sha256(path.read_bytes()) if path.is_file() and not path.is_symlink() else "not a file"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
