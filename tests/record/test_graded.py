"""The record: every noun in it survives its text, and a bad text is refused in one line.

Tests: record/codec.py, record/edit.py, record/evidence.py, record/finding.py, record/reason.py, record/scene.py,
record/shot.py
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from making.shots import branches
from otiograde.color.affine import Affine
from otiograde.color.cdl import Cdl
from otiograde.color.cubic import Cubic
from otiograde.color.curves import Curves
from otiograde.color.encodings import encoding
from otiograde.color.guard import guarded
from otiograde.color.lut import Lut3D
from otiograde.color.steady import Steady
from otiograde.color.transform import Chain, Identity, Mix, Transform
from otiograde.errors import RecordError, StepError
from otiograde.record.codec import TRANSFORMS, decode, encode
from otiograde.record.edit import Edit, Join, Pattern, Skip
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline, format_record, parse_record, with_steps
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import FrameRange, Media, Shot, Wishes
from otiograde.record.steps import parse_step

CDL = Cdl((1.1, 1.0, 0.9), (0.01, 0.0, -0.01), (1.0, 1.05, 1.0), 0.9)
AFFINE = Affine(((1.0, 0.1, 0.0), (0.0, 0.9, 0.0), (0.0, 0.0, 1.0)), (0.0, 0.01, 0.0), "rgb")
CUBIC = Cubic(tuple(tuple(0.01 * (3 * i + j) / 60 for j in range(3)) for i in range(20)))
POOL = np.random.default_rng(1).random((500, 3))
EXAMPLES: dict[str, Transform] = {
    "Affine": AFFINE,
    "Cdl": CDL,
    "Chain": Chain((CDL, AFFINE)),
    "Cubic": CUBIC,
    "Curves": Curves(((0.0, 1.0),) * 3, ((0.1, 0.9),) * 3, "rgb"),
    "Guarded": guarded(CUBIC, POOL),
    "Identity": Identity(),
    "Lut3D": Lut3D.bake(CDL, 5, title="look"),
    "Mix": Mix(CDL, 0.5),
    "Steady": Steady((0.1, 0.0, -0.1), (0.01, 0.0, 0.0), (0.0, 0.02, 0.0), 0.2),
}


def test_what_is_rendered_or_meant_is_not_lost() -> None:
    """Old records have a skip for each join."""
    skips = (
        Skip("gap", "", "nothing to grade", 0, 0, 5),
        Skip("transition", "", "SMPTE_Dissolve is not graded", 0, 8, 4),
        Skip("generator", "bars", "made by a generator", 0, 30, 10),
        Skip("generator", "title", "made by a generator", 1, 30, 12),
        Skip("transition", "", "trimmed away", 0, 50, 0),
    )
    joins = (Join("SMPTE_Dissolve", (0, 1), 10, 2, 2),)
    patterns = (Pattern("bars", FrameRange(30, 10, Fraction(24)), (0, 3)),)
    edit = Edit("cut", {}, Fraction(24), (), skips, joins=joins, patterns=patterns)
    assert edit.lost == skips[3:]


def record() -> GradedTimeline:
    rate, path = Fraction(24000, 1001), Path("/films/a b.mp4")
    media = Media(path, "video", 640, 360, rate, 48, "yuv420p", 8, encoding("bt709"), "assumption")
    source, place = FrameRange(3, 20, rate), FrameRange(0, 20, Fraction(24))
    shot = Shot("a_b", "a b", media, source, place, 0, (0, 1), wishes=Wishes("kitchen", lock=True))
    skip = Skip("gap", "", "x", 0, 20, 4)
    tree = {"OTIO_SCHEMA": "Timeline.1", "name": "film", "tracks": branches([shot.where])}
    edit = Edit("film", tree, Fraction(24), (shot,), (skip,), ("n",))
    grade = Grade(
        "a_b", "scene_1", EXAMPLES["Guarded"], Mix(CDL, 0.25), 0.5, 0.25, "medium", (Reason("left", "because"),)
    )
    finding = Finding("a_b", "clipping", math.nan, None, "%", None, "no pairs")
    said = Evidence("a_b", "a_b", "surfaces", 40, 9, 4.5, math.nan, "ΔE00", 0.5, (3, 7), ((0.1, 0.2, 0.3, 0.4),))
    scene = Scene("scene_1", ("a_b",), locked=("a_b",), reasons=(Reason("wish", "so it is", "a_b"),))
    return GradedTimeline(edit, (scene,), (grade,), (finding,), Settings(lut_size=17), {"otiograde": "0"}, (said,))


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_every_transform_survives(name: str) -> None:
    transform = EXAMPLES[name]
    again = decode(Transform, json.loads(json.dumps(encode(transform), allow_nan=False)))
    assert type(again) is TRANSFORMS[name]
    np.testing.assert_array_equal(again(POOL), transform(POOL))


def test_record_survives_its_text() -> None:
    before = record()
    text = format_record(before)
    after = parse_record(text)
    assert format_record(after) == text
    assert after.edit == before.edit
    assert after.scenes == before.scenes
    assert math.isnan(after.findings[0].value)
    assert math.isnan(after.evidence[0].after)
    assert after.evidence[0].places == before.evidence[0].places
    assert after.lut("a_b").lattice.tobytes() == before.lut("a_b").lattice.tobytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a record"),
        ("[]", "not a record"),
        ('{"otiograde": 99}', "newer"),
        ('{"otiograde": 1}', "damaged"),
        ('{"a": 1}', "not a record"),
    ],
)
def test_bad_records_are_refused(text: str, message: str) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        parse_record(text)
    assert "\n" not in str(caught.value)


def test_unknown_fields_and_types_are_refused() -> None:
    values = json.loads(format_record(record()))
    values["grades"][0]["balance"]["type"] = "Popen"
    with pytest.raises(RecordError, match="damaged"):
        parse_record(json.dumps(values))
    values = json.loads(format_record(record()))
    values["scenes"][0]["extra"] = 1
    with pytest.raises(RecordError, match="extra"):
        parse_record(json.dumps(values))


def test_what_is_no_number_in_somebody_elses_metadata_stays() -> None:
    """OpenTimelineIO's files may hold NaN and Infinity, which JSON proper does not: the graded edit keeps them."""
    metadata = {"depth": [math.nan, {"far": math.inf, "near": -math.inf}], "number": "nan", "own": {"number": "7"}}
    before = replace(record(), edit=replace(record().edit, otio=record().edit.otio | {"metadata": metadata}))
    text = format_record(before)
    json.loads(text, parse_constant=pytest.fail)
    after = parse_record(text).edit.otio
    assert json.dumps(after) == json.dumps(before.edit.otio)
    assert format_record(parse_record(text)) == text


