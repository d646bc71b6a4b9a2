"""Editing programs that take LUTs from a folder of the user's: where it is, and what the LUTs are called. No disk.

The command line reads ``APPS`` for its choices, so this module loads nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from otiograde.folder.layout import lut_path

if TYPE_CHECKING:
    from otiograde.record.graded import GradedTimeline


@dataclass(frozen=True, slots=True)
class App:
    """One program's LUT folder."""

    #: Operating system (``sys.platform``) -> folders; the first that is there is taken. ``~`` and ``%NAME%`` stand for
    #: the user's.
    folders: Mapping[str, tuple[str, ...]]
    #: Paths below the folder, one per menu of the program, with ``{project}`` and ``{shot}`` in them.
    luts: tuple[str, ...]
    #: Path below the folder of the list of what was installed.
    manifest: str = "otiograde/{project}.json"
    #: Whether the program itself makes the folder. If not, whoever comes first makes it.
    makes_folder: bool = False
    #: What the user does for the program to list new LUTs.
    to_see_them: str = "restart {app} to see them"


#: Every program by the name that the command line takes.
APPS: Mapping[str, App] = MappingProxyType({
    "resolve": App(
        folders={
            "darwin": ("/Library/Application Support/Blackmagic Design/DaVinci Resolve/LUT",),
            "win32": (r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\LUT",),
            "linux": ("/home/resolve/LUT", "/opt/resolve/LUT", "~/.config/Blackmagic Design/LUT"),
        },
        luts=("otiograde/{project}/{shot}.cube",),
        manifest="otiograde/{project}/otiograde.json",  # where the script of the output folder keeps it, too
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
        luts=("otiograde/{shot}.cube",),  # the names that the FCPXML gives
    ),
})  # fmt: skip


def project_of(record: GradedTimeline) -> str:
    """Name the record's edit as a folder: its name and six digits that tell it from others of the same name."""
    plain = unicodedata.normalize("NFKD", record.edit.name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:32].strip("_-") or "edit"
    text = json.dumps(record.edit.otio, sort_keys=True).encode("utf-8", errors="surrogatepass")
    return f"{safe}-{hashlib.sha256(text).hexdigest()[:6]}"


def names_for(app: str, record: GradedTimeline) -> dict[str, str]:
    """Map the path of each LUT below the program's folder to its path in the output folder."""
    project, shots = project_of(record), [shot.id for shot in record.edit.shots]
    return {pattern.format(project=project, shot=shot): lut_path(shot) for pattern in APPS[app].luts for shot in shots}
