"""FCPXML: Final Cut's arithmetic, what its documents must hold, and what a reader makes of ours."""

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
from little_films import MakeRecord, write_still
from lxml import etree

from otiograde.color.encodings import ENCODINGS
from otiograde.edit import Join
from otiograde.exporters import fcpxml
from otiograde.exporters.fcp_lut import lut_id, lut_value, oz_decode, oz_encode
from otiograde.graded import GradedTimeline
from otiograde.shot import FrameRange, Media
from otiograde.timeline import Reading, read_edit

#: What documents that Final Cut wrote call these LUTs.
KNOWN = {
    "DJI Air 3 D-Log M to Rec.709 V1_.cube": "944ff715997edde7b09b7b767fd51df2",
    "DJI Mini 5 Pro D-Log M to Rec.709 LUT.cube": "908403d40286925c5b19129c4be6c0f4",
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
    bt709 = ENCODINGS["bt709"]
    media = Media(path, "video", 1920, 1080, Fraction(24), 100, "yuv420p", 8, bt709, "assumption")
    return replace(media, timecode=24 * 3600, audio=True)


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


def test_valid_by_apples_definition(record: GradedTimeline) -> None:
    folder = os.environ.get("FCPXML_DTDS")
    if not folder:
        pytest.skip("NO DTD: name the folder of Apple's FCPXML definitions in FCPXML_DTDS to validate by them")
    dtd = etree.DTD(str(next(Path(folder).glob("*1.11.dtd"))))
    assert dtd.validate(document(record)), dtd.error_log.filter_from_errors()


def test_read_back(record: GradedTimeline, tmp_path: Path) -> None:
    """The adapter of OpenTimelineIO knows no speeds, dissolves or connected clips that it places: the rest agrees."""
    shots = tuple(replace(shot, speed=Fraction(1)) for shot in record.edit.shots[:3])
    plain = replace(record, edit=replace(record.edit, shots=shots, joins=()), grades=record.grades[:3])
    path = tmp_path / "graded.fcpxml"
    path.write_bytes(fcpxml.export(plain)["graded.fcpxml"])
    edit = read_edit(path, Reading(), probe)
    assert edit.rate == 24
    assert [shot.media.path for shot in edit.shots] == [shot.media.path for shot in shots]
    assert [shot.source for shot in edit.shots] == [shot.source for shot in shots]
    assert [shot.record for shot in edit.shots] == [shot.record for shot in shots]
