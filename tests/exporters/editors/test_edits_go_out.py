"""Every readable edit of the footage is exported to Resolve and Premiere, and read back as a cut."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from making.footage import planted
from otiograde.exporters.editors import premiere, resolve
from otiograde.exporters.otio import plain_edit
from otiograde.record.graded import GradedTimeline


@pytest.fixture(scope="module")
def records(footage: Path) -> list[tuple[Path, GradedTimeline]]:
    return list(planted(footage))


@pytest.mark.footage
def test_every_edit_goes_to_resolve_and_premiere(records: list[tuple[Path, GradedTimeline]]) -> None:
    seen = clips = 0
    for path, record in records:
        grade = json.loads(resolve.export(record)["resolve/grade.json"])
        assert len(grade["shots"]) == len(record.edit.shots), path.name
        files = premiere.export(record)
        assert all(name.isascii() for name in files)
        if record.edit.shots:
            files[list(files)[-1]].decode("ascii")
        timeline = otio.adapters.read_from_string(files["premiere/cut.xml"].decode("utf-8"), "fcp_xml")
        if record.edit.shots:
            cut_clips = [clip for track in timeline.tracks if track.kind == "Video" for clip in track.find_clips()]
            assert len(cut_clips) == len(record.edit.shots), path.name
            wanted = sorted(shot.record.start for shot in record.edit.shots)
            base = round(record.edit.rate)
            rate = base * 1000 / 1001 if record.edit.rate.denominator == 1001 else base
            starts = [clip.range_in_parent().start_time.rescaled_to(rate).value for clip in cut_clips]
            # The adapter takes a fade's length off the gap beside it.
            assert record.edit.joins or sorted(starts) == pytest.approx(wanted, abs=0.6), path.name
            clips += len(cut_clips)
        cut = files["premiere/cut.otio"].decode("utf-8", errors="surrogatepass")
        assert cut.count('"LUT ') >= len(record.edit.shots), path.name
        seen += 1
    assert seen >= 95
    assert clips > 1300


@pytest.mark.footage
def test_every_edit_comes_back(records: list[tuple[Path, GradedTimeline]]) -> None:
    """Undone, an edit is what was read, but for relative URLs, which are absolute now."""
    for path, record in records:
        assert same(record.edit.otio, plain_edit(record)), path.name


def same(was: Any, now: Any, key: str = "") -> bool:
    if isinstance(was, dict):
        return was.keys() == now.keys() and all(same(was[name], now[name], name) for name in was)
    if isinstance(was, list):
        return len(was) == len(now) and all(map(same, was, now))
    return repr(was) == repr(now) or (key.startswith("target_url") and now.startswith("file:///"))


def test_the_script_compiles_for_resolves_python() -> None:
    source = Path(resolve.__file__).with_name("resolve_apply.py").read_text("ascii")
    ast.parse(source, feature_version=(3, 6))
