"""The plug-in as OpenTimelineIO's users meet it: discovered, light until used, run by ``otioconvert``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from making.folders import graded_folder
from making.waiting import PATIENCE
from otiograde.folder.reading import read_record
from otiograde_otio.record import record_of

ADAPTERS = {"otiograde_mlt", "otiograde_kdenlive", "otiograde_fcpxml", "otiograde_ffmpeg", "otiograde_edl_cdl"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    """A folder with a graded edit of two clips."""
    folder = tmp_path_factory.mktemp("plugin")
    return graded_folder(ffmpeg, folder)


def test_it_is_discovered() -> None:
    manifest = otio.plugins.ActiveManifest()
    assert {adapter.name for adapter in manifest.adapters} >= ADAPTERS
    assert {"otiograde", "otiograde_beside"} <= {linker.name for linker in manifest.media_linkers}
    assert not [schema for schema in manifest.schemadefs if "otiograde" in schema.name]
    assert [(name, hook) for name, hooks in manifest.hooks.items() for hook in hooks if "otiograde" in hook] == [
        ("post_adapter_read", "otiograde_luts")
    ]


def test_nothing_loads_until_it_is_used() -> None:
    code = (
        "import opentimelineio as otio, sys; otio.plugins.ActiveManifest(); otio.adapters.available_adapter_names()\n"
        "otio.adapters.from_name('otiograde_mlt').module()\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('otiograde', 'numpy', 'cv2', 'av')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_otioconvert_writes_mlt(graded: Path) -> None:
    program = shutil.which("otioconvert", path=str(Path(sys.executable).parent)) or shutil.which("otioconvert")
    if program is None:
        pytest.skip("NO OTIOCONVERT beside this Python")
    subprocess.run([program, "-i", "graded.otio", "-o", "x.mlt"], cwd=graded, check=True, timeout=PATIENCE)
    root = ElementTree.fromstring((graded / "x.mlt").read_bytes())
    assert [each.text for each in root.iter("property") if each.get("name") == "av.file"] == [
        "luts/a.cube",
        "luts/b.cube",
    ]


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_every_adapter_writes(graded: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(graded)
    timeline = otio.adapters.read_from_file("graded.otio")
    text = otio.adapters.write_to_string(timeline, adapter_name=name)
    assert {
        "otiograde_mlt": "<mlt",
        "otiograde_kdenlive": "main_bin",
        "otiograde_fcpxml": "<fcpxml",
        "otiograde_ffmpeg": "ffmpeg",
    }.get(name, "ASC_SOP") in text


def test_the_record_has_the_size_of_the_luts(graded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(graded)
    record = record_of(otio.adapters.read_from_file("graded.otio"))
    assert record.lut_size == read_record(graded).lut_size
    assert record.lut("a").size == record.lut_size


def test_an_edit_without_a_grade_is_refused(graded: Path) -> None:
    timeline = otio.adapters.read_from_file(str(graded / "graded.otio"))
    next(iter(timeline.find_clips())).effects.clear()
    with pytest.raises(ValueError, match="has no grade of otiograde: grade the edit first"):
        otio.adapters.write_to_string(timeline, adapter_name="otiograde_mlt")


def test_the_linker_finds_media_beside_the_edit(graded: Path) -> None:
    edit = json.loads((graded / "graded.otio").read_text("utf-8").replace("file://", "file:///nowhere"))
    (graded.parent / "lost.otio").write_text(json.dumps(edit), "utf-8")
    timeline = otio.adapters.read_from_file(
        str(graded.parent / "lost.otio"),
        media_linker_name="otiograde_beside",
        media_linker_argument_map={"folder": str(graded.parent)},
    )
    urls = [clip.media_reference.target_url for clip in timeline.find_clips()]
    assert urls == [(graded.parent / f"{name}.mkv").resolve().as_uri() for name in "ab"]
