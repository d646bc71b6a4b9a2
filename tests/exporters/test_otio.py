"""graded.otio: the edit as it was, one plain effect per shot, and read again it is the same edit."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import opentimelineio as otio
import pytest

from making.clips import Clip, write_sequence, write_still
from making.records import CROSSED, MakeRecord
from making.records import graded as made
from otiograde.exporters import export_all
from otiograde.exporters.otio import export
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.items import clip_at
from otiograde.timeline import Reading, read_edit


def time(value: float, rate: float = 24) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(value, rate)


def span(start: float, count: float, rate: float = 24) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(time(start, rate), time(count, rate))


def clip(name: str, url: str | None, start: float = 1, count: float = 4, **more: Any) -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(url) if url else otio.schema.MissingReference()
    return otio.schema.Clip(name, reference, span(start, count), **more)


OTHER = {
    "OTIO_SCHEMA": "Effect.1",
    "metadata": {"Resolve_OTIO": {"Type": 2}},
    "name": "x",
    "effect_name": "Resolve Effect",
}


def film(folder: Path) -> otio.schema.Timeline:
    """A timeline with everything that must come through: many kinds of URL, effects, markers, transitions."""
    media = folder / "media"
    media.mkdir(parents=True)
    for name in ("a.mp4", "b c.mp4", "50%.mp4", "ü.mp4", "gone%20.mp4"):
        Clip(frames=8).write(media / name)
    write_still(media / "still.png")
    (media / "seq").mkdir()
    write_sequence(media / "seq")
    timeline = otio.schema.Timeline(
        "film", metadata={"host": {"ünïcode": "🎬", "n": 1.0, "big": 2**40, "deep": [{"a": None}]}}
    )
    main = otio.schema.Track("V1", kind="Video")
    effects = [
        otio.schema.Effect("x", "Resolve Effect", {"Resolve_OTIO": {"Type": 2}}),
        otio.schema.LinearTimeWarp(time_scalar=2.0),
    ]
    marker = otio.schema.Marker("note", span(2, 1), color="RED", metadata={"m": 1})
    main.append(clip("a", "media/a.mp4", markers=[marker], effects=effects, metadata={"otiograde": {"strength": 0.5}}))
    dissolve = otio.schema.Transition(
        "d", otio.schema.TransitionTypes.SMPTE_Dissolve, time(1), time(1), metadata={"t": 1}
    )
    main.append(dissolve)
    main.append(clip("b", "media/b%20c.mp4"))
    main.append(otio.schema.Gap(source_range=span(0, 3)))
    main.append(clip("percent", "media/50%25.mp4"))
    main.append(clip("accent", (media / "ü.mp4").as_uri()))
    main.append(clip("plain path", str(media / "a.mp4"), 0, 2))
    main.append(clip("literal", "media/gone%20.mp4"))
    main.append(clip("missing", "media/none.mp4"))
    main.append(clip("elsewhere", "file:///Volumes/Disk/none.mp4"))
    main.append(clip("nothing", None))
    off = clip("off", "media/b%20c.mp4")
    off.enabled = False
    main.append(off)
    sequence = otio.schema.ImageSequenceReference(
        "media/seq/", "im.", ".png", 1001, 1, 24, 4, available_range=span(1001, 8)
    )
    main.append(otio.schema.Clip("seq", sequence, span(1002, 3)))
    nested = otio.schema.Stack("nest", source_range=span(0, 4))
    inner = otio.schema.Track("inner", kind="Video")
    inner.append(clip("inside", "media/still.png"))
    nested.append(inner)
    main.append(nested)
    sound = otio.schema.Track("A1", kind="Audio")
    sound.append(clip("sound", "media/b%20c.mp4"))
    timeline.tracks.extend([main, sound])
    return timeline


def graded(edit: Edit) -> GradedTimeline:
    return made(edit, CROSSED, lut_size=5, strength=0.5)


@pytest.fixture
def record(tmp_path: Path) -> GradedTimeline:
    source = tmp_path / "edit" / "film.otio"
    timeline = film(source.parent)
    timeline.to_json_file(str(source))
    return graded(read_edit(source, Reading(), probe))


def written(record: GradedTimeline) -> dict[str, Any]:
    values = json.loads(export(record)["graded.otio"])
    assert isinstance(values, dict)
    return values


def file_name(url: str) -> str:
    return unquote(unquote(url)).rstrip("/").rpartition("/")[2]


def without_ours(item: Any) -> Any:
    """A tree without our effects and CDLs, and with every media URL reduced to its last name."""
    if isinstance(item, list):
        return [without_ours(each) for each in item if not (isinstance(each, dict) and each.get("name") == "otiograde")]
    if isinstance(item, dict):
        urls = ("target_url", "target_url_base")
        kept = {key: value for key, value in item.items() if key != "cdl"}
        return {key: file_name(value) if key in urls else without_ours(value) for key, value in kept.items()}
    return item


@pytest.mark.ffmpeg
def test_every_shot_has_its_effect_and_everything_else_is_as_it_was(record: GradedTimeline) -> None:
    names = [shot.name for shot in record.edit.shots]
    assert names == ["a", "b", "percent", "accent", "plain path", "literal", "seq", "inside"]
    after = written(record)
    assert without_ours(after) == without_ours(record.edit.otio)
    for shot in record.edit.shots:
        clip = clip_at(after, shot.where)
        (effect,) = (effect for effect in clip["effects"] if effect["name"] == "otiograde")
        assert effect["OTIO_SCHEMA"] == "Effect.1"
        assert effect["effect_name"] == "otiograde.LUT3D"
        said = effect["metadata"]["otiograde"]
        assert said["path"] == f"luts/{shot.id}.cube"
        assert said["encoding"] == shot.media.encoding.name
        assert (said["size"], said["strength"], said["confidence"], said["scene"]) == (5, 0.5, "high", "scene_1")


@pytest.mark.ffmpeg
def test_the_record_is_not_changed(record: GradedTimeline) -> None:
    before = copy.deepcopy(record.edit.otio)
    assert export(record) == export(record)
    assert record.edit.otio == before


@pytest.mark.ffmpeg
def test_checksums_are_those_of_the_luts(record: GradedTimeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, export_all(record, ["luts", "otio"]))
    for shot in record.edit.shots:
        said = clip_at(json.loads((out / "graded.otio").read_text("utf-8")), shot.where)["effects"][-1]["metadata"][
            "otiograde"
        ]
        assert hashlib.sha256((out / said["path"]).read_bytes()).hexdigest() == said["sha256"]


@pytest.mark.ffmpeg
def test_otio_reads_it_where_nothing_of_ours_is_installed(record: GradedTimeline, tmp_path: Path) -> None:
    """The plain reader gives the same timeline back, and its effects are plain effects."""
    path = tmp_path / "graded.otio"
    path.write_bytes(export(record)["graded.otio"])
    code = (
        "import json, sys, opentimelineio as otio\n"
        "timeline = otio.adapters.read_from_file(sys.argv[1])\n"
        "effects = [e for c in timeline.find_clips() for e in c.effects if e.name == 'otiograde']\n"
        "assert all(type(e) is otio.schema.Effect for e in effects)\n"
        "print(len(effects)); print(timeline.to_json_string())\n"
    )
    bare = {**os.environ, "OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, path], env=bare, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    count, _, text = done.stdout.partition("\n")
    assert int(count) == len(record.edit.shots)
    assert json.loads(text) == written(record)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("where", ["edit/film.graded", "far/away/out"])
def test_graded_again_it_is_the_same_edit(record: GradedTimeline, tmp_path: Path, where: str) -> None:
    """Media are found from any output folder, the shots are the same, and our effects are replaced, not added to."""
    out = tmp_path / where
    write_folder(out, export_all(record, ["luts", "otio"]))
    again = read_edit(out / "graded.otio", Reading(), probe)
    key = [(shot.id, shot.media, shot.source, shot.record, shot.speed, shot.where) for shot in record.edit.shots]
    assert [(s.id, s.media, s.source, s.record, s.speed, s.where) for s in again.shots] == key
    assert [(skip.what, skip.name) for skip in again.skips] == [(skip.what, skip.name) for skip in record.edit.skips]
    assert export(graded(again)) == export(record)


@pytest.mark.ffmpeg
def test_urls_of_sound_and_disabled_clips_resolve_too(record: GradedTimeline, tmp_path: Path) -> None:
    after = written(record)
    wanted = (tmp_path / "edit/media/b c.mp4").as_uri()
    urls = {
        clip["name"]: clip["media_references"]["DEFAULT_MEDIA"]
        for track in after["tracks"]["children"]
        for clip in track["children"]
        if "media_references" in clip
    }
    assert urls["sound"]["target_url"] == urls["off"]["target_url"] == urls["b"]["target_url"] == wanted
    assert urls["missing"]["target_url"] == (tmp_path / "edit/media/none.mp4").as_uri()
    assert urls["elsewhere"]["target_url"] == "file:///Volumes/Disk/none.mp4"
    assert urls["seq"]["target_url_base"] == (tmp_path / "edit/media/seq").as_uri() + "/"
    assert urls["plain path"]["target_url"] == str(tmp_path / "edit/media/a.mp4")


@pytest.mark.ffmpeg
def test_our_effect_keeps_its_place_among_others(record: GradedTimeline) -> None:
    first = written(record)
    effects = clip_at(first, record.edit.shots[0].where)["effects"]
    assert [effect["name"] for effect in effects] == ["x", "", "otiograde"]
    own = effects.pop()
    effects.insert(1, own)
    effects.append({**own, "metadata": {"otiograde": {"version": 0}}})
    stale = {**own, "effect_name": "otiograde.CDL"}
    first["tracks"]["children"][0]["children"][-1]["effects"] = [stale]  # on the nested stack, from elsewhere
    edit = Edit("film", first, Fraction(24), record.edit.shots, ())
    after = written(graded(edit))
    effects = clip_at(after, record.edit.shots[0].where)["effects"]
    assert [effect["name"] for effect in effects] == ["x", "otiograde", ""]
    assert effects[1]["metadata"]["otiograde"]["version"] == 1
    assert after["tracks"]["children"][0]["children"][-1]["effects"] == []


@pytest.mark.ffmpeg
def test_relinked_media_keep_their_own_address(tmp_path: Path) -> None:
    """An absolute URL of another machine stays: the edit goes back there."""
    media = tmp_path / "found"
    media.mkdir()
    Clip(frames=8).write(media / "x.mp4")
    timeline = otio.schema.Timeline("t")
    track = otio.schema.Track("V1", kind="Video")
    track.append(clip("x", "file:///D:/shots/x.mp4"))
    track.append(clip("y", "shots/x.mp4"))
    timeline.tracks.append(track)
    source = tmp_path / "e.otio"
    timeline.to_json_file(str(source))
    edit = read_edit(source, Reading(media_root=media), probe)
    after = written(graded(edit))
    urls = [clip_at(after, shot.where)["media_references"]["DEFAULT_MEDIA"]["target_url"] for shot in edit.shots]
    assert urls == ["file:///D:/shots/x.mp4", (media / "x.mp4").as_uri()]


@pytest.mark.ffmpeg
def test_old_clips_without_several_references(make_record: MakeRecord, tmp_path: Path) -> None:
    record = make_record({"a": Clip(frames=8).write(tmp_path / "a.mp4")})
    old = copy.deepcopy(record.edit.otio)
    clip = clip_at(old, (0, 0))
    clip["OTIO_SCHEMA"] = "Clip.1"
    clip["media_reference"] = clip.pop("media_references")["DEFAULT_MEDIA"]
    clip["effects"] = None
    edit = Edit("film", old, Fraction(24), record.edit.shots, ())
    after = clip_at(written(graded(edit)), (0, 0))
    assert after["media_reference"]["target_url"] == (tmp_path / "a.mp4").as_uri()
    assert len(after["effects"]) == 1


def test_edits_of_other_people_come_through_whole(footage: Path) -> None:
    """Without a shot nothing changes, whatever other programs put into their timelines."""
    edits = sorted((footage / "timelines").glob("*.otio"))
    read = 0
    for path in edits:
        try:
            edit = read_edit(path, Reading(), probe)
        except ValueError:
            continue
        assert written(graded(edit)) == edit.otio or any(shot.id for shot in edit.shots)
        read += 1
    assert read > len(edits) // 2


@pytest.mark.ffmpeg
def test_the_cdl_is_where_writers_of_lists_look_for_it(record: GradedTimeline) -> None:
    after = written(record)
    for shot in record.edit.shots:
        clip = clip_at(after, shot.where)
        (said,) = (e["metadata"]["otiograde"] for e in clip["effects"] if e["name"] == "otiograde")
        assert clip["metadata"]["cdl"] == said["cdl"]
        assert set(said["cdl"]) == {"asc_sop", "asc_sat"}
        assert said["cdl_fit"]["mean"] <= 2
    timeline = otio.adapters.read_from_string(json.dumps(after), "otio_json")
    track = otio.schema.Track("V", [timeline.tracks[0].find_clips()[0].deepcopy()], kind="Video")
    text = otio.adapters.write_to_string(otio.schema.Timeline("one", [track]), "cmx_3600", rate=24)
    assert "*ASC_SOP" in text


@pytest.mark.ffmpeg
def test_a_cdl_of_the_edit_is_kept_and_one_of_ours_replaced(record: GradedTimeline) -> None:
    first = clip_at(record.edit.otio, record.edit.shots[0].where)
    first["metadata"]["cdl"] = {"asc_sat": 0.5}
    after = written(record)
    assert clip_at(after, record.edit.shots[0].where)["metadata"]["cdl"] == {"asc_sat": 0.5}
    second = record.edit.shots[1]
    clip_at(record.edit.otio, second.where).update(clip_at(after, second.where))
    stronger = tuple(replace(grade, strength=0.25) for grade in record.grades)
    again = clip_at(written(replace(record, grades=stronger)), second.where)
    assert again["metadata"]["cdl"] == again["effects"][-1]["metadata"]["otiograde"]["cdl"]
    assert again["metadata"]["cdl"] != clip_at(after, second.where)["metadata"]["cdl"]
    none = replace(record, grades=tuple(Grade(shot.id, "scene_1") for shot in record.edit.shots))
    assert "cdl" not in clip_at(written(none), second.where)["metadata"]
