"""FCPXML: Final Cut's arithmetic, what its documents must hold, and what a reader makes of ours.

Tests: exporters/editors/fcp_lut.py
"""

from __future__ import annotations

import base64
import os
import plistlib
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from making.clips import write_still
from making.footage import LONG, planted
from making.media import NTSC, RATE, media
from making.records import MakeRecord, begun_at, record_of_media
from otiograde.exporters.editors import fcp_lut, fcpxml
from otiograde.exporters.editors.fcp_lut import lut_id, lut_value, oz_encode
from otiograde.record.edit import Edit, Join, Sound
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import FrameRange, Media, Shot
from otiograde.timeline import Reading, read_edit

#: What documents that Final Cut wrote call these LUTs.
KNOWN = {
    "DJI Air 3 D-Log M to Rec.709 V1_.cube": "944ff715997edde7b09b7b767fd51df2",
    "DJI Mini 5 Pro D-Log M to Rec.709 LUT.cube": "908403d40286925c5b19129c4be6c0f4",
    "DJI OSMO Pocket 3 D-Log M to Rec.709 V1.cube": "e4ec75ff88a16f2fff92080e19eb16db",
    "DJI Mini 4 Pro D-Log M to Rec.709 V1_.cube": "8f34ac94d7264b05a359d088adef7c3b",
}
#: Apple's attributes that are required (FCPXML 1.11), and the elements that may stand in each.
REQUIRED = {
    "format": {"id"}, "asset": {"id"}, "effect": {"id", "uid"}, "media-rep": {"src"}, "param": {"name"},
    "asset-clip": {"ref", "offset", "duration", "start"}, "video": {"ref", "duration"}, "gap": {"duration"},
    "transition": {"duration"}, "filter-video": {"ref"}, "timept": {"time", "value"}, "sequence": {"format"},
}  # fmt: skip
INSIDE = {
    "asset-clip": ["timeMap", "asset-clip", "video", "filter-video"],
    "video": ["asset-clip", "video", "filter-video"],
    "gap": ["asset-clip", "video"],
}
TIME = re.compile(r"-?\d+(/\d+)?s")


def probe(path: Path, **_: Any) -> Media:
    """Invent a video that begins at one hour."""
    return media(path, frames=100, timecode=24 * 3600, audio=True)


@pytest.fixture
def record(tmp_path: Path, make_record: MakeRecord) -> GradedTimeline:
    """Two videos that dissolve, one backwards, a gap, a still, one clip above."""
    (tmp_path / "a b.mov").touch()
    media = probe(tmp_path / "a b.mov")
    still: Media = write_still(tmp_path / "still.png")
    made = make_record({"one": media, "two": media, "back": media, "still": still, "up": media}, start=20, count=10)
    shots = list(made.edit.shots)
    shots[2] = replace(shots[2], speed=Fraction(-1))
    shots[3] = replace(shots[3], record=FrameRange(35, 10, Fraction(24)))
    shots[4] = replace(shots[4], record=FrameRange(32, 4, Fraction(24)), track=1, where=(1, 0))
    shots[1] = replace(shots[1], where=(0, 2))
    shots[2] = replace(shots[2], where=(0, 3))
    joins = (Join("SMPTE_Dissolve", (0, 1), 10, 3, 3),)
    return replace(made, edit=replace(made.edit, shots=tuple(shots), joins=joins))


def document(record: GradedTimeline) -> etree._Element:
    return etree.fromstring(fcpxml.export(record)["graded.fcpxml"])


@pytest.mark.parametrize(("name", "known"), KNOWN.items())
def test_luts_are_called_what_final_cut_calls_them(name: str, known: str) -> None:
    assert lut_id(name) == known


def oz_decode(text: str) -> bytes:
    """Read what ``oz_encode`` writes."""
    bits = "".join(f"{fcp_lut._DIGITS.index(sign):06b}" for sign in text)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - len(bits) % 8, 8))


