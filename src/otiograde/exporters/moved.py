"""Modules that have moved: a plug-in written for an old name is told the new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_RECORD = ("codec", "edit", "evidence", "finding", "grade", "graded", "scene", "shot", "steps", "twins")
_MEANS = ("cache", "progress", "workers")
_GRADING = ("carrying", "picturing", "pipeline", "regrading")
_SURVEY = ("drift", "flow", "link", "sample")
_DECIDE = ("grouping", "look", "verify")
_EXPORTERS = {
    "lists": ("ale", "edl"),
    "editors": ("fcp_lut", "fcpxml", "kdenlive", "mlt", "mlt_parts", "premiere", "resolve", "resolve_apply", "xmeml"),
    "colorio": ("cdl", "lut_formats", "nuke", "ocio"),
}
_MOVIE = ("batch", "commands", "encoders", "graph", "layers", "plan", "shell", "sound", "swscale", "variables")

#: Old module or package -> where its names are now, both below ``otiograde``. Of a lost package Python reports no more
#: than the package, so the modules of ``linking`` and ``match`` stand in one line each.
NEW_HOMES: Mapping[str, str] = MappingProxyType({
    **{name: f"record.{name}" for name in _RECORD},
    **{name: f"means.{name}" for name in _MEANS},
    **{name: f"grading.{name}" for name in _GRADING},
    **{name: f"survey.{name}" for name in _SURVEY},
    **{name: f"decide.{name}" for name in _DECIDE},
    **{f"exporters.{name}": f"exporters.{wing}.{name}" for wing, names in _EXPORTERS.items() for name in names},
    **{f"exporters.render.{name}": f"movie.{name}" for name in _MOVIE},
    "comparison": "movie.compare",
    "describing": "color.describing",
    "exporters.colorio": "exporters.colorio.colorio",
    "exporters.lanes": "movie.lanes",
    "exporters.render.film": "movie.format",
    "exporters.render.steps": "movie.step_filters",
    "exporters.render.takes": "movie.timing",
    "exporters.tapes": "movie.tapes",
    "exporters.timecode": "movie.timecode",
    "installing": "folder.installing",
    "linking": "survey.links and means.network",
    "match": "decide.match, survey.reach, survey.resemblance and color.solver",
    "outputs": "folder.layout, folder.reading and folder.writing",
    "proving": "movie.proving",
    "rendering": "movie.rendering",
    "timeline.clock": "record.clock",
})  # fmt: skip

#: Python 3.11 names the missing name of ``from otiograde import graded`` in its message only.
_MISSING_NAME = re.compile(r"cannot import name '(\w+)'")


def new_home(error: Exception) -> str:
    """Return where the module of a failed import has moved to; empty if it has not moved."""
    if not isinstance(error, ImportError) or not (error.name or "").startswith("otiograde"):
        return ""
    parts = str(error.name).split(".")[1:]
    if not isinstance(error, ModuleNotFoundError) and (missing := _MISSING_NAME.match(str(error))):
        parts.append(missing[1])
    for length in range(len(parts), 0, -1):
        old = ".".join(parts[:length])
        if old in NEW_HOMES:
            rest = "".join(f".{part}" for part in parts[length:])
            return f"it imports otiograde.{old}{rest}, which is now in otiograde.{NEW_HOMES[old]}{rest}"
    return ""
