"""Fixtures of the exporters' tests: each FFmpeg of the machine, and records made of little films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from little_films import FFMPEGS, GRADE, MakeRecord, edit_of

from otiograde.record.edit import Edit, Skip
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.shot import FrameRange, Media, Shot


@pytest.fixture(params=sorted(FFMPEGS))
def each_ffmpeg(request: pytest.FixtureRequest) -> str:
    """Each FFmpeg of this machine."""
    found = FFMPEGS[request.param]
    if found is None:
        pytest.skip(f"no {request.param} ffmpeg on this machine")
    return str(found)


@pytest.fixture
def make_record(tmp_path: Path) -> MakeRecord:
    """Make a record: the media cut one after another (``start`` and ``count`` media frames of each), all graded."""

    def make(
        media: dict[str, Media], *, start: int = 2, count: int = 5, skips: tuple[Skip, ...] = (), **changes: Any
    ) -> GradedTimeline:
        shots = []
        for number, (name, each) in enumerate(media.items()):
            still = each.kind == "still"
            source = FrameRange(0, 1, each.rate) if still else FrameRange(start, count, each.rate)
            record = FrameRange(number * count, count, Fraction(24))
            shots.append(Shot(name, name, each, source, record, 0, (0, number)))
        timeline = edit_of(shots, tmp_path)
        edit = Edit("film", timeline, Fraction(24), tuple(shots), skips)
        grades = tuple(Grade(shot.id, "scene_1", GRADE, confidence="high") for shot in shots)
        scene = Scene("scene_1", tuple(shot.id for shot in shots))
        return GradedTimeline(edit, (scene,), grades, (), changes.pop("lut_size", 33), {"otiograde": "0"}, **changes)

    return make
