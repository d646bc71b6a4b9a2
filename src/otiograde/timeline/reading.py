"""Reading: how an edit is to be read, and who opens the media."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from otiograde.color.encodings import Encoding
from otiograde.record.shot import Media

NAMES_SAID = 3


class Probe(Protocol):
    """Opens one media file and says what it is."""

    def __call__(
        self,
        path: Path,
        *,
        first: int | None = None,
        rate: Fraction | None = None,
        encoding: Encoding | None = None,
    ) -> Media:
        """What the file is; with ``first`` the path is the printf pattern of a sequence. Raises ``MediaError``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an edit is to be read.

    ``media_root``: a folder to find moved media in, by file name. ``strict``: missing or unreadable media is an error.
    ``rate``: of an EDL, and of an edit made of clips. ``encoding``: of all media, whatever their tags say. ``lock``,
    ``hero``: ids or names of shots. ``strength``: of every shot, in [0, 1], over what the edit says.
    ``unpack``: the folder that media inside an ``.otioz`` are unpacked to; without one they count as missing.
    """

    media_root: Path | None = None
    strict: bool = False
    rate: Fraction | None = None
    encoding: Encoding | None = None
    lock: tuple[str, ...] = ()
    hero: tuple[str, ...] = ()
    strength: float | None = None
    unpack: Path | None = None


class Notes:
    """What the reader assumed, in words: one line for each kind of thing, with the first few names."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}

    def add(self, text: str, name: str = "") -> None:
        """Note ``text``, about ``name`` when it concerns one thing among many."""
        names = self._names.setdefault(text, [])
        self._counts[text] = self._counts.get(text, 0) + 1
        if name and len(names) < NAMES_SAID and name not in names:
            names.append(name)

    def lines(self) -> tuple[str, ...]:
        """The notes, in the order in which each kind was first met."""
        return tuple(_line(text, names, self._counts[text]) for text, names in self._names.items())


def _line(text: str, names: list[str], count: int) -> str:
    if not names:
        return text
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{text}: {', '.join(names)}{more}"


def one_line(text: object, limit: int = 160) -> str:
    """The text on one printable line of at most ``limit`` characters."""
    shown = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in str(text))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
