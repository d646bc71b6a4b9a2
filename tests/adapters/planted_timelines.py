"""A graded edit for the adapters: two clips of two colors' worth of grade, in a folder as a run leaves it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from clips import LOSSLESS, encode_numbered
from otiograde.color.affine import Affine
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.timeline import Reading, edit_of_clips

GRADE = Affine(((0.9, 0.0, 0.0), (0.0, 0.95, 0.0), (0.0, 0.0, 0.8)), (0.02, 0.0, 0.05), "rgb")


def graded_folder(ffmpeg: Path, folder: Path) -> Path:
    """The output folder of a graded edit of the clips ``a`` and ``b``, which lie beside it."""
    clips = [encode_numbered(ffmpeg, folder / f"{name}.mkv", 12, *LOSSLESS) for name in "ab"]
    edit = edit_of_clips(clips, Reading(rate=Fraction(24)), probe)
    record = GradedTimeline(edit, (), tuple(Grade(shot.id, "scene_1", GRADE) for shot in edit.shots), (), 17)
    write_folder(folder / "out", export_all(record, ("luts", "otio")))
    return folder / "out"
