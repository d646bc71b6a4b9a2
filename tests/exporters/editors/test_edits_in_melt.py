"""MLT and Kdenlive documents of whole edits, played by melt: every frame is the edit's, or a note says which is not.

Tests: exporters/editors/mlt_parts.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from making.clips import FFMPEGS
from making.melt import play
from making.records import graded
from making.shown import Picture, pictures
from making.tagged import BAR, BARS, HEIGHT, Levels, encode_tagged, file_and_frame, levels_of, read_levels
from making.whole_edits import EDITS, MEDIA
from otiograde.exporters import luts
from otiograde.exporters.editors import kdenlive, mlt
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.timeline import Reading, read_edit

pytestmark = [pytest.mark.slow, pytest.mark.ffmpeg]

FORMATS = {"mlt": (mlt, "graded.mlt"), "kdenlive": (kdenlive, "graded.kdenlive")}

#: What a document cannot hold: edit -> words of the note, and the frames that may differ.
SAID = {
    "nest that dissolves": ("a cut, as nested sequences", range(30, 34)),
    "bars": ("color bars at frame 0, 10 long", range(10)),
}
SAID_IN_KDENLIVE = {"held beyond its media": ("outlasts its media", range(20, 24))}

NEAREST = "nearest in time, up to "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("melt") is None or FFMPEGS["system"] is None:
        pytest.skip("NO MELT (or no FFmpeg): the documents are not played")
    root = tmp_path_factory.mktemp("media")
    encode_tagged(Path(FFMPEGS["system"]), root, MEDIA)
    return root


def played(form: tuple[ModuleType, str], files: dict[str, bytes], out: Path, count: int) -> Levels:
    """The levels of the bars of a document's frames, as melt shows them."""
    write_folder(out, files)
    words = ("mlt_image_format=rgba", "vcodec=ffv1", "pix_fmt=bgr0", "real_time=-1", "an=1", f"out={count - 1}")
    target = out / "film.mkv"
    play(out / form[1], "-consumer", f"avformat:{target}", *words, target=target)
    grab = [str(FFMPEGS["system"]), "-v", "error", "-i", target, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    codes = np.frombuffer(subprocess.run(grab, capture_output=True, check=True).stdout, np.uint8)
    return read_levels(codes.reshape(-1, HEIGHT, BARS * BAR, 3).astype(np.float32) / 255)


def is_near(picture: Picture, levels: Levels, off: int) -> bool:
    """Whether levels show the file of a picture, at most so many frames off; of a dissolve nothing is asked."""
    if len(picture) != 1 or not isinstance(picture[0][0], str):
        return True
    name, frame = file_and_frame(levels)
    return name == picture[0][0] and abs(frame - picture[0][1]) <= off


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", EDITS)
def test_melt_shows_the_edit(name: str, form: str, folder: Path, tmp_path: Path) -> None:
    module, _ = FORMATS[form]
    path = folder / "edit.otio"
    path.write_text(json.dumps(EDITS[name]), "utf-8")
    edit = read_edit(path, Reading(), probe)
    record = graded(edit, lut_size=2)
    wanted = [tuple(layer for layer in picture if layer != "bars") for picture in pictures(edit)]
    got = played(FORMATS[form], {**module.export(record), **luts.export(record)}, tmp_path / "out", len(wanted))
    assert len(got) == len(wanted)
    errors = [np.abs(levels - levels_of(picture)).max() for picture, levels in zip(wanted, got, strict=True)]
    differing = {number for number, error in enumerate(errors) if error > 0.25}
    notes = module.notes(record)
    words, frames = (SAID | (SAID_IN_KDENLIVE if form == "kdenlive" else {})).get(name, ("", range(0)))
    assert any(words in line for line in notes) if words else True
    offs = [int(line.partition(NEAREST)[2].split()[0]) for line in notes if NEAREST in line]
    if offs:
        assert all(is_near(wanted[number], got[number], max(offs)) for number in differing)
    else:
        assert differing <= set(frames)
