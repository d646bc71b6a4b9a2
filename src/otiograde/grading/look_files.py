"""Open the stills and .cube files that are the looks of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from otiograde.decide.look import Look, cube_look, still_look
from otiograde.decide.look.looks import Looks
from otiograde.folder.reading import read_cube
from otiograde.media.frames import read_still
from otiograde.record.settings import Settings
from otiograde.record.shot import Shot


def open_look(path: Path, strength: float = 1.0) -> Look:
    """The look of a .cube, or of a still. Raises ``CubeError``, ``ExportError`` or ``MediaError``."""
    if path.suffix.lower() == ".cube":
        return cube_look(read_cube(path), strength)
    return still_look(read_still(path), strength)


def open_looks(shots: Iterable[Shot], settings: Settings, look: Look | None = None) -> Looks:
    """Open the look for every scene: ``look``, else the file in ``settings``; without either those that shots wish for.

    Raises ``CubeError``, ``ExportError`` or ``MediaError`` for a file that cannot be read.
    """
    if look is None and settings.look is not None:
        look = open_look(settings.look, settings.look_strength)
    if look is not None:
        return Looks(look)
    return Looks(wished={file: open_look(file) for shot in shots if (file := shot.wishes.look)})
