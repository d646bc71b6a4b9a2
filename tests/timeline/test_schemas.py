"""Objects made as JSON values are what OpenTimelineIO itself would write."""

from __future__ import annotations

import json
from fractions import Fraction

import opentimelineio as otio
import pytest

from otiograde.timeline import schemas

RATE = Fraction(24)
RANGE = schemas.time_range(12, 24, RATE)
CLIP = schemas.clip(
    "a",
    schemas.external("a.mov", RANGE, "a.mov", {"reel": "A001"}),
    RANGE,
    effects=[schemas.speed_effect(2), schemas.speed_effect(0)],
    enabled=False,
    metadata={"list": {"event": "001"}},
)
TRACK = schemas.track("V1", "Video", [CLIP, schemas.transition("SMPTE_Dissolve", 3, 4, RATE), schemas.gap(5, RATE)])

OBJECTS = {
    "time": schemas.rational_time(Fraction(3, 2), Fraction(30000, 1001)),
    "range": RANGE,
    "clip": CLIP,
    "clip without media": schemas.clip("b", schemas.missing("B001"), None),
    "generator": schemas.clip("c", schemas.generator("black", RANGE, "slug"), RANGE),
    "track": TRACK,
    "nest": schemas.stack("nest", [TRACK], RANGE, effects=[schemas.speed_effect(-1)], metadata={"nest": True}),
    "timeline": schemas.timeline("cut", schemas.stack("tracks", [TRACK]), schemas.rational_time(86400, RATE)),
}


@pytest.mark.parametrize("value", OBJECTS.values(), ids=OBJECTS)
def test_otio_reads_each_object_and_writes_the_same_values(value: schemas.Object) -> None:
    read = otio.adapters.read_from_string(json.dumps(value), "otio_json")
    assert json.loads(otio.adapters.write_to_string(read, "otio_json")) == value
