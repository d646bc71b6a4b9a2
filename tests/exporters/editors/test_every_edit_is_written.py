"""The law of the editors' exporters: every edit that is read, of whatever shape, is written."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from making.footage import planted
from making.records import CROSSED
from otiograde.exporters.editors import fcpxml, mlt


@pytest.mark.footage
def test_every_edit_is_written(footage: Path) -> None:
    written = 0
    for path, record in planted(footage, CROSSED):
        edit = record.edit
        shown = ElementTree.fromstring(mlt.export(record)["graded.mlt"])
        assert len(shown.findall("./producer/filter/property[@name='av.file']")) == len(edit.shots), path.name
        document = ElementTree.fromstring(fcpxml.export(record)["graded.fcpxml"])
        sequences = sum(shot.media.kind == "sequence" for shot in edit.shots)
        assert len(document.findall(".//filter-video")) + sequences >= len(edit.shots), path.name
        for playlist in shown.findall("playlist"):
            assert all(int(entry.get("out", "0")) >= int(entry.get("in", "0")) for entry in playlist.findall("entry"))
        written += 1
    assert written >= 95
