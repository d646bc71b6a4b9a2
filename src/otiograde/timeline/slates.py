"""Slates: the scene that a clip's metadata or name states, as ``12A_3`` (scene 12, setup A, take 3) or ``sc010_sh020``.

The metadata are those of any program: a key ``Scene`` (ALE, Avid, Resolve, EDL, FCP7 XML, FCPXML), else ``Shot`` or
``Slate``. They win over the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from otiograde.timeline.metadata import metadata_values

#: Longest slate, in characters.
LONGEST = 64

#: Keys of metadata without case: those of a scene, and those of a slate that may begin with it.
SCENE_KEYS, SLATE_KEYS = frozenset({"scene", "scene name", "scenename"}), frozenset({"slate", "shot", "shottake"})

#: ``sc010_sh020``, ``Scene 12 Take 3``, ``SEQ010-0020``, ``s01_sh02``: a scene, and what follows it.
NAMED = re.compile(
    r"(?:^|[^a-z0-9])(?:(?:scene|scn|sc|sequence|seq|sq)[ _.-]?0*(\d{1,5})[a-z]?"
    r"|s0*(\d{1,5})[ _.-]?(?=shot|sh))(?=$|[^a-z0-9]|shot|sh|take|tk)"
)

#: ``12A_3``, ``12A-3``, ``12B T4``, ``012AA/02``: scene, setup and take.
SETUP = re.compile(r"^0*(\d{1,3})([a-z]{1,2})(?:[ _/-]+t?k?|tk?)\d{1,2}(?:$|[^a-z0-9].*$)")

#: Letters after a number that are a size, a rate, a lens or a rank, not a setup.
NO_SETUP = frozenset({"k", "p", "i", "d", "mm", "fp", "st", "nd", "rd", "th", "s", "m", "h", "x"})

#: A value of ``Scene``: a number, with or without a setup and what follows it.
NUMBER = re.compile(r"^(?:(?:scene|scn|sc|sequence|seq|sq)[ _.-]*)?0*(\d{1,5})[a-z]{0,2}(?:[ _/-].*)?$")


def slate_of(clip: Mapping[str, Any], name: str) -> str:
    """Return the scene of a clip's slate without case, empty if it has none. Numbers have no leading zeros.

    >>> [slate_of({"metadata": {"ALE": {"Scene": "12A"}}}, "x"), slate_of({}, "sc010_sh020"), slate_of({}, "A001_C003")]
    ['12', '10', '']
    """
    values = dict[bool, str]()
    for key, value in _values(clip):
        if key in SCENE_KEYS:
            values.setdefault(True, value)
        elif from_name(value):
            values.setdefault(False, from_name(value))
    if True in values:
        number = NUMBER.match(values[True].casefold())
        return number[1] if number else " ".join(values[True].casefold().split())
    return values.get(False) or from_name(name)


def from_name(name: str) -> str:
    """Return the scene of a slate in a clip's name, empty if there is none.

    >>> [from_name(name) for name in ("12A_3", "Scene 007 take 2", "4K_1", "C0012", "clip_03")]
    ['12', '7', '', '', '']
    """
    text = name.strip()[:LONGEST].casefold()
    if (setup := SETUP.match(text)) and setup[2] not in NO_SETUP:
        return setup[1]
    named = NAMED.search(text)
    return (named[1] or named[2]) if named else ""


def _values(clip: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys, without case, and the values of slates in a clip's and its media's metadata, outermost first."""
    for key, value in metadata_values(clip, in_lists=True):
        low = key.casefold()
        if low in SCENE_KEYS | SLATE_KEYS and isinstance(value, (str, int)) and not isinstance(value, bool):
            text = str(value).strip()
            if text and len(text) <= LONGEST and text.isprintable():
                yield low, text
