"""What FFmpeg is given to read opens nothing else, even when the media was exchanged after grading.

Tests: movie/commands.py, movie/shell.py, movie/batch.py, movie/rendering.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from making.movies import clip, numbered_film, record_of, render, tone
from making.waiting import PATIENCE
from otiograde.errors import MediaError
from otiograde.exporters import export_all
from otiograde.exporters.render import export
from otiograde.folder.writing import write_folder
from otiograde.media.containers import guard
from otiograde.movie.commands import inputs
from otiograde.movie.plan import plan
from otiograde.movie.timing import Input
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


PLAYLISTS = {"hls": HLS, "concat": "ffconcat version 1.0\nfile secret.ts\n"}


def many_inputs(folder: Path, ffmpeg: Path) -> GradedTimeline:
    """An edit with a picture of each of two files, and a sound of 20 files."""
    films = [numbered_film(ffmpeg, folder / name, 24) for name in ("a.mp4", "b.ts")]
    numbered_film(ffmpeg, folder / "secret.ts", 24)
    tone(ffmpeg, folder / "0.wav", 1)
    sounds = [folder / f"{number}.wav" for number in range(20)]
    for path in sounds[1:]:
        shutil.copy(sounds[0], path)
    return record_of(folder, [clip(film, 0, 10) for film in films], sounds=[[clip(sound, 0, 1) for sound in sounds]])


def scripted(folder: Path, ffmpeg: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "FFMPEG": ffmpeg, "DITHER": "none", **environment}
    return subprocess.run(
        ["sh", folder / "render.sh"], env=settings, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_the_script_refuses_media_that_became_a_playlist(kind: str, tmp_path: Path, each_ffmpeg: str) -> None:
    record = many_inputs(tmp_path, Path(each_ffmpeg))
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    done = scripted(out, each_ffmpeg)
    assert done.returncode == 0, done.stderr
    movie = (out / "film.mp4").read_bytes()
    for name, where in (("a.mp4", "frames 0 to 9"), ("b.ts", "frames 10 to 19"), ("17.wav", "sound")):
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_text(PLAYLISTS[kind])
        done = scripted(out, each_ffmpeg, FORCE="1")
        assert done.returncode == 1
        assert f"FFmpeg failed: {where}" in done.stderr
        with pytest.raises(MediaError, match="which reads other files"):
            render(record, out, Path(each_ffmpeg), force=True)
        assert (out / "film.mp4").read_bytes() == movie
        (tmp_path / name).write_bytes(before)
    assert scripted(out, each_ffmpeg, FORCE="1").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_segment_is_no_playlist(kind: str, tmp_path: Path, each_ffmpeg: str) -> None:
    """Finished segments lie in the output folder, which may come from a stranger."""
    record = many_inputs(tmp_path, Path(each_ffmpeg))
    out = tmp_path / "out"
    write_folder(out, export_all(record))
    assert scripted(out, each_ffmpeg).returncode == 0
    assert render(record, out, Path(each_ffmpeg)).movie
    numbered_film(Path(each_ffmpeg), out / "render/segments/secret.ts", 24)
    segments = [*(out / "render/segments").glob("*.mkv"), *(out / "render/segments").glob("*.wav")]
    assert len(segments) == 3
    for path in segments:
        before = path.read_bytes()
        path.write_text(PLAYLISTS[kind])
        (out / "film.mp4").unlink(missing_ok=True)
        assert scripted(out, each_ffmpeg).returncode == 1
        assert not (out / "film.mp4").exists()
        assert render(record, out, Path(each_ffmpeg), name="second.mkv").movie is None
        path.write_bytes(before)
    assert scripted(out, each_ffmpeg).returncode == 0


def test_each_input_has_a_guard(tmp_path: Path, ffmpeg: Path) -> None:
    record = many_inputs(tmp_path, ffmpeg)
    planned = plan(record)
    assert planned.sound is not None
    assert len(planned.sound.inputs) == 20
    for job in (*planned.segments, planned.sound):
        words = inputs(job)
        before = [word for source in job.inputs for word in (*guard(source.path), *source.options, "-i", source.path)]
        assert words == before
    files = export(record)
    for name in ("render.sh", "render.bat"):
        text = files[name].decode()
        asked = [part for line in text.splitlines() for part in line.split(" -i ")[:-1]]
        proved = name == "render.sh"  # its proof counts the frames of the movie
        assert len(asked) == 2 + 20 + 2 + proved  # the pictures, the sounds, and the movie's list and sound
        assert all(" -format_whitelist " in part for part in asked)
    sequence = Input(("-f", "image2"), "/x/a.%04d.png", "")
    assert inputs(replace(planned.sound, inputs=(sequence,)))[3] == "image2"


def test_a_line_that_is_too_long_for_windows_is_not_written(tmp_path: Path, ffmpeg: Path) -> None:
    path = tone(ffmpeg, tmp_path / "s.wav")
    film = numbered_film(ffmpeg, tmp_path / "a.mp4", 24)
    record = record_of(tmp_path, [clip(film, 0, 24)], sounds=[[clip(path, 0, 1) for _ in range(60)]])
    text = export(record)["render.bat"].decode()
    assert max(map(len, text.splitlines())) < 8191
    assert text.count("too many inputs for a batch file: use otiograde render") == 1
