"""``premiere/``: the LUTs, and the cut as OpenTimelineIO and FCP7 XML, with a marker on each clip that names its LUT.

Adobe Premiere Pro reads OpenTimelineIO from version 25.6, and FCP7 XML in any version. Lumetri lists the LUTs in the
folders ``Creative`` and ``Technical`` of Adobe/Common/LUTs. The user selects each clip's LUT: the format in which
Lumetri stores it is private, and files that imitate it crash the program. Tested by reading both files back, not in
Premiere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from otiograde.exporters.editors.xmeml import xmeml, xmeml_notes
from otiograde.exporters.luts import Luts, key_frames
from otiograde.exporters.otio import format_edit, plain_edit
from otiograde.folder.apps import installed_paths, project_of
from otiograde.movie.coded import coded_notes
from otiograde.movie.cut import Cut
from otiograde.movie.keyed_lanes import split
from otiograde.movie.lanes import PlacedShot, lanes
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import clip_at

#: The files of this format.
PATHS = ("premiere/*",)

#: The folder of the LUTs in the output; it contains Adobe's two folders.
PACK = "premiere/LUTs/"


#: What Premiere does with media that is not SDR.
CODED = "Premiere converts {shots} before Lumetri where it manages color: switch that off for these clips"


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the cut in both formats, and the LUTs under the names in the markers, each baked on access."""
    project = project_of(record)
    edit = plain_edit(record)
    whole = lanes(Cut.of(record.edit), record.grades)
    shots = {placed.shot.id: placed for lane in whole for placed in lane.shots}
    clips = (placed for lane in split(whole, record.edit.rate) for placed in lane.shots)
    for shot in record.edit.shots:
        clip = clip_at(edit, shot.where)
        clip["markers"] = [*(clip.get("markers") or ()), _marker(clip, *_note(shots[shot.id], project))]
    cut = {
        "premiere/cut.otio": format_edit(edit),
        "premiere/cut.xml": xmeml(record, {placed.name: _note(placed, project) for placed in clips}),
    }
    return Pack(record, cut)


def notes(record: GradedTimeline) -> list[str]:
    """Return what ``cut.xml`` shows otherwise than the edit; ``cut.otio`` is the edit as it was read."""
    return [*(f"cut.xml: {line}" for line in xmeml_notes(record)), *coded_notes(record, CODED)]


class Pack(Mapping[str, bytes]):
    """The cut, and the .cube files of a record under Adobe's names."""

    def __init__(self, record: GradedTimeline, cut: dict[str, bytes]) -> None:
        self._cut, self._luts = cut, Luts(record)
        self._names = {
            PACK + name: path for name, path in installed_paths("premiere", record, key_frames(record)).items()
        }

    def __getitem__(self, path: str) -> bytes:
        return self._cut[path] if path in self._cut else self._luts[self._names[path]]

    def __iter__(self) -> Iterator[str]:
        yield from self._cut
        yield from self._names

    def __len__(self) -> int:
        return len(self._cut) + len(self._names)


def _note(placed: PlacedShot, project: str) -> tuple[str, str]:
    """Return the name and the comment of a shot's marker. In a list that is not split, a changing grade is said."""
    grade = placed.grade
    comment = f"{grade.scene}, confidence {grade.confidence}. Pick it as Input LUT under Basic Correction."
    if grade.course is not None and placed.key is None:
        comment += f" {placed.note or grade.course.note}."
    return f"LUT {project}_{placed.name}.cube", comment


def _marker(clip: dict[str, Any], name: str, comment: str) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": name,
        "color": "GREEN",
        "comment": comment,
        "metadata": {},
        "marked_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": (start := _start_of(clip)),
            "duration": {**start, "value": 0.0},
        },
    }


def _start_of(clip: dict[str, Any]) -> dict[str, Any]:
    """Return the start time of a clip's range in its media, as OTIO writes it."""
    references = clip.get("media_references") or {}
    reference = references.get(clip.get("active_media_reference_key", "DEFAULT_MEDIA")) or clip.get("media_reference")
    visible = clip.get("source_range") or (reference or {}).get("available_range") or {}
    start = visible.get("start_time")
    return dict(start) if start else {"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}
