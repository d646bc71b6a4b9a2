"""``luts/<shot id>.cube``: one plain LUT per shot, for its encoded R'G'B' at full range.

Where a grade changes inside a shot, ``luts/keys/<shot id>.<media frame>.cube`` are its keys, and its grades at the ends
of what is shown. The LUT of the shot is then its grade at the reference frame.

Read by FFmpeg, OpenColorIO, DaVinci Resolve, Premiere Pro, Final Cut Pro and most others (Cube LUT Specification 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otiograde.color.cube import format_cube
from otiograde.folder.layout import key_lut_path, lut_path
from otiograde.movie.cut import Cut
from otiograde.movie.keyed_lanes import keyed_frames
from otiograde.movie.lanes import lanes
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the LUT of every shot. Each is baked on access: those of a feature film fill gigabytes."""
    return Luts(record)


def cube_of(grade: Grade, size: int) -> bytes:
    """Return the .cube file of one grade: where it changes, at its reference frame."""
    return format_cube(grade.lut(size)).encode("ascii")


def key_cube_of(grade: Grade, frame: int, size: int) -> bytes:
    """Return the .cube file of a key of one grade, or of the grade at a media frame between its keys."""
    index = next((number for number, (key, _) in enumerate(grade.keyed) if key == frame), None)
    lut = grade.lut_at(frame, size) if index is None else grade.key_lut(index, size)
    return format_cube(lut).encode("ascii")


def key_frames(record: GradedTimeline) -> dict[str, list[int]]:
    """Return the media frames at which changing grades have LUTs, in rising order, by their shots."""
    if all(grade.course is None for grade in record.grades):
        return {}
    shown = keyed_frames(lanes(Cut.of(record.edit), record.grades), record.edit.rate)
    keys = {grade.shot: {frame for frame, _ in grade.keyed} for grade in record.grades if grade.course is not None}
    return {shot: sorted(frames | shown.get(shot, set())) for shot, frames in keys.items()}


class Luts(Mapping[str, bytes]):
    """The .cube files of a record."""

    def __init__(self, record: GradedTimeline) -> None:
        self._size = record.lut_size
        self._grades: dict[str, tuple[Grade, int | None]] = {
            lut_path(grade.shot): (grade, None) for grade in record.grades
        }
        changing = {grade.shot: grade for grade in record.grades}
        for shot, frames in key_frames(record).items():
            self._grades |= {key_lut_path(shot, frame): (changing[shot], frame) for frame in frames}

    def __getitem__(self, path: str) -> bytes:
        grade, frame = self._grades[path]
        return cube_of(grade, self._size) if frame is None else key_cube_of(grade, frame, self._size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._grades)

    def __len__(self) -> int:
        return len(self._grades)
