"""Texts and media paths for XML documents."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

#: Characters that XML 1.0 (production 2) does not allow, even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Replace the characters that XML does not allow by ``?``."""
    return _FORBIDDEN.sub("?", text)


def media_url(path: Path) -> str:
    """Return a media path as a ``file:`` URL. Relative paths and those of another system are only percent-encoded."""
    if path.is_absolute():
        return path.as_uri()
    path_text = str(path).replace("\\", "/").encode("utf-8", errors="surrogateescape")
    return f"file:///{quote(path_text, safe='/:')}" if path_text[1:2] == b":" else quote(path_text)
