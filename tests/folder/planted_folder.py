"""A small output folder, planted file by file."""

from __future__ import annotations

from pathlib import Path

from otiograde.folder.layout import CHECKSUMS
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline, format_record

RECORD = GradedTimeline(Edit("film", {}, 24, (), ()), (), (), ())  # type: ignore[arg-type]
OURS = format_record(RECORD).encode()
FILES = {"graded.otio": b"otio", "luts/a.cube": b"cube a", "luts/b.cube": b"cube b", "render.sh": b"#!/bin/sh\n"}
FILES["graded.json"] = OURS
NEW = {**FILES, "luts/a.cube": b"another cube", "luts/c.cube": b"cube c"}
del NEW["luts/b.cube"]

EXTRAS = {"rendered/a.mp4": b"a rendered shot", "luts/mine.cube": b"mine"}


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in a folder but the checksums, unfinished files included."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != CHECKSUMS)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
