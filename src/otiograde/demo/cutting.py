"""The edit of the demo movie in OpenTimelineIO's JSON: six clips and one dissolve."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import Any

#: Number of the clip after the dissolve, counted from 0.
DISSOLVE = 4

#: A handle at either end of a take is this fraction of its frames: one in 14. The dissolve uses the handles.
HANDLE = 14


def cut(media: Sequence[PurePath], frames: int, rate: Fraction) -> str:
    """Return the text of a .otio file with the clips one after another.

    Each clip has ``frames`` frames, handles included. ``media`` are paths relative to the edit.
    """
    handle = frames // HANDLE
    children: list[dict[str, Any]] = []
    for number, path in enumerate(media):
        if number == DISSOLVE:
            children.append(_dissolve(handle, rate))
        children.append(_clip(path, handle, frames, rate))
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": children}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": "demo", "global_start_time": _time(0, rate), "tracks": stack}
    return json.dumps(timeline, indent=4) + "\n"


def _clip(path: PurePath, handle: int, frames: int, rate: Fraction) -> dict[str, Any]:
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": path.as_posix(),
        "available_range": _range(0, frames, rate),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": path.stem,
        "source_range": _range(handle, frames - 2 * handle, rate),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _dissolve(offset: int, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": "dissolve",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(offset, rate),
        "out_offset": _time(offset, rate),
    }


def _range(start: int, count: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(count, rate)}


def _time(frame: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(frame), "rate": float(rate)}
