"""Records of invented shots for the exporters of lists and LUTs: no media are opened."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
from little_films import edit_of

from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.color.guard import guarded
from otiograde.color.transform import Identity, Transform
from otiograde.record.edit import Edit
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.shot import FrameRange, Media, Shot

POOL = np.random.default_rng(3).normal(0.45, 0.15, (2000, 1)) + np.random.default_rng(4).normal(0, 0.05, (2000, 3))

#: Grades as a run makes them: warm, one in Lab, nothing, and one that no CDL comes near.
WARM = Affine(((0.97, 0.02, 0), (0, 0.95, 0.03), (0, 0.05, 0.85)), (0.02, 0.01, 0.03), "rgb")
LAB = guarded(Affine(((1.05, 0, 0), (0, 1.15, 0), (0, 0, 1.1)), (3, 4, -8), "lab"), POOL.clip(0, 1))
SWAP = Affine(((0, 1, 0), (0, 0, 1), (1, 0, 0)), (0, 0, 0), "rgb")
GRADES: tuple[Transform, ...] = (WARM, LAB, Identity(), SWAP)

NTSC = Fraction(30000, 1001)


def media(name: str, rate: Fraction, **changes: Any) -> Media:
    path = Path("/film") / name
    fields = {"width": 1920, "height": 1080, "rate": rate, "frames": 500_000, "pixel_format": "yuv420p", "bits": 8}
    start = {"encoding": encoding("bt709"), "origin": "assumption"}
    return replace(Media(path, "video", **fields, **start), **changes)  # type: ignore[arg-type]


def record_of_media(
    medias: dict[str, Media], rate: Fraction = Fraction(24), grades: tuple[Transform, ...] = GRADES, size: int = 9
) -> GradedTimeline:
    """One shot of 20 frames from media frame 30 on per name, on one track, graded with the grades in turn."""
    shots = []
    for number, (name, each) in enumerate(medias.items()):
        source = FrameRange(0, 1, each.rate) if each.kind == "still" else FrameRange(30, 20, each.rate)
        shots.append(Shot(f"shot-{number}", name, each, source, FrameRange(number * 20, 20, rate), 0, (0, number)))
    edit = Edit("fïlm", edit_of(shots, Path("/film")), rate, tuple(shots), (), length=20 * len(shots))
    planted = tuple(Grade(s.id, "scène 1", grades[n % len(grades)], confidence="high") for n, s in enumerate(shots))
    scene = Scene("scène 1", tuple(shot.id for shot in shots))
    return GradedTimeline(edit, (scene,), planted, (), size, {"otiograde": "0"})


def begun_at(record: GradedTimeline, frame: int) -> GradedTimeline:
    """The same record with the edit's timecode beginning at a frame."""
    time = otio.opentime.RationalTime(frame, float(record.edit.rate))
    tree = {**record.edit.otio, "global_start_time": {"OTIO_SCHEMA": "RationalTime.1", **_fields(time)}}
    return replace(record, edit=replace(record.edit, otio=tree))


def _fields(time: Any) -> dict[str, float]:
    return {"rate": time.rate, "value": time.value}
