"""The report as a file: the same bytes for the same record, within its size, whatever the pictures are.

Tests: exporters/report/__init__.py, exporters/report/bundle.py, exporters/report/contents.py,
exporters/report/gallery.py, exporters/report/differences.py, exporters/report/sheet.py, exporters/report/sentences.py
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from making.hostile_record import AT, HOSTILE, hostile_record, pictures, quiet_record
from otiograde.color.cdl import Cdl
from otiograde.color.lut import Lut3D
from otiograde.color.transform import Identity
from otiograde.exporters import EVERY_RUN, export_all, exporter
from otiograde.exporters.report import compact, export, gallery, page
from otiograde.exporters.report.contents import contents
from otiograde.exporters.report.differences import heat_maps
from otiograde.exporters.report.gallery import Gallery
from otiograde.exporters.report.sheet import contact_sheet
from otiograde.folder.layout import picture_path
from otiograde.record.course import Course, Key
from otiograde.record.cuts import Difference
from otiograde.record.graded import format_record, parse_record
from otiograde.record.steps import Eq


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.slow
def test_same_record_same_bytes() -> None:
    record = hostile_record()
    first = export(record, pictures(record))
    again = parse_record(format_record(record))
    assert export(again, pictures(again)) == first
    assert list(first) == ["report.html", "contact_sheet.png"]


def test_every_run_writes_it_and_its_pictures() -> None:
    record = hostile_record()
    stored = pictures(record)
    files = export_all(record, EVERY_RUN[-1:], stored)
    assert set(files) == {"report.html", "contact_sheet.png", "graded.json", *stored}
    assert files["report.html"] == exporter("report", stored)(record)["report.html"]


def test_a_record_alone_is_enough() -> None:
    html = export(hostile_record())["report.html"].decode("utf-8")
    assert html.count("no picture stored") == 5
    assert data_of(html)["pictures"] == {}


def test_broken_pictures_are_passed_over() -> None:
    record = hostile_record()
    stored = {**pictures(record), picture_path("wide", 20): b"", picture_path("close", 20): b"no picture"}
    html = export(record, stored)["report.html"].decode("utf-8")
    assert html.count("no picture stored") == 2


def test_no_name_leaves_its_place() -> None:
    """Each hostile name in the page's own text is written with entities, and in its data with escapes."""
    html = page(hostile_record(), pictures(hostile_record()))
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("</script>") == 2
    names = {shot["id"]: shot["name"] for shot in data_of(html)["shots"]}
    assert names["hostile"] == HOSTILE


def test_the_policy_lets_nothing_out() -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', page(hostile_record()))
    assert found
    policy = dict(rule.partition(" ")[::2] for rule in found[1].replace("&#39;", "'").split("; "))
    assert policy["default-src"] == "'none'"
    assert "connect-src" not in policy
    assert "unsafe" not in found[1]


def test_luts_are_those_of_the_record() -> None:
    record = hostile_record()
    data = data_of(page(record, pictures(record)))
    luts = data["luts"]
    assert sorted(luts) == ["close", "hostile", "wide"]  # the others keep their own colors
    codes = np.frombuffer(base64.b64decode(luts["close"]), "<u2").reshape(17, 17, 17, 3)
    held = np.clip(data["low"] + data["span"] * codes / 65535, 0, 1)
    assert np.abs(held - record.lut("close").lattice[::2, ::2, ::2]).max() < 2e-5
    with pytest.raises(ValueError, match="2 to 256"):
        compact(Lut3D.identity(5), 1)


def test_a_grade_that_changes_is_shown_as_it_is_at_each_frame() -> None:
    """The pictures, the page's LUTs of single frames, the words and the sheet."""
    record = quiet_record()
    plain = record.grade("wide")
    course = Course((Key(AT[0], Identity()), Key(AT[-1], Cdl((0.5,) * 3))), words="darker by a stop")
    grade = replace(plain, course=course)
    record = replace(record, grades=tuple(grade if old is plain else old for old in record.grades))
    gallery = Gallery(record, pictures(record))
    codes = np.full((2, 2, 3), 128, np.uint8)
    levels = [int(gallery.graded("wide", frame, codes).max()) for frame in AT]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > levels[2] > levels[-1]
    made = contents(gallery)
    luts = made.data["luts"]
    assert {f"wide/{frame}" for frame in AT} <= luts.keys()
    assert luts["wide"] == luts[f"wide/{AT[0]}"] != luts[f"wide/{AT[2]}"] != luts[f"wide/{AT[-1]}"]
    (card,) = (card for scene in made.scenes for card in scene.cards if card.id == "wide")
    assert card.summary.endswith("What changes inside the shot is taken out: darker by a stop.")
    assert (
        "Changes inside the shot",
        f"drift, 2 keys; the CDL and this LUT are at frame {course.reference}",
    ) in card.facts
    assert contact_sheet(gallery) != contact_sheet(Gallery(quiet_record(), pictures(record)))


