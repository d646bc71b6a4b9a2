"""A graded record small enough to review in a test: four shots in two scenes, and its folder on disk."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from otiograde.color.affine import Affine
from otiograde.color.encodings import encoding
from otiograde.exporters import export_all
from otiograde.folder.outputs import picture_path, write_folder
from otiograde.record.edit import Edit
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.shot import FrameRange, Media, Shot, Wishes

RATE = Fraction(24)
WARM = Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0.01, 0, 0), "rgb")
SCENES = {"kitchen": ("wide", "close"), "street": ("walk", "door")}
SHOTS = tuple(shot for shots in SCENES.values() for shot in shots)


def little_shot(name: str, at: int, *, encoded: str = "bt709", **wishes: Any) -> Shot:
    path = Path(f"/nowhere/{name}.mov")
    media = Media(path, "video", 64, 48, RATE, 500, "yuv420p", 8, encoding(encoded), "container tags")
    frames = FrameRange(0, 24, RATE)
    return Shot(name, name, media, frames, FrameRange(24 * at, 24, RATE), 0, (0, at), wishes=Wishes(**wishes))


def little_otio() -> dict[str, Any]:
    clips = [{"OTIO_SCHEMA": "Clip.2", "name": name, "metadata": {}, "effects": []} for name in SHOTS]
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": clips}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "film", "metadata": {}, "tracks": stack}


MOVED = (Reason("moved", "moved"),)


def little_record(*shots: Shot) -> GradedTimeline:
    shots = shots or tuple(little_shot(name, at) for at, name in enumerate(SHOTS))
    home = {shot: scene for scene, members in SCENES.items() for shot in members}
    grades = tuple(
        Grade(name, home[name], WARM, share=0.5 if name == "door" else 1.0, confidence="high", reasons=MOVED)
        for name in SHOTS
    )
    linked = {name: Reason("grouped", "linked", members[1]) for name, members in SCENES.items()}
    scenes = tuple(Scene(name, members, reasons=(linked[name],)) for name, members in SCENES.items())
    findings = (Finding("wide", "x", 1.0, 2.0, "u", True), Finding("street", "y", 1.0, 2.0, "u", True))
    return GradedTimeline(Edit("film", little_otio(), RATE, shots, ()), scenes, grades, findings, 5)


def little_pictures() -> dict[str, bytes]:
    draw = np.random.default_rng(1)
    pictures = {}
    for name in SHOTS:
        frame = cv2.resize(draw.integers(40, 210, (5, 8, 3)).astype(np.uint8), (256, 144))
        pictures |= {picture_path(name, at): cv2.imencode(".jpg", frame)[1].tobytes() for at in (0, 12)}
    return pictures


def little_folder(folder: Path, record: GradedTimeline | None = None) -> Path:
    write_folder(folder, export_all(record or little_record(), ("luts", "otio"), little_pictures()))
    return folder
