"""Building blocks for edits under test: OTIO's JSON by hand, and a probe that invents media."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.color.encodings import encoding as encoding_named
from otiograde.errors import MediaError
from otiograde.record.edit import Edit
from otiograde.record.shot import Media
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


def speed(scalar: float) -> Item:
    return item("LinearTimeWarp.1", effect_name="LinearTimeWarp", time_scalar=scalar)


def marker(name: str, start: float = 0, length: float = 0) -> Item:
    return item("Marker.2", name, marked_range=lasting(start, length), color="RED")


def timeline(*tracks: Item, **fields: Any) -> Item:
    return item("Timeline.1", "edit", tracks=stack(*tracks), **fields)


class Inventor:
    """A probe that invents media for every file that is there, and keeps what it was asked."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.asked: list[tuple[str, int | None, Fraction | None, Any]] = []

    def __call__(self, path: Path, *, first: int | None = None, rate: Any = None, encoding: Any = None) -> Media:
        self.asked.append((path.name, first, rate, encoding))
        media = Media(
            path=path,
            kind="video" if first is None else "sequence",
            width=1920,
            height=1080,
            rate=Fraction(24) if rate is None else rate,
            frames=100,
            pixel_format="yuv420p",
            bits=8,
            encoding=encoding or encoding_named("bt709"),
            origin="command line" if encoding else "assumption",
            first=first or 0,
        )
        return replace(media, **self.fields)


def no_media(path: Path, **_: Any) -> Media:
    raise MediaError(f"{path}: nobody can read this")


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
