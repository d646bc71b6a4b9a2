"""Open the stills, .cube files and Lab targets that are the looks of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from otiograde.decide.look import Look, cube_look, lab_look, still_look
from otiograde.decide.look.looks import Looks
from otiograde.folder.reading import read_lab_target, read_noted
from otiograde.media.frames import read_still
from otiograde.record.edit import Edit
from otiograde.record.settings import Settings
from otiograde.record.shot import Shot


def open_look(path: Path, strength: float = 1.0) -> Look:
    """The look of a .cube, a .toml with a Lab target, or a still.

    Raises ``CubeError``, ``ExportError``, ``MatchError`` or ``MediaError``.
    """
    return _open(path, strength)[0]


def _open(path: Path, strength: float) -> tuple[Look, tuple[str, ...]]:
    """Return the look of a file, and notes on how the file was read."""
    if path.suffix.lower() == ".toml":
        return lab_look(read_lab_target(path), strength), ()
    if path.suffix.lower() != ".cube":
        return still_look(read_still(path), strength), ()
    cube = read_noted(path)
    return cube_look(cube.lut, strength), tuple(f"{path.name}: {note}" for note in cube.notes)


def open_looks(shots: Iterable[Shot], settings: Settings, look: Look | None = None) -> Looks:
    """Open the look for every scene: ``look``, else the one in ``settings``; without either those that shots wish for.

    Raises ``CubeError``, ``ExportError``, ``MatchError`` or ``MediaError`` for a file that cannot be read.
    """
    if look is not None:
        return Looks(look)
    if settings.look_lab is not None:
        return Looks(lab_look(settings.look_lab, settings.look_strength))
    if settings.look is not None:
        look, notes = _open(settings.look, settings.look_strength)
        return Looks(look, notes=notes)
    files = dict.fromkeys(file for shot in shots if (file := shot.wishes.look))
    opened = {file: _open(file, 1.0) for file in files}
    wished = {file: look for file, (look, _) in opened.items()}
    return Looks(wished=wished, notes=tuple(note for _, notes in opened.values() for note in notes))


def with_notes(edit: Edit, looks: Looks) -> Edit:
    """Add the notes on the files of the looks to those on the edit, each once."""
    return replace(edit, notes=tuple(dict.fromkeys((*edit.notes, *looks.notes))))
