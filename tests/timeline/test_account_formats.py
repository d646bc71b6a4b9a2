"""What is counted in a document of each format.

Tests: timeline/account_aaf.py, timeline/account_ale.py, timeline/account_edl.py, timeline/account_edl_lines.py,
timeline/account_fcpxml.py, timeline/account_otio.py, timeline/account_xmeml.py
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from making.aaf import write_aaf
from making.media import no_media
from making.otio import clip, external, gap, lasting, stack, timeline, track, transition
from making.otio import speed as warp
from otiograde.record.clock import BadTime, Span
from otiograde.record.edit import NOT_READ
from otiograde.timeline import Reading, account_edl, read_edit
from otiograde.timeline.accounts import Account, NoAccount
from otiograde.timeline.documents import Document

RATE = Fraction(24)
XML_RATE = "<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>"


def unmeasured(_: object) -> Span:
    raise BadTime("no media")


def counted(path: Path, text: str | None = None, name: str = "", rate: Fraction = RATE) -> Account:
    if text is not None:
        path.write_text(text, "utf-8")
    return Document(path, path.suffix).account(name, rate, unmeasured)


def places(account: Account, rate: Fraction = RATE) -> list[tuple[str, float, float, float, float]]:
    """Each event's name, record start and length, start in its media and speed: frames, and a factor."""
    return [
        (
            event.part.name,
            float(event.view.at * rate),
            float(event.view.lasts * rate),
            float((event.view.start - (event.part.origin or 0)) * rate),
            float(event.view.speed),
        )
        for event in account.events
        if event.enabled
    ]


def test_otio_is_counted_as_it_is_written(tmp_path: Path) -> None:
    old = {"OTIO_SCHEMA": "Clip.1", "name": "old", "source_range": lasting(4, 24), "media_reference": external("a.mp4")}
    fast = clip("fast", lasting(10, 24), effects=[warp(2.0)])
    nest = stack(track(gap(6), fast), name="nest") | {"source_range": lasting(0, 18)}
    row = track(old, transition(2, 3), clip("off", lasting(0, 6), enabled=False), nest)
    account = counted(tmp_path / "e.otio", json.dumps(timeline(row, track(clip("sound", lasting(0, 9)), kind="Audio"))))
    assert places(account) == [("old", 0, 24, 4, 1), ("fast", 36, 12, 10, 2)]
    assert account.totals == {"items": 3, "enabled items": 2, "tracks": 1, "speed changes": 1, "transitions": 1}
    assert account.last_out == 2
    assert account.length == 2


def test_one_object_that_is_used_twice_counts_twice(tmp_path: Path) -> None:
    shared = clip("shared", lasting(0, 12)) | {"OTIO_REF_ID": "c-1"}
    again = {"OTIO_SCHEMA": "SerializableObjectRef.1", "id": "c-1"}
    account = counted(tmp_path / "e.otio", json.dumps(timeline(track(shared, again))))
    assert places(account) == [("shared", 0, 12, 0, 1), ("shared", 12, 12, 0, 1)]


def test_an_edl_is_counted_by_its_record_timecode() -> None:
    text = """FCM: NON-DROP FRAME
002  B V C        02:00:02:00 02:00:03:00 10:00:01:00 10:00:02:00
M2   B            -48.0                02:00:02:00
003  A NONE C     01:00:00:00 01:00:01:00 10:00:02:00 10:00:03:00
001  A V C        01:00:01:00 01:00:02:00 10:00:00:00 10:00:01:00
* FROM CLIP NAME: first
"""
    assert places(account_edl.account(text, RATE)) == [
        ("first", 0, 24, 86_424, 1),
        ("B", 24, 24, 172_848, -2),
    ]


def test_drop_frame_is_the_words_of_the_list_or_its_semicolons() -> None:
    rate = Fraction(30000, 1001)
    events = "001  A V C        01:02:01:02 01:02:02:02 01:00:00:00 01:00:01:00\n"
    for text in (
        f"FCM: DROP FRAME\n{events}",
        events.replace(":02 01:00:00:00", ":02 01:00:00;00").replace("1:02 ", "1;02 "),
    ):
        (event,) = account_edl.account(text, rate).events
        assert event.view.start * rate == 3628 + 107_892


