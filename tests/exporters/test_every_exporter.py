"""What holds for every exporter there is: pure, safe names, all of the record in it, whatever the edit is like.

Tests: exporters/__init__.py, exporters/render.py
"""

from __future__ import annotations

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from fractions import Fraction
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from making.media import NTSC, media
from making.otio import tree_of
from making.records import GRADES, graded
from making.shots import branches, edit, shot
from otiograde.color.transform import Identity
from otiograde.exporters import EVERY_RUN, GROUP, exporter, exporter_names, exporters_of
from otiograde.exporters.colorio import lut_formats
from otiograde.exporters.editors import kdenlive, mlt
from otiograde.folder.layout import lut_path
from otiograde.folder.writing import write_folder
from otiograde.record.edit import Join, Sound
from otiograde.record.graded import GradedTimeline, format_record, parse_record

TRACKS = 40


@pytest.fixture(scope="module")
def record() -> GradedTimeline:
    """40 tracks of two shots that dissolve: DF, a still, a sequence, no timecode, other speeds, no grade, sound."""
    medias = [
        media("a.mov", timecode=86_400, audio=True),
        media("b.mov", rate=NTSC, timecode=107_892, drop_frame=True),
        media("c ü.png", kind="still", frames=1),
        media("im.%04d.exr", kind="sequence", first=1001),
    ]
    speeds = (Fraction(1), Fraction(1, 2), Fraction(0), Fraction(-2))
    shots, joins = [], []
    for track in range(TRACKS):
        for place in (0, 1):
            each = medias[(track + place) % len(medias)]
            speed = Fraction(1) if each.kind != "video" else speeds[track // 4 % 4]
            at = {"at": 20 * place, "where": (track, 2 * place), "speed": speed, "name": "Szene 1/ü"}
            shots.append(shot(f"t{track:02}_{place}", each, (100, 20), **at))
        joins.append(Join("SMPTE_Dissolve", (track, 1), 20, 2, 2))
    stack = tree_of(shots[:1], Path("/film"))["tracks"]
    clip = stack["children"][0]["children"][0]
    for track in range(TRACKS):
        row = {**stack["children"][0], "name": f"V{track + 1}", "children": [clip, {}, clip]}
        stack["children"][track : track + 1] = [json.loads(json.dumps(row))]
    timeline = {"OTIO_SCHEMA": "Timeline.1", "metadata": {}, "name": "film", "tracks": stack}
    for row in stack["children"]:
        row["children"][1] = json.loads(otio.schema.Gap(duration=otio.opentime.RationalTime(0, 24)).to_json_string())
    stack["children"] += [{"OTIO_SCHEMA": "Track.1", "kind": "Audio"}] * 10 + branches((n, 0) for n in range(3))[
        "children"
    ]
    second = Fraction(1)
    sounds = tuple(
        Sound(f"s{n}", medias[0].path, second, second, n * second / 8, second, (50 + n, 0)) for n in range(3)
    )
    cut = edit(*shots, otio=timeline, length=40, joins=tuple(joins), sounds=sounds)
    scenes = {f"scene_{n}": [shot.id for shot in shots[n::2]] for n in (0, 1)}
    return graded(cut, GRADES, scenes=scenes, lut_size=5, confidence="none")


@pytest.mark.slow
@pytest.mark.parametrize("name", exporter_names())
def test_forty_tracks(name: str, record: GradedTimeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lut_formats, "HALD_LEVEL", 2)
    files = dict(exporter(name)(record))
    assert files
    assert all(isinstance(content, bytes) and content for content in files.values())
    assert dict(exporter(name)(parse_record(format_record(record)))) == files
    write_folder(tmp_path / "out", files)
    for path, content in files.items():
        if path.endswith((".mlt", ".kdenlive", ".fcpxml", ".xml")):
            text = ElementTree.tostring(ElementTree.fromstring(content), encoding="unicode")
            names = [shot.id for shot in record.edit.shots if shot.media.kind != "sequence" or path.endswith("mlt")]
            assert path.endswith(("fcpxml", "xml")) or all(lut_path(shot) in text for shot in names)
        elif path.endswith((".json", ".otio")):
            json.loads(content)


@pytest.mark.parametrize("name", exporter_names())
def test_an_edit_without_a_grade(name: str, record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lut_formats, "HALD_LEVEL", 2)
    plain = tuple(replace(grade, balance=Identity()) for grade in record.grades)
    files = exporter(name)(replace(record, grades=plain))
    assert [path for path in files if files[path]]


@pytest.mark.slow
def test_what_was_exported_is_known_by_its_files(record: GradedTimeline) -> None:
    assert exporters_of({"graded.mlt", "edl/V3.edl", "mine.txt"}, record) == ["edl", "mlt"]
    of_every_run = {path for name in EVERY_RUN for path in exporter(name)(record)}
    assert exporters_of(of_every_run, record) == []
    assert exporters_of((), record) == []


@pytest.mark.parametrize("name", sorted(set(exporter_names()) - set(EVERY_RUN)))
def test_every_file_matches_the_declared_paths(name: str, record: GradedTimeline) -> None:
    module = next(point.module for point in entry_points(group=GROUP) if point.name == name)
    patterns = import_module(module).PATHS
    assert all(any(fnmatchcase(path, pattern) for pattern in patterns) for path in exporter(name)(record))
    assert exporters_of(list(exporter(name)(record)), record) == [name]


def test_only_exporters_of_the_files_are_run(record: GradedTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdenlive, "export", lambda _: pytest.fail("run though its file is not asked for"))
    assert exporters_of({"graded.mlt"}, record) == ["mlt"]
    monkeypatch.delattr(mlt, "PATHS")  # as in a plug-in that declares none
    assert exporters_of({"graded.mlt"}, record) == ["mlt"]
    assert exporters_of({"mine.txt"}, record) == []
