"""Items: the edit as OpenTimelineIO's plain JSON, and the way to its clips and their media references."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

#: An OTIO object as plain JSON values.
Item: TypeAlias = dict[str, Any]


def clip_at(edit: Item, where: tuple[int, ...]) -> Item:
    """Return the clip at a path of child indices from the edit's top stack."""
    item: Item = edit["tracks"]
    for index in where:
        item = item["children"][index]
    return item


def walk(item: Item) -> Iterator[Item]:
    """Yield a timeline and its stacks, tracks and clips, outermost first. Metadata is not searched."""
    yield item
    for child in (item.get("tracks"), *(item.get("children") or ())):
        if isinstance(child, dict):
            yield from walk(child)


def media_references(clip: Item, *, active: bool = False) -> list[Item]:
    """List a clip's media references (schemas ``Clip.1`` and ``Clip.2``), or only the active one."""
    by_key = clip.get("media_references") or {}
    if active:
        by_key = {"": by_key.get(clip.get("active_media_reference_key", "DEFAULT_MEDIA"))}
    references = [clip.get("media_reference"), *by_key.values()]
    return [reference for reference in references if isinstance(reference, dict)]
