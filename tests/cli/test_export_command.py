"""``otiograde export``: other formats into an output folder, from the record alone.

Tests: cli/export.py
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.media import FOLDER, media
from making.otio import tree_of
from making.records import BLUER, graded
from making.shots import edit, shot
from otiograde.cli import main
from otiograde.errors import ExportError, ToolNotFoundError
from otiograde.exporters import export_all, exporter, exporter_names
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


#: A program that runs the command line where Python finds no OpenColorIO, as after a plain ``pip install``.
PLAIN = """
import sys

class NoOpenColorIO:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PyOpenColorIO", "opencolorio"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoOpenColorIO())
from otiograde.cli import main
main(sys.argv[1:])
"""

#: The formats that OpenColorIO writes.
NEEDING = ("3dl", "clf", "csp", "ctf", "ocio", "spi3d")
NEED = "OpenColorIO: pip install 'otiograde[ocio]'"


def run_plain(*words: object) -> tuple[int, str]:
    """Run a command without OpenColorIO: its exit code, and the lines it prints."""
    command = [sys.executable, "-c", PLAIN, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stderr


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
class TestWithoutOpenColorIO:
    """A plain install: what can be written is written, and nothing else is said to be."""

    def test_a_cdl_an_edl_and_an_ale_need_nothing(self, out: Path, record: GradedTimeline) -> None:
        code, lines = run_plain("export", out, "cdl", "edl", "ale")
        assert code == 0
        assert [line.split()[:2] for line in lines.splitlines()] == [
            ["exported", f"{n}:"] for n in ("cdl", "edl", "ale")
        ]
        expected = {path: data for name in ("cdl", "edl", "ale") for path, data in exporter(name)(record).items()}
        assert {path: data for path, data in files_in(out).items() if path in expected} == expected
        assert not changed_files(out, record)

    @pytest.mark.parametrize("formats", [("mlt", "clf", "edl", "csp"), ("clf", "csp"), ("all", "csp", "clf")])
    def test_formats_asked_for_by_name_are_all_or_nothing(self, out: Path, formats: tuple[str, ...]) -> None:
        before = files_in(out)
        code, lines = run_plain("export", out, *formats)
        assert (code, lines) == (1, f"otiograde: nothing is exported: clf, csp need {NEED}\n")
        assert files_in(out) == before

    def test_an_unknown_name_comes_before_what_is_missing(self, out: Path) -> None:
        code, lines = run_plain("export", out, "clf", "nothing")
        assert code == 1
        assert lines.startswith("otiograde: there is no exporter 'nothing'")

    def test_all_writes_the_rest_and_says_what_is_left_out(self, out: Path, record: GradedTimeline) -> None:
        code, lines = run_plain("export", out, "all")
        assert code == 0
        assert f"  skipped    {', '.join(NEEDING)} need {NEED}\n" in lines
        exported = [line.split()[1].rstrip(":") for line in lines.splitlines() if line.split()[0] == "exported"]
        assert exported == sorted(set(exporter_names()) - set(NEEDING))
        there = files_in(out)
        assert all(set(exporter(name)(record)) <= there.keys() for name in exported)
        assert not any(set(exporter(name)(record)) <= there.keys() for name in NEEDING)
        assert not changed_files(out, record)

    def test_grade_refuses_before_it_reads_the_edit(self, tmp_path: Path) -> None:
        code, lines = run_plain("grade", tmp_path / "no.otio", "-o", tmp_path / "out", "--export", "ocio")
        assert (code, lines) == (1, f"otiograde: nothing is exported: ocio needs {NEED}\n")


class TestLateErrors:
    """A format whose files cannot be made, which shows only when they are written."""

    @pytest.fixture(autouse=True)
    def late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from otiograde.exporters.editors import kdenlive

        class Late(dict[str, bytes]):
            def __getitem__(self, path: str) -> bytes:
                raise ToolNotFoundError("a program is missing")

        def export(_: Any) -> dict[str, bytes]:
            return Late({"graded.kdenlive": b""})

        monkeypatch.setattr(kdenlive, "export", export)

    def test_by_name_nothing_is_written_or_said_to_be(self, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = files_in(out)
        assert run("export", out, "mlt", "kdenlive") == 1
        assert capsys.readouterr().err == "otiograde: kdenlive: a program is missing\n"
        assert files_in(out) == before

    @pytest.mark.slow
    def test_all_goes_on_without_it(self, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("export", out, "all") == 0
        lines = capsys.readouterr().err
        assert "  skipped    kdenlive: a program is missing\n" in lines
        assert "exported   kdenlive" not in lines
        assert "exported   mlt: 1 file\n" in lines
        assert (out / "graded.mlt").is_file()


def test_a_format_that_does_not_fit_the_edit_is_named(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from otiograde.exporters.editors import mlt

    def export(_: Any) -> dict[str, bytes]:
        raise ExportError("too many tracks")

    monkeypatch.setattr(mlt, "export", export)
    assert run("export", out, "edl", "mlt") == 1
    assert capsys.readouterr().err == "otiograde: nothing is exported: mlt: too many tracks\n"
    assert not (out / "edl").exists()


@pytest.mark.slow
def test_exports_that_cannot_be_written_again_are_named(
    out: Path, record: GradedTimeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("export", out, "clf", "cdl", "hald") == 0
    monkeypatch.setitem(sys.modules, "PyOpenColorIO", None)
    from otiograde.cli.console import Console
    from otiograde.cli.summary import write_outputs

    said = []
    console = Console()
    monkeypatch.setattr(console, "print", lambda verb, text: said.append(f"{verb} {text}"))
    write_outputs(record, out, None, force=False, console=console)
    assert said[:2] == ["exported again: cdl, hald", f"note not written again: luts_clf: that needs {NEED}"]
    assert not (out / "luts_clf").exists()
    assert (out / "luts_hald").is_dir()
