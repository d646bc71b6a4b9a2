"""``resolve/``: a script that applies every grade to a timeline in DaVinci Resolve, and its input ``grade.json``.

It uses the scripting API of DaVinci Resolve 16.2 and later (README.txt in Resolve's Developer/Scripting folder), as no
timeline file brings a LUT to the color page. Tested against a strict imitation of that API, not in the program.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

from otiograde.exporters.colorio.cdl import fit_of
from otiograde.exporters.luts import cube_of
from otiograde.folder.apps import project_of
from otiograde.folder.layout import EDIT, LUTS
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media, Shot

#: The files of this format.
PATHS = ("resolve/*",)

#: The version of grade.json. The script refuses any other.
VERSION = 1


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the script and its input. It finds ``graded.otio`` and ``luts/`` in the folder above."""
    project = project_of(record)
    pairs = zip(record.edit.shots, record.grades, strict=True)
    grade = {
        "version": VERSION,
        "name": record.edit.name,
        "folder": f"otiograde/{project}",
        "timeline": f"../{EDIT}",
        "timeline_name": project,
        "luts": f"../{LUTS}",
        "media": [_source(media) for media in dict.fromkeys(shot.media for shot in record.edit.shots)],
        "shots": [_shot(shot, grade, record.lut_size) for shot, grade in pairs],
    }
    text = json.dumps(grade, indent=1, ensure_ascii=True) + "\n"  # any Python reads ASCII, whatever its locale
    script = (files("otiograde.exporters.editors") / "resolve_apply.py").read_bytes()
    return {"resolve/resolve_apply.py": script, "resolve/grade.json": text.encode("ascii")}


def notes(record: GradedTimeline) -> list[str]:
    """Return what the script does not grade."""
    nested = [shot.id for shot in record.edit.shots if len(shot.where) != 2]
    names = f"{', '.join(nested[:3])}{f' and {len(nested) - 3} more' if len(nested) > 3 else ''}"
    return [f"in nested timelines, graded with the script's --current there only: {names}"] if nested else []


def _source(media: Media) -> dict[str, Any]:
    numbers = {"first": media.first, "last": media.first + max(media.frames, 1) - 1}
    return {"path": str(media.path), "sequence": media.kind == "sequence", **numbers}


def _shot(shot: Shot, grade: Grade, size: int) -> dict[str, Any]:
    sequence = shot.media.kind == "sequence"
    name = shot.media.path.name
    return {
        "shot": shot.id,
        "name": shot.name,
        "track": shot.track + 1,
        "start": shot.record.start,
        "count": shot.record.count,
        "nested": len(shot.where) != 2,
        "sequence": sequence,
        "file": name.partition("%0")[0].replace("%%", "%") if sequence else name,
        "lut": f"{shot.id}.cube",
        "sha256": hashlib.sha256(cube_of(grade, size)).hexdigest(),
        **_cdl(grade),
    }


def _cdl(grade: Grade) -> dict[str, Any]:
    """Return the CDL nearest to the grade, or None if none is near, and its error."""
    fit = fit_of(grade)
    error = f"CIEDE2000 mean {fit.mean:.2f}, 95 % below {fit.p95:.2f}"
    if not fit.good:
        return {"cdl": None, "cdl_why": f"no CDL comes near this grade ({error}): use its LUT"}
    cdl = fit.cdl
    numbers = {"slope": list(cdl.slope), "offset": list(cdl.offset), "power": list(cdl.power)}
    return {"cdl": {**numbers, "saturation": cdl.saturation}, "cdl_why": error}
