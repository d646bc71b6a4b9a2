"""Fixtures of the exporters' tests: each FFmpeg of the machine, and records made of small clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from making.clips import FFMPEGS
from making.otio import tree_of
from making.records import CROSSED, MakeRecord, graded
from making.shots import edit, shot
from otiograde.record.edit import Skip
from otiograde.record.graded import GradedTimeline
from otiograde.record.shot import Media


@pytest.fixture(params=sorted(FFMPEGS))
def each_ffmpeg(request: pytest.FixtureRequest) -> str:
    """Each FFmpeg of this machine."""
    found = FFMPEGS[request.param]
    if found is None:
        pytest.skip(f"no {request.param} ffmpeg on this machine")
    return str(found)


@pytest.fixture
def make_record(tmp_path: Path) -> MakeRecord:
    """Make a record: the media cut one after another (``start`` and ``count`` media frames of each), all graded."""

    def make(
        media: dict[str, Media], *, start: int = 2, count: int = 5, skips: tuple[Skip, ...] = (), **changes: Any
    ) -> GradedTimeline:
        shots = [
            shot(name, of, (start, count), at=number * count, where=(0, number))
            for number, (name, of) in enumerate(media.items())
        ]
        cut = edit(*shots, otio=tree_of(shots, tmp_path), skips=skips)
        return replace(graded(cut, CROSSED), **changes)

    return make