def test_the_choice_of_a_lut_can_be_read_again() -> None:
    text = base64.b64decode(lut_value("otiograde/sh010.cube", "sh010")).decode()
    found = dict(re.findall(r"<(defaultVal|dataValue)>([^<]+)<", text))
    assert found["defaultVal"] != found["dataValue"]
    blob = oz_decode(found["dataValue"])
    assert int.from_bytes(blob[:8], "big") == len(blob) - 9
    assert blob[8:9] == b"\x2a"
    outer = plistlib.loads(blob[9:])
    assert outer["$objects"][2] is False
    inner = plistlib.loads(outer["$objects"][1])
    assert inner["$objects"][1] == f"{lut_id('otiograde/sh010.cube')}:sh010"
    assert oz_decode(oz_encode(bytes(range(256)))) == bytes(range(256))


def test_structure(record: GradedTimeline) -> None:
    root = document(record)
    assert root.get("version") == "1.11"
    ids = {each.get("id") for each in root.iter() if each.get("id")}
    for each in root.iter():
        assert REQUIRED.get(each.tag, set()) <= set(each.attrib), each.tag
        for name in ("ref", "format"):
            assert each.get(name, "r1") in ids
        for name in ("offset", "start", "duration", "frameDuration", "tcStart"):
            assert each.get(name) is None or TIME.fullmatch(each.get(name)), (each.tag, name)
        if each.tag in INSIDE:
            order = [INSIDE[each.tag].index(child.tag) for child in each]
            assert order == sorted(order), each.tag
    clips = list(root.iter("asset-clip", "video"))
    assert len(clips) == 5
    assert all(len(each.findall("filter-video")) == 1 for each in clips)
    assert root.find(".//spine/transition").get("duration") == "1/4s"
    assert root.find(".//asset").get("start") == "3600s"
    assert [each.get("lane") for each in clips] == [None, None, None, "1", None]
    assert root.find(".//gap/asset-clip[@lane='1']").get("offset") == "1/12s"


def heard(record: GradedTimeline) -> GradedTimeline:
    """The same with sound: of a shot's media, of a file of its own, and one backwards at double speed."""
    path, second = record.edit.shots[0].media.path, Fraction(1)
    sounds = (
        Sound("one", path, second, second / 2, second / 4, second / 2, (2, 0)),
        Sound("wild", path.with_name("wild.wav"), 2 * second, second, second / 2, second, (3, 0)),
        Sound("back", path, second, second, second, second / 2, (4, 0), Fraction(-2)),
    )
    return replace(record, edit=replace(record.edit, sounds=sounds))


def test_sound_is_connected_below(record: GradedTimeline) -> None:
    root = document(heard(record))
    clips = [each for each in root.iter("asset-clip") if each.get("srcEnable") == "audio"]
    assert [each.get("lane") for each in clips] == ["-1", "-2", "-3"]
    assert {each.get("audioRole") for each in clips} == {"dialogue"}
    assert [each.get("start") for each in clips] == ["3601s", "2s", "0s"]
    assets = {each.get("id"): each for each in root.iter("asset")}
    used = [assets[each.get("ref")] for each in clips]
    assert used[0] is used[2] is not used[1]
    assert used[1].get("hasVideo") is None
    assert used[1].find("media-rep").get("src").endswith("/wild.wav")
    assert [each.get("value") for each in clips[2].iter("timept")] == ["3602s", "3601s"]
    at = [Fraction(each.get("offset")[:-1]) - Fraction(each.getparent().get("start")[:-1]) for each in clips]
    begin = [Fraction(each.getparent().get("offset")[:-1]) for each in clips]
    assert [a + b for a, b in zip(at, begin, strict=True)] == [Fraction(1, 4), Fraction(1, 2), 1]


def test_time_code_counts_as_the_edit_does() -> None:
    medias = {"a.mov": media("a.mov", rate=NTSC, timecode=107_892, drop_frame=True)}
    root = document(begun_at(record_of_media(medias, NTSC), 107_892))
    sequence = root.find(".//sequence")
    assert (sequence.get("tcFormat"), sequence.get("tcStart")) == ("DF", "8999991/2500s")
    assert root.find(".//spine/asset-clip").get("offset") == "8999991/2500s"
    assert root.find(".//spine/asset-clip").get("tcFormat") == "DF"
    assert document(record_of_media(medias)).find(".//sequence").get("tcFormat") == "NDF"


