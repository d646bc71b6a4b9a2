"""CMX 3600 lists, written event by event, and their way through the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from making.media import Inventor
from otiograde.record.edit import Edit
from otiograde.record.shot import Media
from otiograde.timeline import Reading, read_edit

HOUR = 3600 * 24


def code(frame: int, base: int = 24, mark: str = ":") -> str:
    """The timecode of a frame, counted without drops."""
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{frames:02}"


@dataclass(frozen=True)
class Entry:
    """One event: its source and record ranges in frames at 24."""

    number: int
    reel: str
    channel: str
    source: tuple[int, int]
    record: tuple[int, int]
    statements: tuple[str, ...] = ()
    kind: str = "C"

    def text(self, base: int = 24) -> str:
        codes = " ".join(code(frame, base) for frame in (*self.source, *self.record))
        line = f"{self.number:03}  {self.reel:<8} {self.channel:<5} {self.kind:<8} {codes}"
        return "\n".join([line, *self.statements])


def list_of(entries: Iterable[Entry | str], header: str = "FCM: NON-DROP FRAME", base: int = 24) -> str:
    """The text of a list."""
    parts = [entry if isinstance(entry, str) else entry.text(base) for entry in entries]
    return "\n".join(["TITLE: list", header, "", *parts]) + "\n"


class Shelf(Inventor):
    """A probe whose media differ by file name or by folder; ``others`` are the fields of each."""

    def __init__(self, others: dict[str, dict[str, Any]], **fields: Any) -> None:
        super().__init__(**{"frames": 200_000, **fields})
        self.others = others

    def __call__(self, path: Path, **options: Any) -> Media:
        found = super().__call__(path, **options)
        return replace(found, **self.others.get(path.parent.name, {}), **self.others.get(path.name, {}))


def read_list(
    folder: Path,
    text: str | bytes,
    files: Iterable[str] = (),
    probe: Inventor | None = None,
    rate: Fraction | int | None = None,
) -> Edit:
    """Read a list whose media are ``files`` (empty ones) under a media root."""
    root = folder / "media"
    root.mkdir(exist_ok=True)
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    path = folder / "list.edl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    wanted = None if rate is None else Fraction(rate)
    return read_edit(path, Reading(media_root=root, rate=wanted), probe or Shelf({}))


def shown(edit: Edit) -> list[tuple[str, int, int, int, int, float]]:
    """Each shot's name, source start and count, record start and count, speed."""
    return [
        (s.name, s.source.start, s.source.count, s.record.start, s.record.count, float(s.speed)) for s in edit.shots
    ]
