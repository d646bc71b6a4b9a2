"""Films of whole edits show what the plan of the edit says, frame by frame: pictures spell their file and frame.

Tests: movie/plan.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from making.movies import render
from making.records import graded
from making.shown import pictures
from making.tagged import encode_tagged, levels_of, read_levels
from making.whole_edits import EDITS, MEDIA
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.timeline import Reading, read_edit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, ffmpeg: Path) -> Path:
    root = tmp_path_factory.mktemp("media")
    encode_tagged(ffmpeg, root, MEDIA)
    return root


@pytest.mark.parametrize("name", [name for name in EDITS if name != "bars"])
def test_the_film_is_the_plan(name: str, folder: Path, tmp_path: Path, ffmpeg: Path) -> None:
    path = folder / "edit.otio"
    path.write_text(json.dumps(EDITS[name]), "utf-8")
    edit = read_edit(path, Reading(strict=True), probe)
    wanted = np.array([levels_of(picture) for picture in pictures(edit)])
    done = render(graded(edit, lut_size=2), tmp_path / "out", ffmpeg)
    assert done.movie is not None, done.failures
    got = read_levels(np.array(list(iter_frames(probe(done.movie)))))
    assert len(got) == len(wanted)
    assert np.abs(got - wanted).max() < 0.1
