"""``luts/<shot id>.cube``: one plain LUT per shot, for its encoded R'G'B' at full range.

Where a grade changes inside a shot, ``luts/keys/<shot id>.<media frame>.cube`` are its keys, and the LUT of the shot is
its grade at the reference frame.

Read by FFmpeg, OpenColorIO, DaVinci Resolve, Premiere Pro, Final Cut Pro and most others (Cube LUT Specification 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otiograde.color.cube import format_cube
from otiograde.folder.layout import key_lut_path, lut_path
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the LUT of every shot. Each is baked on access: those of a feature film fill gigabytes."""
    return Luts(record)


def cube_of(grade: Grade, size: int) -> bytes:
    """Return the .cube file of one grade: where it changes, at its reference frame."""
    return format_cube(grade.lut(size)).encode("ascii")


def key_cube_of(grade: Grade, index: int, size: int) -> bytes:
    """Return the .cube file of the key ``index`` of one grade."""
    return format_cube(grade.key_lut(index, size)).encode("ascii")


class Luts(Mapping[str, bytes]):
    """The .cube files of a record."""

    def __init__(self, record: GradedTimeline) -> None:
        self._size = record.lut_size
        self._grades: dict[str, tuple[Grade, int | None]] = {
            lut_path(grade.shot): (grade, None) for grade in record.grades
        }
        for grade in record.grades:
            for index, (frame, _) in enumerate(grade.keyed):
                self._grades[key_lut_path(grade.shot, frame)] = grade, index

    def __getitem__(self, path: str) -> bytes:
        grade, index = self._grades[path]
        return cube_of(grade, self._size) if index is None else key_cube_of(grade, index, self._size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._grades)

    def __len__(self) -> int:
        return len(self._grades)
