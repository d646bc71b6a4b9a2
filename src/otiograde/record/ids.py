"""Ids of shots: unique without case, and safe as file names everywhere."""

from __future__ import annotations

import re
import unicodedata
from itertools import count

LONGEST_ID = 64
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # Windows opens devices for these

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def is_id(text: str) -> bool:
    """Whether a text can be a shot's id: up to ``LONGEST_ID`` of ``[A-Za-z0-9._-]``, and a file name everywhere."""
    return _ID.fullmatch(text) is not None and not text.endswith(".") and RESERVED.fullmatch(text) is None


class Ids:
    """Makes an id for each shot: unique without case, safe as a file name, the same for the same edit."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def new(self, name: str) -> str:
        """Make an id from a name. The second ``sh010`` becomes ``sh010-2``."""
        stem = _safe(name)
        if stem.casefold() not in self._taken:
            self._taken.add(stem.casefold())
            return stem
        for number in count(self._next.get(stem.casefold(), 2)):
            ending = f"-{number}"
            id_ = stem[: LONGEST_ID - len(ending)] + ending
            if id_.casefold() not in self._taken:
                break
        self._next[stem.casefold()] = number + 1
        self._taken.add(id_.casefold())
        return id_


def _safe(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip("._-").rstrip("._")[:LONGEST_ID].rstrip(".")
    if not safe.strip("_"):
        return "shot"
    return f"shot_{safe}"[:LONGEST_ID] if RESERVED.fullmatch(safe) else safe
