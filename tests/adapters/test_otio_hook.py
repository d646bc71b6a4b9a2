"""The hook ``otiograde_luts``: LUTs are found again in the folder that is named, and nowhere else."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from making.folders import graded_folder
from making.programs import run


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return graded_folder(ffmpeg, tmp_path_factory.mktemp("hook"))


@pytest.fixture
def moved(original: Path, tmp_path: Path) -> Path:
    """The folder, somewhere else."""
    return Path(shutil.copytree(original, tmp_path / "elsewhere"))


def paths(edit: Path, folder: Path | str | None) -> list[str]:
    """The paths of the LUTs of an edit that is read with the hook's argument."""
    arguments = {} if folder is None else {"otiograde_folder": str(folder)}
    timeline = otio.adapters.read_from_file(str(edit), hook_function_argument_map=arguments)
    return [clip.effects[0].metadata["otiograde"]["path"] for clip in timeline.find_clips()]


def renamed(edit: Path, change: Any) -> Path:
    """The edit, with the path of each LUT changed."""
    tree = json.loads(edit.read_bytes())
    for clip in tree["tracks"]["children"][0]["children"]:
        metadata = clip["effects"][0]["metadata"]["otiograde"]
        metadata["path"] = change(metadata["path"])
    edit.write_text(json.dumps(tree), "utf-8")
    return edit


def luts(folder: Path, below: str = "luts") -> list[str]:
    return [(folder.resolve() / below / f"{name}.cube").as_posix() for name in "ab"]


