"""The LUTs of a rendering: those of the grades themselves, or of a part of them, written before FFmpeg needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from otiograde.color.lut import Lut3D
from otiograde.folder.layout import CHECKSUMS, faded_lut_path
from otiograde.folder.reading import changed_files
from otiograde.folder.writing import write_cube
from otiograde.media.identity import identity
from otiograde.movie.plan import Delivery, RenderPlan, digest
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline


def with_luts_on_disk(planned: RenderPlan, record: GradedTimeline, folder: Path, delivery: Delivery) -> RenderPlan:
    """Write missing LUTs, and rename the segments whose LUT was changed by hand."""
    changed = changed_files(folder, record) if (folder / CHECKSUMS).exists() else {}
    edited: dict[str, str] = {}
    used = {path for segment in planned.segments for path in segment.luts}
    for shot in {shot for segment in planned.segments for shot in segment.shots}:
        for path, lut in _luts_of(record.grade(shot), record.lut_size, delivery).items():
            file = folder / path
            if path in changed and file.exists() and path in used:
                edited[path] = identity(file)
            elif path in used and (delivery.opacity != 1 or delivery.steadied or not file.exists()):
                write_cube(file, at_opacity(lut(), delivery.opacity), within=folder)
    if not edited:
        return planned
    segments = tuple(
        replace(segment, key=digest([segment.key, *digests]))
        if (digests := [edited[lut] for lut in segment.luts if lut in edited])
        else segment
        for segment in planned.segments
    )
    return replace(planned, segments=segments)


def _luts_of(grade: Grade, size: int, delivery: Delivery) -> dict[str, Callable[[], Lut3D]]:
    """Return the path of each LUT that a grade may need -> a call that bakes it."""
    luts: dict[str, Callable[[], Lut3D]] = {
        faded_lut_path(grade.shot, delivery.opacity, steadied=delivery.steadied): lambda: grade.lut(size)
    }
    for index, (frame, _) in enumerate(grade.keyed):
        path = faded_lut_path(grade.shot, delivery.opacity, frame, steadied=delivery.steadied)
        luts[path] = partial(grade.key_lut, index, size)
    return luts


def at_opacity(lut: Lut3D, opacity: float) -> Lut3D:
    """Return a LUT mixed with the identity. LUTs are linear between nodes, so this equals mixing the pictures."""
    neutral = Lut3D.identity(lut.lattice.shape[0])
    return Lut3D(neutral.lattice + (lut.lattice - neutral.lattice) * opacity, lut.domain, lut.title)


def steadied(record: GradedTimeline) -> GradedTimeline:
    """Return the record with grades that only take out what changes inside shots: no balance, look, trim or steps."""
    shots = tuple(replace(shot, wishes=replace(shot.wishes, steps=())) for shot in record.edit.shots)
    grades = tuple(grade.steadied for grade in record.grades)
    return replace(record, edit=replace(record.edit, shots=shots), grades=grades)
