"""The names of files in an output folder. This module does not access the disk.

Exporters and ``movie`` only name files; ``writing`` and ``reading`` open them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePath, PurePosixPath

from otiograde.errors import ExportError

#: The record of a run. A folder with a record was written by otiograde.
RECORD = "graded.json"

#: The edit as OTIO, with an effect on each clip.
EDIT = "graded.otio"

#: The edit that the cuts of a finished movie make, for a person to correct. It is never replaced.
MOVIE_EDIT = "movie.otio"

#: The SHA-256 of each file that otiograde wrote. ``sha256sum -c`` reads it.
CHECKSUMS = "checksums.sha256"

#: The folder of the LUTs, one per shot.
LUTS = "luts"

#: The folder in it of the LUTs of keys, where a grade changes inside a shot.
KEYS = "keys"

#: The folder in it of the LUTs that grade a shot and convert it to the encoding of the movie.
CONVERTED = "converted"

#: The folder of the small pictures that the report shows.
PICTURES = "pictures"

#: The folder in it of the frames on both sides of the cuts that were found in a movie.
CUTS = "cuts"

#: The folder in it of the stills that looks were read from.
LOOK_STILLS = "looks"

#: The report, and a sheet of all its pictures.
REPORT, CONTACT_SHEET = "report.html", "contact_sheet.png"

#: The scripts that render the movie.
SHELL_SCRIPT, BATCH_FILE = "render.sh", "render.bat"

#: The folder of a rendering's intermediate files, and the segments of the movie in it.
RENDER = "render"
SEGMENTS = f"{RENDER}/segments"

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def lut_path(shot: str) -> str:
    """Return the path of a shot's LUT."""
    return f"{LUTS}/{shot}.cube"


def key_lut_path(shot: str, frame: int) -> str:
    """Return the path of the LUT of a shot's key at a media frame."""
    return f"{LUTS}/{KEYS}/{shot}.{frame}.cube"


def faded_lut_path(shot: str, opacity: float, frame: int | None = None, *, steadied: bool = False) -> str:
    """Return the path of a LUT that a rendering uses: a shot's, or that of its key at ``frame``.

    At an ``opacity`` of 1, it is the LUT of the grade itself, unless the rendering has only been ``steadied``.
    """
    path = lut_path(shot) if frame is None else key_lut_path(shot, frame)
    if steadied:
        path = f"{RENDER}/{LUTS}/steadied/{path.removeprefix(f'{LUTS}/')}"
    if opacity == 1:
        return path
    return f"{path if steadied else f'{RENDER}/{path}'}".removesuffix(".cube") + f".{round(opacity * 1000):04d}.cube"


def converted_lut_path(shot: str, target: str, opacity: float = 1, *, away: bool = False, end: str = "cube") -> str:
    """Return the path of the LUT that grades a shot and converts it to the movie's encoding, ``target``.

    ``away`` is whether it is for another movie than that of the output folder's scripts, ``end`` the ending of its
    name.
    """
    path = f"{LUTS}/{CONVERTED}/{shot}.{target}"
    faded = "" if opacity == 1 else f".{round(opacity * 1000):04d}"
    return f"{f'{RENDER}/' if away or faded else ''}{path}{faded}.{end}"


def conversion_path(source: str, target: str, *, away: bool = False) -> str:
    """Return the path of a LUT that converts one encoding into another, and grades nothing."""
    return f"{f'{RENDER}/' if away else ''}{LUTS}/{CONVERTED}/encodings/{source}.{target}.cube"


def shaper_path(*, away: bool = False) -> str:
    """Return the path of the LUT that turns linear light into its code values."""
    return f"{f'{RENDER}/' if away else ''}{LUTS}/{CONVERTED}/encodings/linear.csp"


def picture_path(shot: str, frame: int) -> str:
    """Return the path of the picture of one media frame of a shot."""
    return f"{PICTURES}/{shot}/{frame}.jpg"


def cut_picture_path(shot: str, frame: int) -> str:
    """Return the path of the picture of a media frame at which a shot of a finished movie begins or ends."""
    return f"{PICTURES}/{CUTS}/{shot}.{frame}.jpg"


def look_picture_path(look: PurePath) -> str:
    """Return the path of the picture of a look: of a still, or of the first one of several."""
    return f"{PICTURES}/{LOOK_STILLS}/still-{sha256(str(look).encode('utf-8', 'replace')).hexdigest()[:12]}.jpg"


def is_safe(name: str) -> bool:
    """Whether a relative path with ``/`` stays inside the folder and is valid on every system."""
    return all(_PART.fullmatch(part) for part in name.split("/")) and PurePosixPath(name).as_posix() == name


def check_names(names: Iterable[str]) -> None:
    """Raise ``ExportError`` for a name that is not safe, and for two names that differ only in case."""
    seen: set[str] = set()
    for name in names:
        if not is_safe(name):
            raise ExportError(f"{name!r} is not a safe file name for an output (letters, digits, '.', '_', '-', '/')")
        if name.lower() in seen or name == CHECKSUMS:
            raise ExportError(f"{name!r} is written twice (upper and lower case are one name on some disks)")
        seen.add(name.lower())


def parse_checksums(text: str) -> dict[str, str]:
    """Return path -> SHA-256 in hexadecimal. Lines that otiograde would not write are ignored."""
    pairs = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
    # The names are joined to the folder, so a name that leads out of it must not pass.
    return {name: digest for digest, name in pairs if is_safe(name)}


def format_checksums(digests: Mapping[str, str]) -> str:
    """Return path -> SHA-256 as text in the format of ``sha256sum``."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items())