def test_fcp7_xml_is_counted_through_nests_and_speeds(tmp_path: Path) -> None:
    remap = (
        "<filter><effect><effectid>timeremap</effectid><parameter><parameterid>speed</parameterid><value>200</value>"
        "</parameter></effect></filter>"
    )
    file = f'<file id="f1"><name>m.mov</name>{XML_RATE}<duration>96</duration></file>'
    frames = "<start>0</start><end>48</end><in>10</in><out>58</out>"
    inner = f"<clipitem><name>in</name>{XML_RATE}{frames}{file}{remap}</clipitem>"
    nest = f"<sequence>{XML_RATE}<media><video><track>{inner}</track></video></media></sequence>"
    use = f"<clipitem><name>nest</name>{XML_RATE}<start>6</start><end>30</end><in>12</in><out>36</out>{nest}</clipitem>"
    off = "<clipitem><name>off</name><start>0</start><end>9</end><in>0</in></clipitem>"
    tracks = f"<track>{use}</track><track><enabled>FALSE</enabled>{off}</track>"
    text = f"<xmeml><sequence><name>s</name>{XML_RATE}<media><video>{tracks}</video></media></sequence></xmeml>"
    account = counted(tmp_path / "e.xml", text, "s")
    assert places(account) == [("in", 6, 24, 44, 2)]
    assert account.totals["items"] == 2


def test_fcpxml_is_counted_by_its_own_rule(tmp_path: Path) -> None:
    clip_ = '<asset-clip ref="a1" name="in" offset="0s" start="0s" duration="4s"/>'
    over = '<asset-clip ref="a1" name="over" lane="1" offset="3/2s" start="2s" duration="1/2s" enabled="0"/>'
    spine = (
        f'<sync-clip name="sync" offset="0s" start="1s" duration="1s">{clip_}{over}</sync-clip>'
        '<asset-clip ref="a1" name="after" offset="1s" start="0s" duration="1s"/>'
    )
    text = (
        '<fcpxml version="1.10"><resources><format id="r1" frameDuration="100/2400s"/>'
        '<asset id="a1" name="m" start="0s" duration="4s" hasVideo="1" format="r1">'
        '<media-rep src="m.mp4"/></asset></resources>'
        f'<library><event><project name="p"><sequence format="r1"><spine>{spine}</spine></sequence></project></event>'
        "</library></fcpxml>"
    )
    account = counted(tmp_path / "e.fcpxml", text, "p")
    assert places(account) == [("in", 0, 24, 24, 1), ("after", 24, 24, 0, 1)]
    assert [(event.part.name, event.track) for event in account.events if not event.enabled] == [("over", 1)]


def test_what_the_aaf_adapter_passes_over_is_named(tmp_path: Path) -> None:
    """A pulldown comes out as nothing, and everything after it is early."""
    path = write_aaf(
        tmp_path / "e.aaf",
        lambda make: [make.clip("a", 10, 24), make.pulldown(make.clip("b", 0, 24), 24), make.clip("c", 5, 20)],
    )
    assert places(counted(path, name="film")) == [("a", 0, 24, 10, 1), ("b", 24, 24, 0, 1), ("c", 48, 20, 5, 1)]
    edit = read_edit(path, Reading(), no_media)
    assert [(skip.name, skip.start, skip.count) for skip in edit.skips if skip.what == NOT_READ] == [("b", 24, 24)]


def test_a_log_is_counted_line_by_line(tmp_path: Path) -> None:
    data = "a\t01:00:00:00\t01:00:02:00\nb\t01:00:05:00\t01:00:06:12\n"
    text = f"Heading\nFPS\t24\n\nColumn\nName\tStart\tEnd\n\nData\n{data}"
    path = tmp_path / "e.ale"
    assert places(counted(path, text)) == [("a", 0, 48, 86_400, 1), ("b", 48, 36, 86_520, 1)]
    assert not [skip for skip in read_edit(path, Reading(), no_media).skips if skip.what != "missing media"]


@pytest.mark.parametrize("suffix", [".otio", ".xml", ".fcpxml", ".aaf", ".ale", ".otioz", ".svg"])
@pytest.mark.parametrize(
    "content", ["", "{", "[" * 5000, "<a>" * 50_000, "<xmeml/>", '{"OTIO_SCHEMA": "Bin.1"}', "\0\1\2"]
)
def test_no_account_is_a_reason_and_never_a_crash(suffix: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(NoAccount) as reason:
        counted(tmp_path / f"e{suffix}", content)
    assert str(reason.value).isprintable()
