"""Make OTIO's objects as the JSON values that its own writer would write.

The readers of text formats make their trees of these. OpenTimelineIO is not needed for it; the tests read each tree
with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


def rational_time(value: Fraction | int, rate: Fraction) -> Object:
    """Make a time of ``value`` frames at ``rate`` frames a second.

    >>> rational_time(12, Fraction(24))
    {'OTIO_SCHEMA': 'RationalTime.1', 'rate': 24.0, 'value': 12.0}
    """
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def time_range(start: Fraction | int, count: Fraction | int, rate: Fraction) -> Object:
    """Make the range of ``count`` frames from frame ``start`` on, both at ``rate`` frames a second."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": rational_time(count, rate),
        "start_time": rational_time(start, rate),
    }


def clip(
    name: str,
    reference: Object,
    source_range: Object | None,
    *,
    effects: Sequence[Object] = (),
    enabled: bool = True,
    metadata: Mapping[str, Any] | None = None,
) -> Object:
    """Make a clip of a media reference."""
    item = _item("Clip.2", name, source_range, effects, enabled, metadata)
    return item | {"media_references": {"DEFAULT_MEDIA": reference}, "active_media_reference_key": "DEFAULT_MEDIA"}


def gap(count: Fraction | int, rate: Fraction, name: str = "") -> Object:
    """Make a gap of ``count`` frames."""
    return _item("Gap.1", name, time_range(0, count, rate), (), enabled=True, metadata=None)


def track(name: str, kind: str, children: Sequence[Object], *, enabled: bool = True) -> Object:
    """Make a track; ``kind`` is ``Video`` or ``Audio``."""
    return _holder("Track.1", name, children, None, (), enabled, None) | {"kind": kind}


def stack(
    name: str,
    children: Sequence[Object],
    source_range: Object | None = None,
    *,
    effects: Sequence[Object] = (),
    enabled: bool = True,
    metadata: Mapping[str, Any] | None = None,
) -> Object:
    """Make a stack of tracks or of other items, the lowest first."""
    return _holder("Stack.1", name, children, source_range, effects, enabled, metadata)


def timeline(
    name: str, tracks: Object, start: Object | None = None, *, metadata: Mapping[str, Any] | None = None
) -> Object:
    """Make a timeline of a stack of tracks; ``start`` is its start timecode as a time."""
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": dict(metadata or {}),
        "name": name,
        "global_start_time": start,
        "tracks": tracks,
    }


def collection(name: str, children: Sequence[Object]) -> Object:
    """Make a collection of timelines."""
    return {"OTIO_SCHEMA": "SerializableCollection.1", "metadata": {}, "name": name, "children": list(children)}


def marker(name: str, marked: Object, metadata: Mapping[str, Any] | None = None, *, color: str = "GREEN") -> Object:
    """Make a marker over the time range ``marked``."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": dict(metadata or {}),
        "name": name,
        "color": color,
        "marked_range": marked,
        "comment": "",
    }


def transition(kind: str, before: Fraction | int, after: Fraction | int, rate: Fraction, name: str = "") -> Object:
    """Make a transition that lasts ``before`` frames before its cut and ``after`` frames after it."""
    return {
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {},
        "name": name,
        "transition_type": kind,
        "in_offset": rational_time(before, rate),
        "out_offset": rational_time(after, rate),
    }


def speed_effect(speed: Fraction | int) -> Object:
    """Make the effect of a constant speed: negative plays backwards, 0 holds the first frame."""
    schema, name = ("FreezeFrame.1", "FreezeFrame") if speed == 0 else ("LinearTimeWarp.1", "LinearTimeWarp")
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": "",
        "effect_name": name,
        "enabled": True,
        "time_scalar": float(speed),
    }


def external(url: str, available: Object | None, name: str = "", metadata: Mapping[str, Any] | None = None) -> Object:
    """Make a reference to a media file; ``available`` is the range that the file holds."""
    return _reference("ExternalReference.1", name, available, metadata) | {"target_url": url}


def sequence(base: str, affixes: tuple[str, str], first: str, rate: Fraction, available: Object | None) -> Object:
    """Make a reference to numbered images in the folder ``base``, the first one numbered ``first``, zeros included.

    ``affixes`` are what stands before and after the number.
    """
    return _reference("ImageSequenceReference.1", "", available, None) | {
        "target_url_base": base,
        "name_prefix": affixes[0],
        "name_suffix": affixes[1],
        "start_frame": int(first),
        "frame_step": 1,
        "rate": float(rate),
        "frame_zero_padding": len(first),
        "missing_frame_policy": "error",
    }


def missing(name: str = "", available: Object | None = None, metadata: Mapping[str, Any] | None = None) -> Object:
    """Make a reference to media that the edit does not locate."""
    return _reference("MissingReference.1", name, available, metadata)


def generator(kind: str, available: Object | None = None, name: str = "") -> Object:
    """Make a reference to a picture that a program draws, such as ``black``."""
    return _reference("GeneratorReference.1", name, available, None) | {"generator_kind": kind, "parameters": {}}


def _reference(schema: str, name: str, available: Object | None, metadata: Mapping[str, Any] | None) -> Object:
    """Make a media reference."""
    return {
        "OTIO_SCHEMA": schema,
        "metadata": dict(metadata or {}),
        "name": name,
        "available_range": available,
        "available_image_bounds": None,
    }


def _holder(
    schema: str,
    name: str,
    children: Sequence[Object],
    source_range: Object | None,
    effects: Sequence[Object],
    enabled: bool,
    metadata: Mapping[str, Any] | None,
) -> Object:
    """Make a track or a stack."""
    return _item(schema, name, source_range, effects, enabled, metadata) | {"children": list(children)}


def _item(
    schema: str,
    name: str,
    source_range: Object | None,
    effects: Sequence[Object],
    enabled: bool,
    metadata: Mapping[str, Any] | None,
) -> Object:
    """Make what all items of a timeline have."""
    return {
        "OTIO_SCHEMA": schema,
        "metadata": dict(metadata or {}),
        "name": name,
        "source_range": source_range,
        "effects": list(effects),
        "markers": [],
        "enabled": enabled,
        "color": None,
    }
