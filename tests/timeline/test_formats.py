"""Files of all formats that OpenTimelineIO reads, and files that it cannot read.

Tests: timeline/bundle.py, timeline/edl.py, timeline/read.py
"""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from making.media import Inventor
from making.otio import Item, clip, external, item, lasting, read, timeline, track
from otiograde.errors import TimelineError
from otiograde.record.shot import Media
from otiograde.timeline import Reading, is_bundle, read_edit

EDL = """TITLE: list
FCM: NON-DROP FRAME
001  REEL01   V     C        01:00:00:05 01:00:01:00 10:00:00:00 10:00:00:{length:02d}
* FROM CLIP NAME:  sh010
002  BL       V     C        00:00:00:00 00:00:01:00 10:00:01:00 10:00:02:00
003  REEL02   V     C        01:00:00:00 01:00:01:00 10:00:02:00 10:00:03:00
* FROM CLIP NAME:  sh020
"""

FCPXML = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml>
<fcpxml version="1.11"><resources>
<format id="r0" name="FFVideoFormatRateUndefined"/>
<format id="r1" frameDuration="1001/30000s"/><format id="r2" frameDuration="1/25s"/>
<asset id="a1" name="A" start="3600s" duration="100s" hasVideo="1" format="r2">
<media-rep kind="original-media" src="a.mp4"/></asset>
<asset id="a2" name="S" start="0s" duration="0s" hasVideo="1" format="r0">
<media-rep kind="original-media" src="s.png"/></asset>
<effect id="e1" name="Clouds"/>
</resources><library><event name="E"><project name="P">
<sequence format="r1" tcStart="3600s" duration="9009/30000s"><spine>
<asset-clip ref="a1" name="one" offset="3600s" start="90007/25s" duration="10010/30000s"/>
<asset-clip ref="a1" name="two" offset="108010010/30000s" start="90100/25s" duration="20020/30000s"/>
<video ref="e1" name="Clouds" offset="108030030/30000s" start="3600s" duration="1001/30000s"/>
<video ref="a2" name="still" offset="108031031/30000s" start="3600s" duration="2002/30000s"/>
</spine></sequence></project></event></library></fcpxml>"""


def saved(path: Path, content: str | bytes | Item) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def refused(path: Path, reading: Reading | None = None) -> str:
    with pytest.raises(TimelineError) as caught:
        read_edit(path, reading or Reading(), Inventor())
    message = str(caught.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    assert len(message) < len(str(path)) + 600
    return message.removeprefix(str(path))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("e.otio", "", "the file is empty"),
        ("e.otio", "\0\0\0\0", "the file is empty"),
        ("e.otio", "not json", "not JSON"),
        ("e.otio", '{"OTIO_SCHEMA": "Timeline.1", ', "not JSON"),
        ("e.otio", "{}", "not OpenTimelineIO"),
        ("e.otio", "[1, 2]", "not OpenTimelineIO"),
        ("e.otio", '"Timeline.1"', "not OpenTimelineIO"),
        ("e.otio", b"\xff\x00\x01", "not UTF-8"),
        ("e.otio", '{"OTIO_SCHEMA": "Timeline"}', "cannot read it"),
        ("e.otio", '{"OTIO_SCHEMA": "Timeline.1"}', "cannot read it"),
        ("e.otio", '{"OTIO_SCHEMA": "Timeline.1", "tracks": null}', "no video track"),
        ("e.otio", '{"OTIO_SCHEMA": "Unheard.1"}', "no timeline in it"),
        ("e.otio", '{"OTIO_SCHEMA": "SerializableCollection.1", "children": []}', "no timeline in it"),
        ("e.otio", timeline(track(kind="Audio")), "only audio"),
        ("e.otio", timeline(), "no video track"),
        ("e.otio", timeline({"OTIO_SCHEMA": "Track.1", "kind": 3}), "cannot read it"),
        ("e.otio", timeline(track(clip(markers=[{"OTIO_SCHEMA": "Marker.3"}]))), "it uses Marker.3"),
        ("e.otio", timeline(track(clip(source=lasting(0, 5) | {"duration": 5}))), "cannot read it"),
        ("e.otioz", "not a zip", "not a whole .otioz"),
        ("e.edl", "", "the file is empty"),
        ("e.edl", "hello", "no event"),
        ("e.edl", EDL.format(length=70), "no rate of 24, 25, 30, 50, 60 fits"),
        ("e.fcpxml", "<fcpxml", "not XML"),
        ("e.fcpxml", "<fcpxml/>", "no edit in it"),
        ("e.xml", "", "the file is empty"),
        ("e.xml", "<xmeml", "not XML"),
        ("e.xml", "<xmeml/>", "neither a sequence nor a clip"),
        ("e.xml", "<svg/>", "XML of another kind: its root is <svg>"),
        ("e.xml", "<fcpxml/>", "no edit in it"),
        ("e.aaf", "not an aaf", "AAF reader cannot read it"),
        ("e.mp4", b"\0\0\0\x18ftyp", "no installed OpenTimelineIO adapter reads this"),
        ("e", "x", "no installed OpenTimelineIO adapter reads this"),
    ],
)
def test_one_clear_line_for_what_is_no_edit(tmp_path: Path, name: str, content: str | bytes | Item, why: str) -> None:
    assert why in refused(saved(tmp_path / name, content))


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.otio")
    assert "a folder without content.otio" in refused(tmp_path)


def test_old_infinities_are_read(tmp_path: Path) -> None:
    text = json.dumps(timeline(track(clip("a", lasting(0, 5)), clip("b", lasting(0, 7777)))))
    path = saved(tmp_path / "e.otio", text.replace("7777.0", "Inf"))
    (tmp_path / "a.mp4").touch()
    edit = read_edit(path, Reading(), Inventor())
    assert [skip.why for skip in edit.skips] == ["its range has a time of inf"]


def test_the_edit_is_kept_whole(tmp_path: Path) -> None:
    ours = item("Effect.1", "otiograde", effect_name="otiograde.LUT3D", enabled=True)
    ours["metadata"] = {"otiograde": {"kind": "lut3d"}}
    whole = timeline(track(clip("a", lasting(0, 5), effects=[ours], metadata={"x": {"y": [1, 2.5, None, "é"]}})))
    edit = read(tmp_path, whole)
    stored = edit.otio["tracks"]["children"][0]["children"][0]
    assert edit.otio["OTIO_SCHEMA"] == "Timeline.1"
    assert stored["metadata"] == {"x": {"y": [1, 2.5, None, "é"]}}
    assert stored["effects"][0]["metadata"] == {"otiograde": {"kind": "lut3d"}}
    assert stored["media_references"]["DEFAULT_MEDIA"]["target_url"] == "a.mp4"
    assert edit.name == "edit"


def test_what_is_not_a_timeline_is_made_one(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    row = track(clip("a", lasting(0, 5)), clip("b", lasting(0, 5)))
    other = timeline(track(clip("c", lasting(0, 5))))
    for top, ids in (
        (clip("a", lasting(0, 5)), ["a"]),
        (row, ["a", "b"]),
        (timeline(row)["tracks"], ["a", "b"]),
        (item("SerializableCollection.1", children=[clip("a", lasting(0, 5)), clip("b", lasting(0, 5))]), ["a", "b"]),
        (item("SerializableCollection.1", children=[item("SerializableCollection.1", children=[other])]), ["c"]),
        (item("SerializableCollection.1", children=[timeline(track(kind="Audio")), other, timeline(row)]), ["c"]),
    ):
        edit = read_edit(saved(tmp_path / "e.otio", top), Reading(), Inventor())
        assert [shot.id for shot in edit.shots] == ids
        assert edit.otio["OTIO_SCHEMA"] == "Timeline.1"
        spot = edit.otio["tracks"]
        for index in edit.shots[0].where:
            spot = spot["children"][index]
        assert spot["name"] == ids[0]
    assert edit.notes == ("3 timelines in the file, the first with pictures is read: edit",)


@pytest.mark.parametrize(("length", "rate"), [(19, 24), (20, 25), (25, 30)])
def test_the_rate_of_an_edl_is_found(tmp_path: Path, length: int, rate: int) -> None:
    path = saved(tmp_path / "e.edl", EDL.format(length=length))
    for name in ("sh010.mov", "REEL02.mov"):
        (tmp_path / name).touch()
    edit = read_edit(path, Reading(media_root=tmp_path), Inventor(frames=200_000))
    assert edit.rate == rate
    assert [(s.name, s.record.start, s.record.count) for s in edit.shots] == [
        ("sh010", 0, length),
        ("sh020", 2 * rate, rate),
    ]
    assert [skip.what for skip in edit.skips] == ["gap", "generator"]
    assert any(f"read at {rate} " in note for note in edit.notes)
    assert edit.otio["global_start_time"]["value"] == 36000 * rate
    assert read_edit(path, Reading(rate=Fraction(rate)), Inventor()).rate == rate


def test_an_edl_at_the_wrong_rate_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "e.edl", EDL.format(length=20))
    assert "don't match" in refused(path, Reading(rate=Fraction(30)))


def test_drop_frame_and_old_code_pages(tmp_path: Path) -> None:
    text = EDL.format(length=25).replace("NON-DROP", "DROP").replace("sh010", "Café")
    for code in ("cp1252", "utf-8", "utf-8-sig", "utf-16"):
        edit = read_edit(saved(tmp_path / "e.edl", text.encode(code)), Reading(), Inventor())
        assert edit.rate == Fraction(30000, 1001)
        assert edit.skips[0].name == "Café"


def test_fcpxml_is_read_to_the_frame(tmp_path: Path) -> None:
    for name in ("a.mp4", "s.png"):
        (tmp_path / name).touch()

    def probe(path: Path, **options: Any) -> Media:
        return Inventor(rate=Fraction(25), frames=2500, kind="still" if path.suffix == ".png" else "video")(
            path, **options
        )

    edit = read_edit(saved(tmp_path / "e.fcpxml", FCPXML), Reading(), probe)
    assert edit.rate == Fraction(30000, 1001)
    assert [(s.name, s.source.start, s.source.count, s.record.start, s.record.count) for s in edit.shots] == [
        ("one", 7, 8, 0, 10),
        ("two", 100, 17, 10, 20),
        ("still", 0, 1, 31, 2),
    ]
    assert edit.otio["global_start_time"]["value"] == round(3600 * 30000 / 1001)
    assert [(skip.what, skip.name, skip.start, skip.count) for skip in edit.skips] == [("generator", "Clouds", 30, 1)]
    bundle = tmp_path / "e.fcpxmld"
    bundle.mkdir()
    saved(bundle / "Info.fcpxml", FCPXML)
    (bundle / "a.mp4").touch()
    assert len(read_edit(bundle, Reading(), Inventor(frames=2500)).shots) == 2


def test_otiod_bundle(tmp_path: Path) -> None:
    bundle = tmp_path / "e.otiod"
    (bundle / "media").mkdir(parents=True)
    (bundle / "media" / "a.mp4").touch()
    saved(bundle / "content.otio", timeline(track(clip("a", lasting(0, 5), external("media/a.mp4")))))
    assert is_bundle(bundle)
    assert not is_bundle(tmp_path)
    (shot,) = read_edit(bundle, Reading(), Inventor()).shots
    assert shot.media.path == bundle / "media" / "a.mp4"


def zipped(path: Path, entries: dict[str, bytes | Item]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in entries.items():
            bundle.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def test_otioz_media_are_unpacked_when_asked_for(tmp_path: Path) -> None:
    whole = timeline(
        track(
            clip("a", lasting(0, 5), external("media/a%20b.mp4")),
            clip("again", lasting(5, 5), external("media/a%20b.mp4")),
            clip("gone", lasting(0, 5), external("media/gone.mp4")),
        )
    )
    path = zipped(
        tmp_path / "e.otioz", {"content.otio": whole, "media/a b.mp4": b"film", "media/unused.mp4": b"x" * 99}
    )
    unpacked = tmp_path / "unpacked"
    probe = Inventor()
    edit = read_edit(path, Reading(unpack=unpacked), probe)
    assert [shot.id for shot in edit.shots] == ["a", "again"]
    assert edit.shots[0].media.path.read_bytes() == b"film"
    assert edit.shots[0].media.path.name == "a b.mp4"
    assert [file.name for file in unpacked.rglob("*") if file.is_file()] == ["a b.mp4"]
    assert len(probe.asked) == 1
    assert read_edit(path, Reading(unpack=unpacked), Inventor()).shots == edit.shots
    edit = read_edit(path, Reading(), Inventor())
    assert not edit.shots
    assert "packed inside the .otioz" in edit.skips[0].why


@pytest.mark.parametrize("name", ["../../evil.mp4", "/tmp/evil.mp4", "C:\\evil.mp4", "media/..", "media/a:b|c?.mp4"])
def test_nothing_in_an_otioz_escapes(tmp_path: Path, name: str) -> None:
    whole = timeline(track(clip("a", lasting(0, 5), external(name))))
    (tmp_path / "in").mkdir()
    path = zipped(tmp_path / "in" / "e.otioz", {"content.otio": whole, name: b"x"})
    unpacked = tmp_path / "in" / "unpacked"
    edit = read_edit(path, Reading(unpack=unpacked), Inventor())
    written = [file for file in tmp_path.rglob("*") if file.is_file() and file != path]
    assert all(file.is_relative_to(unpacked) for file in written)
    for shot in edit.shots:
        assert shot.media.path in written


def test_broken_otioz(tmp_path: Path) -> None:
    whole = timeline(track(clip("a", lasting(0, 5), external("media/a.mp4"))))
    assert "without content.otio" in refused(zipped(tmp_path / "e.otioz", {"media/a.mp4": b"x"}))
    path = zipped(tmp_path / "f.otioz", {"content.otio": whole, "media/a.mp4": b"film" * 999})
    path.write_bytes(path.read_bytes().replace(b"filmfilm", b"filmFILM", 1))
    edit = read_edit(path, Reading(unpack=tmp_path / "u"), Inventor())
    assert "broken" in edit.skips[0].why
    assert not [file for file in (tmp_path / "u").rglob("*") if file.is_file()]
    path.write_bytes(path.read_bytes()[:200])
    assert "not a whole .otioz" in refused(path)


def test_adapters_talk_to_nobody(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from otiograde.timeline import formats

    class Loud:
        def to_json_string(self, indent: int) -> str:
            import warnings

            warnings.warn("deprecated", stacklevel=1)
            logging.warning("noise %d", indent)
            print("noise")
            return json.dumps(timeline())

    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    adapter: Callable[[], object] = Loud
    assert formats._as_json("loud", adapter)["name"] == "edit"
    assert logging.getLogger().handlers == []
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
