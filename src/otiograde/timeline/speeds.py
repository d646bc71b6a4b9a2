"""Speeds of an item: its effects that change how fast the media plays."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from otiograde.timeline.reading import Notes, one_line

#: Names of effects that change speed, in the programs that do not write OTIO's schemas for it.
_NAMES = re.compile(
    r"time\W?(re)?(map|warp|stretch)|\bspeed\b|\bretim|freeze|\breverse\b|motion control|slow ?motion", re.IGNORECASE
)

#: Fastest speed that is believed.
_FASTEST = 1_000_000


def speed_of(item: Mapping[str, Any], notes: Notes) -> Fraction:
    """Return the product of an item's speed effects.

    A keyframed speed counts as its mean, and an effect that is not understood as 1. Both are noted.
    """
    speed = Fraction(1)
    name = one_line(item.get("name") or "unnamed")
    for effect in item.get("effects") or ():
        if not isinstance(effect, Mapping) or effect.get("enabled") is False:
            continue
        schema = str(effect.get("OTIO_SCHEMA", "")).partition(".")[0]
        if schema not in {"LinearTimeWarp", "FreezeFrame", "TimeEffect"}:
            if _changes_speed(effect):
                notes.add("speed effect not understood, read as normal speed", name)
        elif (scalar := _scalar(effect, schema)) is not None:
            speed *= scalar
        elif (mean := mean_speed(_key_frames(effect))) is not None:
            notes.add("keyframed speed, read as its mean", name)
            speed *= mean
        else:
            notes.add("speed effect not understood, read as normal speed", name)
    return speed


def _scalar(effect: Mapping[str, Any], schema: str) -> Fraction | None:
    """Return the constant speed of an effect; None if it has none that can be used."""
    scalar = effect.get("time_scalar", 0 if schema == "FreezeFrame" else None)
    if isinstance(scalar, int | float) and math.isfinite(scalar) and abs(scalar) < _FASTEST:
        return Fraction(scalar).limit_denominator(1_000_000)
    return None


def _changes_speed(effect: Mapping[str, Any]) -> bool:
    """Tell whether an effect of no particular schema changes the speed, by its names.

    Resolve writes its retime settings for every clip, empty where nothing is set.
    """
    metadata = effect.get("metadata")
    entries = (
        [entry for entry in metadata.values() if isinstance(entry, Mapping)] if isinstance(metadata, Mapping) else []
    )
    if entries and all(entry.get("Parameters") == [] for entry in entries):
        return False
    names = [effect.get("effect_name"), effect.get("name")]
    names += [entry.get(key) for entry in entries for key in ("Effect Name", "MatchName", "effectid", "name")]
    return any(isinstance(name, str) and _NAMES.search(name) for name in names)


def _key_frames(effect: Mapping[str, Any]) -> Sequence[Any]:
    """Return the keyframes that Resolve writes: second of the clip, second of the media, and the shape between."""
    metadata = effect.get("metadata")
    resolve = metadata.get("Resolve_OTIO") if isinstance(metadata, Mapping) else None
    frames = resolve.get("Key Frames") if isinstance(resolve, Mapping) else None
    return frames if isinstance(frames, list) else ()


def mean_speed(key_frames: Iterable[Any]) -> Fraction | None:
    """Return the mean speed between the first and the last keyframe; None if there are not two that can be used.

    >>> mean_speed([[0, 10], [2, 11], [4, 18]])
    Fraction(2, 1)
    """
    points = [
        (Fraction(frame[0]), Fraction(frame[1]))
        for frame in key_frames
        if isinstance(frame, list)
        and len(frame) >= 2
        and all(isinstance(number, int | float) and abs(number) < _FASTEST for number in frame[:2])
    ]
    if len(points) < 2 or max(points)[0] == min(points)[0]:
        return None
    first, last = min(points), max(points)
    return ((last[1] - first[1]) / (last[0] - first[0])).limit_denominator(1_000_000)
