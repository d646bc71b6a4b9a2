"""The media linker ``otiograde``: finds moved media as ``otiograde --media-root`` does.

Arguments, each a folder: ``media_root``, in which media are searched by name (else the environment's variable
``OTIOGRADE_MEDIA_ROOT``, else the current folder), and ``folder``, from which relative addresses count (else the
current folder). Of several files of one name, timecode, duration and picture size choose.
"""

from __future__ import annotations

import os
from typing import Any

#: The timeline that was read last, by its top item, with the folders and the media that were found for it.
_last: list[tuple[Any, Any, Any]] = []


def link_media_reference(in_clip: Any, media_linker_argument_map: dict[str, Any] | None = None) -> Any:
    """Return a reference to the clip's media; the clip's own one if nothing is found, with a warning.

    Raises ``ValueError`` if the media root is not a folder, ``ImportError`` without otiograde.
    """
    import json
    import logging

    import opentimelineio as otio

    from otiograde_otio.needing import needed

    library = needed("otiograde.timeline.library")
    reference = in_clip.media_reference
    if isinstance(reference, otio.schema.GeneratorReference):
        return reference
    try:
        location = _library(in_clip, media_linker_argument_map or {}).locate(json.loads(in_clip.to_json_string()))
    except library.NoMedia as why:
        logging.getLogger("otiograde").warning("clip %r: %s", in_clip.name, why)
        return reference
    return _reference(reference, location)


def _library(clip: Any, arguments: dict[str, Any]) -> Any:
    """Return the media of the clip's timeline; the clips of one reading share them."""
    from pathlib import Path

    top = clip
    while (parent := top.parent()) is not None:
        top = parent
    root = Path(arguments.get("media_root") or os.environ.get("OTIOGRADE_MEDIA_ROOT") or Path.cwd())
    folder = Path(arguments.get("folder") or Path.cwd())
    if not root.is_dir():
        raise ValueError(f"media_root: {root} is not a folder: name the folder in which the media are")
    last = _last[0] if _last else (None, None, None)
    if last[0] is not top or last[1] != (root, folder):
        last = top, (root, folder), _new_library(root, folder)
        _last[:] = [last]  # at once: readings of other threads have their own
    return last[2]


def _new_library(root: Any, folder: Any) -> Any:
    from otiograde.media.probe import probe
    from otiograde.timeline import Notes, Reading
    from otiograde.timeline.addresses import Locator
    from otiograde.timeline.library import Library

    return Library(Locator(folder, root), Reading(media_root=root), probe, Notes())


def _reference(reference: Any, location: Any) -> Any:
    """Return the reference with the address of a location; a new one in place of one that names no file."""
    import opentimelineio as otio

    if isinstance(reference, otio.schema.ImageSequenceReference):
        above = reference.name_prefix.count("/")
        folder = type(location.path)(str(location.path.parents[above]).replace("%%", "%"))
        reference.target_url_base = f"{folder.as_uri()}/"
        return reference
    if not isinstance(reference, otio.schema.ExternalReference):
        made = otio.schema.ExternalReference("", reference.available_range, dict(reference.metadata))
        made.name = reference.name
        reference = made
    reference.target_url = location.path.as_uri()
    return reference
