"""``otiograde export``: other formats into an output folder, from the record alone.

Tests: cli/export.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from making.media import FOLDER, media
from making.otio import tree_of
from making.records import BLUER, graded
from making.shots import edit, shot
from otiograde.cli import main
from otiograde.exporters import export_all
from otiograde.folder.reading import changed_files
from otiograde.folder.writing import write_folder
from otiograde.record.graded import FORMAT, GradedTimeline
from otiograde.record.settings import Settings


@pytest.fixture
def record() -> GradedTimeline:
    """Two shots of media that are nowhere."""
    shots = [shot(name, media(), (10 * n, 10), at=10 * n, where=(0, n)) for n, name in enumerate("ab")]
    return graded(edit(*shots, otio=tree_of(shots, FOLDER)), BLUER, lut_size=17)


@pytest.fixture
def out(tmp_path: Path, record: GradedTimeline) -> Path:
    """An output folder with LUTs and the record."""
    write_folder(tmp_path / "out", export_all(record, ["luts"]))
    return tmp_path / "out"


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_formats_come_beside_what_is_there(out: Path, record: GradedTimeline) -> None:
    before = {path: path.read_bytes() for path in out.rglob("*.cube")}
    assert run("export", out, "mlt", "fcpxml") == 0
    assert {path.name for path in out.iterdir()} == {
        *("luts", "graded.json", "checksums.sha256", "graded.mlt", "graded.fcpxml")
    }
    assert {path: path.read_bytes() for path in out.rglob("*.cube")} == before
    assert not changed_files(out, record)
    assert run("export", out / "graded.json", "mlt") == 0


def test_a_report_without_media_says_that_it_has_no_pictures(out: Path, record: GradedTimeline) -> None:
    assert run("export", out, "report") == 0
    assert "film" in (out / "report.html").read_text("utf-8")
    assert not (out / "pictures").exists()
    assert not changed_files(out, record)


def test_a_changed_lut_stays_known_as_changed(out: Path, record: GradedTimeline) -> None:
    (out / "luts" / "a.cube").write_text("mine")
    assert run("export", out, "mlt") == 0
    assert list(changed_files(out, record)) == ["luts/a.cube"]


def test_a_strangers_file_is_kept(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "graded.mlt").write_text("mine")
    assert run("export", out, "mlt") == 1
    assert "was not written by otiograde" in capsys.readouterr().err
    assert (out / "graded.mlt").read_text() == "mine"
    assert not list(out.glob(".otiograde*"))
    assert run("export", out, "mlt", "--force") == 0
    assert (out / "graded.mlt").read_text().startswith("<?xml")


def test_unknown_formats_and_newer_records(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", out, "mlt", "nothing") == 1
    assert "there is no exporter 'nothing': use one of" in capsys.readouterr().err
    assert not (out / "graded.mlt").exists()
    text = (out / "graded.json").read_text().replace(f'"otiograde": {FORMAT}', '"otiograde": 99', 1)
    (out / "graded.json").write_text(text)
    assert run("export", out, "mlt") == 1
    assert "newer" in capsys.readouterr().err


def test_luts_made_again_are_the_same(out: Path, record: GradedTimeline) -> None:
    assert run("export", out, "luts", "-q") == 0
    assert not changed_files(out, record)
    assert replace(record, settings=Settings(lut_size=17)) == record
