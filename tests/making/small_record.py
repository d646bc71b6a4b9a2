"""A graded record small enough to review in a test: four shots in two scenes, and its folder on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from making.records import WARM, graded
from making.shots import edit, nth_shot
from otiograde.exporters import export_all
from otiograde.folder.layout import picture_path
from otiograde.folder.writing import write_folder
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.shot import Shot

SCENES = {"kitchen": ("wide", "close"), "street": ("walk", "door")}
SHOTS = tuple(shot for shots in SCENES.values() for shot in shots)


def small_shot(name: str, number: int, *, encoding: str = "bt709", **wishes: Any) -> Shot:
    shot = nth_shot(name, number, encoding, frames=24, **wishes)
    return replace(shot, media=replace(shot.media, path=Path(f"/nowhere/{name}.mov"), width=64, height=48, frames=500))


def small_tree() -> dict[str, Any]:
    clips = [{"OTIO_SCHEMA": "Clip.2", "name": name, "metadata": {}, "effects": []} for name in SHOTS]
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": clips}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "film", "metadata": {}, "tracks": stack}


def small_record(*shots: Shot) -> GradedTimeline:
    shots = shots or tuple(small_shot(name, number) for number, name in enumerate(SHOTS))
    findings = (Finding("wide", "x", 1.0, 2.0, "u", True), Finding("street", "y", 1.0, 2.0, "u", True))
    cut = edit(*shots, otio=small_tree())
    record = graded(cut, WARM, scenes=SCENES, findings=findings, lut_size=5, reasons=(Reason("moved", "moved"),))
    grades = tuple(replace(grade, share=0.5 if grade.shot == "door" else 1.0) for grade in record.grades)
    scenes = tuple(replace(scene, reasons=(Reason("grouped", "linked", scene.shots[1]),)) for scene in record.scenes)
    return replace(record, grades=grades, scenes=scenes)


def small_pictures() -> dict[str, bytes]:
    draw = np.random.default_rng(1)
    pictures = {}
    for name in SHOTS:
        frame = cv2.resize(draw.integers(40, 210, (5, 8, 3)).astype(np.uint8), (256, 144))
        pictures |= {picture_path(name, at): cv2.imencode(".jpg", frame)[1].tobytes() for at in (0, 12)}
    return pictures


def small_folder(folder: Path, record: GradedTimeline | None = None) -> Path:
    write_folder(folder, export_all(record or small_record(), ("luts", "otio"), small_pictures()))
    return folder
