"""What goes to Premiere, read back by OpenTimelineIO and its FCP7 adapter; never a Lumetri block.

Tests: exporters/editors/xmeml.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

import opentimelineio as otio
import pytest

from making.clips import Clip, write_sequence, write_still
from making.records import MakeRecord
from otiograde.color.cube import parse_cube
from otiograde.exporters.editors.premiere import export
from otiograde.exporters.editors.xmeml import xmeml
from otiograde.folder.apps import project_of
from otiograde.record.edit import Join, Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange

HOSTILE = "\"'\n\t\x00\x1b<script>alert(1)</script>&amp;]]> \u202e\u05d0\u05d1 🎬\ud800 %s {0} ../.."


def frame(time: otio.opentime.RationalTime) -> int:
    return round(time.rescaled_to(24).value)


def back(content: bytes) -> otio.schema.Timeline:
    timeline = otio.adapters.read_from_string(content.decode("utf-8"), adapter_name="fcp_xml")
    assert isinstance(timeline, otio.schema.Timeline)
    return timeline


@pytest.fixture
def record(tmp_path: Path, make_record: MakeRecord) -> GradedTimeline:
    made = Clip(frames=12).write(tmp_path / "a b.mp4")
    ntsc = Clip(frames=12, rate="30000/1001").write(tmp_path / "c&d.mp4")
    media = {"one": made, "two": replace(ntsc, timecode=108000), "three": write_still(tmp_path / "still.png")}
    return make_record(media, lut_size=3)


@pytest.mark.ffmpeg
def test_the_xml_reads_back_to_the_same_cut(record: GradedTimeline) -> None:
    files = export(record)
    timeline = back(files["premiere/cut.xml"])
    clips = list(timeline.find_clips())
    assert [clip.name for clip in clips] == ["one", "two", "three"]
    for clip, shot in zip(clips, record.edit.shots, strict=True):
        placed = clip.range_in_parent()
        assert frame(placed.start_time) == shot.record.start
        assert frame(placed.duration) == shot.record.count
        assert Path(otio.url_utils.filepath_from_url(clip.media_reference.target_url)) == shot.media.path
    assert clips[1].source_range.start_time.rate == pytest.approx(30000 / 1001)
    assert clips[1].media_reference.available_range.start_time.value == 108000
    assert timeline.video_tracks()[0].range_of_child_at_index(2).duration.rate == 24


@pytest.mark.ffmpeg
def test_the_xml_says_its_format_and_rates(record: GradedTimeline) -> None:
    root = Xml.fromstring(export(record)["premiere/cut.xml"])
    assert root.find(".//video/format/samplecharacteristics/width") is not None
    rates = [(clip.findtext("rate/timebase"), clip.findtext("rate/ntsc")) for clip in root.iter("clipitem")]
    assert rates == [("24", "FALSE"), ("30", "TRUE"), ("24", "FALSE")]
    first = root.find(".//clipitem")
    assert first is not None
    assert (first.findtext("in"), first.findtext("out")) == ("2", "7")


@pytest.mark.ffmpeg
def test_each_clip_has_one_marker_that_names_its_lut(record: GradedTimeline) -> None:
    files = export(record)
    names = [f"LUT {project_of(record)}_{shot.id}.cube" for shot in record.edit.shots]
    for timeline in (
        back(files["premiere/cut.xml"]),
        otio.adapters.read_from_string(files["premiere/cut.otio"].decode("utf-8"), "otio_json"),
    ):
        assert [[marker.name for marker in clip.markers] for clip in timeline.find_clips()] == [
            [name] for name in names
        ]
    for shot, name in zip(record.edit.shots, names, strict=True):
        for menu in ("Creative", "Technical"):
            cube = parse_cube(files[f"premiere/LUTs/{menu}/{name.removeprefix('LUT ')}"].decode("ascii"))
            assert (cube.lattice == record.lut(shot.id).lattice).mean() > 0.9
    assert len(list(files)) == len(files) == 2 + 6


@pytest.mark.ffmpeg
def test_no_grade_is_in_it(record: GradedTimeline) -> None:
    files = export(record)
    for name in ("premiere/cut.xml", "premiere/cut.otio"):
        assert b"lumetri" not in files[name].lower()
        assert b"<effectid>" not in files[name]
    assert all(
        not clip.effects for clip in otio.adapters.read_from_string(files["premiere/cut.otio"].decode()).find_clips()
    )


@pytest.mark.ffmpeg
def test_dissolves(record: GradedTimeline) -> None:
    edit = replace(record.edit, joins=(Join("SMPTE_Dissolve", (0, 1), 5, 1, 1),))
    moved = [replace(shot, where=(0, place)) for shot, place in zip(edit.shots, (0, 2, 3), strict=True)]
    faded = replace(record, edit=replace(edit, shots=tuple(moved)))
    timeline = back(xmeml(faded, {}))
    kinds = [type(child).__name__ for child in timeline.tracks[0]]
    assert kinds == ["Clip", "Transition", "Clip", "Clip"]
    assert [frame(clip.range_in_parent().duration) for clip in timeline.find_clips()] == [5, 5, 5]
    first, second, _ = timeline.find_clips()
    assert first.source_range.start_time.value == 2
    assert second.source_range.start_time.value - 108000 == pytest.approx(2, abs=1)


@pytest.mark.ffmpeg
def test_speeds_and_sounds(record: GradedTimeline) -> None:
    slow = replace(record.edit.shots[0], speed=Fraction(1, 2), source=FrameRange(2, 3, Fraction(24)))
    back_ = replace(record.edit.shots[1], speed=Fraction(-1))
    held = replace(record.edit.shots[2], speed=Fraction(0))
    second = Fraction(1)
    sound = Sound("music", Path("/no/where & there.wav"), second, 2 * second, second, 2 * second, (1, 0))
    edit = replace(record.edit, shots=(slow, back_, held), sounds=(sound,))
    root = Xml.fromstring(xmeml(replace(record, edit=edit), {"three": ("m", "c.")}))
    values = {p.findtext("parameterid"): p.findtext("value") for p in root.iter("parameter")}
    assert values["reverse"] == "TRUE"
    assert [e.findtext("value") for e in root.iter("parameter") if e.findtext("name") == "speed"] == ["50", "100"]
    assert "hold it by hand" in "".join(m.findtext("comment") or "" for m in root.iter("marker"))
    heard = back(xmeml(replace(record, edit=edit), {})).tracks[-1]
    assert heard.kind == "Audio"
    assert heard.find_clips()[0].range_in_parent().start_time.to_frames() == 24


def test_sequences_are_named_by_their_first_image(tmp_path: Path, make_record: MakeRecord) -> None:
    text = export(make_record({"s": write_sequence(tmp_path)}, lut_size=2))["premiere/cut.xml"]
    assert b"im.1001.png" in text


@pytest.mark.ffmpeg
def test_hostile_names_stay_data(record: GradedTimeline) -> None:
    shots = tuple(replace(shot, name=HOSTILE) for shot in record.edit.shots)
    edit = replace(record.edit, name=HOSTILE, shots=shots)
    files = export(replace(record, edit=edit))
    timeline = back(files["premiere/cut.xml"])
    assert "<script>alert(1)</script>&amp;]]>" in timeline.name
    assert "🎬" in timeline.name
    assert all(path.isascii() and ".." not in path for path in files)
    json.loads(files["premiere/cut.otio"])
