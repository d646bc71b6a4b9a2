"""OpenTimelineIO's own programs on our files: effects and metadata stay, and our formats can be written."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from making.folders import graded_folder
from making.programs import run

#: A format of otioconvert and what a file of it must contain. Those with a suffix of their own need no name.
FORMATS = {
    "x.mlt": ("", "<mlt"),
    "x.kdenlive": ("", "main_bin"),
    "x.fcpxml": ("otiograde_fcpxml", "<fcpxml"),
    "x.sh": ("otiograde_ffmpeg", "ffmpeg"),
    "x.edl": ("otiograde_edl_cdl", "ASC_SOP"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    """A folder with a graded edit of two clips."""
    return graded_folder(ffmpeg, tmp_path_factory.mktemp("tools"))


def clips_of(edit: dict[str, Any]) -> list[dict[str, Any]]:
    return [clip for track in edit["tracks"]["children"] for clip in track["children"]]


def kept(path: Path) -> list[Any]:
    """What we write on each clip of a file: its effects and its metadata."""
    return [(clip["effects"], clip["metadata"]) for clip in clips_of(json.loads(path.read_bytes()))]


@pytest.mark.parametrize("end", ["otio", "otioz", "otiod"])
def test_otioconvert_keeps_effects_and_metadata(graded: Path, tmp_path: Path, end: str) -> None:
    run("otioconvert", "-i", "graded.otio", "-o", tmp_path / f"x.{end}", cwd=graded)
    run("otioconvert", "-i", tmp_path / f"x.{end}", "-o", tmp_path / "again.otio", cwd=graded)
    assert kept(tmp_path / "again.otio") == kept(graded / "graded.otio")


@pytest.mark.parametrize("name", FORMATS)
def test_otioconvert_writes_our_formats(graded: Path, tmp_path: Path, name: str) -> None:
    adapter, text = FORMATS[name]
    run("otioconvert", "-i", "graded.otio", "-o", tmp_path / name, *(["-O", adapter] if adapter else []), cwd=graded)
    written = (tmp_path / name).read_text("utf-8")
    assert text in written
    if name.endswith(("mlt", "kdenlive", "fcpxml")):
        ElementTree.fromstring(written.encode())


def test_otioconvert_trims_a_graded_edit(graded: Path, tmp_path: Path) -> None:
    run("otioconvert", "-i", "graded.otio", "-o", tmp_path / "x.otio", "--begin=12,24", "--end=20,24", cwd=graded)
    assert kept(tmp_path / "x.otio") == kept(graded / "graded.otio")[1:]


def test_otiotool_flattens_and_keeps_effects(graded: Path, tmp_path: Path) -> None:
    run("otiotool", "-i", "graded.otio", "--flatten", "video", "-o", tmp_path / "x.otio", cwd=graded)
    assert kept(tmp_path / "x.otio") == kept(graded / "graded.otio")


def test_otiotool_joins_edits_and_keeps_effects(graded: Path, tmp_path: Path) -> None:
    run("otiotool", "-i", "graded.otio", "graded.otio", "--concat", "-o", tmp_path / "x.otio", cwd=graded)
    text = (tmp_path / "x.otio").read_text("utf-8")
    assert text.count('"path": "luts/a.cube"') == text.count('"path": "luts/b.cube"') == 2


def test_otiotool_removes_what_it_is_asked_to(graded: Path, tmp_path: Path) -> None:
    run("otiotool", "-i", "graded.otio", "--remove-effects", "-o", tmp_path / "x.otio", cwd=graded)
    assert not any(effects for effects, _ in kept(tmp_path / "x.otio"))


def test_otiotool_lists_and_verifies(graded: Path) -> None:
    """Its ``--verify-media`` is not asked: it takes every ``file:`` address for the name of a file."""
    done = run("otiotool", "-i", "graded.otio", "--list-clips", "--list-media", "--verify-ranges", cwd=graded)
    lines = [line.strip() for line in done.stdout.splitlines()]
    for name in "ab":
        assert f"CLIP: {name} IN BOUNDS" in lines
        assert f"MEDIA: {(graded.parent / name).resolve().as_uri()}.mkv" in lines


def test_otiostat_finds_nothing_wrong(graded: Path) -> None:
    done = run("otiostat", "graded.otio", cwd=graded)
    assert not done.stderr
    stated = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert stated["number of clips"] == stated["clips with cdl data"] == "2"
    assert stated["total duration in timecode"] == "00:00:01:00"


def test_otiocat_prints_what_was_written(graded: Path, tmp_path: Path) -> None:
    (tmp_path / "x.otio").write_text(run("otiocat", "graded.otio", cwd=graded).stdout, "utf-8")
    assert kept(tmp_path / "x.otio") == kept(graded / "graded.otio")


def test_otiopluginfo_names_all_that_we_add(graded: Path) -> None:
    listed = run("otiopluginfo", "--long-docs", cwd=graded).stdout
    for name in ("otiograde_mlt", "otiograde_beside", "otiograde_luts", "OTIOGRADE_FOLDER", "OTIOGRADE_MEDIA_ROOT"):
        assert name in listed


PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "opentimelineio.md").read_text("utf-8")


def commands() -> list[str]:
    """The command lines of the page."""
    return [line for block in re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.M) for line in block.splitlines()]


@pytest.mark.parametrize("command", commands())
def test_commands_of_the_page_run(graded: Path, tmp_path: Path, command: str) -> None:
    """In the output folder, or above it where they name it OUT; moved media are on a disk of their own."""
    disk = tmp_path / "disk"
    folder = Path(shutil.copytree(graded, tmp_path / "OUT"))
    shutil.copytree(graded.parent, disk, ignore=shutil.ignore_patterns("out"))
    old = (graded / "graded.otio").read_text("utf-8")
    (tmp_path / "edit.otio").write_text(old.replace("file://", "file:///old"), "utf-8")
    words = shlex.split(command.replace("/new/disk", str(disk)))
    variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    name, *arguments = words[len(variables) :]
    here = tmp_path if "OUT" in command or "edit.otio" in command else folder
    done = run(name, *arguments, cwd=here, **variables)
    written = here / arguments[arguments.index("-o") + 1] if "-o" in arguments else None
    text = written.read_text("utf-8") if written else done.stdout
    if "edit.otio" in command:
        assert f"{disk.resolve().as_uri()}/a.mkv" in text
    elif "OUT" in command:
        assert f"{folder.resolve().as_posix()}/luts/a.cube" in text
    else:
        assert text
