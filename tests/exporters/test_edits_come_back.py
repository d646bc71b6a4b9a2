"""Every format that holds an edit is read again and shows the same media frames in every frame, or says what differs.

Nothing is rendered: what an edit shows follows from its plan, whose frames the tests of ``movie`` read off pixels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from making.lists import Shelf
from making.records import graded
from making.shown import BLACK, Picture, differing, over, pictures
from making.whole_edits import EDITS, MEDIA
from otiograde.exporters import notes_of, otio
from otiograde.exporters.editors import fcpxml, premiere
from otiograde.exporters.lists import edl
from otiograde.movie.tapes import first_frame_number
from otiograde.record.edit import MISREAD, NOT_READ, Edit
from otiograde.record.graded import GradedTimeline
from otiograde.timeline import Reading, read_edit

SHELF = Shelf(MEDIA)

NEST = "dissolve at frame 30: a cut, as nested sequences are laid out shot by shot"
PHASE = "between two frames"

#: Notes on what comes back: a wipe is a dissolve in the movie, too, and our reader rounds to the right media frame.
HARMLESS = ("rendered as a dissolve", "its speed or rate")

#: What a format cannot hold: edit and format -> words of the note that says it. Everything else comes back.
SAID = {
    ("nest that dissolves", "fcpxml"): NEST,
    ("nest that dissolves", "xmeml"): NEST,
    ("nest that dissolves", "edl"): NEST,
    ("bars", "fcpxml"): "color bars at frame 0, 10 long: left out",
    ("bars", "xmeml"): "color bars at frame 0, 10 long: left out",
    ("bars", "edl"): "color bars at frame 0, 10 long: left out",
    ("speed out of phase", "edl"): PHASE,
    ("mixed dissolves", "edl"): PHASE,
    ("speeds", "xmeml"): PHASE,
    ("fast in film, retimed", "xmeml"): PHASE,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("edits")
    for name in MEDIA:
        (root / name).touch()
    return root


def read(folder: Path, name: str, content: bytes, rate: Fraction | None = None) -> Edit:
    """Read a file that lies beside its media; nothing in it may differ from what it states."""
    (folder / name).write_bytes(content)
    edit = read_edit(folder / name, Reading(media_root=folder, rate=rate), SHELF)
    assert not [skip for skip in edit.skips if skip.what in (NOT_READ, MISREAD)], name
    return edit


def lists_again(folder: Path, record: GradedTimeline) -> list[Picture]:
    """What the lists of an edit show, each on its track and at its record timecode."""
    rows = []
    for content in edl.export(record).values():
        again = read(folder, "again.edl", content, record.edit.rate)
        late = first_frame_number(graded(again)) - first_frame_number(record)
        rows.append([*[BLACK] * late, *pictures(again)])
    return over(rows, max(map(len, rows)))


#: Format -> what an edit shows that is written in it and read again.
FORMATS: dict[str, Callable[[Path, GradedTimeline], list[Picture]]] = {
    "otio": lambda folder, record: pictures(read(folder, "again.otio", otio.export(record)["graded.otio"])),
    "fcpxml": lambda folder, record: pictures(read(folder, "again.fcpxml", fcpxml.export(record)["graded.fcpxml"])),
    "premiere": lambda folder, record: pictures(
        read(folder, "again.otio", premiere.export(record)["premiere/cut.otio"])
    ),
    "xmeml": lambda folder, record: pictures(read(folder, "again.xml", premiere.export(record)["premiere/cut.xml"])),
    "edl": lists_again,
}


def notes(form: str, record: GradedTimeline) -> Iterator[str]:
    """What the exporter says of a format; of Premiere's two files its notes are about the XML."""
    if form != "premiere":
        yield from notes_of({"xmeml": "premiere"}.get(form, form), record)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", EDITS)
def test_the_same_frames_come_back(folder: Path, name: str, form: str) -> None:
    edit = read(folder, "edit.otio", json.dumps(EDITS[name]).encode())
    wanted = pictures(edit)
    assert len(wanted) > 1
    assert any(picture != BLACK for picture in wanted)
    record = graded(edit, lut_size=2)
    other = differing(wanted, FORMATS[form](folder, record))
    if words := SAID.get((name, form)):
        assert other, "it comes back now"
        assert any(words in line for line in notes(form, record))
    else:
        assert not other
        assert not [line for line in notes(form, record) if not any(words in line for words in HARMLESS)]
