"""The law of the editors' exporters: every edit that is read, of whatever shape, is written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from building import Inventor, no_media
from test_edits_of_others import _media_names

from otiograde.color.affine import Affine
from otiograde.errors import TimelineError
from otiograde.exporters.editors import fcpxml, mlt
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.timeline import Reading, read_edit

GRADE = Affine(((0.82, 0.10, 0.0), (0.02, 0.88, 0.05), (0.0, 0.0, 0.75)), (0.03, 0.0, 0.10), "rgb")


@pytest.mark.footage
def test_every_edit_is_written(footage: Path, tmp_path: Path) -> None:
    paths = sorted(path for path in (footage / "timelines").iterdir() if path.name != "manifest.json")
    written = 0
    for number, path in enumerate(paths):
        root = tmp_path / str(number)
        root.mkdir()
        try:
            for name in _media_names(read_edit(path, Reading(), no_media)):
                (root / name).touch()
            edit = read_edit(path, Reading(media_root=root), Inventor(frames=200 * 3600 * 60, rate=Fraction(24)))
        except TimelineError:
            continue
        record = GradedTimeline(edit, (), tuple(Grade(shot.id, "s", GRADE) for shot in edit.shots), ())
        shown = ElementTree.fromstring(mlt.export(record)["graded.mlt"])
        assert len(shown.findall("./producer/filter/property[@name='av.file']")) == len(edit.shots), path.name
        document = ElementTree.fromstring(fcpxml.export(record)["graded.fcpxml"])
        sequences = sum(shot.media.kind == "sequence" for shot in edit.shots)
        assert len(document.findall(".//filter-video")) + sequences >= len(edit.shots), path.name
        for playlist in shown.findall("playlist"):
            assert all(int(entry.get("out", "0")) >= int(entry.get("in", "0")) for entry in playlist.findall("entry"))
        written += 1
    assert written >= 95
