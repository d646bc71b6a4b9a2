"""Every readable edit of the footage is exported as CDLs, lists, an OpenColorIO config and Nuke snippets."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import PyOpenColorIO as OCIO  # noqa: N814 - its own spelling
import pytest

from making.footage import planted
from otiograde.exporters.colorio import cdl, nuke
from otiograde.exporters.colorio import ocio as ocio_exporter
from otiograde.exporters.lists import ale, edl


@pytest.mark.footage
def test_every_edit_goes_out_in_lists(footage: Path) -> None:
    seen = clips = 0
    for path, record in planted(footage):
        files = cdl.export(record)
        assert len(dict(files)) == len(list(files))
        assert len(nuke.export(record)) == len(record.edit.shots), path.name
        config = OCIO.Config.CreateFromStream(ocio_exporter.export(record)["ocio/config.ocio"].decode("utf-8"))
        config.validate()
        assert len(list(config.getLookNames())) == len(record.edit.shots), path.name
        lists = edl.export(record)
        for content in lists.values():
            clips += events(content.decode("ascii"), float(record.edit.rate), path.name)
        assert sum(content.count(b"* SHOT: ") for content in lists.values()) == len(record.edit.shots)
        for content in ale.export(record).values():
            assert len(list(otio.adapters.read_from_string(content.decode("utf-8"), "ale"))) > 0, path.name
        seen += 1
    assert seen >= 95
    assert clips > 1300


def events(text: str, rate: float, name: str) -> int:
    """Count the clips that the adapter reads; it supports SMPTE's rates only, and no fade at the start of a list."""
    first = text.partition("\n\n")[2].partition("\n\n")[0]
    if not otio.opentime.RationalTime.is_smpte_timecode_rate(rate) or "V     D    " in first:
        return text.count("* SHOT: ")
    count = len(list(otio.adapters.read_from_string(text, "cmx_3600", rate=rate).find_clips()))
    black = text.count("  BL       V     D    ")
    assert count - black == text.count("* SHOT: "), name
    return count - black
