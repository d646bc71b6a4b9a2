"""A grade that changes inside a shot, in the projects of other programs: clips of one LUT each, that dissolve.

Tests: exporters/editors/razor.py
"""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import etree

from making.keyed import course_at, deep_frames, flicker, keyed, numbers_of, patched_film, patches
from making.melt import play
from making.movies import clip, dissolve, gap, record_of
from otiograde.color.cdl import Cdl
from otiograde.exporters import export_all
from otiograde.exporters.colorio import cdl, nuke
from otiograde.exporters.editors import fcpxml, kdenlive, mlt, premiere, resolve
from otiograde.exporters.lists import ale, edl
from otiograde.exporters.luts import key_frames
from otiograde.exporters.otio import export as otio_export
from otiograde.folder.apps import installed_paths
from otiograde.folder.installing import install, uninstall
from otiograde.folder.reading import changed_files
from otiograde.folder.writing import write_folder
from otiograde.media.probe import probe
from otiograde.record.course import Course, Key
from otiograde.record.graded import GradedTimeline, parse_record
from otiograde.timeline import Reading, read_edit


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    return patched_film(ffmpeg, tmp_path_factory.mktemp("media") / "film.mp4")


#: Keys far apart in color, with a step.
STRONG = Course(
    tuple(
        Key(frame, Cdl((slope, 1.0, 1.1 - slope / 4)))
        for frame, slope in ((12, 1.0), (30, 0.5), (31, 1.1), (60, 0.6), (66, 0.6))
    )
)


#: The dissolves of the edit below, split.
JOINS = [(11, 9, 9), (30, 9, 9), (54, 3, 4), (62, 3, 3)]


@pytest.fixture
def record(tmp_path: Path, film: Path) -> GradedTimeline:
    """A shot with keys, a gap, and one that is slow, backwards and dissolves."""
    track = [clip(film, 10, 40), gap(2), clip(film, 50, 20, speed=-1.0), dissolve(3, 3), clip(film, 80, 20)]
    return keyed(record_of(tmp_path, track), [STRONG, STRONG, None])


