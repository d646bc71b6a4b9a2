"""LUTs where programs look for them: the right folder, nothing of anybody else's, and exactly ours taken away.

Tests: folder/apps.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from making.records import WARMISH, graded
from making.shots import edit, shot
from otiograde.errors import ExportError
from otiograde.exporters import export_all
from otiograde.exporters.editors.resolve_apply import LUT_FOLDERS
from otiograde.folder.apps import APPS, installed_paths, project_of
from otiograde.folder.installing import Machine, install, lut_folder, uninstall
from otiograde.folder.writing import write_folder
from otiograde.record.graded import GradedTimeline


@pytest.fixture
def record() -> GradedTimeline:
    cut = edit(shot("one"), shot("two"), name='Fïlm "1" ../<x>')
    return graded(cut, WARMISH, lut_size=2)


@pytest.fixture
def output(tmp_path: Path, record: GradedTimeline) -> Path:
    write_folder(tmp_path / "out", export_all(record, ["luts"]))
    return tmp_path / "out"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "LUTs").mkdir()
    return tmp_path / "LUTs"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folders(tmp_path: Path) -> None:
    mac = Machine("darwin", tmp_path, {})
    assert lut_folder("premiere", mac) == tmp_path / "Library/Application Support/Adobe/Common/LUTs"
    assert lut_folder("fcp", mac) == tmp_path / "Library/Application Support/ProApps/Custom LUTs"
    windows = Machine("win32", tmp_path, {"APPDATA": str(tmp_path / "roaming"), "PROGRAMDATA": str(tmp_path / "data")})
    assert lut_folder("premiere", windows) == tmp_path / "roaming/Adobe/Common/LUTs"
    (tmp_path / "data/Blackmagic Design/DaVinci Resolve/Support/LUT").mkdir(parents=True)
    assert lut_folder("resolve", windows).name == "LUT"
    linux = Machine("linux", tmp_path, {})
    with pytest.raises(ExportError, match="is not there"):
        lut_folder("resolve", linux)
    (tmp_path / ".config/Blackmagic Design/LUT").mkdir(parents=True)
    assert lut_folder("resolve", linux) == tmp_path / ".config/Blackmagic Design/LUT"
    for app in ("premiere", "fcp"):
        with pytest.raises(ExportError, match="does not run on linux"):
            lut_folder(app, linux)
        assert lut_folder(app, replace(linux, environment={f"OTIOGRADE_{app.upper()}_LUTS": "/x"})) == Path("/x")


@pytest.mark.parametrize("app", APPS)
def test_there_and_away(app: str, output: Path, record: GradedTimeline, folder: Path) -> None:
    (folder / "stranger.cube").write_bytes(b"mine")
    assert install(output, record, app, folder, dry_run=True).written == tuple(installed_paths(app, record))
    assert list(tree(folder)) == ["stranger.cube"]
    done = install(output, record, app, folder)
    assert len(done.written) == (4 if app == "premiere" else 2)
    for name, path in installed_paths(app, record).items():
        assert (folder / name).read_bytes() == (output / path).read_bytes()
    again = install(output, record, app, folder)
    assert (again.written, set(again.there)) == ((), set(done.written))
    assert uninstall(record, app, folder, dry_run=True).removed
    assert set(uninstall(record, app, folder).removed) == set(done.written)
    assert tree(folder) == {"stranger.cube": b"mine"}
    assert not (folder / "otiograde").exists()
    assert uninstall(record, app, folder).removed == ()


@pytest.mark.parametrize("app", APPS)
def test_strangers_are_left_alone(app: str, output: Path, record: GradedTimeline, folder: Path) -> None:
    *_, last = installed_paths(app, record)
    (folder / last).parent.mkdir(parents=True, exist_ok=True)
    (folder / last).write_bytes(b"mine")
    with pytest.raises(ExportError, match="was not written by otiograde"):
        install(output, record, app, folder)
    assert tree(folder) == {last: b"mine"}


def test_a_strangers_equal_file_stays_theirs(output: Path, record: GradedTimeline, folder: Path) -> None:
    first, *_ = installed_paths("resolve", record)
    (folder / first).parent.mkdir(parents=True)
    (folder / first).write_bytes((output / "luts/one.cube").read_bytes())
    assert install(output, record, "resolve", folder).there == (first,)
    uninstall(record, "resolve", folder)
    assert list(tree(folder)) == [first]


def test_what_others_changed_is_kept(output: Path, record: GradedTimeline, folder: Path) -> None:
    first, second = installed_paths("resolve", record)
    install(output, record, "resolve", folder)
    (folder / first).write_bytes(b"changed")
    with pytest.raises(ExportError, match="was not written by otiograde"):
        install(output, record, "resolve", folder)
    done = uninstall(record, "resolve", folder)
    assert (done.removed, done.kept) == ((second,), (first,))
    assert tree(folder) == {first: b"changed"}


def test_a_new_grade_replaces_our_old_one(tmp_path: Path, output: Path, record: GradedTimeline, folder: Path) -> None:
    install(output, record, "resolve", folder)
    other = replace(record, grades=tuple(replace(grade, strength=0.5) for grade in record.grades))
    write_folder(tmp_path / "out", export_all(other, ["luts"]))
    assert len(install(output, other, "resolve", folder).written) == 2


def test_changed_and_missing_luts_are_named(output: Path, record: GradedTimeline, folder: Path) -> None:
    (output / "luts/two.cube").write_bytes(b"edited")
    with pytest.raises(ExportError, match=r"two\.cube has changed since it was written \(sha256 .*, written as "):
        install(output, record, "resolve", folder)
    (output / "luts/two.cube").unlink()
    with pytest.raises(ExportError, match=r"two\.cube is missing"):
        install(output, record, "resolve", folder)
    assert tree(folder) == {}


@pytest.mark.parametrize("text", ['{"files": {"../../x": "y"}}', '{"files": {"/etc/x": "y"}}', "[]", "no"])
def test_a_damaged_manifest_leads_nowhere(text: str, record: GradedTimeline, folder: Path) -> None:
    path = folder / "otiograde" / f"{project_of(record)}.json"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(ExportError, match="damaged"):
        uninstall(record, "premiere", folder)


def test_edits_of_one_name_have_folders_of_their_own(record: GradedTimeline) -> None:
    other = replace(record, edit=replace(record.edit, otio={"name": "another"}))
    assert project_of(record) != project_of(other)
    assert project_of(record).startswith("Film_1_x-")
    assert json.dumps(project_of(record)).isascii()


def test_the_script_for_resolve_looks_in_the_same_folders() -> None:
    """It runs in Resolve's own Python, without otiograde, and so spells them again."""
    assert {system: tuple(folders) for system, folders in LUT_FOLDERS.items()} == dict(APPS["resolve"].folders)
