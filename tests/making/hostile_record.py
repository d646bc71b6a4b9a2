"""A record of five invented shots in three scenes, one named by an enemy, and pictures drawn for them: no media."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import cv2
import numpy as np

from making.media import media
from making.records import LAB, graded
from making.shots import branches, edit, shot
from otiograde.color.affine import Affine
from otiograde.color.transform import Identity, Transform
from otiograde.folder.layout import picture_path
from otiograde.record.edit import Skip
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.scene import Scene
from otiograde.record.shot import Shot

HOSTILE = "</script><script>alert(1)</script>\"'& 🎬 \u202eحلقة\u202c <img src=x onerror=alert(2)>"
NAMES = {"wide": "wide", "close": "close", "hero": "the hero", "hostile": HOSTILE, "alone": "alone"}
SCENES = {"scene_001": ("wide", "close", "hero"), HOSTILE: ("hostile",), "scene_003": ("alone",)}
AT = (4, 12, 20, 28, 36)
WIDTH, HEIGHT = 320, 180

WARM = Affine(((1.08, 0.02, 0), (0, 0.97, 0.03), (0, 0.05, 0.85)), (0.02, -0.01, 0.03), "rgb")
BALANCES: dict[str, Transform] = {"wide": LAB, "close": WARM, "hero": Identity(), "hostile": WARM, "alone": Identity()}


def hostile_record() -> GradedTimeline:
    shots = [_shot(name, number) for number, name in enumerate(NAMES)]
    places = tuple((0.1 * k, 0.2, 0.1 * k, 0.5) for k in range(1, 9))
    evidence = (
        Evidence("wide", "close", "surfaces", 80, 300, 9.4, 1.2, "ΔE00", 0.9, (12, 20), places),
        Evidence("close", "hero", "surfaces", 40, 200, 12.25, 2.75, "ΔE00", 0.8, (20, 12), places),
        Evidence("wide", "hostile", "regions", 8, 2, nan, nan, "ΔE00", 0.1, (4, 4)),
    )
    findings = (
        Finding("scene_001", "difference_before", 9.8, None, "ΔE00", None, "unacceptable"),
        Finding("scene_001", "difference_after", 1.6, None, "ΔE00", None, "slight"),
        Finding("scene_001", "agreement", -8.2, 0.1, "ΔE00", True),
        Finding("hostile", "newly_clipped", 2.0, 0.5, "%", False, HOSTILE),
    )
    skips = (Skip("transition", HOSTILE, "it is no picture", 0, 0, 4),)
    tree = {"OTIO_SCHEMA": "Timeline.1", "name": HOSTILE, "tracks": branches(shot.where for shot in shots)}
    cut = edit(*shots, name=HOSTILE, otio=tree, skips=skips)
    balances = [BALANCES[name] for name in NAMES]
    reasons = (Reason("evidence", "40 matches with hero"), Reason("note", HOSTILE))
    record = graded(cut, balances, scenes=SCENES, findings=findings, evidence=evidence, reasons=reasons)
    return replace(record, scenes=tuple(map(_with_reason, record.scenes)))


def _with_reason(scene: Scene) -> Scene:
    hero = "hero" if "hero" in scene.shots else None
    return replace(scene, hero=hero, reasons=(Reason("grouped", "linked", scene.shots[0]),))


def quiet_record() -> GradedTimeline:
    """The same edit with a name that every machine's fonts draw alike, and without the enemy's shot."""
    record = hostile_record()
    kept = tuple(shot for shot in record.edit.shots if shot.id != "hostile")
    return replace(
        record,
        edit=replace(record.edit, name="A quiet film", shots=kept, skips=()),
        scenes=tuple(scene for scene in record.scenes if scene.id != HOSTILE),
        grades=tuple(replace(each, reasons=each.reasons[:1]) for each in record.grades if each.shot != "hostile"),
        findings=record.findings[:3],
        evidence=record.evidence[:2],
    )


def _shot(name: str, number: int) -> Shot:
    of = media(f"{name}.mp4", width=640, height=360, frames=48)
    return shot(name, of, (0, 40), at=40 * number, where=(0, number), name=NAMES[name])


def pictures(record: GradedTimeline) -> dict[str, bytes]:
    return {picture_path(shot.id, at): jpeg(drawn(k, at)) for k, shot in enumerate(record.edit.shots) for at in AT}


def jpeg(codes: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())


def drawn(number: int, at: int) -> np.ndarray:
    """A picture of every color a little, its light and its shapes its own."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    glow = 0.55 + 0.35 * np.cos(6 * (x - 0.5 + 0.004 * at)) * np.cos(4 * (y - 0.4))
    color = np.stack([glow * (0.62 + 0.3 * x), glow * (0.6 + 0.2 * y), glow * (0.85 - 0.3 * x + 0.05 * number)], -1)
    for k, tone in enumerate(((0.8, 0.3, 0.2), (0.2, 0.6, 0.4), (0.25, 0.35, 0.75), (0.9, 0.8, 0.65))):
        inside = (x - 0.18 - 0.21 * k) ** 2 * 3.2 + (y - 0.55 - 0.06 * number) ** 2 < 0.02 + 0.002 * number
        color[inside] = np.array(tone) * (0.5 + 0.5 * glow[inside])[:, None]
    return np.rint(np.clip(color, 0, 1) * 255).astype(np.uint8)
