"""Edits that other programs wrote, and a very long one."""

from __future__ import annotations

import json
import time as clock
from fractions import Fraction
from pathlib import Path

import pytest

from making.footage import LONG, media_names, timelines
from making.media import Inventor, no_media
from making.otio import clip, external, lasting, marker, read, timeline, track
from making.waiting import slowness
from otiograde.errors import TimelineError
from otiograde.record.edit import Edit
from otiograde.record.shot import FrameRange
from otiograde.timeline import Reading, read_edit


def well_formed(edit: Edit) -> None:
    assert edit.rate > 0
    assert len({shot.id.casefold() for shot in edit.shots}) == len(edit.shots)
    json.dumps(edit.otio)
    for shot in edit.shots:
        assert shot.record.start >= 0
        assert shot.record.count >= 1
        assert shot.record.rate == edit.rate
        assert 0 <= shot.source.start < shot.source.end <= shot.media.frames
        item = edit.otio["tracks"]
        for index in shot.where:
            item = item["children"][index]
        assert item["OTIO_SCHEMA"].startswith("Clip")
    for skip in edit.skips:
        assert skip.count >= 0
        assert skip.track >= 0
        assert skip.why.isprintable()


def read_or_refused(path: Path, reading: Reading, probe: object) -> Edit | None:
    try:
        edit = read_edit(path, reading, probe)
    except TimelineError as error:
        message = str(error)
    else:
        well_formed(edit)
        return edit
    assert message.startswith(str(path))
    assert message.isprintable()
    return None


@pytest.mark.footage
def test_every_edit_is_read_or_refused(footage: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Read each edit without media, and again with a file for each name that its media has in the edit."""
    paths = timelines(footage)
    refused, seen = [], 0
    for number, path in enumerate(paths):
        edit = read_or_refused(path, Reading(), no_media)
        if edit is None:
            refused.append(path.name)
            continue
        assert not edit.shots
        root = tmp_path / str(number)
        root.mkdir()
        for name in media_names(edit):
            (root / name).touch()
        probe = Inventor(frames=LONG)
        relinked = read_or_refused(path, Reading(media_root=root), probe)
        assert relinked is not None
        lost = [skip for skip in relinked.skips if skip.what in ("missing media", "unreadable media")]
        assert not [skip for skip in lost if "no such file" in skip.why], path.name
        assert len(relinked.shots) + len(relinked.skips) == len(edit.skips)
        seen += len(relinked.shots)
    assert len(paths) == 123
    assert len(refused) <= 28, refused
    assert seen > 1300
    assert capfd.readouterr() == ("", "")


@pytest.mark.footage
def test_the_graded_film(footage: Path) -> None:
    path = footage / "dev_graded" / "timeline.otio"
    edit = read_edit(path, Reading(strict=True), Inventor(frames=500))
    assert len(edit.shots) == 16
    assert all(shot.media.path.is_file() for shot in edit.shots)
    assert edit.shots[0].source == FrameRange(8, 81, Fraction(24))
    assert edit.shots[0].record == FrameRange(0, 81, Fraction(24))


@pytest.mark.slow
def test_a_long_edit_takes_time_in_proportion(tmp_path: Path) -> None:
    """OTIO's own positions would take minutes here; 40 000 clips take seven seconds on one core."""
    media = external("a.mp4", lasting(0, 10_000))
    marks = [marker(f"otiograde: scene=s{n}", 10 * n) for n in range(0, 4000, 2)]
    whole = timeline(track(*(clip("a", lasting(n % 100, 10), media) for n in range(4000)), markers=marks))
    probe = Inventor(frames=10_000)
    began = clock.process_time()
    edit = read(tmp_path, whole, probe)
    assert clock.process_time() - began < 8 * slowness()
    assert len(probe.asked) == 1
    assert edit.shots[-1].id == "a-4000"
    assert edit.shots[-1].record.start == 39_990
    assert (edit.shots[6].wishes.scene, edit.shots[7].wishes.scene) == ("s6", None)
