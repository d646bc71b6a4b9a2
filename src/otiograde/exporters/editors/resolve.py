"""``resolve/``: a script that applies every grade to a timeline in DaVinci Resolve, and its input ``grade.json``.

It uses the scripting API of DaVinci Resolve 16.2 and later (README.txt in Resolve's Developer/Scripting folder), as no
timeline file brings a LUT to the color page. Where grades change inside shots, ``cut.otio`` has these shots split at
the keys, with dissolves between. Tested against a strict imitation of that API, not in the program.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files as resources
from typing import Any

from otiograde.exporters.colorio.cdl import fit_of
from otiograde.exporters.editors.razor import can_be_cut, cut_up
from otiograde.exporters.luts import cube_of, key_cube_of
from otiograde.exporters.otio import format_edit, plain_edit
from otiograde.folder.apps import project_of
from otiograde.folder.layout import EDIT, LUTS
from otiograde.movie.coded import coded_notes
from otiograde.movie.cut import Cut
from otiograde.movie.keyed_lanes import pieces, split_notes
from otiograde.movie.lanes import PlacedShot, lanes
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media, Shot

#: The files of this format.
PATHS = ("resolve/*",)

#: The version of grade.json. The script refuses any other.
VERSION = 1

#: Reasons of a grade that its marker names, at most.
REASONS = 3

#: What Resolve does with media that is not SDR.
CODED = (
    "a project that manages color converts {shots} before node 1, so the script refuses it: see its option --bypassed, "
    "or put the timeline LUTs of `handover` there"
)


def export(record: GradedTimeline) -> dict[str, bytes]:
    """Return the script and its input. It finds ``graded.otio`` and ``luts/`` in the folder above."""
    project, rate = project_of(record), record.edit.rate
    whole = lanes(Cut.of(record.edit), record.grades)
    placed = {one.shot.id: pieces(one, rate) for lane in whole for one in lane.shots if can_be_cut(one.shot)}
    rows, splits = [], any(len(parts) > 1 for parts in placed.values())
    clips = [_shot(shot, grade, record.lut_size) for shot, grade in zip(record.edit.shots, record.grades, strict=True)]
    for row in clips:
        rows += [_piece(row, piece, record.lut_size) for piece in placed.get(row["shot"], ())] or [row]
    grade = {
        "version": VERSION,
        "name": record.edit.name,
        "folder": f"otiograde/{project}",
        "timeline": "cut.otio" if splits else f"../{EDIT}",
        "timeline_name": f"{project}-keys" if splits else project,
        "luts": f"../{LUTS}",
        "media": [_source(media) for media in dict.fromkeys(shot.media for shot in record.edit.shots)],
        "shots": rows,
        **({"clips": _whole(clips, record)} if splits else {}),
    }
    text = json.dumps(grade, indent=1, ensure_ascii=True) + "\n"  # any Python reads ASCII, whatever its locale
    script = (resources("otiograde.exporters.editors") / "resolve_apply.py").read_bytes()
    files = {"resolve/resolve_apply.py": script, "resolve/grade.json": text.encode("ascii")}
    if splits:
        cut = plain_edit(record)
        cut_up(cut, [shot for shot in record.edit.shots if shot.id in placed], placed, rate)
        files["resolve/cut.otio"] = format_edit(cut)
    return files


def notes(record: GradedTimeline) -> list[str]:
    """Return what the script does not grade."""
    nested = [shot.id for shot in record.edit.shots if len(shot.where) != 2]
    names = f"{', '.join(nested[:3])}{f' and {len(nested) - 3} more' if len(nested) > 3 else ''}"
    lines = [f"in nested timelines, graded with the script's --current there only: {names}"] if nested else []
    changes = split_notes(lanes(Cut.of(record.edit), record.grades), record.edit.rate)
    return [*lines, *changes, *coded_notes(record, CODED)]


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
        "scene": grade.scene,
        "marker": "; ".join(reason.sentence for reason in grade.reasons[:REASONS]),
        **_cdl(grade),
    }


def _whole(rows: list[dict[str, Any]], record: GradedTimeline) -> list[dict[str, Any]]:
    """Return the rows of a timeline whose shots are not split: a changing grade is there as it is at one frame."""
    courses = [grade.course for grade in record.grades]
    return [{**row, "note": f"; {course.note}"} if course else row for row, course in zip(rows, courses, strict=True)]


def _piece(row: dict[str, Any], piece: PlacedShot, size: int) -> dict[str, Any]:
    """Return the row of one piece of a shot. A piece with the LUT of the shot is the shot."""
    course = piece.grade.course
    if course is None:
        return row
    if piece.key is None:
        return {**row, "note": f"; {piece.note or course.note}"}
    return {
        **row,
        "start": piece.start,
        "count": piece.end - piece.start,
        "lut": piece.lut.removeprefix(f"{LUTS}/"),
        "sha256": hashlib.sha256(key_cube_of(piece.grade, piece.key, size)).hexdigest(),
        "cdl": None,
        "cdl_why": "the grade changes inside this shot: use its LUTs",
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
