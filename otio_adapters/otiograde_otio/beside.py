"""The media linker ``otiograde_beside``: links missing media to files of the same name beside the edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def link_media_reference(in_clip: Any, media_linker_argument_map: dict[str, Any] | None = None) -> Any:
    """Return the clip's reference. If its file is missing, it points to a file of the same name in ``folder``.

    ``folder`` is an argument of the linker; it is the current folder by default.
    """
    reference = in_clip.media_reference
    url = getattr(reference, "target_url", None)
    if not url:
        return reference
    path = Path(unquote(urlsplit(url).path)) if url.lower().startswith("file:") else Path(unquote(url))
    folder = Path((media_linker_argument_map or {}).get("folder") or Path.cwd()).resolve()
    name = unquote(url).replace("\\", "/").rpartition("/")[2]
    if path.is_absolute() and path.is_file():
        return reference
    for candidate in (folder / path, folder / name):
        if candidate.is_file():
            reference.target_url = candidate.as_uri()
            break
    return reference