def test_steps_that_the_pictures_do_not_show_are_told() -> None:
    record = hostile_record()
    assert "not shown here" not in page(record)
    shots = [replace(shot, wishes=replace(shot.wishes, steps=(Eq(saturation=1.2),))) for shot in record.edit.shots]
    told = page(replace(record, edit=replace(record.edit, shots=tuple(shots))))
    assert told.count("Step in the rendering, not shown here") == len(shots)
    assert "eq:saturation=1.2" in told


def test_fewer_frames_of_each_shot_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    record = hostile_record()
    stored = pictures(record)
    total = sum(map(len, stored.values()))
    assert Gallery(record, stored).frames["wide"] == AT
    monkeypatch.setattr(gallery, "JPEG_BUDGET", total * 0.7)
    assert Gallery(record, stored).frames["wide"] == (4, 20, 36)
    monkeypatch.setattr(gallery, "JPEG_BUDGET", 0)
    assert Gallery(record, stored).frames["wide"] == (20,)


@pytest.mark.slow
def test_fifty_shots_stay_within_twelve_megabytes() -> None:
    """Noise is the worst that a JPEG can be asked to hold: no film is as large."""
    record = hostile_record()
    shots = tuple(
        replace(record.edit.shot("wide"), id=f"s{k}", source=replace(record.edit.shot("wide").source, start=k))
        for k in range(50)
    )
    grades = tuple(replace(record.grade("wide"), shot=shot.id) for shot in shots)
    scenes = (replace(record.scenes[0], shots=tuple(shot.id for shot in shots), hero=None),)
    many = replace(record, edit=replace(record.edit, shots=shots), scenes=scenes, grades=grades, evidence=())
    noise = np.random.default_rng(0).integers(60, 180, (270, 480, 3), np.uint8)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
    jpeg = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 84])[1].tobytes()
    html = page(many, {picture_path(shot.id, at): jpeg for shot in shots for at in AT})
    print(f"{len(jpeg) / 1024:.0f} KiB a picture, {len(html) / 1e6:.1f} MB")
    assert len(html) <= 12e6


def test_tables_agree_with_the_evidence() -> None:
    record = hostile_record()
    shown = Gallery(record, pictures(record))
    shots, scenes = heat_maps(record, shown)
    cells = dict(zip(shots.names, shots.cells, strict=True))
    assert cells["wide"][shots.names.index("close")] == Difference(9.4, 1.2)
    assert cells["hero"][shots.names.index("wide")] is None
    assert [row[k] for k, row in enumerate(scenes.cells)] == [None] * 3


@pytest.mark.slow
def test_the_contact_sheet_shows_every_shot_before_and_after() -> None:
    record = hostile_record()
    sheet = cv2.imdecode(np.frombuffer(export(record, pictures(record))["contact_sheet.png"], np.uint8), 1)
    assert sheet.shape[1] > 6 * 288
    blank = cv2.imdecode(np.frombuffer(export(record)["contact_sheet.png"], np.uint8), 1)
    # Five pictures and five more below them are what the other sheet lacks.
    shown = np.ptp(sheet.astype(int), axis=2) > 8
    assert shown.sum() > 10 * 0.3 * 288 * 162
    assert (np.ptp(blank.astype(int), axis=2) > 8).sum() < shown.sum() / 4


def test_shots_that_show_the_same_share_their_pictures_and_their_evidence() -> None:
    record = hostile_record()
    wide = record.edit.shot("wide")
    twin = replace(wide, id="wide-2", record=replace(wide.record, start=400))
    scenes = (replace(record.scenes[0], shots=(*record.scenes[0].shots, "wide-2")), *record.scenes[1:])
    grades = (*record.grades, replace(record.grade("wide"), shot="wide-2"))
    twice = replace(record, edit=replace(record.edit, shots=(*record.edit.shots, twin)), scenes=scenes, grades=grades)
    once = page(record, pictures(record))
    html = page(twice, pictures(record))
    assert len(html) < len(once) + 8000
    shots = {shot["id"]: shot for shot in data_of(html)["shots"]}
    assert shots["wide-2"]["owner"] == "wide"
    assert shots["wide-2"]["evidence"] == shots["wide"]["evidence"]
    assert html.count('data-picture="wide/20"') == 2


def test_cuts_at_which_a_clip_continues_are_said() -> None:
    record = hostile_record()
    joined = replace(record.evidence[0], kind="joins", before=5.04, after=0.3)
    html = export(replace(record, evidence=(*record.evidence, joined)))["report.html"].decode("utf-8")
    assert "A clip continues across 1 cut: ΔE00 5.0 → 0.3 there at most." in html
    assert html.count("The clip continues.") == 1
    assert "clip continues" not in export(record)["report.html"].decode("utf-8")
