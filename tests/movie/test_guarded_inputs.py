"""What FFmpeg is given to read opens nothing else, even when the media was exchanged after grading.

Tests: movie/commands.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from making.movies import clip, numbered_film, record_of, render, tone
from otiograde.errors import MediaError
from otiograde.media.containers import GUARD
from otiograde.movie.commands import guarded_inputs, inputs
from otiograde.movie.plan import plan
from otiograde.record.graded import GradedTimeline

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2.3,\nsecret.ts\n#EXT-X-ENDLIST\n"


def record_with_sound(folder: Path, ffmpeg: Path) -> GradedTimeline:
    film, sound = numbered_film(ffmpeg, folder / "a.mp4", 24), tone(ffmpeg, folder / "s.wav")
    return record_of(folder, [clip(film, 0, 12)], sounds=[[clip(sound, 0, 12)]])


@pytest.mark.parametrize("name", ["a.mp4", "s.wav"])
@pytest.mark.parametrize("text", [HLS, "ffconcat version 1.0\nfile secret.ts\n"])
def test_media_that_became_a_playlist_is_not_rendered(text: str, name: str, tmp_path: Path, each_ffmpeg: str) -> None:
    record = record_with_sound(tmp_path, Path(each_ffmpeg))
    numbered_film(Path(each_ffmpeg), tmp_path / "secret.ts", 24)
    assert render(record, tmp_path / "out", Path(each_ffmpeg)).movie
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match="which reads other files"):
        render(record, tmp_path / "out", Path(each_ffmpeg), name="second.mkv", force=True)
    assert not (tmp_path / "out" / "second.mkv").exists()


def test_a_pattern_of_a_hostile_record_is_refused(tmp_path: Path, ffmpeg: Path) -> None:
    record = record_with_sound(tmp_path, ffmpeg)
    (shot,) = record.edit.shots
    media = replace(shot.media, kind="sequence", path=Path("/x/%0999999999d.png"))
    record = replace(record, edit=replace(record.edit, shots=(replace(shot, media=media),)))
    plan(record)  # takes no memory either
    with pytest.raises(MediaError, match="no pattern of an image sequence"):
        render(record, tmp_path / "out", ffmpeg, force=True)


def test_each_input_has_a_guard(tmp_path: Path, ffmpeg: Path) -> None:
    planned = plan(record_with_sound(tmp_path, ffmpeg))
    for job in (*planned.segments, planned.sound):
        assert job is not None
        guarded = guarded_inputs(job)
        assert guarded.count(GUARD[0]) == guarded.count(GUARD[2]) == guarded.count("-i") == len(job.inputs)
        assert [word for word in guarded if word not in GUARD] == inputs(job)
    assert planned.sound is not None
    many = replace(planned.sound, inputs=planned.sound.inputs * 13)
    assert guarded_inputs(many) == inputs(many)
