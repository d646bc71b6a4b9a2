"""``template.json`` as openjd-cli checks and runs it: the movie of ``otiograde render``, whatever names there are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from making.clips import FFMPEGS, Clip, frame_checksums, write_sequence
from making.records import MakeRecord
from otiograde.exporters import export_all, exporter, notes_of
from otiograde.exporters.openjd import TEMPLATE
from otiograde.folder.writing import write_folder
from otiograde.media.ffmpeg import find_ffmpeg
from otiograde.movie.rendering import Rendering, render_edit
from otiograde.record.graded import GradedTimeline

FFMPEG = str(FFMPEGS["embedded"])

needs_openjd = pytest.mark.skipif(
    find_spec("openjd") is None, reason="NO OPENJD: no job template is checked or run (pip install openjd-cli)"
)


def openjd(*words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "openjd", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=check, env={**os.environ})


@pytest.fixture
def record(make_record: MakeRecord, tmp_path: Path) -> GradedTimeline:
    odd = tmp_path / 'it\'s $(odd) `x` & "more" {{Param.Output}} ü'
    odd.mkdir()
    one, two = Clip(frames=6).write(tmp_path / "one.mp4"), Clip(frames=6, size=(80, 64)).write(odd / "two.mp4")
    made = make_record({"a": one, "b": two, "c": one}, start=0, count=3, lut_size=3)
    return replace(made, edit=replace(made.edit, name="{{Param.x}} film\n'of' \"all\" " + "x" * 200))


@needs_openjd
@pytest.mark.slow
@pytest.mark.ffmpeg
def test_the_job_renders_the_movie_of_render(record: GradedTimeline, tmp_path: Path) -> None:
    out, whole = tmp_path / "out put's", tmp_path / "whole"
    write_folder(out, export_all(record, ("luts", "otio", "render", "openjd")))
    write_folder(whole, export_all(record))
    openjd("check", out / TEMPLATE)
    done = openjd("run", out / TEMPLATE, "-p", f"FFmpeg={FFMPEG}", check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "film.mp4 has all of its 9 frames" in done.stdout
    render_edit(record, whole / "film.mp4", Rendering(whole, find_ffmpeg(FFMPEG)))
    assert frame_checksums(out / "film.mp4") == frame_checksums(whole / "film.mp4")


@needs_openjd
@pytest.mark.ffmpeg
def test_one_task_is_one_segment(record: GradedTimeline, tmp_path: Path) -> None:
    """A task whose media have another name on its machine, as a farm runs it."""
    out = tmp_path / "out"
    write_folder(out, export_all(record, ("luts", "otio", "render", "openjd")))
    moved = tmp_path.parent / f"{tmp_path.name} elsewhere"
    moved.mkdir()
    (tmp_path / "one.mp4").rename(moved / "one.mp4")
    parameters = ["-p", f"FFmpeg={FFMPEG}", "-p", f"Media1={moved}"]
    done = openjd("run", out / TEMPLATE, "--step", "Segments", "-tp", "Segment=3", *parameters, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(list((out / "render/segments").iterdir())) == 1


@pytest.mark.ffmpeg
def test_names_are_data(record: GradedTimeline) -> None:
    template = json.loads(exporter("openjd")(record)[TEMPLATE])
    assert template["name"].startswith("{ {Param.x} } film 'of'")
    assert len(template["name"]) <= 128
    words = [word for step in template["steps"] for word in step["script"]["actions"]["onRun"]["args"]]
    assert {word for word in words if "{{" in word} == {
        "{{Param.Output}}/render.sh", "{{Task.Param.Segment}}", "1={{Param.Media1}}", "{{Param.FFmpeg}}",
    }  # fmt: skip
    assert template["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"] == "1-3"
    assert [step["name"] for step in template["steps"]] == ["Segments", "Join", "Proof"]


@pytest.mark.ffmpeg
def test_assets_are_the_media(make_record: MakeRecord, tmp_path: Path) -> None:
    one, sequence = Clip(frames=6).write(tmp_path / "one.mp4"), write_sequence(tmp_path)
    record = make_record({"a": one, "s": sequence}, start=0, count=2, lut_size=2)
    assets = json.loads(exporter("openjd")(record)["asset_references.json"])["assetReferences"]
    assert assets["inputs"] == {"filenames": [str(one.path)], "directories": [str(sequence.path.parent)]}


@pytest.mark.ffmpeg
def test_a_folder_that_is_no_value_is_noted(make_record: MakeRecord, tmp_path: Path) -> None:
    folder = tmp_path / "line\nend"
    folder.mkdir()
    record = make_record({"a": Clip(frames=3).write(folder / "one.mp4")}, start=0, count=2, lut_size=2)
    template = json.loads(exporter("openjd")(record)[TEMPLATE])
    assert "Media1" not in [parameter["name"] for parameter in template["parameterDefinitions"]]
    (note,) = notes_of("openjd", record)
    assert "has to see these media under the same name" in note
