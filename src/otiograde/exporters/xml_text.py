"""Texts and paths as documents in XML hold them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

#: What XML 1.0 (production 2) cannot hold, however it is escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Make a text that XML can hold."""
    return _NO_XML.sub("?", text)


def media_url(path: Path) -> str:
    """Spell a media path as a ``file:`` URL; one of another system or a relative one as it is, percent-encoded."""
    if path.is_absolute():
        return path.as_uri()
    spelt = str(path).replace("\\", "/").encode("utf-8", errors="surrogateescape")
    return f"file:///{quote(spelt, safe='/:')}" if spelt[1:2] == b":" else quote(spelt)