def played(project: Path, size: tuple[int, int], length: int, ffmpeg: Path) -> Any:
    target = project.with_suffix(".mkv")
    options = ("mlt_image_format=rgba", "vcodec=ffv1", "pix_fmt=bgr0", "real_time=-1", "an=1", f"out={length - 1}")
    play(project, "-consumer", f"avformat:{target}", *options, target=target)
    grab = [ffmpeg, "-v", "error", "-i", target, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    codes = np.frombuffer(subprocess.run(grab, capture_output=True, check=True).stdout, np.uint8)
    return codes.reshape(-1, size[1], size[0], 3) / 255


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("program", ["mlt", "kdenlive"])
def test_melt_shows_what_the_movie_shows(tmp_path: Path, ffmpeg: Path, record: GradedTimeline, program: str) -> None:
    ours = deep_frames(record, tmp_path / "own", ffmpeg)
    write_folder(tmp_path / "out", export_all(record, ["luts", program]))
    theirs = played(tmp_path / f"out/graded.{program}", (160, 64), record.edit.length, ffmpeg)
    assert len(ours) == len(theirs) == 82
    whole = [*range(40), *range(42, 59), *range(65, 82)]
    assert [numbers_of(theirs)[n] for n in whole] == [numbers_of(ours)[n] for n in whole]
    error = np.abs(patches(theirs) - patches(ours)).max((1, 2)) * 255
    outside = [n for n in range(82) if not 59 <= n < 65]
    # MLT computes in 8 bits. Kdenlive's dissolve is MLT's luma, which blends YUV in 8 bits and has a later middle.
    assert error[outside].max() <= (5 if program == "mlt" else 9)
    assert error.max() <= (9 if program == "mlt" else 24)


def test_luts_of_keys_are_files_like_others(tmp_path: Path, record: GradedTimeline) -> None:
    out = tmp_path / "out"
    write_folder(out, export_all(record, ["luts", "otio"]))
    stored = parse_record((out / "graded.json").read_text("utf-8"))
    assert stored.grades == record.grades
    wanted = {f"luts/keys/{shot}.{frame}.cube" for shot, frames in key_frames(record).items() for frame in frames}
    assert {path.relative_to(out).as_posix() for path in (out / "luts/keys").iterdir()} == wanted
    assert {"luts/keys/film.12.cube", "luts/keys/film.31.cube", "luts/keys/film.49.cube"} <= wanted
    assert changed_files(out, stored) == {}
    (out / "luts/keys/film.31.cube").write_text("changed")
    (out / "luts/keys/film.30.cube").unlink()
    assert changed_files(out, stored) == {
        "luts/keys/film.31.cube": "has changed since it was written",
        "luts/keys/film.30.cube": "is missing",
    }
    plain = replace(record, grades=tuple(replace(grade, course=None) for grade in record.grades))
    write_folder(out, export_all(plain, ["luts"]))
    assert not (out / "luts/keys").exists()


def test_the_edit_names_the_keys_and_one_lut_for_all(tmp_path: Path, film: Path) -> None:
    courses = [STRONG, replace(flicker(20, 10), reference=22)]
    record = keyed(record_of(tmp_path, [clip(film, 10, 40), clip(film, 20, 10)]), courses)
    write_folder(tmp_path / "out", export_all(record, ["luts", "otio"]))
    clips = json.loads((tmp_path / "out/graded.otio").read_text("utf-8"))["tracks"]["children"][0]["children"]
    first, second = (clip["effects"][0]["metadata"]["otiograde"] for clip in clips)
    assert first["path"] == "luts/film.cube"
    assert [key["frame"] for key in first["keys"]] == [12, 30, 31, 60, 66]
    assert "weights" not in first
    assert second["weights"] == list(courses[1].weights)
    assert (second["reference"], [key["frame"] for key in second["keys"]]) == (22, [20, 29])
    for metadata in (first, second):
        for key in (metadata, *metadata["keys"]):
            content = (tmp_path / "out" / key["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == key["sha256"]
    assert "keys" not in otio_export(keyed(record, [None, None]))["graded.otio"].decode()


def test_final_cut_gets_clips_that_dissolve(tmp_path: Path, record: GradedTimeline) -> None:
    content = fcpxml.export(record)["graded.fcpxml"]
    root = etree.fromstring(content)
    clips = root.findall(".//spine/asset-clip")
    luts = [clip.find("filter-video/param[@name='LUT']").get("value") for clip in clips]
    assert len(set(luts)) == len(clips) == 7
    (tmp_path / "graded.fcpxml").write_bytes(content)
    edit = read_edit(tmp_path / "graded.fcpxml", Reading(), probe)
    assert edit.length == record.edit.length
    shown = [
        shot.source.start + n if shot.speed > 0 else shot.source.end - 1 - n
        for shot in sorted(edit.shots, key=lambda shot: shot.record.start)
        for n in range(shot.record.count)
    ]
    assert shown == [*range(10, 50), *range(69, 49, -1), *range(80, 100)]
    assert [(join.cut, join.before, join.after) for join in edit.joins] == JOINS


def test_premiere_gets_clips_that_dissolve(tmp_path: Path, record: GradedTimeline) -> None:
    files = premiere.export(record)
    root = etree.fromstring(files["premiere/cut.xml"])
    markers = [clip.findtext("marker/name") for clip in root.iter("clipitem")]
    assert len(markers) == 7
    for name in markers:
        assert f"premiere/LUTs/Technical/{name.removeprefix('LUT ')}" in files
    (tmp_path / "cut.xml").write_bytes(files["premiere/cut.xml"])
    edit = read_edit(tmp_path / "cut.xml", Reading(), probe)
    first = sorted(edit.shots, key=lambda shot: shot.record.start)[:4]
    assert [(shot.source.start, shot.record.count) for shot in first] == [(10, 11), (21, 10), (31, 9), (40, 10)]


def test_resolve_gets_its_own_timeline(tmp_path: Path, record: GradedTimeline) -> None:
    files = resolve.export(record)
    grade = json.loads(files["resolve/grade.json"])
    assert grade["timeline"] == "cut.otio"
    (tmp_path / "cut.otio").write_bytes(files["resolve/cut.otio"])
    edit = read_edit(tmp_path / "cut.otio", Reading(), probe)
    places = {(shot.record.start, shot.record.count) for shot in edit.shots}
    assert places == {(row["start"], row["count"]) for row in grade["shots"]}
    shown = [
        shot.source.start + n if shot.speed > 0 else shot.source.end - 1 - n
        for shot in sorted(edit.shots, key=lambda shot: shot.record.start)
        for n in range(shot.record.count)
    ]
    assert shown == [*range(10, 50), *range(69, 49, -1), *range(80, 100)]
    write_folder(tmp_path / "out", export_all(record, ["luts", "resolve"]))
    for row in grade["shots"]:
        content = (tmp_path / "out/luts" / row["lut"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
    whole = [(row["shot"], row["lut"], "at media frame" in row.get("note", "")) for row in grade["clips"]]
    assert whole == [
        (shot.id, f"{shot.id}.cube", bool(one.course))
        for shot, one in zip(record.edit.shots, record.grades, strict=True)
    ]
    plain = resolve.export(keyed(record, [None, None, None]))
    assert "clips" not in json.loads(plain["resolve/grade.json"])
    assert "resolve/cut.otio" not in plain
    assert json.loads(plain["resolve/grade.json"])["timeline"] == "../graded.otio"


@pytest.mark.parametrize("stated", [None, {}, {"start_time": {}, "duration": 3}, {"duration": None}])
def test_a_clip_without_a_range_of_its_own_is_split(tmp_path: Path, film: Path, stated: Any) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 10, 40)]), STRONG)
    tree = copy.deepcopy(record.edit.otio)
    tree["tracks"]["children"][0]["children"][0]["source_range"] = stated
    record = replace(record, edit=replace(record.edit, otio=tree))
    (tmp_path / "cut.otio").write_bytes(resolve.export(record)["resolve/cut.otio"])
    edit = read_edit(tmp_path / "cut.otio", Reading(), probe)
    frames = [shot.source.start + n for shot in edit.shots for n in range(shot.record.count)]
    assert frames == [*range(10, 50)]


def test_what_holds_one_grade_says_so(tmp_path: Path, film: Path) -> None:
    course = replace(flicker(20, 10), reference=22)
    record = keyed(record_of(tmp_path, [clip(film, 10, 40)]), course)
    note = "the grade changes inside the shot: this is its grade at media frame 22"
    assert f"* {note.upper()}".encode() in edl.export(record)["edl/V1.edl"]
    assert note.encode() in ale.export(record)["ale/shots_24.ale"]
    assert note.encode() in cdl.export(record)["cdl/film.cc"]
    assert note.encode() in nuke.export(record)["nuke/film.nk"]
    assert note.encode() in mlt.export(record)["graded.mlt"]
    assert note.encode() in kdenlive.export(record)["graded.kdenlive"]
    assert note.encode() in fcpxml.export(record)["graded.fcpxml"]
    assert note.encode() in premiere.export(record)["premiere/cut.xml"]
    assert note.encode() in resolve.export(record)["resolve/grade.json"]


@pytest.mark.parametrize("app", ["resolve", "premiere", "fcp"])
def test_luts_of_keys_are_installed_and_removed(tmp_path: Path, record: GradedTimeline, app: str) -> None:
    out, folder = tmp_path / "out", tmp_path / "program"
    folder.mkdir()
    write_folder(out, export_all(record, ["luts"]))
    names = installed_paths(app, record, key_frames(record))
    assert any("film.31.cube" in name for name in names)
    assert set(install(out, record, app, folder).written) == set(names)
    assert all((folder / name).read_bytes() == (out / path).read_bytes() for name, path in names.items())
    assert install(out, record, app, folder).written == ()
    assert set(uninstall(record, app, folder).removed) == set(names)


def test_pieces_adjoin(record: GradedTimeline) -> None:
    rows = json.loads(resolve.export(record)["resolve/grade.json"])["shots"]
    ends = [(one["start"] + one["count"], other["start"]) for one, other in pairwise(rows)]
    assert {end for end, start in ends if end != start} == {40}


def test_course_of_one_key_is_a_plain_clip(tmp_path: Path, film: Path) -> None:
    record = keyed(record_of(tmp_path, [clip(film, 10, 40)]), course_at(30))
    files = resolve.export(record)
    (row,) = json.loads(files["resolve/grade.json"])["shots"]
    assert (row["lut"], "resolve/cut.otio" in files) == ("keys/film.30.cube", False)
