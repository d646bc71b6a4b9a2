"""Speeds that programs write in OTIO files, under whatever name.

Tests: timeline/speeds.py, timeline/foreign.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from making.otio import clip, external, item, lasting, read, timeline, track
from otiograde.record.edit import MISREAD, NOT_READ, Edit


def with_effect(folder: Path, effect: dict[str, Any]) -> Edit:
    media = external("a.mp4", lasting(0, 100))
    return read(folder, timeline(track(clip("a", lasting(10, 12), media, effects=[effect]))))


def effect(schema: str, effect_name: str = "", **fields: Any) -> dict[str, Any]:
    return item(schema, effect_name=effect_name, enabled=True, **fields)


def resolve(**entries: Any) -> dict[str, Any]:
    return {"metadata": {"Resolve_OTIO": entries}}


@pytest.mark.parametrize(
    ("made", "speed", "note"),
    [
        (effect("LinearTimeWarp.1", "Speed", time_scalar=0.5), 0.5, "another speed"),
        (effect("LinearTimeWarp.1", time_scalar=-2.0), -2, "another speed"),
        (effect("FreezeFrame.1", time_scalar=0.0), 0, "another speed"),
        (effect("TimeEffect.1") | resolve(**{"Key Frames": [[0, 0], [1, 0.25, 1], [2, 4.0]]}), 2, "read as its mean"),
        (effect("TimeEffect.1"), 1, "not understood"),
        (effect("Effect.1", "Time Remap"), 1, "not understood"),
        (
            effect("Effect.1") | resolve(**{"Effect Name": "Retime and Scaling", "Parameters": [{"a": 1}]}),
            1,
            "not understood",
        ),
        (effect("Effect.1") | resolve(**{"Effect Name": "Retime and Scaling", "Parameters": []}), 1, ""),
        (effect("Effect.1", "Gaussian Blur"), 1, ""),
        (effect("SuperWarp.1", time_scalar=2.0), 2, "SuperWarp is not known"),
        (effect("Sparkle.3"), 1, "Sparkle is not known"),
    ],
)
def test_a_speed_is_read_or_noted(made: dict[str, Any], speed: float, note: str, tmp_path: Path) -> None:
    edit = with_effect(tmp_path, made)
    (shot,) = edit.shots
    assert shot.speed == speed
    assert any(note in line for line in edit.notes) if note else not edit.notes
    assert not [skip for skip in edit.skips if skip.what in (MISREAD, NOT_READ)]


def test_an_item_of_an_unknown_schema_keeps_its_place_and_is_named(tmp_path: Path) -> None:
    unknown = item("Hologram.1", "holo", source_range=lasting(0, 12), markers=[item("Beacon.1")])
    media = external("a.mp4", lasting(0, 100))
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 12), media), unknown, clip("b", lasting(12, 12), media))))
    assert [(shot.name, shot.record.start) for shot in edit.shots] == [("a", 0), ("b", 24)]
    assert "the schema Hologram is not known, passed over: holo" in edit.notes
    assert [(skip.what, skip.name, skip.start, skip.count) for skip in edit.skips if skip.what != "gap"] == [
        (NOT_READ, "holo", 12, 12)
    ]


def test_media_of_an_unknown_schema_is_missing_and_named(tmp_path: Path) -> None:
    edit = read(tmp_path, timeline(track(clip("a", lasting(0, 12), item("CloudReference.1", "cloud")))))
    assert [skip.what for skip in edit.skips] == ["missing media"]
    assert "the schema CloudReference is not known, passed over: cloud" in edit.notes
