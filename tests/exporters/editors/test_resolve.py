"""The Resolve script against a strict stand-in of Resolve: it does what it says, and says what was not done.

Tests: exporters/editors/resolve_apply.py
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.clips import Clip
from making.fake_resolve import Item, Resolve, Timeline
from making.records import MakeRecord
from otiograde.exporters import otio
from otiograde.exporters.editors import resolve
from otiograde.exporters.luts import export as luts
from otiograde.folder.apps import project_of
from otiograde.folder.installing import uninstall
from otiograde.record.graded import GradedTimeline

pytestmark = pytest.mark.ffmpeg

SCRIPT = "resolve/resolve_apply.py"


@pytest.fixture
def record(tmp_path: Path, make_record: MakeRecord) -> GradedTimeline:
    media = Clip().write(tmp_path / 'a "b" & <script>.mp4')
    return make_record({"one": media, "two": Clip().write(tmp_path / "zwei.mp4")}, lut_size=3)


@pytest.fixture
def output(tmp_path: Path, record: GradedTimeline) -> Path:
    out = tmp_path / "out put"
    for name, content in {**resolve.export(record), **otio.export(record), **luts(record)}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return out


@pytest.fixture
def fake(tmp_path: Path, record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> Resolve:
    (tmp_path / "LUT").mkdir()
    places = [(shot.record.start, shot.record.count, str(shot.media.path)) for shot in record.edit.shots]
    program = Resolve(tmp_path / "LUT", [places])
    module = types.ModuleType("DaVinciResolveScript")
    module.scriptapp = lambda name: program if name == "Resolve" else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "DaVinciResolveScript", module)
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(program.lut_folder))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return program


def run(output: Path, *words: str) -> int:
    """The script as Python would run it."""
    spec = importlib.util.spec_from_file_location("resolve_apply_under_test", output / SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    code: Any = module.main(list(words))
    assert isinstance(code, int)
    return code


def items(fake: Resolve) -> list[Any]:
    timeline = fake.project.current
    assert timeline is not None
    return [item for track in timeline.tracks for item in track]


def test_the_script_is_python_3_6_and_needs_nothing(output: Path) -> None:
    text = (output / SCRIPT).read_text("ascii")
    tree = ast.parse(text, feature_version=(3, 6))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= {"argparse", "hashlib", "importlib", "json", "os", "shutil", "sys", "typing"}
    newer = {"removeprefix", "removesuffix", "is_relative_to", "file_digest", "capture_output", "cached_property"}
    assert not newer & {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("mode", ["davinciYRGBColorManagedv2", "acescct"])
def test_a_project_that_manages_color_is_refused(output: Path, fake: Resolve, capsys: Any, mode: str) -> None:
    """Its nodes get the timeline's codes. Where the clips bypass that, they get their own."""
    fake.project.settings["colorScienceMode"] = mode
    assert run(output) == 2
    assert "the project manages color" in capsys.readouterr().err
    assert not fake.project.timelines
    assert run(output, "--bypassed") == 0
    assert all(item.luts[item.version].endswith(".cube") for item in items(fake))


def test_every_shot_gets_its_lut(output: Path, fake: Resolve, record: GradedTimeline, capsys: Any) -> None:
    assert run(output) == 0
    folder = f"otiograde/{project_of(record)}"
    assert [item.luts["otiograde"] for item in items(fake)] == [f"{folder}/one.cube", f"{folder}/two.cube"]
    assert [item.luts["Version 1"] for item in items(fake)] == ["the colorist's own.cube"] * 2
    assert (fake.lut_folder / folder / "one.cube").read_bytes() == (output / "luts/one.cube").read_bytes()
    assert len(fake.project.pool.root.clips) == 2
    assert "2 done" in capsys.readouterr().out
    report = json.loads((output / "resolve/resolve_report.json").read_text("utf-8"))
    assert {row["state"] for row in report["shots"]} == {"done"}


def test_a_second_run_changes_nothing(output: Path, fake: Resolve) -> None:
    assert run(output) == 0
    before = [(item.luts, item.versions) for item in items(fake)]
    times = {path: path.stat().st_mtime_ns for path in fake.lut_folder.rglob("*")}
    assert run(output) == 0
    assert [(item.luts, item.versions) for item in items(fake)] == before
    assert {path: path.stat().st_mtime_ns for path in fake.lut_folder.rglob("*")} == times
    assert fake.imports == 1
    assert len(fake.project.pool.root.clips) == 2


def test_a_dry_run_touches_nothing(output: Path, fake: Resolve, tmp_path: Path, capsys: Any) -> None:
    before = sorted(path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts)
    assert run(output, "--dry-run") == 0
    assert fake.imports == 0
    assert sorted(path for path in tmp_path.rglob("*") if "__pycache__" not in path.parts) == before
    assert "would be" in capsys.readouterr().out


