"""graded.otio where nothing of ours is installed: OpenTimelineIO reads, edits and writes it, in every format it has."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from making.bare import bare_python
from making.folders import graded_folder

READ_AND_EDIT = """
import json, sys
import opentimelineio as otio

assert not [name for name in otio.adapters.available_adapter_names() if "otiograde" in name]
timeline = otio.adapters.read_from_file("graded.otio")
clips = list(timeline.find_clips())
first = clips[0]
assert type(first.effects[0]) is otio.schema.Effect
assert first.effects[0].metadata["otiograde"]["path"] == "luts/a.cube"
first.name = "renamed"
first.source_range = otio.opentime.TimeRange(first.source_range.start_time, otio.opentime.RationalTime(5, 24))
timeline.tracks[0].append(clips[1].deepcopy())
otio.adapters.write_to_file(timeline, "edited.otio")
flat = otio.algorithms.flatten_stack(timeline.tracks)
assert len(flat.find_clips()) == 3 and all(clip.effects for clip in flat.find_clips())
written = {}
more = {"AAF": {"use_empty_mob_ids": True}}
for adapter in otio.plugins.ActiveManifest().adapters:
    if adapter.has_feature("write"):
        end = (adapter.suffixes or ["txt"])[0]
        otio.adapters.write_to_file(timeline, f"./by_{adapter.name}.{end}", adapter.name, **more.get(adapter.name, {}))
        written[adapter.name] = f"by_{adapter.name}.{end}"
print(json.dumps(written))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has OpenTimelineIO and its adapters, and nothing else."""
    return bare_python(tmp_path_factory.mktemp("bare"))[0]


def test_it_is_read_edited_and_written(python: Path, tmp_path: Path, ffmpeg: Path) -> None:
    folder = graded_folder(ffmpeg, tmp_path)
    missing = subprocess.run([python, "-c", "import otiograde"], capture_output=True, cwd=tmp_path, check=False)
    assert missing.returncode != 0
    done = subprocess.run([python, "-c", READ_AND_EDIT], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    written = json.loads(done.stdout.splitlines()[-1])
    assert {"otio_json", "cmx_3600", "fcp_xml", "fcpx_xml", "AAF", "ale"} <= set(written)
    assert all((folder / name).stat().st_size > 100 for name in written.values())
    edited = json.loads((folder / "edited.otio").read_bytes())
    clips = edited["tracks"]["children"][0]["children"]
    assert [clip["effects"][0]["metadata"]["otiograde"]["shot"] for clip in clips] == ["a", "b", "b"]
    assert "*ASC_SOP" in (folder / written["cmx_3600"]).read_text("utf-8")