def many() -> GradedTimeline:
    """Two shots of one clip name, one whose name is another's id, and scenes whose ids differ in case alone."""
    one = record()
    names = {"a_1": "a", "A_2": "a", "b": "a_1"}
    shots = tuple(replace(one.edit.shots[0], id=shot, name=name, wishes=Wishes()) for shot, name in names.items())
    scenes = (Scene("Day", ("a_1",)), Scene("day", ("A_2",)), Scene("Night", ("b",)))
    return replace(one, edit=replace(one.edit, shots=shots), scenes=scenes)


@pytest.mark.parametrize(
    ("name", "shots"),
    [
        ("a_1", ["a_1"]),
        ("A_1", ["a_1"]),
        ("a_2", ["A_2"]),
        ("a", ["a_1", "A_2"]),
        ("A", []),
        ("B", ["b"]),
        ("Day", []),
        ("", []),
    ],
)
def test_a_shot_is_named_by_its_id_without_case_or_by_its_clip_name(name: str, shots: list[str]) -> None:
    assert [shot.id for shot in many().edit.named(name)] == shots


@pytest.mark.parametrize(
    ("name", "shot"), [("Day", "a_1"), ("day", "A_2"), ("DAY", "a_1"), ("night", "b"), ("NIGHT", "b")]
)
def test_a_scene_is_named_without_case(name: str, shot: str) -> None:
    assert many().scene(name).shots == (shot,)
    stepped = with_steps(many(), [(name, parse_step("vignette"))])
    assert [each.id for each in stepped.edit.shots if each.wishes.steps] == [shot]


def test_what_nobody_is_called_is_not_found() -> None:
    with pytest.raises(KeyError):
        many().scene("dusk")
    with pytest.raises(StepError, match="there is no shot or scene 'dusk'"):
        with_steps(many(), [("dusk", parse_step("vignette"))])


def test_a_step_for_no_name_is_for_all() -> None:
    stepped = with_steps(many(), [("", parse_step("vignette"))])
    assert all(len(shot.wishes.steps) == 1 for shot in stepped.edit.shots)


def test_a_reason_is_written_as_its_fields_and_printed_as_a_sentence() -> None:
    grade, scene = record().grades[0].reasons[0], record().scenes[0].reasons[0]
    assert (grade.sentence, str(scene)) == ("because", "a_b: so it is")
    assert encode(scene) == {"kind": "wish", "text": "so it is", "shot": "a_b"}
    with pytest.raises(ValueError, match="'whim' is none of wish"):
        decode(Reason, {"kind": "whim", "text": "x"})