def test_the_open_timeline(output: Path, fake: Resolve, record: GradedTimeline) -> None:
    assert run(output, "--current") == 2
    timeline = Timeline(fake, "mine", first=0)
    fake.project.timelines.append(timeline)
    fake.project.current = timeline
    assert fake.made is not None
    timeline.tracks.append([Item(timeline, *place) for place in fake.made[0]])
    assert run(output, "--current") == 0
    assert fake.imports == 0
    assert all("otiograde" in item.luts for item in items(fake))
    assert record.edit.shots


def test_clips_elsewhere_and_of_other_media_are_not_matched(output: Path, fake: Resolve, capsys: Any) -> None:
    assert fake.made is not None
    (start, count, path), (_, _, other) = fake.made[0]
    fake.made = [[(start + 1, count, path), (5, count, path)]]
    assert run(output) == 1
    said = capsys.readouterr().out
    assert said.count("not matched") == 3  # two lines and the sum
    assert Path(other).name in said
    assert all("otiograde" not in item.luts for item in items(fake))


def test_a_setter_that_does_nothing_is_found_out(output: Path, fake: Resolve, capsys: Any) -> None:
    fake.lazy = True
    assert run(output) == 1
    assert "refused" in capsys.readouterr().out


def test_a_timeline_that_does_not_open(output: Path, fake: Resolve, capsys: Any) -> None:
    fake.stubborn = True
    assert run(output) == 2
    assert "--current" in capsys.readouterr().err


def test_changed_and_missing_luts_are_named(output: Path, fake: Resolve, capsys: Any) -> None:
    (output / "luts/one.cube").write_bytes(b"edited")
    (output / "luts/two.cube").unlink()
    assert run(output) == 1
    said = capsys.readouterr().out
    assert "has changed (sha256 " in said
    assert "two.cube is missing" in said
    assert all("otiograde" not in item.luts for item in items(fake))


def test_strangers_luts_are_never_overwritten(output: Path, fake: Resolve, record: GradedTimeline, capsys: Any) -> None:
    mine = fake.lut_folder / "otiograde" / project_of(record) / "two.cube"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    assert run(output) == 2
    assert "was not written by otiograde" in capsys.readouterr().err
    assert mine.read_bytes() == b"mine"


def test_a_new_grade_replaces_our_luts_and_uninstall_knows_them(
    output: Path, fake: Resolve, record: GradedTimeline
) -> None:
    assert run(output) == 0
    other = replace(record, grades=tuple(replace(grade, strength=0.5) for grade in record.grades))
    for name, content in {**resolve.export(other), **luts(other)}.items():
        (output / name).write_bytes(content)
    assert run(output) == 0
    assert fake.imports == 1
    folder = fake.lut_folder / "otiograde" / project_of(record)
    assert (folder / "one.cube").read_bytes() == (output / "luts/one.cube").read_bytes()
    assert len(uninstall(record, "resolve", fake.lut_folder).removed) == 2
    assert not list(fake.lut_folder.iterdir())


@pytest.mark.usefixtures("fake")
def test_before_resolve_19_the_clip_has_the_lut(output: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(Resolve, "number", 18.6)
    monkeypatch.setattr(Timeline, "GetUniqueId", None)
    assert run(output) == 0


def test_cdl_as_text(output: Path, fake: Resolve) -> None:
    path = output / "resolve/grade.json"
    grade = json.loads(path.read_text("utf-8"))
    cdl = {"slope": [1.1, 1, 0.9], "offset": [0.01, 0, -1e-7], "power": [1, 1.05, 1], "saturation": 0.9}
    grade["shots"][0]["cdl"] = cdl
    grade["shots"][1].update(cdl=None, cdl_why="too far from a CDL")
    path.write_text(json.dumps(grade), "utf-8")
    assert run(output, "--cdl") == 1
    first, second = items(fake)
    assert first.cdl["Slope"] == "1.100000 1.000000 0.900000"
    assert first.cdl["Offset"].split()[2] in ("-0.000000", "0.000000")
    assert second.cdl is None
    assert not list(fake.lut_folder.iterdir())


def test_what_keeps_it_from_beginning(output: Path, fake: Resolve, monkeypatch: Any, capsys: Any) -> None:
    fake.open = False
    assert run(output) == 2
    assert "no project is open" in capsys.readouterr().err
    fake.open = True
    monkeypatch.setenv("OTIOGRADE_RESOLVE_LUTS", str(output / "not there"))
    assert run(output) == 2
    assert "by hand" in capsys.readouterr().err
    assert run(output, str(output / "nothing.json")) == 2
    (output / "resolve/grade.json").write_text('{"version": 2, "shots": []}', "utf-8")
    assert run(output) == 2
    assert "version 2" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "DaVinciResolveScript", None)
    (output / "resolve/grade.json").write_text('{"version": 1, "shots": []}', "utf-8")
    assert run(output) == 2
