"""Edits as OTIO's JSON, item by item, and their way through the reader."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from making.media import Inventor
from otiograde.record.edit import Edit
from otiograde.record.shot import Shot
from otiograde.timeline import Reading, read_edit

Item = dict[str, Any]
NTSC30 = 30000 / 1001


def time(value: float, rate: float = 24) -> Item:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def lasting(start: float, length: float, rate: float = 24) -> Item:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, rate), "duration": time(length, rate)}


def item(schema: str, name: str = "", **fields: Any) -> Item:
    return {"OTIO_SCHEMA": schema, "name": name, "metadata": {}, **fields}


def external(url: str, available: Item | None = None) -> Item:
    return item("ExternalReference.1", target_url=url, available_range=available)


def clip(name: str = "a", source: Item | None = None, media: Item | None = None, **fields: Any) -> Item:
    reference = external("a.mp4", lasting(0, 100)) if media is None else media
    return item(
        "Clip.2",
        name,
        source_range=source,
        media_references={"DEFAULT_MEDIA": reference},
        active_media_reference_key="DEFAULT_MEDIA",
        **fields,
    )


def gap(length: float, rate: float = 24) -> Item:
    return item("Gap.1", source_range=lasting(0, length, rate))


def track(*children: Item, kind: str = "Video", **fields: Any) -> Item:
    return item("Track.1", kind=kind, children=list(children), **fields)


def stack(*children: Item, **fields: Any) -> Item:
    return item("Stack.1", children=list(children), **fields)


def transition(before: float, after: float) -> Item:
    offsets = {"in_offset": time(before), "out_offset": time(after)}
    return item("Transition.1", "fade", transition_type="SMPTE_Dissolve", **offsets)


def bare_dissolve(before: float, after: float, kind: str = "SMPTE_Dissolve", rate: float = 24) -> Item:
    """A transition of any kind, at any rate."""
    offsets = {"in_offset": time(before, rate), "out_offset": time(after, rate)}
    return item("Transition.1", "fade", transition_type=kind, **offsets)


def speed(scalar: float) -> Item:
    return item("LinearTimeWarp.1", effect_name="LinearTimeWarp", time_scalar=scalar)


def marker(name: str, start: float = 0, length: float = 0) -> Item:
    return item("Marker.2", name, marked_range=lasting(start, length), color="RED")


def timeline(*tracks: Item, **fields: Any) -> Item:
    return item("Timeline.1", "edit", tracks=stack(*tracks), **fields)


def tree_of(shots: Iterable[Shot], folder: Path, name: str = "film") -> Item:
    """A timeline of one video track with these shots, written by OTIO; media under ``folder`` by relative URL."""
    row = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    for shot in shots:
        path = shot.media.path
        url = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_uri()
        rate = float(shot.media.rate)
        seen = otio.opentime.TimeRange(
            otio.opentime.RationalTime(shot.source.start, rate),
            otio.opentime.RationalTime(shot.record.count if shot.media.kind == "still" else shot.source.count, rate),
        )
        row.append(
            otio.schema.Clip(shot.name, otio.schema.ExternalReference(url), seen, metadata={"note": {"a": [1, 2.5]}})
        )
    whole = otio.schema.Timeline(name)
    whole.tracks.append(row)
    values = json.loads(whole.to_json_string())
    assert isinstance(values, dict)
    return values


def read(folder: Path, edit: Item, probe: Any = None, reading: Reading | None = None, files: str = "a.mp4") -> Edit:
    """Write the edit and its (empty) media files into the folder, and read it."""
    for name in files.split():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    path = folder / "edit.otio"
    path.write_text(json.dumps(edit), "utf-8")
    return read_edit(path, reading or Reading(), probe or Inventor())


def frames(edit: Edit) -> list[tuple[str, int, int, int, int]]:
    """Each shot's id, source start and count, record start and count."""
    return [(s.id, s.source.start, s.source.count, s.record.start, s.record.count) for s in edit.shots]
