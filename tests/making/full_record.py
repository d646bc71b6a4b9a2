"""A record in which everything that can hold a text holds one: an edit of two shots, with all that an edit may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from making.media import media
from making.otio import clip, external, item, lasting, marker, speed, stack, timeline, track, transition
from making.records import LAB, WARM, graded
from making.shots import edit, shot
from otiograde.record.edit import Join, Pattern, Skip, Sound
from otiograde.record.evidence import Evidence
from otiograde.record.finding import Finding
from otiograde.record.graded import GradedTimeline
from otiograde.record.reason import Reason
from otiograde.record.settings import Settings
from otiograde.record.shot import FrameRange, Media, Wishes
from otiograde.record.steps import parse_step

RATE = Fraction(24)


def full_record(medias: Mapping[str, Media] | None = None, sound: Path = Path("/film/wild.wav")) -> GradedTimeline:
    """Two shots of these media that dissolve, bars, a gap and a sound; texts in all of it. ``medias`` are two."""
    medias = medias or {"wide": media("wide.mov", audio=True), "close": media("close.mov", digest="0123abcd")}
    (one, first), (two, second) = medias.items()
    wishes = Wishes(
        scene="day",
        look=Path("/looks/warm.cube"),
        verdict="accepted",
        anchor="balanced",
        steps=(parse_step("eq:gamma=1.1"),),
    )
    shots = (
        shot(one, first, (2, 8), rate=RATE, where=(0, 0), name="the wide", wishes=wishes),
        shot(two, second, (4, 8), at=8, rate=RATE, where=(0, 2), name="the close"),
    )
    cut = edit(
        *shots,
        name="a film",
        otio=_tree({one: first, two: second}, sound),
        rate=RATE,
        length=24,
        skips=(Skip("clip", "lost", "missing media", 0, 20, 4),),
        notes=("a note",),
        joins=(Join("SMPTE_Dissolve", (0, 1), 8, 2, 2),),
        sounds=(Sound("wild", sound, *[Fraction(1, 4)] * 4, (1, 0)),),
        patterns=(Pattern("bars", FrameRange(16, 4, RATE), (0, 3)),),
    )
    record = graded(
        cut,
        (WARM, LAB),
        scenes={"day": (one, two)},
        lut_size=5,
        findings=(
            Finding(one, "seams", 1.0, 2.0, "ΔE00", True, "a note"),
            Finding("day", "skin", 3.0, 2.0, "%", False, "no"),
        ),
        evidence=(Evidence(one, two, "surfaces", 80, 300, 9.4, 1.2, "ΔE00", 0.9, (3, 5), ((0.1, 0.2, 0.3, 0.4),)),),
        reasons=(Reason("note", "a reason", two), Reason("evidence", "80 matches")),
    )
    scenes = tuple(
        replace(scene, hero=one, locked=(one,), reasons=(Reason("grouped", "linked", two),)) for scene in record.scenes
    )
    settings = replace(
        record.settings, look=Path("/looks/cold.cube"), linking=replace(Settings().linking, without=("regions",))
    )
    return replace(record, scenes=scenes, settings=settings, made_with={"otiograde": "0", "numpy": "1"})


def _tree(medias: Mapping[str, Media], sound: Path) -> dict[str, Any]:
    notes = {
        "note": {"a": [1, "two"]},
        "cmx_3600": {"reel": "R1", "comments": ["a comment"]},
        "fcp_xml": {"label": "x"},
    }
    clips = [
        clip(
            f"the {name}",
            lasting(2, 8),
            external(of.path.as_uri(), lasting(0, 100)) | {"name": f"{name} media"},
            metadata=notes,
            markers=[marker("a mark", 2, 1) | {"metadata": {"x": "y"}}],
            effects=[speed(1.0) | {"name": "an effect"}],
        )
        for name, of in medias.items()
    ]
    bars = clip(
        "bars", lasting(0, 4), item("GeneratorReference.1", "SMPTEBars", generator_kind="SMPTEBars", parameters={})
    )
    pictures = track(clips[0], transition(2, 2), clips[1], bars, clip("lost", lasting(0, 4)), name="V1")
    sounds = track(clip("wild", lasting(6, 6), external(sound.as_uri())), kind="Audio", name="A1")
    tree = timeline(pictures, sounds, metadata=notes)
    return tree | {"tracks": stack(*tree["tracks"]["children"], name="tracks", markers=[marker("of the whole")])}
