"""edl/ and ale/: OpenTimelineIO's adapters and cdl_convert read them back at every rate; what is missing is said.

Tests: exporters/lists/ale.py, exporters/lists/edl.py
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from making.media import NTSC, media
from making.records import MIXED, begun_at, record_of_media
from otiograde.exporters.colorio.cdl import fit_of
from otiograde.exporters.lists import ale, edl
from otiograde.movie.timecode import timecode
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import clip_at
from otiograde.record.shot import FrameRange, Shot

RATES = {
    "24": (Fraction(24), False),
    "25": (Fraction(25), False),
    "29.97 DF": (NTSC, True),
    "29.97 NDF": (NTSC, False),
    "30": (Fraction(30), False),
    "23.976": (Fraction(24000, 1001), False),
}
HOURS = {24: 24 * 3600, 25: 25 * 3600, 30: 30 * 3600}


def record_at(rate: Fraction, *, drop: bool) -> GradedTimeline:
    base = round(rate)
    start = 107_892 if drop else HOURS[base]  # one o'clock
    medias = {f"s{n}.mov": media(f"s{n}.mov", rate=rate, timecode=start + 1000 * n, drop_frame=drop) for n in range(4)}
    record = begun_at(record_of_media(medias, rate), start)
    for shot in record.edit.shots:
        clip_at(record.edit.otio, shot.where)["metadata"]["cmx_3600"] = {"reel": f"TAPE{shot.name[1]}"}
    return record


@pytest.mark.parametrize("name", RATES)
def test_the_edl_adapter_reads_it_back(name: str) -> None:
    rate, drop = RATES[name]
    record = record_at(rate, drop=drop)
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    assert ("FCM: DROP FRAME" in text) == drop
    assert "NO REEL" not in text
    assert "NO SOURCE" not in text
    timeline = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
    clips = list(timeline.find_clips())
    assert len(clips) == 4
    for clip, shot, grade in zip(clips, record.edit.shots, record.grades, strict=True):
        assert clip.name == shot.name
        assert clip.metadata["cmx_3600"]["reel"] == f"TAPE{shot.name[1]}"
        assert clip.source_range.start_time.value == shot.media.timecode + 30
        assert clip.source_range.duration.value == 20
        same_cdl(clip.metadata, grade)
    track = timeline.tracks[0]
    start = -track.source_range.start_time.value
    assert [track.range_of_child(clip).start_time.value + start for clip in clips] == [
        record.edit.otio["global_start_time"]["value"] + 20 * n for n in range(4)
    ]


@pytest.mark.parametrize("name", RATES)
def test_the_ale_adapter_reads_it_back(name: str) -> None:
    rate, drop = RATES[name]
    record = record_at(rate, drop=drop)
    ((path, content),) = ale.export(record).items()
    assert path == f"ale/shots_{name.split(maxsplit=1)[0]}.ale"
    clips = list(otio.adapters.read_from_string(content.decode("utf-8"), "ale"))
    assert len(clips) == 4
    for clip, shot, grade in zip(clips, record.edit.shots, record.grades, strict=True):
        assert clip.name == shot.name
        assert clip.metadata["ALE"]["Tape"] == f"TAPE{shot.name[1]}"
        assert clip.source_range.start_time.value == shot.media.timecode + 30
        assert clip.source_range.duration.value == 20
        same_cdl(clip.metadata, grade)


def same_cdl(metadata: Any, grade: Grade) -> None:
    fit = fit_of(grade)
    if not fit.good:
        assert "cdl" not in metadata
        return
    read = metadata["cdl"]
    assert list(read["asc_sop"]["slope"]) == pytest.approx(fit.cdl.slope, abs=1e-9)
    assert list(read["asc_sop"]["offset"]) == pytest.approx(fit.cdl.offset, abs=1e-9)
    assert list(read["asc_sop"]["power"]) == pytest.approx(fit.cdl.power, abs=1e-9)
    assert read["asc_sat"] == pytest.approx(fit.cdl.saturation, abs=1e-9)


def test_cdl_convert_reads_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert = pytest.importorskip("cdl_convert", reason="NO cdl_convert: its half of the list tests is not made")
    convert.reset_all()
    # It opens files with the mode "rU", which Python 3.11 no longer knows.
    monkeypatch.setattr("cdl_convert.parse.open", lambda path, _: Path(path).open(), raising=False)  # noqa: SIM115
    record = record_of_media({f"s{n}.mov": media(f"s{n}.mov") for n in range(2)})
    (tmp_path / "a.edl").write_bytes(edl.export(record)["edl/V1.edl"])
    (tmp_path / "a.ale").write_bytes(ale.export(record)["ale/shots_24.ale"])
    parse = importlib.import_module("cdl_convert.parse")
    for read in (parse.parse_cmx(str(tmp_path / "a.edl")), parse.parse_ale(str(tmp_path / "a.ale"))):
        corrections = [each for each in read.all_children if each is not None]
        assert len(corrections) == 2
        for cc, grade in zip(corrections, record.grades, strict=True):
            seen = [float(n) for n in (*cc.slope, *cc.offset, *cc.power, cc.sat)]
            cdl = fit_of(grade).cdl
            assert seen == pytest.approx([*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation], abs=1e-9)


@given(frame=st.integers(0, 24 * 3600 * 30 - 2700), drop=st.booleans())
def test_timecodes_are_those_of_opentimelineio(frame: int, drop: bool) -> None:
    time = otio.opentime.RationalTime(frame, 30000 / 1001)
    assert timecode(frame, NTSC, drop=drop) == otio.opentime.to_timecode(time, 30000 / 1001, drop)


def test_drop_frame_labels() -> None:
    assert timecode(1800, NTSC, drop=True) == "00:01:00;02"
    assert timecode(17_982, NTSC, drop=True) == "00:10:00;00"
    assert timecode(3600, 2 * NTSC, drop=True) == "00:01:00;04"
    assert timecode(1800, Fraction(30), drop=True) == "00:01:00:00"
    assert timecode(24 * 3600 * 24 + 5, Fraction(24)) == "00:00:00:05"
    assert timecode(2_589_408 + 5, NTSC, drop=True) == "00:00:00;05"


def test_what_is_missing_is_said_and_the_list_is_still_valid() -> None:
    record = record_of_media({"ä b.mov": media("ä b.mov"), "a_b.mov": media("a b.mov")})
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    assert text.count("* NO REEL: NAMED AFTER THE FILE") == 2
    assert text.count("* NO SOURCE TIMECODE: COUNTED FROM 00:00:00:00") == 2
    clips = list(otio.adapters.read_from_string(text, "cmx_3600", rate=24).find_clips())
    assert [clip.metadata["cmx_3600"]["reel"] for clip in clips] == ["a_b", "a_b-2"]
    log = ale.export(record)["ale/shots_24.ale"].decode("utf-8")
    assert log.count("reel named after the file; no source timecode") == 2


def test_no_cdl_is_said() -> None:
    record = record_of_media({f"s{n}.mov": media(f"s{n}.mov") for n in range(4)})
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    assert text.count("*ASC_SOP") == text.count("*ASC_SAT") == 3
    assert text.count("* NO CDL: ") == 1
    assert "e-0" not in text


def test_reserved_and_odd_reels() -> None:
    record = record_of_media({"black.mov": media("black.mov"), "x": media("%04d.png")})
    clip_at(record.edit.otio, (0, 1))["metadata"]["cmx_3600"] = {"reel": "AX"}
    clips = otio.adapters.read_from_string(edl.export(record)["edl/V1.edl"].decode("ascii"), "cmx_3600").find_clips()
    assert [clip.metadata["cmx_3600"]["reel"] for clip in clips] == ["black-2", "REEL"]


def test_the_edits_own_word_for_the_timecode() -> None:
    """Media without timecode whose available range begins at one; a sequence by its first image."""
    medias = {
        "a.mov": media("a.mov", rate=Fraction(25)),
        "im.png": media("im.%04d.png", rate=Fraction(25), kind="sequence", first=1001),
    }
    record = record_of_media(medias, Fraction(25))
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": 90_000.0}
    available = {"OTIO_SCHEMA": "TimeRange.1", "start_time": time, "duration": time}
    clip_at(record.edit.otio, (0, 0))["media_references"]["DEFAULT_MEDIA"]["available_range"] = available
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    assert "01:00:01:05 01:00:02:00" in text
    assert "00:00:41:06 00:00:42:01" in text
    assert "NO SOURCE TIMECODE" not in text


def test_speeds_freezes_and_stills() -> None:
    medias = {n: media(n, timecode=86_400) for n in ("fast.mov", "back.mov", "hold.mov", "one.png")}
    medias["one.png"] = replace(medias["one.png"], kind="still")
    record = record_of_media(medias)
    speeds = (Fraction(2), Fraction(-1, 2), Fraction(0), Fraction(1))
    shots = tuple(replace(shot, speed=speed) for shot, speed in zip(record.edit.shots, speeds, strict=True))
    record = replace(record, edit=replace(record.edit, shots=shots))
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    clips = list(otio.adapters.read_from_string(text, "cmx_3600", rate=24).find_clips())
    assert [clip.duration().value for clip in clips] == [20] * 4
    scalars = [clip.effects[0].time_scalar for clip in clips]
    assert scalars == [2.0, -0.5, 0.0, 0.0]
    assert "one.png" not in ale.export(record)["ale/shots_24.ale"].decode("utf-8")


def test_drop_frame_motion_is_read_too() -> None:
    record = record_at(NTSC, drop=True)
    shots = tuple(replace(shot, speed=Fraction(2)) for shot in record.edit.shots)
    text = edl.export(replace(record, edit=replace(record.edit, shots=shots)))["edl/V1.edl"].decode("ascii")
    clips = list(otio.adapters.read_from_string(text, "cmx_3600", rate=float(NTSC)).find_clips())
    assert [clip.effects[0].time_scalar for clip in clips] == pytest.approx([2.0] * 4, rel=1e-2)


def test_media_of_other_rates() -> None:
    medias = {
        "a.mov": media("a.mov", rate=Fraction(25), timecode=90_000),
        "b.mov": media("b.mov", rate=NTSC, timecode=108_000),
    }
    record = record_of_media(medias, Fraction(24))
    text = edl.export(record)["edl/V1.edl"].decode("ascii")
    assert "* SOURCE RUNS AT 25, TIMECODE IS SCALED TO 24" in text
    assert "01:00:01:05 01:00:02:01" in text  # 4.8 frames of 24 are nearer to 5
    assert "* SOURCE TIMECODE AT 25 FPS: 01:00:01:05 01:00:02:01" in text
    assert "* SOURCE TIMECODE AT 29.97 FPS: 01:00:01:00 01:00:01:25" in text
    assert len(list(otio.adapters.read_from_string(text, "cmx_3600", rate=24).find_clips())) == 2
    assert sorted(ale.export(record)) == ["ale/shots_25.ale", "ale/shots_29.97.ale"]


def test_forty_tracks_and_what_overlaps() -> None:
    record = record_of_media({"a.mov": media("a.mov", timecode=86_400)})
    (one,) = record.edit.shots
    places = [(track, 0) for track in range(40)] + [(39, 5)]
    shots = tuple(
        Shot(f"s{n}", "a", one.media, one.source, FrameRange(start, 20, Fraction(24)), track, (0, 0))
        for n, (track, start) in enumerate(places)
    )
    grades = tuple(Grade(shot.id, "scene_1", MIXED) for shot in shots)
    files = edl.export(replace(record, edit=replace(record.edit, shots=shots), grades=grades))
    assert set(files) == {f"edl/V{n}.edl" for n in range(1, 41)} | {"edl/V40-2.edl"}
    for content in files.values():
        assert len(list(otio.adapters.read_from_string(content.decode("ascii"), "cmx_3600").find_clips())) == 1


def test_an_edit_without_shots_writes_no_list() -> None:
    assert edl.export(record_of_media({})) == {}
    assert ale.export(record_of_media({})) == {}
