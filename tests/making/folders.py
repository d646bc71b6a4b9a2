"""The folder that a run leaves, made of real clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from making.clips import LOSSLESS, encode_numbered
from making.records import BLUER, graded
from otiograde.exporters import export_all
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.timeline import Reading, edit_of_clips


def graded_folder(ffmpeg: Path, folder: Path) -> Path:
    """The output folder of a graded edit of the clips ``a`` and ``b``, which lie beside it."""
    clips = [encode_numbered(ffmpeg, folder / f"{name}.mkv", 12, *LOSSLESS) for name in "ab"]
    edit = edit_of_clips(clips, Reading(rate=Fraction(24)), probe)
    write_folder(folder / "out", export_all(graded(edit, BLUER, lut_size=17), ("luts", "otio")))
    return folder / "out"