def test_without_a_folder_nothing_changes(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTIOGRADE_FOLDER", raising=False)
    monkeypatch.chdir(moved)
    assert paths(moved / "graded.otio", None) == ["luts/a.cube", "luts/b.cube"]


def test_without_a_folder_nothing_loads(moved: Path) -> None:
    code = (
        "import opentimelineio as otio, sys; otio.adapters.read_from_file('graded.otio')\n"
        "print(*(name for name in sys.modules if name.split('.')[0] in ('otiograde', 'otiograde_otio', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=moved, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"otiograde_otio"}


def test_the_argument_and_the_variable_name_the_folder(moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths(moved / "graded.otio", moved) == luts(moved)
    monkeypatch.setenv("OTIOGRADE_FOLDER", str(moved))
    assert paths(moved / "graded.otio", None) == luts(moved)
    assert paths(moved / "graded.otio", "") == ["luts/a.cube", "luts/b.cube"]


def test_a_folder_that_is_none_is_said(moved: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere is not a folder: name the folder that graded\.otio is in"):
        paths(moved / "graded.otio", "nowhere")


@pytest.mark.parametrize(
    "old", ["/old/place/{}", "C:\\old\\{}", "./{}", "../old/{}", "luts/../../secret/{}", "//host/share/{}"]
)
def test_old_addresses_of_every_kind_lead_into_the_folder(moved: Path, old: str) -> None:
    edit = renamed(moved / "graded.otio", old.format)
    assert paths(edit, moved) == luts(moved)


def test_a_second_move_is_followed_too(moved: Path, tmp_path: Path) -> None:
    run("otioconvert", "-i", "graded.otio", "-o", "new.otio", "-H", f"otiograde_folder={moved}", cwd=moved)
    again = Path(shutil.move(moved, tmp_path / "again"))
    assert paths(again / "new.otio", again) == luts(again)


def test_luts_that_were_moved_or_renamed_are_found_by_their_digest(moved: Path) -> None:
    (moved / "grades" / "show").mkdir(parents=True)
    for name in "ab":
        (moved / "luts" / f"{name}.cube").rename(moved / "grades" / "show" / f"sh_{name}.CUBE")
    assert paths(moved / "graded.otio", moved) == [
        (moved.resolve() / "grades" / "show" / f"sh_{name}.CUBE").as_posix() for name in "ab"
    ]


def test_another_lut_of_the_name_is_not_taken(moved: Path, caplog: pytest.LogCaptureFixture) -> None:
    cube = moved / "luts" / "a.cube"
    cube.write_text(cube.read_text().replace("0.", "0.1", 1))
    with caplog.at_level(logging.WARNING):
        assert paths(moved / "graded.otio", moved) == ["luts/a.cube", luts(moved)[1]]
    (line,) = caplog.messages
    assert line.startswith("clip 'a': its LUT luts/a.cube is not in ")


def test_nothing_outside_the_folder_is_used(moved: Path, tmp_path: Path) -> None:
    """Neither by ``..``, nor by an absolute path, nor through links to folders and files."""
    outside = tmp_path / "outside"
    (moved / "luts").rename(outside)
    (moved / "luts").symlink_to(outside)
    (moved / "more").mkdir()
    (moved / "more" / "a.cube").symlink_to(outside / "a.cube")
    for change in (lambda p: p, lambda p: f"../outside/{p[5:]}", lambda p: f"{outside}/{p[5:]}", lambda p: p[5:]):
        text = (moved / "graded.otio").read_text("utf-8")
        edit = renamed(moved / "graded.otio", change)
        before = paths(edit, None)
        assert paths(edit, moved) == before
        edit.write_text(text, "utf-8")


def test_a_link_inside_the_folder_is_followed(moved: Path) -> None:
    (moved / "cubes").mkdir()
    for name in "ab":
        (moved / "luts" / f"{name}.cube").rename(moved / "cubes" / f"{name}.cube")
        (moved / "luts" / f"{name}.cube").symlink_to(Path("..") / "cubes" / f"{name}.cube")
    assert paths(moved / "graded.otio", moved) == luts(moved)


@pytest.mark.parametrize(
    "metadata", [None, "text", 3, [], {}, {"path": 7}, {"path": ""}, {"path": "a\0b.cube"}, {"path": ".."},
                 {"path": "luts/a.cube", "keys": [1, "x", {}], "sha256": 5}, {"path": "x" * 9000, "keys": "luts"}]
)  # fmt: skip
def test_metadata_of_any_kind_do_no_harm(moved: Path, metadata: Any) -> None:
    tree = json.loads((moved / "graded.otio").read_bytes())
    tree["tracks"]["children"][0]["children"][0]["effects"][0]["metadata"]["otiograde"] = metadata
    (moved / "graded.otio").write_text(json.dumps(tree), "utf-8")
    timeline = otio.adapters.read_from_file(
        str(moved / "graded.otio"), hook_function_argument_map={"otiograde_folder": str(moved)}
    )
    assert [clip.effects[0].metadata["otiograde"]["path"] for clip in list(timeline.find_clips())[1:]] == luts(moved)[
        1:
    ]


def test_keys_are_attached_too(moved: Path) -> None:
    tree = json.loads((moved / "graded.otio").read_bytes())
    metadata = tree["tracks"]["children"][0]["children"][0]["effects"][0]["metadata"]["otiograde"]
    metadata["keys"] = [{"frame": 3, "path": "luts/keys/a.3.cube", "sha256": metadata["sha256"]}]
    (moved / "graded.otio").write_text(json.dumps(tree), "utf-8")
    timeline = otio.adapters.read_from_file(
        str(moved / "graded.otio"), hook_function_argument_map={"otiograde_folder": str(moved)}
    )
    (clip, _) = timeline.find_clips()
    assert clip.effects[0].metadata["otiograde"]["keys"][0]["path"] == luts(moved)[0]


def test_other_objects_pass_through(moved: Path) -> None:
    clip = otio.schema.Clip("alone")
    text = clip.to_json_string()
    read = otio.adapters.read_from_string(text, hook_function_argument_map={"otiograde_folder": str(moved)})
    assert read.is_equivalent_to(clip)


@pytest.mark.parametrize("end", ["mlt", "kdenlive"])
def test_otioconvert_writes_a_project_anywhere(moved: Path, tmp_path: Path, end: str) -> None:
    """Without the hook a project must lie in the output folder; with it, its LUTs have absolute paths."""
    arguments = ("-i", moved / "graded.otio", "-o", f"x.{end}")
    run("otioconvert", *arguments, cwd=tmp_path, OTIOGRADE_FOLDER=str(moved))
    root = ElementTree.fromstring((tmp_path / f"x.{end}").read_bytes())
    used = {one.text for one in root.iter("property") if one.get("name") == "av.file"}
    assert used == set(luts(moved))


def test_otioconvert_fits_the_cdl_of_a_list_anywhere(moved: Path, tmp_path: Path) -> None:
    arguments = ("-i", moved / "graded.otio", "-o", "x.edl", "-O", "otiograde_edl_cdl")
    run("otioconvert", *arguments, "-H", f"otiograde_folder={moved}", cwd=tmp_path)
    assert "ASC_SOP" in (tmp_path / "x.edl").read_text("utf-8")
