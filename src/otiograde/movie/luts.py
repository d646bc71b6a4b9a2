"""The LUTs of a rendering: those of the grades themselves, or of a part of them, written before FFmpeg needs them."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path

from otiograde.color.lut import Lut3D
from otiograde.folder.layout import CHECKSUMS, lut_path
from otiograde.folder.reading import changed_files, read_cube, written_files
from otiograde.folder.writing import write_cube, write_file
from otiograde.media.identity import identity
from otiograde.movie.lut_files import LutFiles
from otiograde.movie.plan import Delivery, RenderPlan, digest
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Shot


def with_luts_on_disk(planned: RenderPlan, record: GradedTimeline, folder: Path, delivery: Delivery) -> RenderPlan:
    """Write missing LUTs, and rename the segments whose LUT was changed by hand."""
    is_output = (folder / CHECKSUMS).exists()
    changed = changed_files(folder, record) if is_output else {}
    intact = written_files(folder) - changed.keys() if is_output else frozenset[str]()
    used = {path for segment in planned.segments for path in segment.luts}
    ids = {shot for segment in planned.segments for shot in segment.shots}
    edited: dict[str, str] = {}
    for shot in (shot for shot in record.edit.shots if shot.id in ids):
        if planned.luts.grades_and_converts(shot):
            edited |= _write_converting(planned.luts, shot, folder, changed, intact)
            continue
        for path, lut in planned.luts.plain(record.grade(shot.id)).items():
            file = folder / path
            if path in changed and file.exists() and path in used:
                edited[path] = identity(file)
            elif path in used and (delivery.opacity != 1 or delivery.steadied or not file.exists()):
                write_cube(file, at_opacity(lut(), delivery.opacity), within=folder)
    for path, content in planned.luts.conversion_luts().items():
        if path in used and path not in intact:
            _write_if_new(folder / path, content(), folder)
    if not edited:
        return planned
    segments = tuple(
        replace(segment, key=digest([segment.key, *digests]))
        if (digests := [edited[lut] for lut in segment.luts if lut in edited])
        else segment
        for segment in planned.segments
    )
    return replace(planned, segments=segments)


def _write_converting(
    luts: LutFiles, shot: Shot, folder: Path, changed: Container[str], intact: Container[str]
) -> Mapping[str, str]:
    """Write the LUT that grades and converts a shot. Returns its path -> the identity of the LUT changed by hand."""
    by_hand = folder / lut_path(shot.id)
    is_edited = lut_path(shot.id) in changed and by_hand.exists() and not luts.steadied
    path, content = luts.converting(shot, read_cube(by_hand) if is_edited else None)
    if path in intact and not is_edited:
        return {}
    _write_if_new(folder / path, content(), folder)
    return {path: identity(by_hand)} if is_edited else {}


def _write_if_new(file: Path, content: bytes, folder: Path) -> None:
    """Write a LUT unless the file has it: what is newer than a segment makes the scripts render it again."""
    if not file.is_file() or file.read_bytes() != content:
        write_file(file, content, within=folder)


def at_opacity(lut: Lut3D, opacity: float) -> Lut3D:
    """Return a LUT mixed with the identity. LUTs are linear between nodes, so this equals mixing the pictures."""
    neutral = Lut3D.identity(lut.lattice.shape[0])
    return Lut3D(neutral.lattice + (lut.lattice - neutral.lattice) * opacity, lut.domain, lut.title)


def steadied(record: GradedTimeline) -> GradedTimeline:
    """Return the record with grades that only take out what changes inside shots: no balance, look, trim or steps."""
    shots = tuple(replace(shot, wishes=replace(shot.wishes, steps=())) for shot in record.edit.shots)
    grades = tuple(grade.steadied for grade in record.grades)
    return replace(record, edit=replace(record.edit, shots=shots), grades=grades)
