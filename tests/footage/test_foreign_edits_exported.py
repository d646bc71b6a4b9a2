"""Edits that other people and programs made, as if their media were there: every format is written of every one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from making.media import media
from making.records import MIXED, SWAP
from making.records import graded as made
from otiograde.color.transform import Identity
from otiograde.errors import OtiogradeError
from otiograde.exporters import exporter, exporter_names
from otiograde.exporters.colorio import lut_formats
from otiograde.exporters.colorio.cdl import Cdls
from otiograde.exporters.colorio.lut_formats import LutFolder
from otiograde.folder.layout import check_names
from otiograde.record.edit import Edit
from otiograde.record.graded import GradedTimeline, format_record, parse_record
from otiograde.record.shot import Media
from otiograde.timeline import Reading, read_edit
from otiograde.timeline.library import Library, Location

pytestmark = pytest.mark.footage

#: Grades as a run makes them: one that a CDL comes near, one that none does, none.
PLANTED = (
    MIXED,
    SWAP,
    Identity(),
)
#: Of how many shots of an edit each LUT format is made: each is the same work again.
BAKED = 1


def invented(path: Path, *, first: int | None = None, rate: Fraction | None = None, **_: Any) -> Media:
    """Media that is long enough for any edit."""
    kind = "video" if first is None else "sequence"
    rate = rate or Fraction(24000, 1001)
    return media(path, kind=kind, rate=rate, frames=10_000_000, audio=True, first=first or 0)


@pytest.fixture(scope="module")
def edits(footage: Path) -> dict[str, Edit]:
    """Every edit that can be read and has pictures, by its file's name."""

    def found(_: Library, clip: dict[str, Any], reference: dict[str, Any]) -> Location:
        if reference.get("OTIO_SCHEMA", "").startswith("ImageSequenceReference"):
            return Location(Path(f"/film/{reference.get('name_prefix')}%04d.exr"), 1, Fraction(24))
        url = str(reference.get("target_url") or clip.get("name") or "media")
        return Location(Path("/film") / (url.rpartition("/")[2].replace("\0", "") or "media"))

    read, told = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Library, "_find", found)
        for path in sorted((footage / "timelines").iterdir()):
            try:
                read[path.name] = read_edit(path, Reading(), invented)
            except OtiogradeError as error:
                told.append(str(error))
    assert len(read) > 90
    assert not any("\n" in line for line in told)
    return {name: edit for name, edit in read.items() if edit.shots}


def graded(edit: Edit) -> GradedTimeline:
    return made(edit, PLANTED, scenes="scene_001", lut_size=3, confidence="medium")


def some(files: Mapping[str, bytes]) -> Iterator[str]:
    """The files to make: all, but of a folder of LUTs a few."""
    names = [name for name in files if not isinstance(files, Cdls) or not name.startswith("cdl/pairs/")]
    yield from (names[:BAKED] + names[-1:] if isinstance(files, LutFolder) else names)


def check(name: str, content: bytes) -> None:
    """What is written can be read by whoever reads such files at all."""
    if name.endswith((".mlt", ".kdenlive", ".fcpxml", ".xml")):
        ElementTree.fromstring(content)
    elif name.endswith((".json", ".otio")):
        json.loads(content)
    assert content


def test_most_edits_have_shots(edits: dict[str, Edit]) -> None:
    assert len(edits) > 80


@pytest.mark.parametrize("name", exporter_names())
def test_every_edit_is_written_under_safe_names(
    name: str, edits: dict[str, Edit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lut_formats, "HALD_LEVEL", 2)
    export = exporter(name)
    refused = Counter[str]()
    for edit in edits.values():
        record = graded(edit)
        try:
            files = export(record)
        except OtiogradeError as error:
            refused[str(error)] += 1
            continue
        if name != "report":  # its one file is the same for every edit
            check_names(files)
        for path in some(files):
            check(path, files[path])
    assert not refused, refused


def test_the_record_comes_back(edits: dict[str, Edit]) -> None:
    for edit in edits.values():
        text = format_record(graded(edit))
        assert format_record(parse_record(text)) == text
