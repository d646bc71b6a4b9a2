"""Records: edits whose every shot has a grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import cycle
from typing import Any, TypeAlias

import numpy as np

from making.media import FOLDER, RATE
from making.otio import time, tree_of
from making.shots import edit, shot
from otiograde.color.affine import Affine
from otiograde.color.guard import guarded
from otiograde.color.transform import Identity, Transform
from otiograde.record.edit import Edit
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.grade import Grade
from otiograde.record.graded import GradedTimeline
from otiograde.record.scene import Scene
from otiograde.record.settings import Settings
from otiograde.record.shot import Media

#: Makes a record of media by name: see the fixture ``make_record``.
MakeRecord: TypeAlias = Callable[..., GradedTimeline]

#: Colors of a picture: all lightnesses, little chroma.
POOL = np.random.default_rng(3).normal(0.45, 0.15, (2000, 1)) + np.random.default_rng(4).normal(0, 0.05, (2000, 3))

#: A grade that moves every channel, and by how much depends on the color.
CROSSED = Affine(((0.82, 0.10, 0.0), (0.02, 0.88, 0.05), (0.0, 0.0, 0.75)), (0.03, 0.0, 0.10), "rgb")
#: Grades that move no channel by another: warmer, a little warmer, darker and bluer.
WARM = Affine(((1.1, 0, 0), (0, 1, 0), (0, 0, 0.85)), (0.01, 0, 0), "rgb")
WARMISH = Affine(((1.05, 0, 0), (0, 1, 0), (0, 0, 0.9)), (0.01, 0, 0), "rgb")
BLUER = Affine(((0.9, 0.0, 0.0), (0.0, 0.95, 0.0), (0.0, 0.0, 0.8)), (0.02, 0.0, 0.05), "rgb")

#: Grades as a run makes them: warm, one in Lab, nothing, and one that no CDL comes near.
MIXED = Affine(((0.97, 0.02, 0), (0, 0.95, 0.03), (0, 0.05, 0.85)), (0.02, 0.01, 0.03), "rgb")
LAB = guarded(Affine(((1.05, 0, 0), (0, 1.15, 0), (0, 0, 1.1)), (3, 4, -8), "lab"), POOL.clip(0, 1))
SWAP = Affine(((0, 1, 0), (0, 0, 1), (1, 0, 0)), (0, 0, 0), "rgb")
GRADES: tuple[Transform, ...] = (MIXED, LAB, Identity(), SWAP)


def graded(
    edit: Edit,
    balance: Transform | Sequence[Transform] = Identity(),
    *,
    scenes: Mapping[str, Sequence[str]] | str = "scene_1",
    lut_size: int = 33,
    findings: Sequence[Finding] = (),
    evidence: Sequence[Evidence] = (),
    **grade: Any,
) -> GradedTimeline:
    """The record of an edit, its shots graded with ``balance``, or with several in turn.

    ``scenes`` are the shots of each scene by its id, or the id of the one scene of all shots; ``grade`` are fields of
    every Grade.
    """
    ids = tuple(shot.id for shot in edit.shots)
    homes = {scenes: ids} if isinstance(scenes, str) else scenes
    home = {shot: scene for scene, members in homes.items() for shot in members}
    turns = cycle(balance if isinstance(balance, Sequence) else [balance])
    grades = tuple(Grade(shot, home[shot], next(turns), **{"confidence": "high", **grade}) for shot in ids)
    made = tuple(Scene(scene, tuple(members)) for scene, members in homes.items())
    versions = {"otiograde": "0"}
    return GradedTimeline(edit, made, grades, tuple(findings), Settings(lut_size=lut_size), versions, tuple(evidence))


def record_of_media(
    medias: Mapping[str, Media], rate: Fraction = RATE, *, balance: Sequence[Transform] = GRADES, lut_size: int = 9
) -> GradedTimeline:
    """One shot of 20 frames from media frame 30 on per name, on one track."""
    shots = [
        shot(f"shot-{number}", of, (30, 20), at=20 * number, rate=rate, where=(0, number), name=name)
        for number, (name, of) in enumerate(medias.items())
    ]
    cut = edit(*shots, name="fïlm", otio=tree_of(shots, FOLDER), rate=rate, length=20 * len(shots))
    return graded(cut, balance, scenes="scène 1", lut_size=lut_size)


def begun_at(record: GradedTimeline, frame: int) -> GradedTimeline:
    """The same record with the edit's timecode beginning at a frame."""
    tree = {**record.edit.otio, "global_start_time": time(frame, float(record.edit.rate))}
    return replace(record, edit=replace(record.edit, otio=tree))
