"""The hook ``otiograde_luts``: points otiograde's effects at their LUTs, wherever the edit's folder is now.

It does nothing until a folder is named: by the hook's argument ``otiograde_folder``, else by the environment's variable
``OTIOGRADE_FOLDER``. It needs OpenTimelineIO alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any


def hook_function(in_timeline: Any, argument_map: dict[str, Any] | None = None) -> Any:
    """Make the paths of LUTs absolute, and return the timeline.

    A LUT is looked for at its path in the folder, then by its name and digest anywhere in it. Nothing outside the
    folder is used: no ``..`` is followed, and no link that leads out. An effect whose LUT is not there keeps its path,
    with a warning. Raises ``ValueError`` if the folder is none.
    """
    arguments = argument_map or {}
    name = arguments.get("otiograde_folder", os.environ.get("OTIOGRADE_FOLDER"))
    if not name:
        return in_timeline
    if not os.path.isdir(str(name)):  # noqa: PTH112  (pathlib is loaded once there is something to do)
        raise ValueError(f"otiograde_folder: {name} is not a folder: name the folder that graded.otio is in")

    from otiograde_otio.cubes import Cubes

    cubes = Cubes(str(name))
    for clip, effect in _effects(in_timeline):
        for entry in _entries(effect):
            _attach(entry, cubes, clip)
    return in_timeline


def _effects(timeline: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name of a clip and the metadata of an effect of ours on it."""
    find = getattr(timeline, "find_clips", None)
    for clip in find() if find is not None else [timeline]:
        for effect in getattr(clip, "effects", ()):
            if str(getattr(effect, "effect_name", "")).startswith("otiograde."):
                yield str(clip.name), effect.metadata.get("otiograde")


def _entries(metadata: Any) -> Iterator[Any]:
    """Yield what names a LUT by ``path`` and ``sha256``: an effect, and its keys."""
    if hasattr(metadata, "get"):
        yield metadata
        keys = metadata.get("keys")
        yield from (key for key in (keys if hasattr(keys, "append") else ()) if hasattr(key, "get"))


def _attach(entry: Any, cubes: Any, clip: str) -> None:
    """Replace the path of one LUT by an absolute one, or warn."""
    path, digest = entry.get("path"), entry.get("sha256")
    if not isinstance(path, str) or not path:
        return
    if present := cubes.file(path, digest if isinstance(digest, str) else ""):
        entry["path"] = present
        return

    import logging

    text = "clip %r: its LUT %s is not in %s, or was changed there: the effect keeps its path"
    logging.getLogger("otiograde").warning(text, clip, path, cubes.root)
