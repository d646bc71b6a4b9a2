"""``luts/<shot id>.cube``: one plain LUT per shot, for its encoded R'G'B' at full range.

Read by FFmpeg, OpenColorIO, DaVinci Resolve, Premiere Pro, Final Cut Pro and most others (Cube LUT Specification 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otiograde.color.cube import format_cube
from otiograde.folder.layout import lut_path
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the LUT of every shot. Each is baked on access: those of a feature film fill gigabytes."""
    return Luts(record)


def cube_of(grade: Grade, size: int) -> bytes:
    """Return the .cube file of one grade."""
    return format_cube(grade.lut(size)).encode("ascii")


class Luts(Mapping[str, bytes]):
    """The .cube files of a record."""

    def __init__(self, record: GradedTimeline) -> None:
        self._size = record.lut_size
        self._grades = {lut_path(grade.shot): grade for grade in record.grades}

    def __getitem__(self, path: str) -> bytes:
        return cube_of(self._grades[path], self._size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._grades)

    def __len__(self) -> int:
        return len(self._grades)
