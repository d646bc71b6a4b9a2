"""All eight orientations in the movie: it shows pictures as they are displayed, whatever FFmpeg knows of them.

Tests: movie/timing.py
"""

from __future__ import annotations

from pathlib import Path

import pytest

from making.movies import clip, record_of, render
from making.turned import SHOWN, seen, turned
from otiograde.media.frames import iter_frames
from otiograde.media.probe import probe
from otiograde.record.shot import Orientation

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", [".mp4", ".jpg", ".png"])
@pytest.mark.parametrize("number", SHOWN)
def test_a_movie_is_upright_and_says_nothing_else(
    tmp_path: Path, each_ffmpeg: str, ffmpeg: Path, kind: str, number: int
) -> None:
    path = turned(ffmpeg, tmp_path, kind, number)
    record = record_of(tmp_path, [clip(path, 0, 4)])
    for name, encoder in (("film.mkv", "ffv1"), ("film.mp4", "x264")):
        done = render(record, tmp_path / "o", Path(each_ffmpeg), name, encoder=encoder)
        assert done.movie is not None, done.failures
        made = probe(done.movie)
        assert made.orientation == Orientation()
        assert [seen(frame) for frame in iter_frames(made)] == [SHOWN[number]] * 4
