"""Objects of schemas that OpenTimelineIO does not know, which it would refuse with the whole edit."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Any

from otiograde.timeline.reading import Notes, one_line

Object = dict[str, Any]


def with_known_schemas(top: Any, known: Container[str], notes: Notes) -> bool:
    """Replace what has an unknown schema where OTIO wants one of its types, and tell whether anything was replaced.

    An effect becomes a plain effect, or a speed if it states one. An item becomes a gap of its length, a media
    reference a missing one, a marker nothing. Each is noted.
    """
    replaced = False
    todo = [top]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo.extend(value)
        if not isinstance(value, dict):
            continue
        for holder, key, change in _typed(value):
            if name := _unknown(holder[key], known):
                notes.add(f"the schema {one_line(name, 40)} is not known, passed over", _name(holder[key], value))
                holder[key], replaced = change(holder[key], name), True
        if isinstance(value.get("markers"), list):
            markers = [marker for marker in value["markers"] if not _unknown(marker, known)]
            replaced |= len(markers) != len(value["markers"])
            value["markers"] = markers
        todo.extend(child for key, child in value.items() if key != "metadata")
    return replaced


def _typed(item: Object) -> Iterator[tuple[Any, Any, Callable[[Object, str], Object]]]:
    """Yield each place of an item that OTIO gives a type: what holds it, its key there, and what replaces it."""
    for key, change in _REPLACED.items():
        held = item.get(key)
        if isinstance(held, list):
            yield from ((held, index, change) for index in range(len(held)))
        elif isinstance(held, dict) and key == "media_references":
            yield from ((held, name, change) for name in list(held))
        elif isinstance(held, dict):
            yield item, key, change


def _unknown(value: Any, known: Container[str]) -> str:
    """Return the name of an unknown schema; empty for a known one and for what is no object."""
    name = str(value.get("OTIO_SCHEMA", "")).partition(".")[0] if isinstance(value, dict) else ""
    return "" if name in known else name


def _name(value: Object, holder: Object) -> str:
    """Return the name of an object, else that of what holds it."""
    return one_line(value.get("name") or holder.get("name") or "")


def _base(value: Object, schema: str) -> Object:
    """Return what all objects have, under another schema."""
    metadata = value.get("metadata")
    return {
        "OTIO_SCHEMA": schema,
        "name": str(value.get("name") or ""),
        "metadata": metadata if isinstance(metadata, dict) else {},
    }


def _effect(value: Object, name: str) -> Object:
    """Return an effect of a known schema: a constant speed if the effect states one."""
    scalar = value.get("time_scalar")
    if isinstance(scalar, int | float):
        return _base(value, "LinearTimeWarp.1") | {"effect_name": name, "time_scalar": scalar}
    return _base(value, "Effect.1") | {"effect_name": name, "enabled": value.get("enabled") is not False}


def _gap(value: Object, _: str) -> Object:
    """Return a gap of an item's length."""
    span = value.get("source_range")
    return _base(value, "Gap.1") | {"source_range": span if isinstance(span, dict) else None}


def _missing(value: Object, _: str) -> Object:
    """Return a reference to media that cannot be found."""
    return _base(value, "MissingReference.1")


_REPLACED: dict[str, Callable[[Object, str], Object]] = {
    "effects": _effect,
    "children": _gap,
    "media_references": _missing,
    "media_reference": _missing,
}
