"""The metadata of a clip and its media, as any program may have written them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

#: The most mappings and lists of a clip's metadata that are looked at.
MOST_ITEMS = 4000


def metadata_values(clip: Mapping[str, Any], *, in_lists: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield the keys and plain values of a clip's metadata and then of its media's, outermost first.

    ``in_lists``: those of mappings in lists, too. What otiograde wrote is passed over.
    """
    references = clip.get("media_references")
    active = references.get(clip.get("active_media_reference_key")) if isinstance(references, Mapping) else None
    holders = (clip, active if isinstance(active, Mapping) else clip.get("media_reference"))
    items: deque[Any] = deque(holder.get("metadata") for holder in holders if isinstance(holder, Mapping))
    nests = (Mapping, list) if in_lists else (Mapping,)
    for _ in range(MOST_ITEMS):
        if not items:
            return
        item = items.popleft()
        if in_lists and isinstance(item, list):
            items += item
        for key, value in item.items() if isinstance(item, Mapping) else ():
            if not isinstance(value, nests):
                yield str(key), value
            elif str(key).casefold() != "otiograde":
                items.append(value)
