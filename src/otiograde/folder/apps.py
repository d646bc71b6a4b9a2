"""Editing programs that read LUTs from a folder of the user: where it is, and how the LUTs are named. No disk access.

The command line reads ``APPS`` for its choices, so this module loads nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from otiograde.folder.layout import KEYS, key_lut_path, lut_path

if TYPE_CHECKING:
    from otiograde.record.graded import GradedTimeline


@dataclass(frozen=True, slots=True)
class App:
    """One program's LUT folder."""

    #: Operating system (``sys.platform``) -> folders; the first that exists is used. ``~`` is the home folder,
    #: ``%NAME%`` an environment variable.
    folders: Mapping[str, tuple[str, ...]]
    #: Paths below the folder, one for each menu of the program; ``{project}`` and ``{shot}`` are filled in.
    luts: tuple[str, ...]
    #: Path below the folder of the list of installed files.
    manifest: str = "otiograde/{project}.json"
    #: Whether only the program itself makes the folder. If not, ``install`` makes it when it is missing.
    makes_folder: bool = False
    #: How the user makes the program list new LUTs.
    to_see_them: str = "restart {app} to see them"


#: Name on the command line -> program.
APPS: Mapping[str, App] = MappingProxyType({
    "resolve": App(
        folders={
            "darwin": ("/Library/Application Support/Blackmagic Design/DaVinci Resolve/LUT",),
            "win32": (r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\LUT",),
            "linux": ("/home/resolve/LUT", "/opt/resolve/LUT", "~/.config/Blackmagic Design/LUT"),
        },
        luts=("otiograde/{project}/{shot}.cube",),
        manifest="otiograde/{project}/otiograde.json",  # the script in the output folder uses it, too
        makes_folder=True,
        to_see_them="refresh the LUT list in Resolve",
    ),
    "premiere": App(
        folders={
            "darwin": ("~/Library/Application Support/Adobe/Common/LUTs",),
            "win32": (r"%APPDATA%\Adobe\Common\LUTs",),
        },
        luts=("Creative/{project}_{shot}.cube", "Technical/{project}_{shot}.cube"),  # Lumetri's Look and Input LUT
    ),
    "fcp": App(
        folders={"darwin": ("~/Library/Application Support/ProApps/Custom LUTs",)},
        luts=("otiograde/{shot}.cube",),  # the names in the FCPXML
    ),
})  # fmt: skip


def project_of(record: GradedTimeline) -> str:
    """Return a folder name for the record's edit: its name, and six hexadecimal digits that make it unique."""
    ascii_name = unicodedata.normalize("NFKD", record.edit.name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", ascii_name).strip("_-")[:32].strip("_-") or "edit"
    text = json.dumps(record.edit.otio, sort_keys=True).encode("utf-8", errors="surrogatepass")
    return f"{safe}-{hashlib.sha256(text).hexdigest()[:6]}"


def installed_paths(
    app: str, record: GradedTimeline, keys: Mapping[str, Iterable[int]] = MappingProxyType({})
) -> dict[str, str]:
    """Return path below the program's folder -> path in the output folder, for every LUT.

    ``keys`` are the media frames at which grades that change have LUTs, by their shots.
    """
    project, shots = project_of(record), [shot.id for shot in record.edit.shots]
    names = {(shot, ""): lut_path(shot) for shot in shots}
    names |= {(shot, f".{frame}"): key_lut_path(shot, frame) for shot in shots for frame in keys.get(shot, ())}
    paths = {}
    for pattern in APPS[app].luts:
        folder = f"{KEYS}/" if "/{shot}" in pattern else ""  # a menu of Lumetri shows no folders
        for (shot, key), path in names.items():
            paths[pattern.format(project=project, shot=f"{folder if key else ''}{shot}{key}")] = path
    return paths