@pytest.mark.footage
@pytest.mark.parametrize("version", ["1.11", "1.14"])
def test_valid_by_apples_definition(record: GradedTimeline, version: str, request: pytest.FixtureRequest) -> None:
    """FCPXML_DTDS names the folder of Apple's definitions, which are not ours to pass on."""
    folder = Path(os.environ.get("FCPXML_DTDS") or request.getfixturevalue("footage").parent / "dtds")
    found = list(folder.glob(f"*{version}.dtd"))
    if not found:
        pytest.skip(f"NO DTD of FCPXML {version}: name the folder of Apple's definitions in FCPXML_DTDS")
    dtd = etree.DTD(str(found[0]))
    for each in (record, heard(record)):
        root = document(each)
        root.set("version", version)
        assert dtd.validate(root), dtd.error_log.filter_from_errors()


def read_again(record: GradedTimeline, folder: Path) -> Edit:
    path = folder / "graded.fcpxml"
    path.write_bytes(fcpxml.export(record)["graded.fcpxml"])
    return read_edit(path, Reading(), probe)


def test_read_back(record: GradedTimeline, tmp_path: Path) -> None:
    """Speeds, dissolves, gaps, connected clips and sounds come back as they were."""
    shots = record.edit.shots
    frozen = replace(shots[4], speed=Fraction(0), source=replace(shots[4].source, count=1))
    fast = replace(shots[0], speed=Fraction(1, 2), source=replace(shots[0].source, count=5))
    (tmp_path / "wild.wav").touch()
    record = heard(replace(record, edit=replace(record.edit, shots=(fast, *shots[1:4], frozen))))
    edit = read_again(record, tmp_path)
    assert edit.rate == 24
    assert edit.length == 45
    wanted = sorted(record.edit.shots, key=lambda shot: (shot.record.start, shot.track))
    found = sorted(edit.shots, key=lambda shot: (shot.record.start, shot.track))
    assert [shot.media.path for shot in found] == [shot.media.path for shot in wanted]
    assert [shot.record for shot in found] == [shot.record for shot in wanted]
    assert [shot.speed for shot in found] == [shot.speed for shot in wanted]
    videos = [number for number, shot in enumerate(wanted) if shot.media.kind == "video"]
    assert [found[number].source for number in videos] == [wanted[number].source for number in videos]
    assert [shot.track for shot in found] == [shot.track for shot in wanted]
    joins = [(join.cut, join.before, join.after) for join in edit.joins]
    assert joins == [(join.cut, join.before, join.after) for join in record.edit.joins]
    assert [(s.path.name, s.start, s.length, s.at, s.lasts, s.speed) for s in edit.sounds] == [
        (s.path.name, s.start, s.length, s.at, s.lasts, s.speed) for s in record.edit.sounds
    ]


@pytest.mark.footage
def test_every_edit_is_read_back(footage: Path, tmp_path: Path) -> None:
    """What is written of any edit shows the same frames of the same media at the same places."""

    def long(path: Path, **_: Any) -> Media:
        return media(path, frames=LONG, rate=RATE)

    read = 0
    for path, graded in planted(footage):
        if any(shot.media.kind == "sequence" for shot in graded.edit.shots) or not graded.edit.shots:
            continue
        (tmp_path / "graded.fcpxml").write_bytes(fcpxml.export(graded)["graded.fcpxml"])
        edit = read_edit(tmp_path / "graded.fcpxml", Reading(), long)
        pairs = zip(sorted(edit.shots, key=_place), sorted(graded.edit.shots, key=_place), strict=True)
        for found, wanted in pairs:
            assert _place(found) == _place(wanted), path.name
            assert found.speed == wanted.speed, path.name
            apart = (found.source.start - wanted.source.start, found.source.end - wanted.source.end)
            assert max(map(abs, apart)) <= (found.media.rate != edit.rate or found.speed != 1), (path.name, found)
        assert edit.length >= max(shot.record.end for shot in graded.edit.shots)
        read += 1
    assert read > 70


def _place(shot: Shot) -> tuple[int, int, str]:
    return shot.record.start, shot.record.count, shot.media.path.name
