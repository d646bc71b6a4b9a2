"""luts/: one .cube per shot, the record's own, made only when wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from making.clips import Clip
from making.records import MakeRecord
from otiograde.color.cube import parse_cube
from otiograde.errors import ExportError
from otiograde.exporters import Exporter, export_all, exporter
from otiograde.exporters.luts import export
from otiograde.record.graded import GradedTimeline, parse_record

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
def record(make_record: MakeRecord, tmp_path: Path) -> GradedTimeline:
    media = Clip(frames=8).write(tmp_path / "a.mp4")
    return make_record({"a": media, "b": media}, lut_size=9)


def test_every_shot_has_its_lut(record: GradedTimeline) -> None:
    files = export(record)
    assert list(files) == ["luts/a.cube", "luts/b.cube"]
    assert len(files) == 2
    for shot in record.edit.shots:
        lut = parse_cube(files[f"luts/{shot.id}.cube"].decode("ascii"))
        np.testing.assert_allclose(lut.lattice, record.lut(shot.id).lattice, atol=1e-7)
        assert lut.title == shot.id
    with pytest.raises(KeyError):
        files["luts/c.cube"]


def test_luts_are_baked_when_asked_for(record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otiograde.exporters.luts.cube_of", lambda *_: pytest.fail("baked though nobody asked"))
    assert len(export_all(record, ["luts"])) == 3


@pytest.mark.parametrize("name", ["luts", "otio", "render"])
def test_laws_of_exporters(record: GradedTimeline, name: str) -> None:
    """Pure, plain safe names, bytes; and the record read back from its text gives the same files."""
    export_one = exporter(name)
    first, again = dict(export_one(record)), dict(export_one(record))
    assert first == again
    assert first
    assert all(isinstance(content, bytes) and content for content in first.values())
    text = export_all(record, [])["graded.json"].decode("utf-8")
    assert dict(export_one(parse_record(text))) == first


def test_all_of_them_and_the_record_last(record: GradedTimeline) -> None:
    files = export_all(record)
    assert {"graded.otio", "luts/a.cube", "luts/b.cube", "render.sh", "render.bat"} < set(files)
    assert list(files)[-1] == "graded.json"
    assert len(files) == len(list(files))


def test_unknown_and_quarrelling_exporters(record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExportError, match=r"no exporter 'nothing': use one of .*luts, .*otio, .*render"):
        exporter("nothing")
    luts: Exporter = export
    monkeypatch.setattr("otiograde.exporters.exporter", lambda *_: luts)
    with pytest.raises(ExportError, match=r"writes luts/a\.cube, as another one does"):
        export_all(record, ["luts", "more"])
