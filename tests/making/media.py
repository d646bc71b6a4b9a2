"""Media that no test opens, and the probes that invent them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from otiograde.color.encodings import Encoding
from otiograde.color.encodings import encoding as encoding_named
from otiograde.errors import MediaError
from otiograde.record.shot import Media

RATE = Fraction(24)
NTSC = Fraction(30000, 1001)
#: Where invented media lie; it need not be there.
FOLDER = Path("/film")


def media(path: Path | str = "a.mov", encoding: Encoding | str = "bt709", **fields: Any) -> Media:
    """A video in HD at 24 frames a second, long enough for every source range, in the folder ``FOLDER``.

    ``fields`` are Media's.
    """
    if isinstance(encoding, str):
        encoding = encoding_named(encoding)
    video = Media(FOLDER / path, "video", 1920, 1080, RATE, 500_000, "yuv420p", 8, encoding, "assumption")
    return replace(video, **fields)


class Inventor:
    """A probe that invents media for every file that is there, and keeps what it was asked."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.asked: list[tuple[str, int | None, Fraction | None, Any]] = []

    def __call__(self, path: Path, *, first: int | None = None, rate: Any = None, encoding: Any = None) -> Media:
        self.asked.append((path.name, first, rate, encoding))
        invented = media(
            path,
            encoding or "bt709",
            kind="video" if first is None else "sequence",
            rate=RATE if rate is None else rate,
            frames=100,
            origin="command line" if encoding else "assumption",
            first=first or 0,
        )
        return replace(invented, **self.fields)


def no_media(path: Path, **_: Any) -> Media:
    """A probe that can read nothing."""
    raise MediaError(f"{path}: nobody can read this")
