"""Records of earlier formats are read: what they applied is applied, split into what was left and what was wished."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otiograde.color.cdl import Cdl
from otiograde.color.transform import Chain, Identity, Mix
from otiograde.errors import RecordError
from otiograde.record.graded import FORMAT, format_record, parse_record
from otiograde.record.reason import Reason
from otiograde.record.settings import Settings

SHOT = """{
 "id": "wide", "name": "wide",
 "media": {"path": "/films/wide.mov", "kind": "video", "width": 64, "height": 48, "rate": "24", "frames": 500,
  "pixel_format": "yuv420p", "bits": 8, "origin": "container tags",
  "encoding": {"name": "bt709", "primaries": "bt709", "transfer": "bt709", "matrix": "bt709", "range": "legal"}},
 "source": {"start": 0, "count": 24, "rate": "24"}, "record": {"start": 0, "count": 24, "rate": "24"},
 "track": 0, "where": [0, 0], "wishes": %s
}"""
BALANCE = (
    '{"type": "Cdl", "slope": [1.1, 1.0, 0.9], "offset": [0.0, 0.0, 0.0], "power": [1.0, 1.0, 1.0], "saturation": 1.0}'
)
CDL = Cdl((1.1, 1.0, 0.9))

#: As format 1 wrote it: without evidence, trims and steps.
FIRST = """{"otiograde": 1,
 "edit": {"name": "film", "otio": {"tracks": {"children": [{"children": [{}]}]}}, "rate": "24",
  "shots": [%s], "skips": []},
 "scenes": [{"id": "scene_001", "shots": ["wide"], "hero": null, "locked": [], "reasons": []}],
 "grades": [{"shot": "wide", "scene": "scene_001", "balance": %s, "look": {"type": "Identity"}, "strength": %s,
  "confidence": "high", "reasons": ["moved by \u0394E00 3.0"]}],
 "findings": [], "lut_size": 5, "made_with": {"otiograde": "0.1.0"}}"""

#: As format 2 did.
SECOND = """{"otiograde": 2,
 "edit": {"name": "film", "otio": {"tracks": {"children": [{"children": [{}]}]}}, "rate": "24",
  "shots": [%s], "skips": []},
 "scenes": [{"id": "scene_001", "shots": ["wide"], "hero": null, "locked": [], "reasons": []}],
 "grades": [{"shot": "wide", "scene": "scene_001", "balance": %s, "look": {"type": "Identity"}, "strength": %s,
  "confidence": "high", "reasons": ["moved by \u0394E00 3.0"], "trim": {"type": "Identity"}}],
 "findings": [], "lut_size": 5, "made_with": {"otiograde": "0.1.0"}, "evidence": []}"""


@pytest.mark.parametrize("text", [FIRST, SECOND], ids=["format 1", "format 2"])
@pytest.mark.parametrize(
    ("wishes", "applied", "share", "strength"),
    [
        ("{}", 1.0, 1.0, 1.0),
        ("{}", 0.5, 0.5, 1.0),
        ('{"strength": null, "verdict": "accepted"}', 0.5, 0.5, 1.0),
        ('{"strength": 0.8}', 0.8, 1.0, 0.8),
        ('{"strength": 0.8}', 0.4, 0.5, 0.8),
        ('{"strength": 0.8}', 0.9, 1.0, 0.8),
        ('{"strength": 0}', 0.0, 1.0, 0.0),
        ('{"strength": 0.8, "verdict": "rejected"}', 0.0, 1.0, 0.0),
        ('{"verdict": "rejected"}', 0.0, 1.0, 0.0),
    ],
)
def test_one_strength_becomes_share_and_strength(
    text: str, wishes: str, applied: float, share: float, strength: float
) -> None:
    record = parse_record(text % (SHOT % wishes, BALANCE, applied))
    grade = record.grade("wide")
    assert (grade.share, grade.strength) == (share, strength)
    amount = share * strength
    assert grade.transform == {0.0: Identity(), 1.0: CDL}.get(amount, Mix(CDL, amount))
    assert record.settings == Settings(lut_size=5, assumed=True)
    written = format_record(record)
    assert json.loads(written)["otiograde"] == FORMAT == 3
    assert parse_record(written) == record


def test_a_trim_of_format_2_stays() -> None:
    values = json.loads(SECOND % (SHOT % "{}", BALANCE, 0.5))
    values["grades"][0]["trim"] = json.loads(BALANCE)
    assert parse_record(json.dumps(values)).grade("wide").transform == Chain((Mix(CDL, 0.5), CDL))


def test_this_format_is_read_as_it_is() -> None:
    values = json.loads(SECOND % (SHOT % '{"strength": 0.8}', BALANCE, 0.8)) | {"otiograde": FORMAT}
    values["settings"] = {"lut_size": values.pop("lut_size")}
    values["grades"][0]["share"] = 0.25
    values["grades"][0]["reasons"] = [{"kind": "note", "text": "strength 0.8, as asked"}]
    grade = parse_record(json.dumps(values)).grade("wide")
    assert (grade.share, grade.strength) == (0.25, 0.8)
    assert grade.reasons == (Reason("note", "strength 0.8, as asked"),)


#: Reasons as formats 1 and 2 wrote them, of a grade and of a scene, and what they are now.
OF_GRADE = """["carried from w1 (confidence high): same media, 100% of its frames", "moved by \u0394E00 3.0",
 "wide: not of a scene", "look warm.cube, as wide asks", "strength 0.8, as asked", "trimmed by tint +4, as asked"]"""
NOW_OF_GRADE = (
    Reason("carried", "carried from w1 (confidence high): same media, 100% of its frames"),
    Reason("note", "moved by \u0394E00 3.0"),
    Reason("note", "wide: not of a scene"),
    Reason("note", "look warm.cube, as wide asks"),
    Reason("wish", "strength 0.8, as asked"),
    Reason("wish", "trimmed by tint +4, as asked"),
)
OF_SCENE = """["wide: looks like close, casts aside: texture", "wide: carried with its scene", "wide: ", "wide",
 "gone: put here by hand"]"""
NOW_OF_SCENE = (
    Reason("note", "looks like close, casts aside: texture", "wide"),
    Reason("note", "carried with its scene", "wide"),
    Reason("note", "wide: "),
    Reason("note", "wide"),
    Reason("note", "gone: put here by hand"),
)


@pytest.mark.parametrize("text", [FIRST, SECOND], ids=["format 1", "format 2"])
def test_a_text_becomes_a_reason(text: str) -> None:
    whole = text % (SHOT % "{}", BALANCE, 1.0)
    whole = whole.replace('["moved by \u0394E00 3.0"]', OF_GRADE).replace('"reasons": []', f'"reasons": {OF_SCENE}')
    record = parse_record(whole)
    assert record.grade("wide").reasons == NOW_OF_GRADE
    assert record.scenes[0].reasons == NOW_OF_SCENE
    assert [reason.sentence for reason in record.grade("wide").reasons] == json.loads(OF_GRADE)
    assert [reason.sentence for reason in record.scenes[0].reasons] == json.loads(OF_SCENE)
    assert parse_record(format_record(record)) == record


@pytest.mark.parametrize("text", [FIRST, SECOND], ids=["format 1", "format 2"])
def test_without_reasons_there_are_none(text: str) -> None:
    values = json.loads(text % (SHOT % "{}", BALANCE, 1.0))
    del values["grades"][0]["reasons"], values["scenes"][0]["reasons"]
    assert parse_record(json.dumps(values)).grade("wide").reasons == ()


@pytest.mark.parametrize(
    "damage",
    [
        {"edit": None},
        {"edit": {"shots": [None]}},
        {"grades": None},
        {"scenes": None},
        {"scenes": [{"id": "scene_001", "shots": ["wide"], "reasons": [3]}]},
        {"grades": [{"scene": "scene_001"}]},
        {"grades": [{"shot": "wide", "scene": "scene_001", "strength": None}]},
        {"grades": [{"shot": "wide", "scene": "scene_001", "strength": "much"}]},
    ],
)
def test_a_damaged_record_is_refused_in_one_line(damage: dict[str, Any]) -> None:
    values = json.loads(SECOND % (SHOT % '{"strength": 0.8}', BALANCE, 0.8)) | damage
    with pytest.raises(RecordError, match="damaged") as caught:
        parse_record(json.dumps(values))
    assert "\n" not in str(caught.value)


def test_a_later_format_is_refused_in_one_line() -> None:
    with pytest.raises(RecordError, match=r"format 4, newer than 3: update otiograde") as caught:
        parse_record(json.dumps({"otiograde": FORMAT + 1}))
    assert "\n" not in str(caught.value)
