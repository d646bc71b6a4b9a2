"""What holds for every exporter there is: pure, safe names, all of the record in it, whatever the edit is like."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from little_films import edit_of
from planted_shots import GRADES, NTSC, media

from otiograde.color.transform import Identity
from otiograde.exporters import EVERY_RUN, exporter, exporter_names, exporters_of
from otiograde.exporters.colorio import lut_formats
from otiograde.folder.layout import lut_path
from otiograde.folder.writing import write_folder
from otiograde.record.edit import Edit, Join, Sound
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.scene import Scene
from otiograde.record.shot import FrameRange, Shot

TRACKS = 40
R = Fraction(24)


@pytest.fixture(scope="module")
def record() -> GradedTimeline:
    """40 tracks of two shots that dissolve: DF, a still, a sequence, no timecode, other speeds, no grade, sound."""
    medias = [
        media("a.mov", R, timecode=86_400, audio=True),
        media("b.mov", NTSC, timecode=107_892, drop_frame=True),
        media("c ü.png", R, kind="still", frames=1),
        media("im.%04d.exr", R, kind="sequence", first=1001),
    ]
    speeds = (Fraction(1), Fraction(1, 2), Fraction(0), Fraction(-2))
    shots, joins = [], []
    for track in range(TRACKS):
        for place in (0, 1):
            each = medias[(track + place) % len(medias)]
            source = FrameRange(0, 1, each.rate) if each.kind == "still" else FrameRange(100, 20, each.rate)
            record = FrameRange(20 * place, 20, R)
            speed = Fraction(1) if each.kind != "video" else speeds[track // 4 % 4]
            name = f"t{track:02}_{place}"
            shots.append(Shot(name, "Szene 1/ü", each, source, record, track, (track, 2 * place), speed))
        joins.append(Join("SMPTE_Dissolve", (track, 1), 20, 2, 2))
    stack = edit_of(shots[:1], Path("/film"))["tracks"]
    clip = stack["children"][0]["children"][0]
    for track in range(TRACKS):
        row = {**stack["children"][0], "name": f"V{track + 1}", "children": [clip, {}, clip]}
        stack["children"][track : track + 1] = [json.loads(json.dumps(row))]
    timeline = {"OTIO_SCHEMA": "Timeline.1", "metadata": {}, "name": "film", "tracks": stack}
    for row in stack["children"]:
        row["children"][1] = json.loads(otio.schema.Gap(duration=otio.opentime.RationalTime(0, 24)).to_json_string())
    second = Fraction(1)
    sounds = tuple(
        Sound(f"s{n}", medias[0].path, second, second, n * second / 8, second, (50 + n, 0)) for n in range(3)
    )
    edit = Edit("film", timeline, R, tuple(shots), (), length=40, joins=tuple(joins), sounds=sounds)
    pairs = [(shot, GRADES[n % len(GRADES)]) for n, shot in enumerate(shots)]
    grades = tuple(Grade(shot.id, f"scene_{n % 2}", planted) for n, (shot, planted) in enumerate(pairs))
    scenes = tuple(Scene(f"scene_{n}", tuple(shot.id for shot in shots[n::2])) for n in (0, 1))
    return GradedTimeline(edit, scenes, grades, (), 5, {"otiograde": "0"})


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


def test_what_was_exported_is_known_by_its_files(record: GradedTimeline) -> None:
    assert exporters_of({"graded.mlt", "edl/V3.edl", "mine.txt"}, record) == ["edl", "mlt"]
    of_every_run = {path for name in EVERY_RUN for path in exporter(name)(record)}
    assert exporters_of(of_every_run, record) == []
    assert exporters_of((), record) == []
