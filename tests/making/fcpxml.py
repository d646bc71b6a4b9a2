"""Documents of Final Cut, written element by element, and their way through the reader."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from making.media import media
from otiograde.errors import MediaError
from otiograde.record.edit import Edit
from otiograde.record.shot import Media, Shot
from otiograde.timeline import Reading, read_edit

#: The rates of formats ``r24`` and so on.
RATES = {
    "r24": "100/2400s", "r25": "1/25s", "r30": "1/30s", "r50": "1/50s",
    "r23": "1001/24000s", "r29": "1001/30000s", "r59": "1001/60000s",
}  # fmt: skip
#: Media by the id of their asset: rate, frames, frame number of the first one's timecode.
MEDIA = {
    "m24": ("24", 96, 0), "n24": ("24", 96, 0), "m25": ("25", 100, 0), "m23": ("24000/1001", 96, 0),
    "tc": ("25", 100, 90_000), "m30": ("30", 120, 0), "hour": ("24", 96, 86_400),
    "long1": ("24", 4000, 0), "long2": ("24", 4000, 0), "long3": ("24", 4000, 86_400),
}  # fmt: skip


def asset(name: str) -> str:
    """An asset as FCPXML 1.9 and later write it."""
    rate, frames, first = MEDIA[name]
    form = next(key for key, length in RATES.items() if 1 / Fraction(length[:-1]) == Fraction(rate))
    start, length = first / Fraction(rate), frames / Fraction(rate)
    return (
        f'<asset id="{name}" name="{name}.mp4" start="{start}s" duration="{length}s" hasVideo="1" hasAudio="1" '
        f'format="{form}"><media-rep kind="original-media" src="{name}.mp4"/></asset>'
    )


def document(spine: str, more: str = "", sequence: str = 'format="r24" tcStart="0s"', version: str = "1.10") -> str:
    """A document of one project with this storyline; ``more`` are further resources."""
    formats = "".join(f'<format id="{name}" frameDuration="{length}"/>' for name, length in RATES.items())
    assets = "".join(asset(name) for name in MEDIA)
    effects = '<effect id="fx" name="Clouds" uid="x"/>'
    effects += '<asset id="wav" start="0s" duration="9s" hasAudio="1"><media-rep src="w.wav"/></asset>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml><fcpxml version="{version}"><resources>{formats}'
        f'{assets}{effects}{more}</resources><library><event name="e"><project name="p"><sequence {sequence}>'
        f"<spine>{spine}</spine></sequence></project></event></library></fcpxml>"
    )


def compound(name: str, spine: str, attributes: str = 'format="r24" tcStart="0s"') -> str:
    """The medium of a compound clip."""
    return f'<media id="{name}" name="{name}"><sequence {attributes}><spine>{spine}</spine></sequence></media>'


def clip(ref: str = "m24", name: str = "", inside: str = "", tag: str = "asset-clip", **times: Any) -> str:
    """A clip; times are seconds (``offset=1``), and other attributes are text."""
    words = {"name": name or ref, **({"ref": ref} if ref else {})}
    for key, value in times.items():
        words[key] = value if isinstance(value, str) else f"{Fraction(value)}s"
    attributes = " ".join(f'{key}="{value}"' for key, value in words.items())
    return f"<{tag} {attributes}>{inside}</{tag}>"


def time_map(*points: tuple[Any, Any], interp: str = "linear") -> str:
    """A time map from seconds of the clip to seconds of its content."""
    inside = "".join(f'<timept time="{Fraction(a)}s" value="{Fraction(b)}s" interp="{interp}"/>' for a, b in points)
    return f"<timeMap>{inside}</timeMap>"


def probe(path: Path, **_: Any) -> Media:
    """The media of ``MEDIA``; any other file has no pictures."""
    if path.stem not in MEDIA:
        raise MediaError(f"{path}: no pictures in it")
    rate, frames, first = MEDIA[path.stem]
    made = media(path, rate=Fraction(rate), frames=frames, timecode=first, audio=True)
    return replace(made, path=path)


def read(folder: Path, text: str) -> Edit:
    """Write a document and its (empty) media into a folder, and read it; OpenTimelineIO must accept what is read."""
    for name in (*(f"{name}.mp4" for name in MEDIA), "w.wav"):
        (folder / name).touch()
    path = folder / "edit.fcpxml"
    path.write_text(text, "utf-8")
    edit = read_edit(path, Reading(), probe)
    timeline = otio.adapters.read_from_string(json.dumps(edit.otio), "otio_json")
    assert isinstance(timeline, otio.schema.Timeline)
    return edit


def uses(edit: Edit) -> list[tuple[str, int, int, int, int]]:
    """Each shot's name, source start and count, record start and count, in the order of the edit."""
    return [use(shot) for shot in sorted(edit.shots, key=lambda shot: (shot.record.start, shot.track))]


def use(shot: Shot) -> tuple[str, int, int, int, int]:
    """A shot's name, source start and count, record start and count."""
    return shot.name, shot.source.start, shot.source.count, shot.record.start, shot.record.count


def skipped(edit: Edit) -> list[tuple[str, str, int, int]]:
    """Each skip but unnamed gaps: what, name, record start and count."""
    return [(skip.what, skip.name, skip.start, skip.count) for skip in edit.skips if skip.name not in ("gap", "Gap")]
