"""A small output folder, planted file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from otiograde.folder.layout import CHECKSUMS, parse_checksums
from otiograde.folder.writing import add_files, write_file, write_folder
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


ADDED = {"graded.edl": b"edl", "luts/a.cube": b"another cube"}

#: What a writer does in a folder ``out`` -> it.
ways: dict[str, Callable[[Path], None]] = {
    "replace": lambda work: write_folder(work / "out", NEW),
    "new": lambda work: write_folder(work / "out", NEW),
    "force": lambda work: write_folder(work / "out", NEW, force=True),
    "add": lambda work: add_files(work / "out", ADDED),
    "file": lambda work: write_file(work / "out/luts/a.cube", b"another cube", within=work / "out"),
}


def plant(work: Path, way: str) -> None:
    """Make the folder that a writer finds, with files of its user."""
    work.mkdir()
    if way == "new":
        return
    if way != "force":
        write_folder(work / "out", FILES)
    for name, content in {**EXTRAS, **({"luts/a.cube": b"somebody's"} if way == "force" else {})}.items():
        (work / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (work / "out" / name).write_bytes(content)


def judge(work: Path, way: str, number: int, without: bool) -> None:
    """Look at a folder whose writer was killed, and again after the next run."""
    out = work / "out"
    base = {"new": {}, "force": {"luts/a.cube": b"somebody's"}}.get(way, FILES) | ({} if way == "new" else EXTRAS)
    after = {
        "replace": {**NEW, **EXTRAS},
        "new": NEW,
        "force": {**base, **NEW},
        "add": {**base, **ADDED},
        "file": {**base, "luts/a.cube": b"another cube"},
    }[way]
    if not without and way != "force":
        now = {name: content for name, content in contents(out).items() if ".otiograde-" not in name}
        assert now in (base, after), (number, "at once")
        recorded = parse_checksums((out / CHECKSUMS).read_text()) if way == "add" else {}
        assert all(hashlib.sha256(now[name]).hexdigest() == digest for name, digest in recorded.items()), number
    ways[way](work)
    assert contents(out) == after, (number, "after the next run")
    assert names(work) == ["out"], number
    assert way in ("new", "file") or (out / "luts/mine.cube").read_bytes() == b"mine"
